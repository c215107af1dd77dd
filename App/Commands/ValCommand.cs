using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn val</c>: the figures of trained weights on a part of a data set.</summary>
internal static class ValCommand
{
    private static readonly TextParameter SaveJson = new("save-json",
        "write what was found to this file, as COCO has results: of a task that finds boxes, on pictures with boxes in COCO's form");

    private static readonly TextParameter Part = new("part", "which images") { Default = "test", Words = ["train", "validation", "test", "all"] };

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var model = CommonParameters.Model(tasks, "the network, if the file does not say");
        var command = new ExampleCommand("val",
            "Measure trained weights, by their task's figures, on the parts that their training divided its data into.",
            ("fcn val --weights W.safetensors", "on the test images"),
            ("fcn val --weights W.safetensors --data DIR --part validation --json", "on real data, for a script"),
            ("fcn val --weights W.safetensors --data OTHER --part all", "on all images of another set"));
        // What is not given is as it was in training.
        Parameter[] data =
        [
            Parameters.Data, .. CommonParameters.DataParameters(tasks).Select(p => p with { Default = null }),
            Parameters.Seed with { Default = null, Help = "the seed that training divided the data by, where the file does not say" },
        ];
        Parameter[] all =
            [CommonParameters.Weights, model, .. data, Part, SaveJson, Parameters.Batch, Parameters.Device, Parameters.Threads, CommonParameters.Json];
        var options = new Options(command, all);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string part = given.Get(Part), file = given.WeightsFile(model, tasks);
            string? results = given.Find(SaveJson);
            if (results is not null
                && (InputFile.RealPath(results) == InputFile.RealPath(file) || given.DataFolder() is { } read && InputFile.LiesIn(read, results)))
                throw new UsageException($"{SaveJson.Flag} '{results}' is an input of this command, or lies among its data; name another file");
            using var device = given.OpenDevice();
            using var weights = given.OpenWeights(file, model, device, tasks);
            var (task, origin) = (weights.Task, weights.Origin);
            var ofSplit = Parameters.OfSplit(task);
            given.ExpectKnown(data, [Parameters.Data, .. ofSplit], task.Name);
            var arguments = given.Into(new Arguments(task).WithJson(origin.Arguments, ofSplit, $"'{file}', trained with"), ofSplit).On(device)
                .With(Parameters.Model, weights.Model.Name).WithParsed(Parameters.Data, given.DataFolder());
            given.ExpectMeant(ofSplit, arguments);
            var set = Open(arguments, file);
            Given.ExpectClasses(origin, file, set);
            bool? isTrainedOn = origin.Sha256 is { } sha256 ? sha256 == set.Sha256 : null;
            if (part != "all")
            {
                if (isTrainedOn != false) ExpectSplitOfTraining(file, part, origin, arguments, given);
                // Test images that are a set of their own were tested on whatever way the others were divided.
                bool isOwnTest = part == "test" && set.HasOwnTest;
                if (!isOwnTest) ExpectSplitOfEarlier(file, part, origin.Before.Where(o => o.Sha256 == set.Sha256), arguments);
            }
            int[] indices = part switch
            {
                "train" => set.Split.Train,
                "validation" => set.Split.Validation,
                "test" => set.Split.Test,
                _ => [.. set.Split.Train.Concat(set.Split.Validation).Concat(set.Split.Test).Order()],
            };
            if (indices.Length == 0) throw new UsageException($"{set.Source} has no {part} images; {All}");
            var samples = set.Samples(indices);
            int batch = Math.Min(given.Get(Parameters.Batch), samples.Count);
            using var evaluator = task.Evaluator(weights.Model, weights.Settings, weights.Variables, samples.Spec, batch);
            var scores = evaluator.Evaluate(samples, detailed: true);
            if (results is not null) task.SaveResults(results, scores, samples);
            if (given.Get(CommonParameters.Json))
                JsonOutput.Print(new JsonObject
                {
                    ["version"] = ProductVersion.Text,
                    ["model"] = weights.Model.Name,
                    ["weights"] = file,
                    ["dataset"] = set.Name,
                    ["trained_on_dataset"] = isTrainedOn,
                    ["part"] = part,
                    ["device"] = device.Name,
                    ["result"] = scores.ToJson(),
                });
            else
            {
                string other = isTrainedOn == false
                    ? $" (not the very data that it was trained on, {ForeignText.Quoted(origin.Dataset ?? "")}; whether images are in both is not known)" : "";
                ScoreTable.Print(
                    FormattableString.Invariant($"{weights.Model.Name} on {set.Source}{other}, {part}: {samples.Count} images, loss {scores.Loss:F4}"),
                    scores);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The data, of the task that the weights are for: it may be another than whoever named a folder had in mind.</summary>
    private static TaskData Open(Arguments arguments, string file)
    {
        try
        {
            return arguments.Task.OpenAloud(arguments);
        }
        catch (DataException e)
        {
            throw new DataException($"{e.Message} ('{file}' is for the task {arguments.Task.Name}.)", e);
        }
    }

    private const string All = "measure all images with --part all";

    /// <exception cref="UsageException">Weights that this training began with were trained on the same data, divided in another way.</exception>
    private static void ExpectSplitOfEarlier(string file, string part, IEnumerable<Origin> earlier, Arguments arguments)
    {
        foreach (var origin in earlier)
            if (origin.Difference(arguments.ToJson(Parameters.OfSplit(arguments.Task))) is { } other)
                throw new UsageException($"the training of '{file}' began with weights that have learned from this data with {other.Name} {other.Trained}, "
                    + $"so its {part} images are not what they are called; {All}");
    }

    /// <summary>
    /// Images of a part are what it is called only if training divided the data in the same way. On other data no way is better than another.
    /// </summary>
    /// <exception cref="UsageException">It was another way, or the file does not say which.</exception>
    private static void ExpectSplitOfTraining(string file, string part, Origin origin, Arguments arguments, Given given)
    {
        var ofSplit = Parameters.OfSplit(arguments.Task);
        if (origin.Difference(arguments.ToJson(ofSplit)) is { } other)
            throw new UsageException($"--{other.Name} {other.Now} divides the data otherwise than the training of '{file}' did, by {other.Trained}: "
                + $"its {part} images would be others; leave the flag out, or {All}");
        foreach (var unknown in ofSplit.Where(p => !origin.Knows(p) && !given.Has(p)))
        {
            if (unknown == Parameters.Seed)
                throw new UsageException($"'{file}' does not say by which seed its training divided the data, so no image can be called {part}; "
                    + $"give its {unknown.Flag}, or {All}");
            Console.Error.WriteLine(
                $"fcn: '{file}' does not say the {unknown.Flag} of its training; taking {arguments.ToJson([unknown])[unknown.Name]}");
        }
    }
}
