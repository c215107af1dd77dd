using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.Data;
using Xunit;
using Xunit.Abstractions;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>The program as a process of its own: killed without warning, and short of memory.</summary>
public sealed class ProcessTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private Process Start(string[] arguments, string? heapLimit = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fcn.dll"), .. arguments])
        {
            WorkingDirectory = $"{_folder}", RedirectStandardOutput = true, RedirectStandardError = true,
        };
        if (heapLimit is not null) start.Environment["DOTNET_GCHeapHardLimit"] = heapLimit;
        return Process.Start(start)!;
    }

    private string[] Train(string run) =>
    [
        "train", "--model", "fcn8-slim", "--data", _folder["data"], "--device", "cpu", "--epochs", "4", "--batch", "4", "--quiet", "--exist-ok",
        "--out", _folder[run],
    ];

    private (int Code, string Error) Finish(string[] arguments, string? heapLimit = null)
    {
        using var process = Start(arguments, heapLimit);
        process.BeginOutputReadLine();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    [Fact]
    public void A_batch_that_does_not_fit_names_one_that_does()
    {
        const string limit = "0x18000000"; // 384 MiB
        _folder.Pictures("many", count: 400);
        string[] Arguments(string batch, string run) =>
        [
            "train", "--model", "fcn8-slim", "--data", _folder["many"], "--device", "cpu", "--steps", "1", "--no-eval", "--batch", batch, "--out", _folder[run],
        ];
        var (code, error) = Finish(Arguments("256", "large"), limit);
        Assert.Equal(1, code);
        var match = Regex.Match(error, @"^fcn: a batch of 256 does not fit: cpu: no memory for 'activations': asked [\d,]+ bytes; [\d,]+ are free; "
            + @"the largest tensors in it are .*; --batch (\d+) would fit\n$");
        Assert.True(match.Success, error);
        Assert.Equal((0, ""), Finish(Arguments(match.Groups[1].Value, "small"), limit));
    }

    /// <summary>SIGKILL, again and again. FCN_KILLS sets how often: 6 times unless told.</summary>
    [Fact]
    public void Killed_at_random_moments_every_run_goes_on_and_ends_with_the_same_bits()
    {
        _folder.Pictures();
        var clock = Stopwatch.StartNew();
        Assert.Equal((0, ""), Finish(Train("whole")));
        int longest = (int)Math.Clamp(clock.ElapsedMilliseconds, 200, 2500);

        int kills = int.TryParse(Environment.GetEnvironmentVariable("FCN_KILLS"), out int asked) ? asked : 6, resumed = 0, folders = 0;
        var random = new Random(2);
        while (kills > 0)
        {
            string run = $"killed-{folders++}";
            for (bool isComplete = false; !isComplete;)
            {
                // Killed before args.json was written, there is no run yet; from then on there must be one.
                bool isBegun = File.Exists(_folder[$"{run}/args.json"]);
                string[] arguments = isBegun ? ["resume", _folder[run], "--quiet"] : Train(run);
                if (isBegun) resumed++;
                if (kills == 0)
                {
                    Assert.Equal((0, ""), Finish(arguments));
                    break;
                }
                using var process = Start(arguments);
                if (!process.WaitForExit(random.Next(100, longest)))
                {
                    process.Kill();
                    kills--;
                }
                process.WaitForExit();
                ExpectReadable(run);
                isComplete = File.Exists(_folder[$"{run}/report.json"]);
            }
            foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "steps.csv" })
            {
                byte[] expected = File.ReadAllBytes(_folder[$"whole/{file}"]), actual = File.ReadAllBytes(_folder[$"{run}/{file}"]);
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{run}: {file} differs");
            }
        }
        output.WriteLine($"{resumed} resumes in {folders} runs; all ended with the bits of a run that never stopped");
    }

    private void ExpectReadable(string run)
    {
        if (!Directory.Exists(_folder[run])) return;
        Assert.All(Directory.GetFiles(_folder[run], "*.safetensors", SearchOption.AllDirectories), file => Assert.NotEmpty(SafetensorsFile.Read(file).Tensors));
        Assert.All(Directory.GetFiles(_folder[run], "*.json"), file => Assert.NotNull(JsonNode.Parse(File.ReadAllText(file))));
    }

    [Fact]
    public void Asked_to_end_a_run_saves_its_step_and_ends_with_130()
    {
        if (OperatingSystem.IsWindows()) return; // has no SIGTERM
        _folder.Pictures();
        string[] arguments = Train("asked");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "5000";
        using var process = Start(arguments);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(2) && Steps() < 7;) Thread.Sleep(50);
        Terminate(process);
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        var report = JsonNode.Parse(File.ReadAllText(_folder["asked/report.json"]))!;
        Assert.False((bool)report["complete"]!);
        Assert.Equal((int)report["steps"]!, Steps());
        Assert.Equal($"{report["steps"]}", SafetensorsFile.Read(_folder["asked/weights/last.safetensors"]).Metadata["step"]);

        int Steps() => File.Exists(_folder["asked/steps.csv"]) ? File.ReadLines(_folder["asked/steps.csv"]).Count() - 1 : 0;
    }

    /// <summary>The second request comes while the step goes on in which the first one was heard; 143 is what the system calls an end by SIGTERM.</summary>
    [Fact]
    public void Asked_a_second_time_to_end_a_run_ends_at_once_and_can_be_resumed()
    {
        if (OperatingSystem.IsWindows()) return; // has no SIGTERM
        _folder.Pictures("many", count: 400);
        string[] arguments = Train("asked");
        arguments[Array.IndexOf(arguments, _folder["data"])] = _folder["many"];
        arguments[Array.IndexOf(arguments, "--batch") + 1] = "128";
        using var process = Start(arguments);
        process.BeginOutputReadLine();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(2) && !File.Exists(_folder["asked/args.json"]);) Thread.Sleep(50);
        Terminate(process);
        Assert.Equal("stopping; a second Ctrl-C ends at once", process.StandardError.ReadLine());
        Terminate(process);
        process.WaitForExit();
        Assert.Equal(143, process.ExitCode);
        Assert.False(File.Exists(_folder["asked/report.json"]));
        ExpectReadable("asked");
        Assert.Equal("0", SafetensorsFile.Read(_folder["asked/weights/last.safetensors"]).Metadata["step"]);
    }

    [Fact]
    public void Asked_to_end_a_download_leaves_nothing_and_ends_with_130()
    {
        if (OperatingSystem.IsWindows()) return; // has no SIGTERM
        using var asked = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        using var server = new LocalServer(_ =>
        {
            asked.Set();
            ended.Wait();
            return new(200, []);
        });
        using var process = Start(["data", "get", "mnist", "--out", _folder["data"], "--mirror", $"{server.Address}"]);
        process.BeginOutputReadLine();
        Assert.True(asked.Wait(TimeSpan.FromMinutes(2)));
        Terminate(process);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        ended.Set();
        Assert.EndsWith("fcn: stopped; files that were not whole are gone\n", error);
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.GetFiles($"{_folder}", "*", SearchOption.AllDirectories));
    }
}
