using System.Buffers.Binary;
using System.CommandLine.Parsing;
using FcnFromScratch.App;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Kernels.Tests.Docs;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>
/// Every command that a help, a README.md or a page of docs/ tells to type is run, in a folder that has what it names. What would take minutes
/// is made short by <see cref="s_short"/>, and what is short by then is run once.
/// </summary>
public sealed class ExampleTests(ExampleTests.Workplace workplace) : IClassFixture<ExampleTests.Workplace>
{
    /// <summary>Flags that take the place of a command's own, or are added to it: less of the same. The first that fits counts.</summary>
    private static readonly (string Command, (string Flag, string Value)[] Flags)[] s_short =
    [
        ("train classify --init", [("--data", "MINE"), ("--device", "cpu"), ("--epochs", "1")]),
        ("train classify --model knn", [("--data", "DIR"), ("--device", "cpu")]), // they have no epochs
        ("train classify --model svm", [("--data", "DIR"), ("--device", "cpu")]),
        ("compare classify runs/classify/cnn-slim", [("--data", "DIR"), ("--device", "cpu"), ("--seconds", "0")]),
        ("compare detect runs/detect/grid-wide", [("--data", "DIR"), ("--set", "m2nist"), ("--device", "cpu"), ("--seconds", "0")]),
        ("compare detect GRID.safetensors", [("--data", "DIR"), ("--set", "m2nist"), ("--device", "cpu"), ("--seconds", "0")]),
        ("compare detect", [("--data", "DIR"), ("--set", "m2nist"), ("--device", "cpu"), ("--seconds", "0"), ("--epochs", "1")]),
        ("compare", [("--data", "DIR"), ("--device", "cpu"), ("--seconds", "0"), ("--epochs", "1")]),
        ("train detect",
            [("--data", "DIR"), ("--device", "cpu"), ("--epochs", "1"), ("--steps", "1"), ("--batch", "4"), ("--scenes", "100"), ("--no-eval", "")]),
        ("train", [("--data", "DIR"), ("--device", "cpu"), ("--epochs", "1"), ("--steps", "1"), ("--batch", "4")]),
        ("resume", [("--threads", "1")]),
        ("val", [("--data", "DIR"), ("--device", "cpu"), ("--batch", "4")]),
        ("predict", [("--device", "cpu")]),
        ("export", [("--device", "cpu")]),
        ("import", [("--device", "cpu")]),
        ("data make scenes", [("--count", "5"), ("--from", "procedural"), ("--out", "made"), ("--exist-ok", "")]),
        ("data make m2nist", [("--count", "5"), ("--digits", "procedural"), ("--out", "made"), ("--exist-ok", "")]),
        ("data index", [("--data", "DIR"), ("--exist-ok", "")]),
        ("data get", [("--out", "fetched"), ("--mirror", "http://127.0.0.1:9/none")]),
        ("check", [("--filter", "skip_add")]),
        ("bench", [("--seconds", "0.01"), ("--device", "cpu"), ("--filter", "skip_add"), ("--batch", "2")]),
    ];

    /// <summary>What is said on standard error though all is well: which weights are taken where none are named.</summary>
    private const string NewestRun = "fcn: weights of the newest complete run: ";

    /// <summary>What stands for something of the reader's own.</summary>
    private static readonly Dictionary<string, string> s_placeholders = new() { ["COMMAND"] = "train", ["NAME"] = "skip_add" };

    public static TheoryData<string> Lines => [.. All().Where(line => !IsServe(line)).DistinctBy(line => string.Join(' ', Short(line)))];

    /// <summary>Those that do not end by themselves.</summary>
    internal static IEnumerable<string> OfServe => All().Where(IsServe).Distinct();

    private static bool IsServe(string line) => line == "serve" || line.StartsWith("serve ", StringComparison.Ordinal);

    private static IEnumerable<string> All()
    {
        var root = CommandLine.Root(Tasks.All);
        var help = CommandLine.HelpOf(root);
        var examples = Commands(root).SelectMany(help.Examples).Select(example => example.Line["fcn ".Length..]);
        var pages = Page.All.Concat([Page.At("README.md"), Page.At("App/README.md")]).SelectMany(page => page.Commands).Where(line => !IsName(line));
        return examples.Concat(pages);

        IEnumerable<System.CommandLine.Command> Commands(System.CommandLine.Command from) => from.Subcommands.SelectMany(Commands).Prepend(from);
    }

    /// <summary>Whether a command is only spoken of: it has no arguments and needs some.</summary>
    private static bool IsName(string line)
    {
        string[] words = line.Split(' ');
        return words.All(word => word.All(char.IsAsciiLetterLower)) && Mistakes.First(CommandLine.Parse(CommandLine.Root(Tasks.All), words)) is not null;
    }

    private static string[] Short(string line)
    {
        List<string> words = [.. CommandLineParser.SplitCommandLine(line).Select(word => s_placeholders.GetValueOrDefault(word, word))];
        foreach (var (flag, value) in s_short.FirstOrDefault(s => $"{line} ".StartsWith($"{s.Command} ", StringComparison.Ordinal)).Flags ?? [])
        {
            int at = words.IndexOf(flag);
            if (at < 0) words.AddRange(value is "" ? [flag] : [flag, value]);
            else if (value is not "") words[at + 1] = value;
        }
        return [.. words];
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Runs(string line)
    {
        var result = workplace.Run(Short(line));
        if (line.StartsWith("data get ", StringComparison.Ordinal)) // no network here: as far as the mirrors
            Assert.Contains("by hand", result.Error);
        else
            Assert.Equal((0, ""), (result.Code, string.Concat(result.Error.Split('\n').Where(text => !text.StartsWith(NewestRun, StringComparison.Ordinal)))));
    }

    /// <summary>The filters that were made short have cases.</summary>
    [Fact]
    public void Filters_find_cases()
    {
        string[][] lines = [.. All().Select(line => CommandLineParser.SplitCommandLine(line).ToArray()).Where(words => words.Contains("--filter"))];
        Assert.NotEmpty(lines);
        Assert.All(lines, words =>
        {
            string filter = words[Array.IndexOf(words, "--filter") + 1];
            Assert.Contains(OpCases.All, c => c.IsBenchmark == (words[0] == "bench") && c.Name.Contains(s_placeholders.GetValueOrDefault(filter, filter)));
        });
    }

    /// <summary>A folder with all that examples name: DIR, weights, pictures, a page with a table, a run.</summary>
    public sealed class Workplace : IDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly string _before = Environment.CurrentDirectory;

        public Workplace()
        {
            var digits = ProceduralDigits.Make(300, seed: 1);
            foreach (string part in new[] { "train", "t10k" })
            {
                _folder.Write($"DIR/mnist/{part}-images-idx3-ubyte", [.. Header(3, digits.Count, 28, 28), .. digits.Images]);
                _folder.Write($"DIR/mnist/{part}-labels-idx1-ubyte", [.. Header(1, digits.Count), .. digits.Labels]);
            }
            Make("data", "make", "m2nist", "--out", "DIR", "--data", "DIR", "--count", "40");
            Make("train", "--model", "fcn8-slim", "--data", "DIR", "--device", "cpu", "--epochs", "1", "--batch", "4", "--out", "runs/segment/fcn8-fine");
            foreach (string model in new[] { "mlp", "cnn-slim", "knn", "svm" })
                Make(["train", "classify", "--model", model, "--data", "DIR", "--device", "cpu", "--out", $"runs/classify/{model}",
                    .. model is "mlp" or "cnn-slim" ? ["--epochs", "1"] : Array.Empty<string>()]);
            File.Copy(_folder["runs/classify/cnn-slim/weights/best.safetensors"], _folder["CNN.safetensors"]);
            Make("train", "detect", "--data", "DIR", "--device", "cpu", "--epochs", "1", "--scenes", "100", "--no-eval", "--out", "runs/detect/grid-wide");
            File.Copy(_folder["runs/detect/grid-wide/weights/best.safetensors"], _folder["GRID.safetensors"]);
            File.Copy(_folder["runs/segment/fcn8-fine/weights/best.safetensors"], _folder["W.safetensors"]);
            _folder.Hand("MINE", ProceduralDigits.Make(40, seed: 2));
            Make("export", "--weights", "W.safetensors", "--device", "cpu", "--out", "NET.onnx");
            Png.Write(_folder["photo.png"], new Picture(84, 64, 1));
            Directory.CreateDirectory(_folder["photos"]);
            Png.Write(_folder["photos/photo.png"], new Picture(84, 64, 1));
            Npy.Write<byte>(_folder["pictures.npy"], new byte[2 * 64 * 84], 2, 64, 84);
            foreach (string op in new[] { "softmax", "conv2d" })
                _folder.Write($"docs/ops/{op}.md", "<!-- bench: --filter skip_add --seconds 0.01 --device cpu -->\n<!-- /bench -->\n"u8.ToArray());
        }

        public void Dispose() => _folder.Dispose();

        /// <summary>As one who stands in the folder and has no FCN_DATA.</summary>
        public CommandRun Run(params string[] words)
        {
            string? data = Environment.GetEnvironmentVariable("FCN_DATA");
            try
            {
                Environment.SetEnvironmentVariable("FCN_DATA", null);
                Environment.CurrentDirectory = $"{_folder}";
                return CommandRun.Run(words);
            }
            finally
            {
                Environment.CurrentDirectory = _before;
                Environment.SetEnvironmentVariable("FCN_DATA", data);
            }
        }

        private void Make(params string[] words) => Assert.Equal((0, ""), Run(words) is var result ? (result.Code, result.Error) : default);

        private static byte[] Header(byte rank, params ReadOnlySpan<int> sides)
        {
            var header = new byte[4 + 4 * rank];
            (header[2], header[3]) = (8, rank);
            for (int d = 0; d < rank; d++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * d), sides[d]);
            return header;
        }
    }
}
