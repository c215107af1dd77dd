using System.Diagnostics;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("fcn-test-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public override string ToString() => _path;

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>A named pipe.</summary>
    public string Pipe(string name)
    {
        using var process = Process.Start("mkfifo", [this[name]]);
        process.WaitForExit();
        return this[name];
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
