using System.CommandLine;
using FcnFromScratch.App.Runs;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn resume RUN</c>: a run goes on from its last checkpoint, to the bit as if it had never stopped.</summary>
internal static class ResumeCommand
{
    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var command = new ExampleCommand("resume", "Go on with a run that was stopped or killed, or extend one that is complete.",
            ("fcn resume runs/segment/fcn8-fine", "go on where a run was stopped or killed"),
            ("fcn resume runs/segment/fcn8-fine --extend 5", "five more epochs for a run that is complete"),
            ("fcn resume runs/segment/fcn8-fine --restart", "the whole run again, where its checkpoints were lost"));
        var asked = new ResumedRun(tasks, command);
        command.SetAction(parsed =>
        {
            using var ready = asked.Prepare(parsed, (why, report, given) =>
                Console.WriteLine(given.Get(CommonParameters.Json) ? File.ReadAllText(report) : why));
            return ready is null ? ExitCode.Ok : TrainingSession.Run(ready);
        });
        return command;
    }
}
