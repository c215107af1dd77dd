using FcnFromScratch.App.Runs;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary>What <c>fcn train</c> and <c>fcn resume</c> share: a run on the console, and its result.</summary>
internal static class TrainingSession
{
    /// <returns>The exit code.</returns>
    public static int Run(ReadyRun ready)
    {
        var (run, folder, given) = (ready.Run, ready.Folder, ready.Given);
        using var interrupt = new Interrupt();
        var test = Train(run, given, ready.Where, ready.IsResumed, interrupt.Token);
        if (given.Get(CommonParameters.Json)) Console.WriteLine(File.ReadAllText(folder.At(RunFolder.ReportFile)));
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

    /// <summary>A run on the console, without its result.</summary>
    public static IScores? Train(Run run, Given given, string where, bool resume, CancellationToken cancel)
    {
        var progress = new TrainingProgress(
            given.Get(CommonParameters.Json) || given.Get(CommonParameters.Quiet), Terminal.Columns, TimeProvider.System);
        try
        {
            return run.Train(progress, cancel, resume, where);
        }
        finally
        {
            progress.Clear();
        }
    }
}
