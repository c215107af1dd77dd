using FcnFromScratch.App.Shell;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>What is seen of a run while it trains, by a clock that the test sets.</summary>
public sealed class TrainingProgressTests
{
    private sealed class Clock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long GetTimestamp() => (long)(Seconds * TimestampFrequency);
    }

    private static string Output(Action act)
    {
        var (old, output) = (Console.Out, new StringWriter());
        Console.SetOut(output);
        try
        {
            act();
            return output.ToString();
        }
        finally
        {
            Console.SetOut(old);
        }
    }

    [Fact]
    public void A_pipe_is_never_silent_for_more_than_ten_seconds_and_a_second()
    {
        var clock = new Clock();
        var progress = new TrainingProgress(quiet: false, columns: null, clock);
        var spoke = new List<int>();
        string all = Output(() =>
        {
            progress.Line("the header");
            for (int second = 1; second <= 60; second++)
            {
                clock.Seconds = second;
                if (second == 25) progress.Line("epoch 1/2");
                else if (Output(() => progress.Steps([new StepResult(second, 0.5, 0.01)], 120, 32)).Length > 0) spoke.Add(second);
            }
        });
        Assert.Equal([10, 20, 35, 45, 55], spoke);
        Assert.Equal("the header\nepoch 1/2\n", all);
        clock.Seconds = 70;
        Assert.Equal("step 60/120  loss 0.2500  1 min 10 s left  32 images/s  lr 0.01\n",
            Output(() => progress.Steps([new(59, 0.5, 0.01), new(60, 0.25, 0.01)], 120, 32)));
    }

    [Theory]
    [InlineData(1, "59 s"), InlineData(60, "59 min 00 s"), InlineData(61, "59 min 59 s"), InlineData(62, "1 h 00 min"), InlineData(1600, "26 h 13 min")]
    public void The_time_left_is_told_in_two_units_at_most(int seconds, string left)
    {
        var clock = new Clock();
        var progress = new TrainingProgress(quiet: false, () => 120, clock);
        Output(() => progress.Steps([new StepResult(1, 0.5, 0.01)], 61, 32));
        clock.Seconds = seconds;
        Assert.Contains($"  {left} left  ", Output(() => progress.Steps([new StepResult(2, 0.5, 0.01)], 61, 32)));
    }

    [Theory]
    [InlineData(30, "step 3/203  loss 0.5000"), InlineData(39, "░░░░░░░░░░░░░░░ step 3/203  loss 0.5000")]
    [InlineData(40, "step 3/203  loss 0.5000  1 min 40 s left"), InlineData(60, "step 3/203  loss 0.5000  1 min 40 s left  1234 images/s")]
    [InlineData(79, "░░░░░░░░░░░░░░ step 3/203  loss 0.5000  1 min 40 s left  1234 images/s  lr 0.01")]
    [InlineData(120, "░░░░░░░░░░░░░░░░░░░░░░░░ step 3/203  loss 0.5000  1 min 40 s left  1234 images/s  lr 0.01")]
    public void A_live_line_fits_its_terminal(int columns, string expected)
    {
        var clock = new Clock();
        var progress = new TrainingProgress(quiet: false, () => columns, clock);
        Output(() => progress.Steps([new StepResult(1, 0.5, 0.01)], 203, 1234));
        clock.Seconds = 1;
        string line = Output(() => progress.Steps([new StepResult(3, 0.5, 0.01)], 203, 1234)).TrimStart('\r').TrimEnd();
        Assert.Equal(expected, line);
        Assert.InRange(line.Length, 0, columns);
    }

    [Fact]
    public void A_terminal_sees_each_report_at_once_and_lines_are_folded()
    {
        var progress = new TrainingProgress(quiet: false, () => 39, new Clock());
        Assert.Contains("step 1/9", Output(() => progress.Steps([new StepResult(1, 0.5, 0.01)], 9, 32)));
        string text = Output(() => progress.Line("epoch 1/10  loss 0.2655  val loss 0.3259  mIoU 0.0457  dice 0.0852 (best)  53.9 images/s  11.9 s"));
        string[] lines = text.Split('\r')[^1].TrimEnd('\n').Split('\n');
        Assert.Equal(["epoch 1/10  loss 0.2655", "  val loss 0.3259  mIoU 0.0457", "  dice 0.0852 (best)  53.9 images/s", "  11.9 s"], lines);
    }

    [Theory]
    [InlineData("a b c", 5, "a b c"), InlineData("one two three four", 9, "one two\n  three\n  four")]
    [InlineData("/a/path/without/gaps", 8, "/a/path/without/gaps"), InlineData("word  /a/path/without/gaps  end", 8, "word\n  /a/path/without/gaps  end")]
    public void Folded_at_gaps_or_else_between_words(string text, int columns, string folded) => Assert.Equal(folded, Terminal.Fold(text, columns));

    [Fact]
    public void Quiet_is_silent()
    {
        var clock = new Clock();
        var progress = new TrainingProgress(quiet: true, columns: null, clock);
        clock.Seconds = 100;
        Assert.Equal("", Output(() =>
        {
            progress.Line("the header");
            progress.Steps([new StepResult(1, 0.5, 0.01)], 9, 32);
        }));
    }
}
