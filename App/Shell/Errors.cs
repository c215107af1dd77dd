namespace FcnFromScratch.App.Shell;

/// <summary>Exit codes that scripts can rely on.</summary>
public static class ExitCode
{
    public const int Ok = 0, Failed = 1, Usage = 2, Cancelled = 130;
}

/// <summary>An argument whose value is no good; ends the program with <see cref="ExitCode.Usage"/>.</summary>
public sealed class UsageException(string message) : Exception(message);
