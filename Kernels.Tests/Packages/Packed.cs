using System.Diagnostics;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Packages;

/// <summary>The packages of this build, made in a folder of their own; what is restored from them lies there too.</summary>
public sealed class Packed : IDisposable
{
    private static string Root { get; } = House.Repository.At("");

    /// <summary>Release, unless somebody looks for a fault.</summary>
    private static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public Packed() => Run("dotnet", Root, isRestoredApart: false, "pack", "FcnFromScratch.sln", "--no-build", "-c", Configuration, "-o", Folder["packages"]);

    internal TempFolder Folder { get; } = new();

    /// <summary>In a project that knows the packages alone.</summary>
    public string Dotnet(string folder, params string[] words) => Run("dotnet", folder, isRestoredApart: true, words);

    /// <summary>As one program that brings .NET along.</summary>
    public void Publish(string platform) => Run("dotnet", Root, isRestoredApart: false,
        "publish", "App", "-c", Configuration, "-r", platform, "-p:OneFile=true", "-p:PublishReadyToRun=false", "-o", Folder[platform]);

    /// <returns>What it printed; it must succeed.</returns>
    public string Run(string program, string folder, params string[] words) => Run(program, folder, isRestoredApart: true, words);

    private string Run(string program, string folder, bool isRestoredApart, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // Servers that live on would keep the output open.
        (start.Environment["MSBUILDDISABLENODEREUSE"], start.Environment["UseSharedCompilation"]) = ("1", "false");
        // The version of this build may lie elsewhere with another content.
        if (isRestoredApart) start.Environment["NUGET_PACKAGES"] = Folder["restored"];
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', words)} ended with {process.ExitCode}: {output}{errors.Result}");
        return output;
    }

    public void Dispose() => Folder.Dispose();
}

/// <summary>A theory on programs that bring .NET along: it is in packages that are not part of the SDK.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuntimePackTheoryAttribute : TheoryAttribute
{
    public RuntimePackTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("FCN_PUBLISH") is null or "")
        {
            Skip = "makes two files of 105 MB, which takes a minute: FCN_PUBLISH=1 ./test does, as .ci/run does";
            return;
        }
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (!Directory.Exists(Path.Combine(packages, "microsoft.netcore.app.runtime.win-x64", $"{Environment.Version}")))
            Skip = $"no .NET {Environment.Version} to bring along in {packages}; ./test fetches it where it can";
    }
}
