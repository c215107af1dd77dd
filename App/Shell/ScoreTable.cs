using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>The figures of an evaluation as a plain table.</summary>
internal static class ScoreTable
{
    public static void Print(string title, IScores scores)
    {
        Terminal.WriteLine(title);
        foreach (string line in scores.Lines) Terminal.WriteLine(line);
    }
}
