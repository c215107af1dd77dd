using System.Diagnostics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>A test that mounts a small file system: Linux, root.</summary>
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_whyNot = new(() =>
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return "mounting a small file system needs Linux and root";
        using var probe = TemporaryDisk.Mount("size=1m");
        return probe is null ? "this machine does not let root mount a file system" : null;
    });

    public MountFactAttribute() => Skip = s_whyNot.Value;
}

/// <summary>A small file system in memory, gone when disposed.</summary>
internal sealed class TemporaryDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    public string this[string name] => _folder[name];

    public static TemporaryDisk? Mount(string options)
    {
        var disk = new TemporaryDisk();
        if (Run("mount", "-t", "tmpfs", "-o", options, "none", $"{disk._folder}") == 0) return disk;
        disk._folder.Dispose();
        return null;
    }

    public void Dispose()
    {
        Run("umount", $"{_folder}");
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}

/// <summary>The disk fills up, or cannot be written at all: one clear line, the last checkpoint stays whole, and the run goes on once there is space.</summary>
public sealed class FullDiskTests
{
    /// <summary>Fills the file system up after an epoch.</summary>
    private sealed class Filler(string file, int epoch) : SmallRuns.Observer
    {
        public override void Epoch(EpochResult result, bool isBest)
        {
            if (result.Epoch != epoch) return;
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 0);
            var block = new byte[4096];
            try { while (true) stream.Write(block); }
            catch (IOException) { } // full now
        }
    }

    [MountFact]
    public void A_disk_that_fills_up_costs_nothing_that_was_saved()
    {
        using var disk = TemporaryDisk.Mount("size=16m")!;
        using var device = new CpuDevice(2);
        string filler = disk["filler"], run = disk["run"];
        byte[] whole = Train(disk["whole"], new Filler("", -1));
        var error = Assert.Throws<EngineException>(() => Train(run, new Filler(filler, 1)));
        Assert.Contains("cannot write", error.Message);
        Assert.Contains(run, error.Message);
        Assert.NotEmpty(SafetensorsFile.Read(Path.Combine(run, "weights/last.safetensors")).Tensors);
        Assert.Empty(Directory.GetFiles(Path.Combine(run, "weights"), "*.tmp"));
        File.Delete(filler);
        Assert.Equal(whole, Train(run, new Filler("", -1), resume: true));

        byte[] Train(string path, IRunObserver observer, bool resume = false)
        {
            using var folder = resume ? RunFolder.Open(path) : RunFolder.Create(path, existOk: false);
            var arguments = SmallRuns.Arguments(device).With(Parameters.Epochs, 3);
            new Run(arguments, SmallRuns.Open(arguments), folder).Train(observer, resume: resume);
            return File.ReadAllBytes(folder.Last);
        }
    }

    [MountFact]
    public void A_read_only_folder_is_refused_before_training()
    {
        using var disk = TemporaryDisk.Mount("ro")!;
        var error = Assert.Throws<EngineException>(() => RunFolder.Create(disk["run"], existOk: false));
        Assert.Matches("^run folder '.*run': it cannot be made .*[Rr]ead-only.*; choose another by --out$", error.Message);
    }
}
