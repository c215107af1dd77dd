using System.Diagnostics;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>Programs of others that judge our files, each missing on some machines: a test that needs one is skipped there, visibly.</summary>
internal static class OutsideTool
{
    private const string Python = "/usr/bin/python3";

    private static readonly string s_cache =
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>Where ./test puts packages of npm.</summary>
    public static string Modules { get; } = Path.Combine(s_cache, "fcn-test", "ort", "node_modules");

    /// <summary>ONNX' own conformance models.</summary>
    public const string Conformance = "/usr/share/libonnx-testdata/data";

    public static string? NoRuntime { get; } = Directory.Exists(Path.Combine(Modules, "onnxruntime-node")) && Succeeds("node", ["--version"]) ? null
        : "no ONNX Runtime; ./test installs it where npm is: npm install --ignore-scripts onnxruntime-node";

    public static string? NoWebRuntime { get; } =
        NoRuntime is null && Directory.Exists(Path.Combine(Modules, "onnxruntime-web")) && File.Exists("/usr/bin/chromium") ? null
            : $"no onnxruntime-web in {Modules}, or no chromium; on Debian: apt install chromium, npm install --ignore-scripts onnxruntime-web";

    public static string? NoChecker { get; } = Has("onnx") ? null : "no onnx for /usr/bin/python3; on Debian: apt install python3-onnx";
    public static string? NoTorch { get; } = Has("torch") ? null : "no PyTorch for /usr/bin/python3; on Debian: apt install python3-torch libopenblas0-pthread";
    public static string? NoConformance { get; } = Directory.Exists(Conformance) ? null : "no conformance models; on Debian: apt install libonnx-testdata";

    /// <summary>Runs a Python program given as text.</summary>
    public static string RunPython(string program, params string[] words) => Run(Python, ["-c", program, .. words]);

    /// <returns>What it printed; it must succeed.</returns>
    public static string Run(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE_PATH"] = Modules;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {errors.Result}");
        return output;
    }

    private static bool Has(string module) => File.Exists(Python)
        && Succeeds(Python, ["-c", $"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"]);

    private static bool Succeeds(string program, string[] words)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A test that needs a program of others.</summary>
/// <param name="tool">The property of <see cref="OutsideTool"/> that says why it is missing.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OutsideFactAttribute : FactAttribute
{
    public OutsideFactAttribute(string tool) => Skip = (string?)typeof(OutsideTool).GetProperty(tool)!.GetValue(null);
}
