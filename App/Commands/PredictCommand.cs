using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn predict</c>: what a network sees in pictures of any size, or in an array of pictures. The weights say which task it is.</summary>
internal static class PredictCommand
{
    private static readonly TextParameter Out = new("out",
        "the picture with what was found drawn on it, as PNG; a folder for several; of an array the classes, u8 [n, …], as .npy");

    private static readonly TextParameter ShowInput = new("show-input",
        "what the network was given of the picture, after all that was done to it, as PNG; a folder for several");

    private static readonly TextParameter Logits = new("logits", "write the network's raw output, f32 [n, …], to this .npy; one picture or one array");

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var inputs = new Argument<string[]>("PICTURE")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = $"pictures of any size: {PictureFile.Kinds}, told by content "
                + "(JPEG with libturbojpeg); a folder of them; '-' for standard input. Colours become grey by luma (ITU-R BT.601), transparent pixels white, "
                + "or black under light ink, and the paper black. Or one array .npy, alone in an .npz too, [n, height, width] of pixels 0 … 255, light ink "
                + "on dark. Without any, on a terminal, it asks for one again and again",
        };
        var model = CommonParameters.Model(tasks, "the network, if the file does not say");
        var command = new ExampleCommand("predict", "Say what is in pictures of any size.",
            ("fcn predict photo.png --weights W.safetensors --out seen.png", "the digits in a picture of any size, and the picture with them coloured"),
            ("fcn predict photo.png --weights W.safetensors --show-input input.png", "what the network is given of it"),
            ("fcn predict photos --weights W.safetensors --out seen", "all pictures in a folder; what is none is named on standard error"),
            ("fcn predict pictures.npy --weights W.safetensors --logits L.npy", "an array of pictures, and the network's raw output")) { inputs };
        Parameter[] ofTasks = [.. tasks.SelectMany(task => task.PredictParameters).DistinctBy(p => p.Name)];
        Parameter[] all =
        [
            CommonParameters.Weights, model, Out, ShowInput, InputPicture.Invert, InputPicture.KeepGround, .. ofTasks, Logits, CommonParameters.Json,
            Parameters.Batch, Parameters.Device, Parameters.Threads,
        ];
        var options = new Options(command, all);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string[] named = parsed.GetValue(inputs)!;
            string? output = given.Find(Out), input = given.Find(ShowInput), logits = given.Find(Logits);
            bool isArray = Array.Exists(named, IsArray), isOne = named is [var only] && !PictureInputs.IsFolder(only);
            bool asks = named.Length == 0;
            foreach (var ofNamed in new Parameter[] { Out, ShowInput, Logits, CommonParameters.Json })
                if (asks && given.Has(ofNamed)) throw new UsageException($"{ofNamed.Flag} is for pictures that are named; name one");
            if (asks && Console.IsInputRedirected) throw new UsageException("no picture is named; name some, or '-' for one on standard input");
            if (isArray && named.Length > 1) throw new UsageException("an array is read by itself; name one array, or only pictures");
            foreach (var ofPictures in new Parameter[] { InputPicture.Invert, InputPicture.KeepGround, ShowInput })
                if (isArray && given.Has(ofPictures)) throw new UsageException($"{ofPictures.Flag} is for pictures; an array is taken as it is");
            if (!isOne && logits is not null) throw new UsageException("--logits takes one picture or one array, since pictures differ in size");
            string[] arrays = [.. new[] { logits, isArray ? output : null }.OfType<string>()];
            foreach (string file in arrays)
                if (InputFile.IsFolder(file)) throw new UsageException($"'{file}' is a folder; name a file, such as {Path.Combine(file, "seen.npy")}");
            var errors = new JsonArray();
            var paths = new List<string>();
            foreach (string name in named)
                if (PictureInputs.IsFolder(name)) Try(name, () => paths.AddRange(PictureInputs.InFolder(name)));
                else paths.Add(name);
            var targets = isArray ? [] : Targets(paths, output, Out, isOne);
            var shown = Targets(paths, input, ShowInput, isOne);
            string weightsFile = given.WeightsFile(model, tasks);
            ExpectApart([.. paths, weightsFile], [.. targets, .. shown, .. arrays]);
            foreach (string file in arrays) ExpectName(file, ".npy");
            if (isOne) foreach (string picture in targets.Concat(shown).OfType<string>()) ExpectName(picture, ".png");
            if (paths.Contains(PictureInputs.StandardInput)) PictureInputs.ExpectRedirected();
            else if (isOne) InputFile.Expect(paths[0]);

            using var device = given.OpenDevice();
            using var weights = given.OpenWeights(weightsFile, model, device, tasks);
            var task = weights.Task;
            given.ExpectKnown(ofTasks, task.PredictParameters, task.Name);
            var arguments = given.Into(new Arguments(task), task.PredictParameters);
            using var predictor = task.Predictor(weights.Model, weights.Settings, weights.Variables, arguments);
            var json = given.Get(CommonParameters.Json) ? new JsonArray() : null;
            if (isArray)
                PredictArray(predictor, paths[0], given.Get(Parameters.Batch), output, logits, prediction => Tell(prediction, null, json, sketches: false));
            else
                foreach (var (path, target, seen) in asks ? Asked() : paths.Zip(targets, shown))
                {
                    IPrediction? prediction = null;
                    Try(path, () => prediction = PredictPicture(predictor, Read(path), logits));
                    if (prediction is null) continue;
                    if (target is not null) Write(target, prediction.Draw());
                    if (seen is not null) Write(seen, prediction.Input());
                    Tell(prediction, target, json, sketches: true);
                }
            if (json is not null) JsonOutput.Print(new JsonObject { ["pictures"] = json, ["errors"] = errors });
            return errors.Count == 0 || asks ? ExitCode.Ok : ExitCode.Failed;

            InputPicture Read(string path)
            {
                PictureInputs.Receive(path);
                return InputPicture.Read(path, given.Get(InputPicture.Invert), given.Get(InputPicture.KeepGround));
            }

            // Of several the bad ones are named and the others done; one by itself ends the command.
            void Try(string path, Action step)
            {
                try
                {
                    step();
                }
                catch (Exception e) when (!isOne && e is DataException or EngineException and not DeviceException)
                {
                    Terminal.WriteMistake(e.Message);
                    errors.Add(new JsonObject { ["file"] = path, ["message"] = e.Message });
                }
            }
        });
        return command;
    }

    /// <summary>What somebody at a terminal names, until an empty line.</summary>
    private static IEnumerable<(string Path, string? Target, string? Shown)> Asked()
    {
        while (true)
        {
            Console.Write("picture (nothing ends): ");
            string? path = Console.ReadLine()?.Trim();
            if (string.IsNullOrEmpty(path)) yield break;
            yield return (path, null, null);
        }
    }

    private static bool IsArray(string path) =>
        Npz.Is(path) || path.EndsWith(".npy", StringComparison.Ordinal) || path.EndsWith(".npy.gz", StringComparison.Ordinal);

    /// <param name="drawn">The file that it was drawn to, if any.</param>
    /// <param name="json">Takes it; where there is none it is told to people.</param>
    /// <param name="sketches">Whether a terminal also gets what the network was given: of a picture much was done to it, an array is taken as it is.</param>
    private static void Tell(IPrediction prediction, string? drawn, JsonArray? json, bool sketches)
    {
        if (json is not null)
        {
            var told = prediction.ToJson();
            told["drawn"] = drawn;
            json.Add(told);
            return;
        }
        if (sketches && Terminal.Columns is { } columns)
            foreach (string line in Sketch.Of(prediction.Input(), columns())) Console.WriteLine(line);
        // Names of files are in them.
        foreach (string line in prediction.Lines) Console.WriteLine(ForeignText.Name(line));
        if (drawn is not null) Console.WriteLine($"  drawn: {ForeignText.Name(drawn)}");
    }

    /// <summary>Where something of each picture is drawn to; null where it is not.</summary>
    private static string?[] Targets(IReadOnlyList<string> paths, string? output, Parameter flag, bool isOne)
    {
        if (output is null) return new string?[paths.Count];
        bool isFolder = !isOne || InputFile.IsFolder(output);
        if (isFolder && InputFile.Exists(output)) throw new UsageException($"{flag.Flag} '{output}' is a file; several pictures are drawn into a folder");
        return [.. paths.Select(path => isFolder ? Path.Combine(output, NameOfDrawing(path)) : output)];
    }

    // All of the name, so that those of a.jpg and a.bmp are two.
    private static string NameOfDrawing(string path)
    {
        string name = path == PictureInputs.StandardInput ? "stdin" : Path.GetFileName(path);
        return name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? name : $"{name}.png";
    }

    /// <summary>A file is named for what is written into it, and its folder is there; a pipe or a device has whatever name it has.</summary>
    private static void ExpectName(string path, string extension)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!InputFile.IsFolder(folder)) throw new UsageException($"'{path}': there is no folder '{folder}'; make it first");
        if (!path.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && !InputFile.IsPassing(path))
            throw new UsageException($"'{path}' would be written as {extension}; let its name end so");
    }

    /// <summary>No output may be an input, and no two outputs the same file.</summary>
    private static void ExpectApart(IEnumerable<string> inputs, IEnumerable<string?> outputs)
    {
        var taken = inputs.Select(InputFile.RealPath).ToHashSet();
        var written = new HashSet<string>();
        foreach (string path in outputs.OfType<string>().Where(path => !InputFile.IsPassing(path)).Select(InputFile.RealPath))
        {
            if (taken.Contains(path)) throw new UsageException($"'{path}' would be overwritten; name another");
            if (!written.Add(path)) throw new UsageException($"'{path}' would be written twice; rename one, or predict them one by one");
        }
    }

    private static IPrediction PredictPicture(IPredictor predictor, InputPicture picture, string? logitsPath)
    {
        IPrediction? prediction = null;
        Writing<float>(logitsPath, logitsPath is null ? [] : [1, .. predictor.Sizes(picture).Output], logits =>
        {
            using var progress = new PredictionProgress(logits is null ? null : (_, at, values) => logits.Write(at, values));
            prediction = predictor.Predict([picture], progress)[0];
        });
        return prediction!;
    }

    private static void Write(string target, Picture picture)
    {
        AtomicFile.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(target))!);
        Png.Write(target, picture);
    }

    /// <summary>A batch at a time, since the array may be larger than memory. The files are there after the last.</summary>
    private static void PredictArray(IPredictor predictor, string path, int batchSize, string? classesPath, string? logitsPath, Action<IPrediction> tell)
    {
        using var pictures = new InputPictures(path);
        var sizes = predictor.Sizes(pictures.Height, pictures.Width);
        long eachOutput = Count(sizes.Output), eachClasses = Count(sizes.Classes);
        Writing<float>(logitsPath, [pictures.Count, .. sizes.Output], logits => Writing<byte>(classesPath, [pictures.Count, .. sizes.Classes], classes =>
        {
            int first = 0;
            using var progress = new PredictionProgress(logits is null ? null : (n, at, values) => logits.Write((first + n) * eachOutput + at, values));
            foreach (var batch in pictures.Read().Chunk(batchSize))
            {
                var predictions = predictor.Predict(batch, progress);
                for (int n = 0; n < batch.Length; n++)
                {
                    classes?.Write((first + n) * eachClasses, predictions[n].Classes);
                    tell(predictions[n]);
                }
                first += batch.Length;
            }
        }));
    }

    private static long Count(int[] sizes) => sizes.Aggregate(1L, (count, side) => count * side);

    /// <summary>Gives a writer to an .npy of this shape, or none where none was asked for.</summary>
    private static void Writing<T>(string? path, int[] shape, Action<NpyWriter<T>?> write) where T : unmanaged
    {
        if (path is null) write(null);
        else Npy.Write<T>(path, shape, writer => write(writer));
    }
}
