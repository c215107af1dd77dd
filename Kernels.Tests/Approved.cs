using FcnFromScratch.Kernels.Tests.House;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>
/// Outputs that a person has read and approved, to the letter: the files of <c>Kernels.Tests/Approved</c>. The tests that compare with them have
/// <c>Approved</c> in their names, and <c>FCN_APPROVE=1 ./test --filter Approved</c> has them write the files instead; <c>git diff</c> shows what changed.
/// </summary>
internal static class Approved
{
    /// <summary>The text must be that of the file, <c>kernels-list.txt</c>. It must not depend on the machine or the time.</summary>
    public static void Text(string fileName, string actual)
    {
        string path = Repository.At($"Kernels.Tests/Approved/{fileName}");
        if (Environment.GetEnvironmentVariable("FCN_APPROVE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        string? difference = File.Exists(path) ? FirstDifference(File.ReadAllText(path), actual) : "is missing";
        if (difference is not null)
            Assert.Fail($"Kernels.Tests/Approved/{fileName} {difference}\n" +
                "If that is as it should be: FCN_APPROVE=1 ./test --filter Approved, and read what git diff shows.");
    }

    /// <summary>The first line that differs, or null.</summary>
    internal static string? FirstDifference(string expected, string actual)
    {
        if (expected == actual) return null;
        string[] lines = expected.Split('\n'), others = actual.Split('\n');
        int i = lines.Zip(others).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"differs in line {i + 1}\nexpected: {Line(lines)}\nactual:   {Line(others)}";

        string Line(string[] of) => i < of.Length ? $"'{of[i].Replace("\r", "\\r")}'" : "(the text has ended)";
    }
}
