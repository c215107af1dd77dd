using System.CommandLine;
using FcnFromScratch.Data;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn data</c>: looks at data sets, finds their digits, makes new ones, fetches the published ones.</summary>
public static class DataCommand
{
    private static readonly string[] DigitKinds = ["mnist-train", "mnist-test", "mnist", "procedural"];

    public static Command Create() => new("data", "Look at data sets, make them, fetch them.")
    {
        Info(),
        Index(),
        new Command("make", "Make a data set.") { MakeM2nist() },
        new Command("get", "Fetch a data set.")
        {
            Get("mnist", "Fetch MNIST (11 MB).", "folder address to fetch from instead of the public mirrors; may be given again", MnistDownload.Mirrors, MnistDownload.Get),
            Get("m2nist", "Fetch M2NIST from Kaggle; kept in the compact layout (2.5 MB instead of 2.5 GB).", "address of a zip with combined.npy and segmented.npy to fetch instead; may be given again",
                [M2nistDownload.Address], M2nistDownload.Get),
        },
    };

    private static Command Info()
    {
        var data = new CommonOptions().Data;
        var json = JsonOutput.Option();
        var command = new Command("info", "Tell what is in a data folder; without one, what the procedural digits are.") { data, json };
        command.SetAction(parsed =>
        {
            var report = DataReport.Of(CommonOptions.DataFolder(parsed.GetValue(data)));
            if (parsed.GetValue(json)) JsonOutput.Print(report.Json);
            else foreach (string line in report.Lines()) Console.WriteLine(line);
            return report.IsSound ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static Command Index()
    {
        var data = new CommonOptions().Data;
        var existOk = new Option<bool>("--exist-ok") { Description = "replace the digits.csv that is there" };
        var command = new Command("index", "Find the MNIST digits in the images of M2NIST and write digits.csv, which --augment of fcn train needs; Kaggle's files lack it.") { data, existOk };
        command.SetAction(parsed =>
        {
            string folder = CommonOptions.DataFolder(parsed.GetValue(data)) ?? throw new UsageException("name the folder with m2nist/ and mnist/ by --data DIR or FCN_DATA");
            string csv = M2nist.Locate(folder).Digits;
            if (File.Exists(csv) && !parsed.GetValue(existOk)) throw new DataException($"'{csv}' exists; replace it with --exist-ok.");
            var digits = new M2nistIndex(MnistData.Load(folder).All()).Find(M2nist.Load(folder, withDigits: false));
            M2nistWriter.WriteDigits(csv, digits);
            Console.WriteLine($"{csv}: {digits.Count} digits; composed again, they give every image and mask bit for bit");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command MakeM2nist()
    {
        var common = new CommonOptions();
        var output = CommandLine.Text("--out", "data folder; the set goes into its folder m2nist");
        output.Required = true;
        var count = CommandLine.Ranged("--count", 5000, 1, M2nistComposer.MaxCount, "images");
        var seed = CommandLine.Ranged("--seed", 1UL, 0UL, ulong.MaxValue, "the same seed makes the same set");
        var layout = CommandLine.Choice("--layout", "compact", ["compact", "kaggle"], "2.5 MB or, for other programs, 2.5 GB for 5000 images");
        var digits = CommandLine.Choice("--digits", "", DigitKinds, "where the digits come from; default mnist-train, and procedural where there is no MNIST");
        var existOk = new Option<bool>("--exist-ok") { Description = "replace the set that is there" };
        var command = new Command("m2nist", "Compose new images by the recipe of M2NIST.") { output, count, seed, layout, digits, common.Data, existOk };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetValue(output)!, home = Path.Combine(folder, "m2nist");
            var kind = parsed.GetValue(layout) == "kaggle" ? M2nistLayout.Kaggle : M2nistLayout.Compact;
            M2nistWriter.CheckFree(home, kind, parsed.GetValue(existOk));
            var (source, name) = OpenDigits(parsed.GetValue(digits)!, CommonOptions.DataFolder(parsed.GetValue(common.Data)));
            var made = M2nistComposer.Compose($"{name}, seed {parsed.GetValue(seed)}", parsed.GetValue(count), parsed.GetValue(seed), source);
            M2nistWriter.Write(made, home, kind, parsed.GetValue(existOk));
            Console.WriteLine($"{made.Count} images with {made.Digits!.Count} digits from {made.Name}");
            Console.WriteLine($"written to {home}: {string.Join(", ", M2nistWriter.FilesOf(kind))}; SHA-256 of the content {made.Sha256}");
            Console.WriteLine($"next: fcn train --data {folder}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static (IDigitSource Source, string Name) OpenDigits(string kind, string? folder)
    {
        bool isThere = folder is not null && MnistData.Locate(folder).Count > 0;
        if (kind == "procedural") return (ProceduralDigits.Source, "procedural digits");
        if (!isThere)
        {
            if (kind == "") return (ProceduralDigits.Source, "procedural digits, as no MNIST was found (name its folder by --data or FCN_DATA, or fetch it: fcn data get mnist)");
            throw new UsageException($"--digits {kind} needs MNIST{(folder is null ? "" : $", which is not in '{folder}'")}: name its folder by --data or FCN_DATA, or fetch it: fcn data get mnist");
        }
        var mnist = MnistData.Load(folder!);
        var digits = kind switch { "mnist" => mnist.All(), "mnist-test" => mnist.Test, _ => mnist.Train };
        return (digits, digits.Name);
    }

    private static Command Get(
        string name, string description, string mirrorHelp, IReadOnlyList<Uri> publicMirrors, Action<string, IReadOnlyList<Uri>, IDownloadObserver, CancellationToken> get)
    {
        var output = CommandLine.Text("--out", $"data folder; the files go into its folder {name}; default FCN_DATA, else datasets");
        var mirror = new Option<string[]>("--mirror") { Description = mirrorHelp };
        var command = new Command(name, description) { output, mirror };
        command.SetAction(parsed =>
        {
            string folder = CommonOptions.DataFolder(parsed.GetValue(output)) ?? "datasets";
            Uri[] given = [.. (parsed.GetValue(mirror) ?? []).Select(ParseAddress)];
            var progress = new DownloadProgress();
            using var interrupt = new Interrupt();
            try
            {
                get(folder, given.Length > 0 ? given : publicMirrors, progress, interrupt.Token);
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
