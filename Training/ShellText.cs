namespace FcnFromScratch.Training;

/// <summary>Commands that people copy.</summary>
public static class ShellText
{
    // Only the shells of Windows leave a backslash as it is.
    private static readonly string s_plain = OperatingSystem.IsWindows() ? "/._-+:=,\\" : "/._-+:=,";

    /// <summary>A word as a shell takes it: in quotes where it holds anything that a shell would read.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || s_plain.Contains(c)) ? word : $"'{word.Replace("'", "'\\''")}'";
}
