using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn val</c>: the figures of trained weights on a part of a data set.</summary>
internal static class ValCommand
{
    private static readonly TextParameter Part = new("part", "which images") { Default = "test", Words = ["train", "validation", "test", "all"] };

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var model = CommonParameters.Model(tasks, "the network, if the file does not say");
        var command = new ExampleCommand("val", "Measure trained weights, by their task's figures.",
            ("fcn val --weights W.safetensors", "on the test images"),
            ("fcn val --weights W.safetensors --data DIR --part validation --json", "on real data, for a script"));
        Parameter[] data = [Parameters.Data, .. CommonParameters.DataParameters(tasks), Parameters.Seed];
        Parameter[] all = [CommonParameters.Weights, model, .. data, Part, Parameters.Batch, Parameters.Device, Parameters.Threads, CommonParameters.Json];
        var options = new Options(command, all, CommonParameters.Weights.Name);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string part = given.Get(Part);
            using var device = given.OpenDevice();
            using var weights = given.OpenWeights(model, device, tasks);
            var task = weights.Task;
            given.ExpectKnown(data, [Parameters.Data, Parameters.Seed, .. task.DataParameters], task.Name);
            var arguments = given.Into(new Arguments(task), [Parameters.Seed, .. task.DataParameters]).On(device)
                .With(Parameters.Model, weights.Model.Name).WithParsed(Parameters.Data, given.DataFolder());
            var set = task.Open(arguments);
            int[] indices = part switch
            {
                "train" => set.Split.Train,
                "validation" => set.Split.Validation,
                "test" => set.Split.Test,
                _ => [.. set.Split.Train.Concat(set.Split.Validation).Concat(set.Split.Test).Order()],
            };
            var samples = set.Samples(indices);
            int batch = Math.Min(given.Get(Parameters.Batch), samples.Count);
            using var evaluator = task.Evaluator(weights.Model, weights.Settings, weights.Variables, samples.Spec, batch);
            var scores = evaluator.Evaluate(samples, detailed: true);
            if (given.Get(CommonParameters.Json))
                JsonOutput.Print(new JsonObject
                {
                    ["version"] = ProductVersion.Text,
                    ["model"] = weights.Model.Name,
                    ["weights"] = given.Get(CommonParameters.Weights),
                    ["dataset"] = set.Name,
                    ["part"] = part,
                    ["device"] = device.Name,
                    ["result"] = scores.ToJson(),
                });
            else
                ScoreTable.Print(
                    FormattableString.Invariant($"{weights.Model.Name} on {set.Source}, {part}: {samples.Count} images, loss {scores.Loss:F4}"), scores);
            return ExitCode.Ok;
        });
        return command;
    }
}
