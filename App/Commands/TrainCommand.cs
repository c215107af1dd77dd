using System.CommandLine;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;
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

    /// <summary>The command as a shell takes it, with the data that FCN_DATA named.</summary>
    private static string Typed(ParseResult parsed, string? data)
    {
        string[] words = [.. parsed.Tokens.Select(t => t.Value)];
        if (data is not null && !words.Contains("--data")) words = [.. words, "--data", data];
        return $"fcn {string.Join(' ', words.Select(w => w.Length > 0 && w.All(c => char.IsLetterOrDigit(c) || "/._-+:\\=,".Contains(c)) ? w : $"'{w.Replace("'", "'\\''")}'"))}";
    }

    private static Command Segment(string commandName, string description)
    {
        var common = new CommonOptions();
        var epochs = CommandLine.Ranged<int>("--epochs", null, 0, 100_000, "passes over the training images; 0 writes the initial weights; unless given, 10 on a CPU of two cores or more, 30 on a GPU");
        var steps = CommandLine.Ranged("--steps", 0, 0, int.MaxValue, "stop after this many steps; 0 runs all epochs");
        var rate = CommandLine.Ranged<double>("--lr", null, 0.0, 100.0, "peak learning rate; unless given, 0.016 up to 10 epochs and 0.006 beyond");
        var schedule = CommandLine.Choice("--schedule", "one-cycle", Schedule.Names, "the learning rate over the run");
        var optimizer = CommandLine.Choice("--optimizer", "adam", ["adam", "sgd", "nesterov"], "how weights follow gradients");
        var dropout = CommandLine.Ranged("--dropout", 0.5f, 0f, 0.99f, "share of activations that the head drops");
        var order = CommandLine.Choice("--order", "shuffled", ["shuffled", "sequential"], "training images anew by (seed, epoch), or ascending");
        var augment = CommandLine.Ranged<double>("--augment", null, 0.0, 1.0, "share of training images that every epoch composes anew: from MNIST digits that no validation or test image shows, or procedural ones; unless given, 0 for real data and 1 without");
        var patience = CommandLine.Ranged("--patience", 0, 0, 100_000, "stop after this many epochs without a better validation; 0 never does");
        var verify = CommandLine.Ranged("--verify-kernels", 0, 0, int.MaxValue, "recompute the first N kernel results by the double reference and stop at the first mismatch");
        var init = CommandLine.Text("--init", "safetensors file to start from");
        var noPrior = new Option<bool>("--no-prior") { Description = "start the last biases at 0 instead of the classes' log shares" };
        var noEval = new Option<bool>("--no-eval") { Description = "skip validation and test: for timing and step-by-step comparisons" };
        var name = CommandLine.Text("--name", "run folder runs/segment/NAME, then NAME-2, …; default the model's name");
        var output = CommandLine.Text("--out", "run folder at this very path");
        var existOk = new Option<bool>("--exist-ok") { Description = "write into a run folder that exists" };
        var quiet = new Option<bool>("--quiet") { Description = "print the result only" };
        var json = new Option<bool>("--json") { Description = "print report.json at the end, and nothing else" };

        var segment = new Command(commandName, description)
        {
            common.Model, common.Data, common.Split, epochs, steps, common.Batch, rate, schedule, optimizer, dropout, order, augment, patience, init,
            noPrior, noEval, verify, common.Seed, common.Device, common.Threads, name, output, existOk, quiet, json,
        };
        segment.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is not null && parsed.GetValue(output) is not null) throw new UsageException("--name and --out both say where the run goes; give one");
            string asked = parsed.GetValue(common.Device)!;
            using var device = CommonOptions.OpenDevice(asked, parsed.GetValue(common.Threads));
            bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
            int epochCount = IsGiven(epochs) ? parsed.GetValue(epochs) : Recipe.Epochs(device, parsed.GetValue(common.Threads));
            string? data = CommonOptions.DataFolder(parsed.GetValue(common.Data));
            var arguments = new TrainingArguments
            {
                Command = Typed(parsed, data),
                Model = parsed.GetValue(common.Model)!,
                Data = data is null ? null : Path.GetFullPath(data),
                Split = parsed.GetValue(common.Split)!,
                Epochs = epochCount,
                Steps = parsed.GetValue(steps),
                Batch = parsed.GetValue(common.Batch),
                Lr = IsGiven(rate) ? parsed.GetValue(rate) : Recipe.LearningRate(epochCount),
                Schedule = parsed.GetValue(schedule)!,
                Optimizer = parsed.GetValue(optimizer)!,
                Dropout = parsed.GetValue(dropout),
                Order = parsed.GetValue(order)!,
                Augment = IsGiven(augment) ? parsed.GetValue(augment) : Recipe.Augment(data),
                Patience = parsed.GetValue(patience),
                Init = parsed.GetValue(init) is { } file ? Path.GetFullPath(file) : null,
                NoPrior = parsed.GetValue(noPrior),
                NoEval = parsed.GetValue(noEval),
                VerifyKernels = parsed.GetValue(verify),
                Seed = parsed.GetValue(common.Seed),
                Device = device.Name,
                Threads = parsed.GetValue(common.Threads),
            };
            var session = new TrainingSession(arguments, device, parsed.GetValue(quiet), parsed.GetValue(json));
            using var folder = parsed.GetValue(output) is { } path
                ? RunFolder.Create(path, parsed.GetValue(existOk))
                : RunFolder.Next("segment", parsed.GetValue(name) ?? arguments.Model);
            folder.Arguments = arguments.ToJson();
            // Where the device or the recipe was chosen for the user, the choice says why.
            string chosen = asked == "auto" ? DeviceList.Choice : $"{device} ({device.Description})";
            return session.Run(folder, !IsGiven(epochs) ? $"{chosen}; {arguments.Epochs} epochs fit this device (--epochs N sets another number)" : chosen);
        });
        return segment;
    }
}
