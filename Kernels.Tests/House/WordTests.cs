using System.Text.RegularExpressions;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>Training knows no task: what a task is about has its words, and they stand in Training/Tasks/ alone.</summary>
public sealed partial class WordTests
{
    [Fact]
    public void Training_outside_Tasks_does_not_speak_of_segmentation()
    {
        var lines = Repository.Sources("Training").Where(path => !path.StartsWith("Training/Tasks/", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(Repository.At(path)).Select((line, i) => (Place: $"{path}({i + 1})", Line: line)))
            .Where(l => Words().IsMatch(l.Line)).Select(l => $"{l.Place}: {l.Line.Trim()}").ToList();
        Assert.True(lines.Count == 0, $"{lines.Count} lines know a task:\n{string.Join('\n', lines)}");
    }

    [Theory]
    [InlineData("var mask = 1;", true)]
    [InlineData("byte[] InkMasks()", true)]
    [InlineData("public double MeanIoU", true)]
    [InlineData("miou_digits", true)]
    [InlineData("// segmented", true)]
    [InlineData("DICE", true)]
    [InlineData("if (previousLoss) indices[0] = various;", false)]
    [InlineData("char.IsLetterOrDigit(c)", false)]
    [InlineData("Damask", false)]
    public void Words_are_found_inside_names(string line, bool isFound) => Assert.Equal(isFound, Words().IsMatch(line));

    // Where a word begins, or a word of a name; not inside one, as in "previous" and "indices".
    [GeneratedRegex("(?<![A-Za-z])(?i:mask|m?iou|dice|segment|digit)|(?<=[a-z])(?<!LetterOr)(?:Mask|IoU|Iou|Dice|Segment|Digit)")]
    private static partial Regex Words();
}
