using Xunit;

namespace FcnFromScratch.Kernels.Tests;

public sealed class ApprovedTests
{
    [Theory]
    [InlineData("a\nb\n", "a\nc\n", "differs in line 2\nexpected: 'b'\nactual:   'c'")]
    [InlineData("a\n", "a\nb\n", "differs in line 2\nexpected: ''\nactual:   'b'")]
    [InlineData("a\nb", "a", "differs in line 2\nexpected: 'b'\nactual:   (the text has ended)")]
    [InlineData("a\n", "a\r\n", "differs in line 1\nexpected: 'a'\nactual:   'a\\r'")]
    [InlineData("a\n", "a\n", null)]
    public void The_first_line_that_differs_is_told(string expected, string actual, string? difference) =>
        Assert.Equal(difference, Approved.FirstDifference(expected, actual));
}
