using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn train [segment]</c>: trains a segmentation network and leaves a run folder.</summary>
public static class TrainCommand
{
    public static Command Create()
    {
        // Segmentation is what "fcn train" does unless told otherwise, so the bare command takes its options too.
        var train = Segment("train", "Train a network; without a task, one that labels each pixel.");
        train.Subcommands.Add(Segment("segment", "Train a network that labels each pixel."));
        return train;
    }

    private static Command Segment(string commandName, string description)
    {
        var common = new CommonOptions();
        var epochs = CommandLine.Ranged("--epochs", 10, 0, 100_000, "passes over the training images; 0 writes the initial weights");
        var steps = CommandLine.Ranged("--steps", 0, 0, int.MaxValue, "stop after this many steps; 0 runs all epochs");
        var rate = CommandLine.Ranged("--lr", 1.6e-2, 0.0, 100.0, "peak learning rate");
        var schedule = CommandLine.Choice("--schedule", "one-cycle", Schedule.Names, "the learning rate over the run");
        var optimizer = CommandLine.Choice("--optimizer", "adam", ["adam", "sgd", "nesterov"], "how weights follow gradients");
        var dropout = CommandLine.Ranged("--dropout", 0.5f, 0f, 0.99f, "share of activations that the head drops");
        var order = CommandLine.Choice("--order", "shuffled", ["shuffled", "sequential"], "training images anew by (seed, epoch), or ascending");
        var init = CommandLine.Text("--init", "safetensors file to start from");
        var noPrior = new Option<bool>("--no-prior") { Description = "start the last biases at 0 instead of the classes' log shares" };
        var noEval = new Option<bool>("--no-eval") { Description = "skip validation and test: for timing and step-by-step comparisons" };
        var name = CommandLine.Text("--name", "run folder runs/segment/NAME, then NAME-2, …; default the model's name");
        var output = CommandLine.Text("--out", "run folder at this very path");
        var existOk = new Option<bool>("--exist-ok") { Description = "write into a run folder that exists" };
        var quiet = new Option<bool>("--quiet") { Description = "print the result only" };
        var json = new Option<bool>("--json") { Description = "print report.json at the end" };

        var segment = new Command(commandName, description)
        {
            common.Model, common.Data, common.Split, epochs, steps, common.Batch, rate, schedule, optimizer, dropout, order, init, noPrior, noEval,
            common.Seed, common.Device, common.Threads, name, output, existOk, quiet, json,
        };
        segment.SetAction(parsed =>
        {
            var options = new TrainingOptions
            {
                Model = Models.Find(parsed.GetValue(common.Model)!),
                Epochs = parsed.GetValue(epochs),
                Steps = parsed.GetValue(steps),
                Batch = parsed.GetValue(common.Batch),
                LearningRate = parsed.GetValue(rate),
                Schedule = parsed.GetValue(schedule)!,
                Optimizer = parsed.GetValue(optimizer)!,
                Dropout = parsed.GetValue(dropout),
                Seed = parsed.GetValue(common.Seed),
                Sequential = parsed.GetValue(order) == "sequential",
                PriorBias = !parsed.GetValue(noPrior),
                Evaluate = !parsed.GetValue(noEval),
                Init = parsed.GetValue(init),
            };
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            var (data, source) = CommonOptions.OpenData(parsed.GetValue(common.Data));
            var split = CommonOptions.OpenSplit(parsed.GetValue(common.Split)!, data.Count, options.Seed);
            var folder = parsed.GetValue(output) is { } path
                ? RunFolder.At(path, parsed.GetValue(existOk))
                : RunFolder.Next("segment", parsed.GetValue(name) ?? options.Model.Name);

            var progress = new TrainingProgress(parsed.GetValue(quiet) || parsed.GetValue(json), options.Epochs);
            // Where the device was chosen for the user, the choice says why.
            string chosen = parsed.GetValue(common.Device) == "auto" ? DeviceList.Choice : $"{device} ({device.Description})";
            progress.Line($"{options.Model.Name} on {chosen}");
            progress.Line($"{source}: {split.Train.Length} train, {split.Validation.Length} validation, {split.Test.Length} test");
            var run = new SegmentationRun(options, data, split, device, folder);
            using var interrupt = new Interrupt();
            var test = run.Train(Arguments(parsed), progress, interrupt.Token);
            progress.End();
            if (parsed.GetValue(json)) Console.WriteLine(File.ReadAllText(Path.Combine(folder.Path, "report.json")));
            else if (test is null) Console.WriteLine($"run folder: {folder.Path}");
            else ResultTable.Print(test, $"test, {split.Test.Length} images, weights of epoch {run.BestEpoch}", folder.Path);
            return interrupt.Token.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Ok;
        });
        return segment;
    }

    /// <summary>Every option with its value, given or default.</summary>
    private static JsonObject Arguments(ParseResult parsed)
    {
        var arguments = new JsonObject { ["command"] = $"fcn {string.Join(' ', parsed.Tokens.Select(t => t.Value))}" };
        foreach (var option in parsed.CommandResult.Command.Options)
        {
            object? value = parsed.GetResult(option)?.GetValueOrDefault<object>();
            if (option.Name is "--help" or "--version") continue;
            arguments[option.Name.TrimStart('-')] = value switch
            {
                bool b => b,
                int i => i,
                ulong u => u,
                float f => f,
                double d => d,
                _ => value?.ToString(),
            };
        }
        return arguments;
    }
}
