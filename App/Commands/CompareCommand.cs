using System.CommandLine;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn compare TASK</c>: all models of a task, trained where they are not yet, on the same test samples: one table, one page.</summary>
internal static class CompareCommand
{
    /// <summary>As many pictures as somebody may ask for at once; one by one they are timed too.</summary>
    private const int Many = 1000;

    private static readonly TextParameter Out = new("out", "folder for the runs and the page; else runs/TASK/comparison");
    private static readonly NumberParameter<double> Seconds = new("seconds", 0, 60, "time each batch size for so long") { Default = 1.0 };
    private static readonly SwitchParameter Json = CommonParameters.Json with { Help = "print comparison.json at the end, and nothing else" };

    private static readonly NumberParameter<int> Epochs = Parameters.Epochs with
    {
        Default = null, Min = 1, Help = "passes over the training images, for models that learn in passes; unless given, as 'fcn train' chooses",
    };

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        ITask[] comparing = [.. tasks.Where(t => t.Compares(t))];
        var command = new ExampleCommand("compare", "Compare all models of a task on the same test images.",
            [.. comparing.Select(task => ($"fcn compare {task.Name} --data DIR", $"all that {task.Does}"))]);
        foreach (var task in comparing) command.Subcommands.Add(Of(task, tasks));
        return command;
    }

    private static Command Of(ITask task, IReadOnlyList<ITask> tasks)
    {
        var runs = new Argument<string[]>("weights")
        {
            Arity = ArgumentArity.ZeroOrMore, Description = "weights or run folders to compare, two or more; else each model is trained, or taken where it was",
        };
        var all = Models(task, tasks);
        // The second and the last, which may be of another task; the first where there is no third.
        var two = new[] { all[Math.Clamp(all.Length - 2, 0, 1)], all[^1] }.Select(m => $"{RunFolder.Home}/{m.Task.Name}/{m.Model.Name}");
        var others = all.Where(m => m.Task != task).Select(m => $", and {m.Model.Name}, which {m.Task.Does}");
        var command = new ExampleCommand(task.Name,
            $"Train each model that {task.Does}{string.Concat(others)}, or take it where it is trained, and compare them: one table and one page.",
            ($"fcn compare {task.Name} --data DIR", "all models; what is trained already, or half, is gone on with"),
            ($"fcn compare {task.Name} {string.Join(' ', two)}", "two that are trained")) { runs };
        var options = new Options(command,
        [
            Parameters.Data, .. task.DataParameters, Parameters.Seed, Epochs, Out, Seconds, Parameters.Device, Parameters.Threads, CommonParameters.Quiet, Json,
        ]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string[] named = parsed.GetValue(runs) ?? [];
            if (named.Length == 1) throw new UsageException($"'{named[0]}' alone is nothing to compare; name two or more, or none to take all models");
            Parameter[] ofTraining = [.. task.DataParameters.Where(p => p.IsOfTraining), Parameters.Seed, Epochs];
            if (named.Length > 0 && ofTraining.FirstOrDefault(given.Has) is { } foreign)
                throw new UsageException($"{foreign.Flag} is for training, and the weights that are named are trained; leave it out");
            string home = given.Find(Out) ?? Path.Combine(RunFolder.Home, task.Name, "comparison");
            if (File.Exists(home)) throw new UsageException($"'{home}' is a file; name a folder by {Out.Flag}");
            using var device = given.OpenDevice();
            using var interrupt = new Interrupt();
            string where = $"{device} ({device.Description})";
            (string Name, string Path)[] files = named.Length == 0
                ? [.. all.Select(m => (m.Model.Name, Path.Combine(home, m.Model.Name, RunFolder.BestFile)))]
                : Names(named);

            // Weights that are named bring the seed by which their data was divided.
            var arguments = given.Into(new Arguments(task), Parameters.OfSplit(task)).On(device).WithParsed(Parameters.Data, given.DataFolder());
            if (named.Length > 0) arguments = arguments.WithJson(Origin.Read(files[0].Path).Arguments, [Parameters.Seed], $"'{files[0].Path}', trained with");
            given.ExpectMeant(task.DataParameters, arguments);
            var data = task.OpenAloud(arguments);
            var samples = data.Samples(data.Split.Test);
            int[] batches = [.. new[] { 1, Math.Min(Many, samples.Count) }.Distinct()];
            if (named.Length == 0)
                foreach (var (of, model) in all)
                    if (!Trained(given, of, model, device, Path.Combine(home, model.Name), where, interrupt.Token)) return ExitCode.Cancelled;
            var notes = new List<string>();
            foreach (var (name, path) in files)
            {
                using var weights = Open(path);
                string of = weights.Model.Name;
                if (!task.Compares(weights.Task)) throw new UsageException($"'{path}' is of {of}, which {weights.Task.Does}; name weights of '{task.Name}'");
                if (weights.Task == task) Given.ExpectClasses(weights.Origin, path, data);
                if (weights.Origin.Sha256 != data.Sha256)
                    notes.Add($"{name} was not trained on this very data; whether images that it is tested on were among those it learned from is not known");
                if (!data.HasOwnTest) ExpectUnseen(weights, path, data, arguments);
            }
            var contestants = new List<Contestant>();
            foreach (var (name, path) in files)
            {
                using var weights = Open(path);
                try
                {
                    contestants.Add(Contestant.Measure(name, task, weights, path, samples, batches, given.Get(Seconds), interrupt.Token));
                }
                catch (OperationCanceledException)
                {
                    return ExitCode.Cancelled;
                }
            }
            notes.AddRange(contestants.Where(c => !c.Converged).Select(c => $"{c.Name} is not what was asked for: its solver did not converge"));
            var comparison = task.Compare(contestants, samples);
            Directory.CreateDirectory(home);
            comparison.Write(home, $"{string.Join(", ", contestants.Select(c => c.Name))} on {data.Name}", $"Data: {data.Source}. Device: {where}."
                + string.Concat(notes.Select(note => $" {note}.")));
            if (given.Get(Json)) JsonOutput.Print(comparison.Json);
            else
            {
                Terminal.WriteLine($"{data.Source}, test: {samples.Count} images, {where}");
                foreach (string line in comparison.Lines.Concat(notes)) Terminal.WriteLine(line);
                Terminal.WriteLine($"page: {Path.Combine(home, ModelComparison.PageFile)}");
            }
            return ExitCode.Ok;

            Weights Open(string path) => Weights.Open(
                path, Weights.ModelOf(path) ?? throw new UsageException($"'{path}' does not say which model it is of"), device, tasks);
        });
        return command;
    }

    /// <summary>What is compared where nothing is named: all models of the task, and the first of each other whose networks it can measure.</summary>
    private static (ITask Task, Model Model)[] Models(ITask task, IReadOnlyList<ITask> tasks) =>
    [
        .. task.Models.Select(model => (task, model)), .. tasks.Where(other => other != task && task.Compares(other)).Select(other => (other, other.Models[0])),
    ];

    /// <exception cref="UsageException">Weights, or those that they began with, have learned from images that they would be tested on.</exception>
    private static void ExpectUnseen(Weights weights, string path, TaskData data, Arguments arguments)
    {
        foreach (var training in weights.Origin.Before.Prepend(weights.Origin).Where(training => training.Sha256 == data.Sha256))
        {
            if (!training.Knows(Parameters.Seed))
                throw new UsageException($"'{path}' does not say by which seed its training divided this data; "
                    + "compare it on data that it has not learned from");
            var own = new Arguments(weights.Task).WithJson(training.Arguments, Parameters.OfSplit(weights.Task), $"'{path}', trained with")
                .On(arguments.Device).With(Parameters.Model, weights.Model.Name).WithParsed(Parameters.Data, arguments.Find(Parameters.Data));
            var split = weights.Task.Open(own).Split;
            int seen = data.Split.Test.Intersect(split.Train.Concat(split.Validation)).Count();
            if (seen > 0)
                throw new UsageException($"'{path}' has learned from {seen} of the {data.Split.Test.Length} images that it would be tested on here; "
                    + "compare weights that were trained with the same seed");
        }
    }

    /// <summary>Brings a model's run to its end, unless it is there.</summary>
    /// <returns>Whether it is.</returns>
    private static bool Trained(Given given, ITask task, Model model, Device device, string path, string where, CancellationToken cancel)
    {
        string? data = given.DataFolder();
        Parameter[] known = [.. Parameters.OfSplit(task).Where(given.Knows), .. model.FollowsGradients ? [Epochs] : Array.Empty<Parameter>()];
        var arguments = given.Into(new Arguments(task), known).On(device).With(Parameters.Model, model.Name)
            .WithParsed(Parameters.Data, data is null ? null : Path.GetFullPath(data));
        var opened = task.Open(arguments);
        opened.ExpectTraining();
        bool isThere = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any();
        using var folder = isThere ? RunFolder.Open(path) : RunFolder.Create(path, existOk: true);
        if (isThere)
        {
            var before = Arguments.FromJson(folder.Arguments, folder.ArgumentsPath, [task]);
            foreach (var parameter in known.Append(Parameters.Model).Where(p => p.Name == Parameters.Model.Name || given.Has(p)))
                if (before.ToJson([parameter]).ToJsonString() is var was && arguments.ToJson([parameter]).ToJsonString() is var now && was != now)
                    throw new UsageException($"the run in '{path}' has {was}, and {now} is asked for; choose another --out, or leave it out to take that run");
            if (folder.DataSha256 is { } trained && trained != opened.Sha256)
                throw new UsageException($"the run in '{path}' was trained on other data than {opened.Source}; choose another --out, or name that data");
            if (folder.IsComplete) return true;
            // It goes on as it was asked for, on the data that is there now.
            arguments = before.On(device).WithParsed(Parameters.Data, data is null ? null : Path.GetFullPath(data));
        }
        var run = new Run(arguments, isThere ? task.Open(arguments) : opened, folder);
        TrainingSession.Train(run, given, where, resume: isThere, cancel);
        if (run.Shortfall is { } shortfall) Console.Error.WriteLine($"fcn: {model.Name}: {shortfall}");
        return run.IsComplete;
    }

    /// <summary>Files by what they are called: the model where that tells them apart, else the path that was typed.</summary>
    private static (string Name, string Path)[] Names(string[] named)
    {
        string[] files = [.. named.Select(RunFolder.WeightsAt)];
        string?[] models = [.. files.Select(Weights.ModelOf)];
        return [.. files.Select((file, i) => (models.Count(m => m == models[i]) == 1 && models[i] is { } model ? model : named[i], file))];
    }
}
