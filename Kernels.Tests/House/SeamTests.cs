using Xunit;

namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>What must not be seen across a seam of the house.</summary>
public sealed class SeamTests
{
    /// <summary>A server runs tasks too, and has no console.</summary>
    [Fact]
    public void Nothing_below_the_command_writes_to_the_console() =>
        Assert.Empty(Lines("Export", "Training", "Layers", "Engine", "Data").Where(l => l.Text.Contains("Console.")).Select(l => l.Place));

    /// <summary>Commands know tasks through their table alone.</summary>
    [Fact]
    public void No_command_knows_a_task() =>
        Assert.Empty(Lines("App").Where(l => l.Text.Contains("Training.Tasks.") && !l.Text.Contains("Training.Tasks;")).Select(l => l.Place));

    private static IEnumerable<(string Place, string Text)> Lines(params string[] folders) =>
        from folder in folders
        from path in Repository.Sources(folder)
        from line in File.ReadLines(Repository.At(path)).Select((text, i) => ($"{path}({i + 1})", text))
        select line;
}
