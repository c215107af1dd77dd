using System.Diagnostics;
using FcnFromScratch.Kernels.Tests.Docs;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>The scripts <c>fcn</c> and <c>test</c>, in a copy of the repository's folders and with a stand-in for dotnet that says what it was told.</summary>
public sealed class ScriptTests : IDisposable
{
    // Builds what FAKE_BUILD says, and runs by saying so.
    private const string Dotnet = """
        #!/bin/sh
        if [ "$1" != build ]; then printf ran; printf ' [%s]' "$@"; echo; exit; fi
        echo build >>"$FAKE_LOG"
        [ -d "${TMPDIR:-/tmp}" ] || exit 9
        eval "$FAKE_BUILD"
        mkdir -p "$2/bin/Release/net10.0"
        echo >"$2/bin/Release/net10.0/fcn.dll"
        """;

    private readonly TempFolder _folder = new();
    private readonly string _home;

    public ScriptTests()
    {
        _home = _folder["the house"];
        foreach (string project in new[] { "App", "Export", "Training", "Layers", "Engine", "Data", "KernelCompiler" })
            _folder.Write($"the house/{project}/{project}.csproj", []);
        _folder.Write("the house/Directory.Build.props", []);
        foreach (string script in new[] { "fcn", "test" }) File.Copy(Page.InRepository(script), Path.Combine(_home, script));
        Script("bin/dotnet", Dotnet);
    }

    public void Dispose() => _folder.Dispose();

    private string Program => Path.Combine(_home, "App/bin/Release/net10.0/fcn.dll");

    private int Builds => File.Exists(_folder["log"]) ? File.ReadAllLines(_folder["log"]).Length : 0;

    private void Script(string name, string text)
    {
        _folder.Write(name, []);
        File.WriteAllText(_folder[name], text.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder[name], (UnixFileMode)0b111_101_101);
    }

    private Process Start(string command, string build = "", string? temporary = null)
    {
        // A session of its own, so that a signal to the group ends no test; and Ctrl-C as a terminal has it, however the tests were started.
        var start = new ProcessStartInfo("setsid", ["--wait", "env", "--default-signal=INT", "bash", "-c", command])
        {
            WorkingDirectory = $"{_folder}", RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
        (start.Environment["FAKE_LOG"], start.Environment["FAKE_BUILD"]) = (_folder["log"], build);
        if (temporary is not null) start.Environment["TMPDIR"] = temporary;
        return Process.Start(start)!;
    }

    private static (int Code, string Out, string Error) Finish(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
    }

    [LinuxFact]
    public void What_is_stale_is_built_once_and_run()
    {
        var first = Finish(Start("'the house/fcn' train --name 'a b'"));
        Assert.Equal((0, $"ran [{Program}] [train] [--name] [a b]\n", "fcn: building (once)\n"), first);
        Assert.Equal((0, $"ran [{Program}]\n", ""), Finish(Start("'the house/fcn'")));
        Assert.Equal(1, Builds);
        var built = DateTime.UtcNow;
        foreach (string source in Directory.GetFiles(_home, "*.csproj", SearchOption.AllDirectories).Append(Path.Combine(_home, "Directory.Build.props")))
        {
            built = built.AddSeconds(5);
            File.SetLastWriteTimeUtc(source, built);
            Assert.Equal((source, "fcn: building (once)\n"), (source, Finish(Start("'the house/fcn'")).Error));
            File.SetLastWriteTimeUtc(source, built.AddHours(-1));
            Assert.Equal((source, ""), (source, Finish(Start("'the house/fcn'")).Error));
        }
    }

    /// <summary>The package that compiles ahead of time may not be there to be had; the program runs without.</summary>
    [LinuxFact]
    public void What_cannot_be_compiled_ahead_of_time_is_built_as_usual()
    {
        var result = Finish(Start("'the house/fcn' help", build: "case \"$*\" in *Precompile=true*) echo error NU1101; exit 1 ;; esac"));
        Assert.Equal((0, $"ran [{Program}] [help]\n", "fcn: building (once)\n"), result);
        Assert.Equal(2, Builds);
    }

    [LinuxFact]
    public void A_build_that_fails_shows_why() =>
        Assert.Equal((1, "", "fcn: building (once)\nerror CS1002\n"), Finish(Start("'the house/fcn' train", build: "echo error CS1002; exit 1")));

    [LinuxFact]
    public void Stopped_while_it_builds_it_is_quiet_and_builds_again()
    {
        // Ctrl-C reaches all processes of the group; the compiler says so at length, and what it made is not whole.
        const string build = "trap '' INT; kill -INT 0; mkdir -p \"$2/bin/Release/net10.0\"; echo half >\"$2/bin/Release/net10.0/fcn.dll\"; echo error; exit 1";
        Assert.Equal((130, "", "fcn: building (once)\n"), Finish(Start("exec 'the house/fcn' train", build)));
        Assert.False(File.Exists(Program));
    }

    [LinuxFact]
    public void Without_its_temporary_folder_it_takes_another() =>
        Assert.Equal(0, Finish(Start("'the house/fcn' train", temporary: _folder["none"])).Code);

    [LinuxFact]
    public void Links_to_it_work()
    {
        Directory.CreateDirectory(_folder["links"]);
        File.CreateSymbolicLink(_folder["links/full"], Path.Combine(_home, "fcn"));
        File.CreateSymbolicLink(_folder["links/relative"], "../the house/fcn");
        File.CreateSymbolicLink(_folder["links/chain"], "relative");
        File.CreateSymbolicLink(_folder["links/test"], "../the house/test");
        foreach (string link in new[] { "full", "relative", "chain" })
            Assert.Equal((0, $"ran [{Program}] [help]\n"), Finish(Start($"cd links && ./{link} help")) is var result ? (result.Code, result.Out) : default);
        const string test = "ran [test] [Kernels.Tests] [-c] [Release] [--nologo] [--logger] [console;verbosity=normal] [--filter] [X Y]\n";
        Assert.EndsWith(test, Finish(Start("links/test --filter 'X Y'")).Out);
    }

    /// <summary>On a machine that has no other tools than these.</summary>
    [LinuxTheory]
    [InlineData("clang", true), InlineData("clang-15", true), InlineData("cc", false)]
    public void Any_clang_will_do_for_the_tests(string compiler, bool isFound)
    {
        foreach (string tool in new[] { "bash", "dirname", "env", "grep", "id", "ls" })
            File.CreateSymbolicLink(_folder[$"bin/{tool}"], Array.Find([$"/usr/bin/{tool}", $"/bin/{tool}"], File.Exists)!);
        Script($"bin/{compiler}", "#!/bin/sh\n");
        var result = Finish(Start($"PATH='{_folder["bin"]}' 'the house/test'"));
        Assert.Equal(0, result.Code);
        Assert.Equal(isFound, !result.Out.Contains("clang"));
    }

    [LinuxFact]
    public void Two_at_once_build_once()
    {
        // The first builds until the second has come to where it waits for that; for ten seconds at most, if it does not wait at all.
        string build = $"for i in $(seq 200); do [ -e '{_folder["go"]}' ] && break; sleep 0.05; done";
        Script("bin/flock", $"#!/bin/sh\n[ -e '{_folder["log"]}' ] && touch '{_folder["go"]}'\nPATH=${{PATH#*:}} exec flock \"$@\"\n");
        using var first = Start("'the house/fcn' one", build);
        while (Builds == 0) Thread.Sleep(20);
        var second = Finish(Start("'the house/fcn' two", build));
        Assert.Equal((0, $"ran [{Program}] [two]\n", ""), second);
        Assert.Equal($"ran [{Program}] [one]\n", Finish(first).Out);
        Assert.Equal(1, Builds);
    }
}

/// <summary>A test of shell scripts, which take the tools of Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux";
    }
}

/// <inheritdoc cref="LinuxFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = new LinuxFactAttribute().Skip;
}
