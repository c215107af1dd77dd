using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn predict</c>: what a network sees in pictures of any size, or in an array of pictures. The weights say which task it is.</summary>
internal static class PredictCommand
{
    private static readonly TextParameter Out = new("out",
        "the picture with what was found drawn on it, as PNG; a folder for several; of an array the classes, u8 [n, …], as .npy");

    private static readonly TextParameter Logits = new("logits", "write the network's raw output, f32 [n, …], to this .npy; one picture or one array");

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var inputs = new Argument<string[]>("IMAGE")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "PNG pictures of any size, with digits about 20 pixels high; colours become grey by luma (ITU-R BT.601), transparent pixels white. "
                + "Or one array .npy, alone in an .npz too, [n, height, width] of pixels 0 … 255, light ink on dark",
        };
        var model = CommonParameters.Model(tasks, "the network, if the file does not say");
        var command = new ExampleCommand("predict", "Say what is in pictures of any size.",
            ("fcn predict photo.png --weights W.safetensors --out seen.png", "the digits in a picture of any size, and the picture with them coloured"),
            ("fcn predict pictures.npy --weights W.safetensors --logits L.npy", "an array of pictures, and the network's raw output")) { inputs };
        Parameter[] ofTasks = [.. tasks.SelectMany(task => task.PredictParameters).DistinctBy(p => p.Name)];
        Parameter[] all =
        [
            CommonParameters.Weights, model, Out, InputPicture.Invert, .. ofTasks, Logits, CommonParameters.Json,
            Parameters.Batch, Parameters.Device, Parameters.Threads,
        ];
        var options = new Options(command, all);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string[] paths = parsed.GetValue(inputs)!;
            string? output = given.Find(Out), logits = given.Find(Logits);
            bool isArray = Array.Exists(paths, IsArray);
            if (isArray && paths.Length > 1) throw new UsageException("an array is read by itself; name one array, or only pictures");
            if (paths.Length > 1 && logits is not null) throw new UsageException("--logits takes one picture or one array, since pictures differ in size");
            foreach (string file in new[] { logits, isArray ? output : null }.OfType<string>())
                if (Directory.Exists(file)) throw new UsageException($"'{file}' is a folder; name a file, such as {Path.Combine(file, "seen.npy")}");
            var targets = isArray ? [] : Targets(paths, output);
            string weightsFile = given.WeightsFile(model, tasks);
            ExpectApart([.. paths, weightsFile], [.. targets, logits, isArray ? output : null]);
            foreach (string path in paths)
                if (!File.Exists(path)) throw new DataException($"'{path}' does not exist.");

            using var device = given.OpenDevice();
            using var weights = given.OpenWeights(weightsFile, model, device, tasks);
            var task = weights.Task;
            given.ExpectKnown(ofTasks, task.PredictParameters, task.Name);
            var arguments = given.Into(new Arguments(task), task.PredictParameters);
            using var predictor = task.Predictor(weights.Model, weights.Settings, weights.Variables, arguments);
            var results = isArray
                ? PredictArray(predictor, paths[0], given.Get(Parameters.Batch), output, logits)
                : paths.Select((path, i) => PredictPicture(predictor, path, given.Get(InputPicture.Invert), targets[i], logits));
            if (given.Get(CommonParameters.Json))
                JsonOutput.Print(new JsonObject { ["pictures"] = Json.Array(results.Select(r => ToJson(r.Prediction, r.Drawn))) });
            else
                foreach (var (prediction, drawn) in results)
                {
                    foreach (string line in prediction.Lines) Console.WriteLine(line);
                    if (drawn is not null) Console.WriteLine($"  drawn: {drawn}");
                }
            return ExitCode.Ok;
        });
        return command;
    }

    private static bool IsArray(string path) =>
        Npz.Is(path) || path.EndsWith(".npy", StringComparison.Ordinal) || path.EndsWith(".npy.gz", StringComparison.Ordinal);

    private static JsonObject ToJson(IPrediction prediction, string? drawn)
    {
        var json = prediction.ToJson();
        json["drawn"] = drawn;
        return json;
    }

    /// <summary>Where each picture is drawn to; null where it is not.</summary>
    private static string?[] Targets(string[] paths, string? output)
    {
        if (output is null) return new string?[paths.Length];
        bool isFolder = paths.Length > 1 || Directory.Exists(output);
        if (isFolder && File.Exists(output)) throw new UsageException($"--out '{output}' is a file; several pictures are drawn into a folder");
        string[] targets = [.. paths.Select(p => isFolder ? Path.Combine(output, $"{Path.GetFileNameWithoutExtension(p)}.png") : output)];
        if (isFolder) Directory.CreateDirectory(output);
        return targets;
    }

    /// <summary>No output may be an input, and no two outputs the same file.</summary>
    private static void ExpectApart(IEnumerable<string> inputs, IEnumerable<string?> outputs)
    {
        var taken = inputs.Select(Path.GetFullPath).ToHashSet();
        var written = new HashSet<string>();
        foreach (string path in outputs.OfType<string>().Select(Path.GetFullPath))
        {
            if (taken.Contains(path)) throw new UsageException($"'{path}' would be overwritten; name another --out or --logits");
            if (!written.Add(path)) throw new UsageException($"'{path}' would be written twice; rename one, or predict them one by one");
        }
    }

    private static (IPrediction Prediction, string? Drawn) PredictPicture(
        IPredictor predictor, string path, string invert, string? target, string? logitsPath)
    {
        var prediction = predictor.Predict([InputPicture.Read(path, invert)])[0];
        if (logitsPath is not null) Npy.Write<float>(logitsPath, prediction.Output.Values, [1, .. prediction.Output.Sizes]);
        if (target is not null) Png.Write(target, prediction.Draw());
        return (prediction, target);
    }

    /// <summary>One by one, since each holds the network's output; the files are written after the last.</summary>
    private static IEnumerable<(IPrediction Prediction, string? Drawn)> PredictArray(
        IPredictor predictor, string path, int batchSize, string? classesPath, string? logitsPath)
    {
        var (count, pictures) = InputPicture.ReadArray(path);
        var classes = new Collected<byte>(classesPath, $"the classes of '{path}'", count);
        var logits = new Collected<float>(logitsPath, $"the raw output of '{path}'", count);
        foreach (var batch in pictures.Chunk(batchSize))
            foreach (var prediction in predictor.Predict(batch))
            {
                classes.Add(prediction.Classes);
                logits.Add(prediction.Output);
                yield return (prediction, null);
            }
        logits.Write();
        classes.Write();
    }

    /// <summary>Arrays of one shape on their way to an .npy that holds them all; nothing where no file was asked for.</summary>
    /// <param name="what">For messages.</param>
    private sealed class Collected<T>(string? path, string what, int count) where T : unmanaged
    {
        private T[] _all = [];
        private int[] _sizes = [];
        private int _length;

        /// <exception cref="DataException">All of them do not fit into one array.</exception>
        public void Add((T[] Values, int[] Sizes) one)
        {
            if (path is null) return;
            if (_length == 0)
            {
                long length = (long)count * one.Values.Length;
                if (length > Array.MaxLength)
                    throw new DataException($"{what} has {length} elements, over the limit of {Array.MaxLength}; predict fewer pictures at once");
                (_all, _sizes) = (new T[length], one.Sizes);
            }
            one.Values.CopyTo(_all, _length);
            _length += one.Values.Length;
        }

        public void Write()
        {
            if (path is not null) Npy.Write<T>(path, _all, [count, .. _sizes]);
        }
    }
}
