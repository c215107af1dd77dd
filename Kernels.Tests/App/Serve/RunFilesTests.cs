using FcnFromScratch.App.Serve;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>Files of a run that somebody else is writing.</summary>
public sealed class RunFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Write(string file, params IEnumerable<string> lines) => File.WriteAllText(_folder[file], string.Concat(lines));

    private RunTable Steps(long from) => RunTable.Read(_folder["steps.csv"], RunTables.StepsHeader, from);

    /// <summary>Half a number is a number too, and another.</summary>
    [Fact]
    public void Half_a_line_waits_for_its_other_half()
    {
        Write("steps.csv", RunTables.StepsHeader, "\n1,2.5,0.001\n2,1.7");
        var first = Steps(0);
        Assert.Equal([[1, 2.5, 0.001]], first.Rows);
        Write("steps.csv", RunTables.StepsHeader, "\n1,2.5,0.001\n2,1.75,0.0012");
        Assert.Empty(Steps(first.End).Rows);
        Write("steps.csv", RunTables.StepsHeader, "\n1,2.5,0.001\n2,1.75,0.00125\n");
        Assert.Equal([[2, 1.75, 0.00125]], Steps(first.End).Rows);
    }

    [Fact]
    public void A_table_that_was_begun_anew_is_read_from_its_beginning()
    {
        Write("steps.csv", RunTables.StepsHeader, "\n1,2.5,0.001\n2,1.75,0.001\n");
        long end = Steps(0).End;
        Write("steps.csv", RunTables.StepsHeader, "\n1,3.5,0.001\n");
        Assert.Equal([[1, 3.5, 0.001]], Steps(end).Rows);
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(500, 500)]
    [InlineData(999, 500)]
    [InlineData(20_001, 488)]
    public void A_long_curve_is_shown_by_means_of_its_stretches(int steps, int points)
    {
        Write("steps.csv", [RunTables.StepsHeader, "\n", .. Enumerable.Range(1, steps).Select(i => $"{i},{i}.5,0.001\n")]);
        var thinned = RunFiles.Thinned(Steps(0));
        double[] step = [.. thinned["step"]!.AsArray().Select(v => (double)v!)], loss = [.. thinned["loss"]!.AsArray().Select(v => (double)v!)];
        Assert.Equal((points, points, steps), (step.Length, loss.Length, step[^1]));
        Assert.Equal((1 + step[0]) / 2 + 0.5, loss[0], 9);
        Assert.Equal(step.Order(), step);
    }

    [Fact]
    public void Of_a_long_log_the_last_lines_are_shown_and_no_half_one()
    {
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => $"line {i} {new string('.', 400)}")];
        Write("log.txt", lines.Select(line => $"{line}\n"));
        var log = new RunFiles(Tasks.All[0], $"{_folder}", startedHere: false).ToJson()["log"]!.AsArray().Select(line => (string)line!).ToArray();
        Assert.InRange(log.Length, 100, 200);
        Assert.Equal(lines[^log.Length..], log);
    }
}
