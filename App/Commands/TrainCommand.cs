using System.CommandLine;
using FcnFromScratch.App.Runs;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn train [TASK]</c>: trains a network and leaves a run folder.</summary>
internal static class TrainCommand
{
    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        // The first task is what "fcn train" does unless told otherwise, so the bare command takes its options too.
        var first = tasks[0];
        var train = Of(first, "train", $"Train a network; without a task, one that {first.Does}.",
        [
            ("fcn train", "the best network on data that the program draws, for as many epochs as the device does in minutes"),
            ("fcn train --device opencl:0 --epochs 3 --name try", $"elsewhere, shorter, into runs/{first.Name}/try"),
            .. first.Examples.Select(e => (e.Line.Replace($"fcn train {first.Name}", "fcn train"), e.Does)),
        ]);
        foreach (var task in tasks) train.Subcommands.Add(Of(task, task.Name, $"Train a network that {task.Does}.", task.Examples));
        return train;
    }

    private static Command Of(ITask task, string name, string description, IReadOnlyList<(string, string)> examples)
    {
        var command = new ExampleCommand(name, description, examples);
        var asked = new NewRun(task, command);
        command.SetAction(parsed =>
        {
            using var ready = asked.Prepare(parsed);
            return TrainingSession.Run(ready);
        });
        return command;
    }
}
