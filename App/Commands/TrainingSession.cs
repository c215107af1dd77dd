using FcnFromScratch.App.Shell;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary>What <c>fcn train</c> and <c>fcn resume</c> share: a run on the console, and its result.</summary>
internal static class TrainingSession
{
    /// <param name="where">The device in words.</param>
    /// <returns>The exit code.</returns>
    public static int Run(Run run, RunFolder folder, Given given, string where, bool resume = false)
    {
        bool json = given.Get(CommonParameters.Json);
        var progress = new TrainingProgress(json || given.Get(CommonParameters.Quiet), Terminal.Columns, TimeProvider.System);
        using var interrupt = new Interrupt();
        IScores? test;
        try
        {
            test = run.Train(progress, interrupt.Token, resume, where);
        }
        finally
        {
            progress.Clear();
        }
        if (json) Console.WriteLine(File.ReadAllText(folder.At(RunFolder.ReportFile)));
        else
        {
            string epoch = run.State.BestEpoch > 0 ? $", weights of epoch {run.State.BestEpoch}" : "";
            if (test is not null) ScoreTable.Print($"test, {run.TestCount} images{epoch}", test);
            Console.WriteLine($"run folder: {folder.Path}");
        }
        if (run.Shortfall is { } shortfall)
        {
            Console.Error.WriteLine($"fcn: {shortfall}");
            return ExitCode.Failed;
        }
        return run.IsComplete ? ExitCode.Ok : ExitCode.Cancelled;
    }
}
