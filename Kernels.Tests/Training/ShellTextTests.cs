using System.Diagnostics;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("runs/segment/fcn8-fine"), InlineData("it is"), InlineData("it's"), InlineData("'"), InlineData(""), InlineData("a\"b"), InlineData("#")]
    [InlineData("$HOME"), InlineData("`id`"), InlineData("*"), InlineData("~"), InlineData("a\\b"), InlineData("a;b&c|d<e>f"), InlineData("a\nb")]
    public void A_shell_reads_a_word_that_is_copied_as_it_was(string word)
    {
        if (OperatingSystem.IsWindows()) return; // has no sh
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"printf %s {ShellText.Quoted(word)}"]) { RedirectStandardOutput = true })!;
        Assert.Equal(word, shell.StandardOutput.ReadToEnd());
    }

    [Theory]
    [InlineData("runs/segment/fcn8-fine"), InlineData("--lr=0.016"), InlineData("a,b_c+d:e")]
    public void A_word_that_no_shell_reads_is_left_as_it_is(string word) => Assert.Equal(word, ShellText.Quoted(word));
}
