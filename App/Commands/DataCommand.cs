using System.CommandLine;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn data</c>: looks at data sets, finds their digits, makes new ones, fetches the published ones.</summary>
internal static class DataCommand
{
    private static readonly string[] DigitKinds = ["mnist-train", "mnist-test", "mnist", "procedural"];

    public static Command Create(IReadOnlyList<ITask> tasks) =>
        new ExampleCommand("data", "Look at data sets, make them, fetch them.",
            ("fcn data info", "what the program draws itself"), ("fcn data make m2nist --out DIR", "a new set of 5000 images"))
        {
            Info(tasks),
            Show(tasks),
            Index(),
            new ExampleCommand("make", "Make a data set.", ("fcn data make m2nist --out DIR --count 1000", "1000 images, with their masks and digits"))
            {
                MakeM2nist(),
                MakeScenes(),
            },
            new ExampleCommand("get", "Fetch a data set.", ("fcn data get mnist --out DIR", "MNIST, from a public mirror, checked by SHA-256"))
            {
                Get("mnist", "Fetch MNIST (11 MB).", "folder address to fetch from instead of the public mirrors; may be given again",
                    MnistDownload.Mirrors, MnistDownload.Get),
                Get("m2nist", "Fetch M2NIST from Kaggle; kept in the compact layout (2.5 MB instead of 2.5 GB).",
                    "address of a zip with combined.npy and segmented.npy to fetch instead; may be given again", [M2nistDownload.Address], M2nistDownload.Get),
            },
        };

    private static Command Info(IReadOnlyList<ITask> tasks)
    {
        var command = new ExampleCommand("info", "Tell what is in a data folder; without one, what the program draws itself.",
            ("fcn data info --data DIR", "what is in a folder, and whether it is sound"));
        var options = new Options(command, [Parameters.Data, CommonParameters.Json]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            var report = DataReport.Of(given.DataFolder(), tasks);
            if (given.Get(CommonParameters.Json)) JsonOutput.Print(report.Json);
            else foreach (string line in report.Lines) Console.WriteLine(line);
            return report.Problem is null ? ExitCode.Ok : throw new DataException(report.Problem);
        });
        return command;
    }

    private static Command Show(IReadOnlyList<ITask> tasks)
    {
        var task = Parameters.Task with { Help = "whose samples", Words = [.. tasks.Select(t => t.Name)], Default = tasks[0].Name, IsFlag = true };
        var augmented = new SwitchParameter("augmented", "beside each sample what training makes of it, epoch by epoch");
        var count = new NumberParameter<int>("count", 1, 100, "samples") { Default = 10 };
        var output = new TextParameter("out", "the picture, as PNG");
        Parameter[] ofTasks = [.. tasks.SelectMany(t => t.DataParameters).DistinctBy(p => p.Name)];
        var command = new ExampleCommand("show", "Draw samples that are trained on.",
            ("fcn data show --task classify --augmented --out augmented.png", "digits, and how each epoch of training warps them"),
            ("fcn data show --task detect --digits 3..5 --out scenes.png", "scenes with several digits"));
        var options = new Options(command, [task, augmented, count, Parameters.Data, .. ofTasks, Parameters.Seed, output], output.Name);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            var chosen = tasks.First(t => t.Name == given.Get(task));
            given.ExpectKnown(ofTasks, chosen.DataParameters, chosen.Name);
            string path = given.Find(output)!;
            if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) throw new UsageException($"'{path}' would be written as .png; let its name end so");
            const int epochs = 8;
            var arguments = given.Into(new Arguments(chosen).With(Parameters.Epochs, epochs), Parameters.OfSplit(chosen))
                .WithParsed(Parameters.Data, given.DataFolder());
            given.ExpectMeant(chosen.DataParameters, arguments);
            var data = chosen.OpenAloud(arguments);
            data.ExpectTraining();
            int shown = Math.Min(given.Get(count), data.Split.Train.Length);
            List<(string, ISampleSource, int)> columns = [("as it is", data.Samples(data.Split.Train[..shown]), 0)];
            if (given.Get(augmented))
                for (int epoch = 0; epoch < epochs; epoch++) columns.Add(($"epoch {epoch + 1}", data.Training, epoch));
            Png.Write(path, SampleSheet.Draw(columns, [.. Enumerable.Range(0, shown)]));
            Console.WriteLine($"{shown} samples of {data.Source} drawn: {ForeignText.Name(path)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Index()
    {
        var existOk = CommonParameters.ExistOk with { Help = "replace the digits.csv that is there" };
        var command = new ExampleCommand("index",
            "Find the MNIST digits in the images of M2NIST and write digits.csv, which --augment of fcn train needs; Kaggle's files lack it.",
            ("fcn data index --data DIR", "find which MNIST digits M2NIST's images are made of"));
        var options = new Options(command, [Parameters.Data, existOk]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string folder = given.DataFolder() ?? throw new UsageException("name the folder with m2nist/ and mnist/ by --data DIR or FCN_DATA");
            string csv = M2nist.Locate(folder).Digits;
            if (File.Exists(csv) && !given.Get(existOk)) throw new DataException($"'{csv}' exists; replace it with --exist-ok.");
            var digits = new M2nistIndex(MnistData.Load(folder).All()).Find(M2nist.Load(folder, withDigits: false));
            M2nistWriter.WriteDigits(csv, digits);
            Console.WriteLine($"{csv}: {digits.Count} digits; composed again, they give every image and mask bit for bit");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command MakeM2nist()
    {
        var output = new TextParameter("out", "data folder; the set goes into its folder m2nist");
        var count = new NumberParameter<int>("count", 1, M2nistComposer.MaxCount, "images") { Default = 5000 };
        var seed = Parameters.Seed with { Default = 1UL, Help = "the same seed makes the same set" };
        var layout = new TextParameter("layout", "2.5 MB or, for other programs, 2.5 GB for 5000 images")
        {
            Default = "compact", Words = ["compact", "kaggle"],
        };
        var digits = DigitsFrom("digits");
        var existOk = CommonParameters.ExistOk with { Help = "replace the set that is there" };
        var command = new ExampleCommand("m2nist", "Compose new images by the recipe of M2NIST.",
            ("fcn data make m2nist --out DIR --digits procedural --seed 7", "another set, from our own digits"));
        var options = new Options(command, [output, count, seed, layout, digits, Parameters.Data, existOk], output.Name);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string folder = given.Find(output)!, home = Path.Combine(folder, "m2nist");
            var kind = given.Get(layout) == "kaggle" ? M2nistLayout.Kaggle : M2nistLayout.Compact;
            M2nistWriter.CheckFree(home, kind, given.Get(existOk));
            var (source, name) = OpenDigits(digits, given);
            var made = M2nistComposer.Compose($"{name}, seed {given.Get(seed)}", given.Get(count), given.Get(seed), source);
            M2nistWriter.Write(made, home, kind, given.Get(existOk));
            Console.WriteLine($"{made.Count} images with {made.Digits!.Count} digits from {made.Name}");
            Console.WriteLine($"written to {home}: {string.Join(", ", M2nistWriter.FilesOf(kind))}; SHA-256 of the content {made.Sha256}");
            Console.WriteLine($"next: fcn train --data {folder}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command MakeScenes()
    {
        var output = new TextParameter("out", "folder for the set: instances.json and images/");
        var count = new NumberParameter<int>("count", 1, 100_000, "scenes") { Default = 1000 };
        var seed = Parameters.Seed with { Default = 1UL, Help = "the same seed makes the same set" };
        var from = DigitsFrom("from");
        var masks = new SwitchParameter("masks", "also write masks/: at each pixel which digit of the scene, counted from 1, has the most ink, and 0");
        var existOk = CommonParameters.ExistOk with { Help = "replace the set that is there" };
        var command = new ExampleCommand("scenes", "Draw digits at random places, with the boxes around them: PNG and COCO's JSON.",
            ("fcn data make scenes --out DIR --digits 1..10 --overlap 0..0.3 --scale 0.6..1.4 --rotate 15", "digits that are turned and overlap"),
            ("fcn data make scenes --out DIR --canvas 320x240 --noise 0..24 --clutter 0..8 --masks", "noise, marks that are no digits, and masks"));
        var options = new Options(command, [output, count, seed, from, .. SceneParameters.All, masks, Parameters.Data, existOk], output.Name);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string folder = given.Find(output)!;
            SceneWriter.CheckFree(folder, given.Get(existOk));
            var (source, name) = OpenDigits(from, given);
            string told = string.Join(' ', SceneParameters.All.Select(parameter => $"{parameter.Flag} {given.Text(parameter)}"));
            string about = $"scenes of {name}, seed {given.Get(seed)}: {told}";
            var maker = new SceneMaker(source, given.Get(seed));
            var scenes = SceneParameters.Options(given);
            var (digits, missing) = SceneWriter.Write(maker, scenes, given.Get(count), about, folder, given.Get(masks), given.Get(existOk));
            string full = missing == 0 ? "" : $"; {missing} more digits found no place on scenes that were full";
            Console.WriteLine($"{given.Get(count)} scenes with {digits} digits from {name}, seed {given.Get(seed)}{full}");
            Console.WriteLine($"written to {folder}: instances.json, images/{(given.Get(masks) ? ", masks/" : "")}");
            return ExitCode.Ok;
        });
        return command;
    }

    private const string Next = "name its folder by --data or FCN_DATA, or fetch it: fcn data get mnist";

    private static TextParameter DigitsFrom(string name) =>
        new(name, "where the digits come from; default mnist-train, and procedural where there is no MNIST") { Words = DigitKinds };

    private static (IDigitSource Source, string Name) OpenDigits(TextParameter from, Given given)
    {
        string? kind = given.Find(from), folder = given.DataFolder();
        bool isThere = folder is not null && MnistData.Locate(folder).Count > 0;
        if (kind == "procedural") return (ProceduralDigits.Source, "procedural digits");
        if (!isThere)
        {
            if (kind is null) return (ProceduralDigits.Source, $"procedural digits, as no MNIST was found ({Next})");
            throw new UsageException($"{from.Flag} {kind} needs MNIST{(folder is null ? "" : $", which is not in '{folder}'")}: {Next}");
        }
        var mnist = MnistData.Load(folder!);
        var digits = kind switch { "mnist" => mnist.All(), "mnist-test" => mnist.Test, _ => mnist.Train };
        return (digits, digits.Name);
    }

    private static Command Get(
        string name, string description, string mirrorHelp, IReadOnlyList<Uri> publicMirrors,
        Action<string, IReadOnlyList<Uri>, IDownloadObserver, CancellationToken> get)
    {
        var output = new TextParameter("out", $"data folder; the files go into its folder {name}; default FCN_DATA, else datasets");
        var mirror = new Option<string[]>("--mirror") { Description = mirrorHelp };
        var command = new ExampleCommand(name, description, ($"fcn data get {name} --out DIR", $"into DIR/{name}"));
        var options = new Options(command, [output]);
        command.Options.Add(mirror);
        command.SetAction(parsed =>
        {
            string folder = Given.DataFolder(options.Of(parsed).Find(output)) ?? "datasets";
            Uri[] mirrors = [.. (parsed.GetValue(mirror) ?? []).Select(ParseAddress)];
            var progress = new DownloadProgress();
            using var interrupt = new Interrupt();
            try
            {
                get(folder, mirrors.Length > 0 ? mirrors : publicMirrors, progress, interrupt.Token);
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("fcn: stopped; files that were not whole are gone");
                return ExitCode.Cancelled;
            }
            finally
            {
                progress.Clear();
            }
            Console.WriteLine($"next: fcn data info --data {folder}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Uri ParseAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        ? address
        : throw new UsageException($"--mirror is '{text}'; it must be an address that begins with https:// or http://");
}
