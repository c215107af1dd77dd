using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>Pictures of one's own as data: a reader of the program's digits is taught a hand that it reads badly.</summary>
public sealed class OwnDigitsCommandTests(OwnDigitsCommandTests.Taught taught) : IClassFixture<OwnDigitsCommandTests.Taught>
{
    /// <summary>A reader of upright digits, pictures of a hand, and what the reader became by these.</summary>
    public sealed class Taught : IDisposable
    {
        internal TempFolder Folder { get; } = new();
        public CommandRun Trained { get; }
        public string Before => Folder["before/weights/best.safetensors"];
        public string After => Folder["after/weights/best.safetensors"];

        public Taught()
        {
            Folder.Digits("upright", ProceduralDigits.Make(2000, seed: 5), ProceduralDigits.Make(300, seed: 6));
            Folder.Hand("mine", ProceduralDigits.Make(150, seed: 7));
            var before = CommandRun.Run("train", "classify", "--model", "cnn-slim", "--data", Folder["upright"], "--epochs", "6", "--batch", "32",
                "--validation", "0", "--augment", "0", "--seed", "1", "--device", "cpu", "--out", Folder["before"]);
            Assert.Equal((0, ""), (before.Code, before.Error));
            Trained = CommandRun.Run("train", "classify", "--model", "cnn-slim", "--init", Before, "--data", Folder["mine"], "--device", "cpu",
                "--out", Folder["after"]);
        }

        public void Dispose() => Folder.Dispose();
    }

    private static double Accuracy(string weights, string data, params string[] more)
    {
        var result = CommandRun.Run(["val", "--weights", weights, "--data", data, "--device", "cpu", "--json", .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return (double)JsonNode.Parse(result.Out)!["result"]!["accuracy"]!;
    }

    [Fact]
    public void A_hand_is_learned_and_others_are_not_forgotten()
    {
        Assert.Equal((0, ""), (taught.Trained.Code, taught.Trained.Error));
        Assert.Contains("120 train, 0 validation, 30 test; the program draws 50 % of every epoch; every epoch warps", taught.Trained.Out);
        string later = taught.Folder.Hand("later", ProceduralDigits.Make(200, seed: 8)), upright = taught.Folder["upright"];
        double before = Accuracy(taught.Before, later, "--part", "all"), after = Accuracy(taught.After, later, "--part", "all");
        Assert.True(after > before + 0.1, string.Create(CultureInfo.InvariantCulture, $"{before} before, {after} after"));
        // Its test digits are what they are called by whatever seed the other digits were divided.
        double uprightBefore = Accuracy(taught.Before, upright), uprightAfter = Accuracy(taught.After, upright);
        Assert.True(uprightAfter > uprightBefore - 0.05, string.Create(CultureInfo.InvariantCulture, $"{uprightBefore} before, {uprightAfter} after"));
    }

    [Fact]
    public void It_is_measured_compared_and_shown_as_MNIST_is()
    {
        string mine = taught.Folder["mine"];
        var report = JsonNode.Parse(File.ReadAllText(taught.Folder["after/report.json"]))!;
        Assert.Equal((double)report["test"]!["accuracy"]!, Accuracy(taught.After, mine));
        Assert.Equal(("own digits", 30), ((string)report["dataset"]!, (int)report["test"]!["images"]!));
        var info = JsonNode.Parse(CommandRun.Run("data", "info", "--data", mine, "--json").Out)!["own-digits"]!;
        Assert.Equal((150, 0), ((int)info["count"]!, info["left_out"]!.AsArray().Count));
        Assert.Equal((string)report["dataset_sha256"]!, (string)info["sha256"]!);
        var shown = CommandRun.Run("data", "show", "--task", "classify", "--data", mine, "--augmented", "--out", taught.Folder["shown.png"]);
        Assert.Equal((0, ""), (shown.Code, shown.Error));
        Assert.True(Png.Read(taught.Folder["shown.png"]).Width > 28);
        var compared = CommandRun.Run("compare", "classify", taught.After, taught.Before, "--data", mine, "--device", "cpu", "--seconds", "0", "--out",
            taught.Folder["compared"]);
        Assert.Equal((0, ""), (compared.Code, compared.Error));
        Assert.Contains($"own digits in {mine}, test: 30 images", compared.Out);
        // By another seed some of the images to test on are among those it has learned from.
        CommandRun.Refused(2, "divides the data otherwise", "val", "--weights", taught.After, "--data", mine, "--device", "cpu", "--seed", "1");
    }

    [Theory]
    [InlineData("knn"), InlineData("svm"), InlineData("mlp")]
    public void Every_model_takes_it(string model)
    {
        var result = CommandRun.Run(["train", "classify", "--model", model, "--data", taught.Folder["mine"], "--device", "cpu", "--out",
            taught.Folder[model], .. model == "mlp" ? ["--epochs", "2"] : Array.Empty<string>()]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("120 train, 0 validation, 30 test", result.Out);
    }

    [Fact]
    public void A_run_goes_on_with_the_same_pictures_only()
    {
        using var folder = new TempFolder();
        string mine = folder.Hand("mine", ProceduralDigits.Make(25, seed: 3));
        string[] train = ["train", "classify", "--model", "mlp", "--data", mine, "--device", "cpu", "--epochs", "3"];
        var whole = CommandRun.Run([.. train, "--out", folder["whole"]]);
        Assert.Equal((0, ""), (whole.Code, whole.Error));
        Assert.Contains("20 train, 0 validation, 5 test", whole.Out);
        // Sixteen are left, which is a batch.
        var held = CommandRun.Run([.. train, "--validation", "5000", "--out", folder["held"]]);
        Assert.Equal((0, ""), (held.Code, held.Error));
        Assert.Contains("16 train, 4 validation, 5 test", held.Out);
        Assert.Equal(0, CommandRun.Run("resume", folder["whole"], "--extend", "1").Code);
        folder.Hand("mine", ProceduralDigits.Make(26, seed: 3));
        CommandRun.Refused(1, "was trained on data with SHA-256", "resume", folder["whole"], "--extend", "1");
    }

    /// <summary>What is of no use is named and counted, and what is left is taken.</summary>
    [Fact]
    public void Bad_pictures_are_named_and_left_out()
    {
        using var folder = new TempFolder();
        string mine = folder.Hand("mine", ProceduralDigits.Make(30, seed: 3));
        string text = folder.Write("mine/3/a.png", "no picture at all"u8.ToArray()), two = Two(folder["mine/4/two.png"]), empty = folder["mine/5/white.png"];
        Png.Write(empty, new Picture(60, 40, 1));
        string copy = folder["mine/6/zz.png"], first = Directory.GetFiles(folder["mine/6"]).Min(StringComparer.Ordinal)!;
        File.Copy(first, copy);
        Directory.CreateDirectory(folder["mine/10"]);
        Directory.CreateDirectory(folder["mine/7/more"]);
        folder.Write("mine/7/.hidden", [1]);
        folder.Write("mine/mnist.txt", [1]);
        string[] expected =
        [
            $"'{folder["mine/10"]}' is no folder of a digit; these are called 0 to 9",
            $"'{text}' is no picture that is read (PNG, JPEG, BMP, PBM/PGM/PPM): it begins with 'no picture a'.",
            $"'{two}' shows 2 digits; pictures to learn from show one.", $"'{empty}' shows 0 digits; pictures to learn from show one.",
            $"'{copy}' shows the very digit of '{first}'.", $"'{folder["mine/7/more"]}' is a folder; a file was expected.",
        ];
        var shown = CommandRun.Run("data", "show", "--task", "classify", "--data", mine, "--out", folder["shown.png"]);
        Assert.Equal(0, shown.Code);
        Assert.Equal(expected.Select(line => $"fcn: left out: {line}"), shown.Error.TrimEnd().Split('\n'));
        var info = CommandRun.Run("data", "info", "--data", mine);
        Assert.Equal((0, ""), (info.Code, info.Error));
        Assert.Contains("own digits: 30 pictures, 6 left out", info.Out);
        Assert.All(expected, line => Assert.Contains($"  left out: {line}\n", info.Out));
        var trained = CommandRun.Run("train", "classify", "--model", "knn", "--data", mine, "--device", "cpu", "--out", folder["run"]);
        Assert.Contains("24 train, 0 validation, 6 test; 6 pictures left out", trained.Out);
    }

    [Fact]
    public void Many_bad_pictures_are_counted()
    {
        using var folder = new TempFolder();
        string mine = folder.Hand("mine", ProceduralDigits.Make(2, seed: 3));
        for (int i = 0; i < 25; i++) folder.Write($"mine/1/note {i}.txt", [65]);
        string[] lines = CommandRun.Run("val", "--weights", taught.After, "--data", mine, "--device", "cpu", "--part", "all").Error.TrimEnd().Split('\n');
        Assert.Equal((21, "fcn: left out: 5 more; 'fcn data info' names all"), (lines.Length, lines[^1]));
    }

    [Fact]
    public void A_few_pictures_are_measured_and_not_trained_on()
    {
        using var folder = new TempFolder();
        string one = folder.Hand("one", ProceduralDigits.Make(1, seed: 3)), knn = taught.Folder["few"];
        Assert.InRange(Accuracy(taught.After, one), 0, 1);
        foreach (string model in new[] { "cnn-slim", "knn", "svm" })
            CommandRun.Refused(1, $"own digits in {one} has 1 images, too few to split; at least 25 are needed to train on",
                "train", "classify", "--model", model, "--data", one, "--device", "cpu", "--out", knn);
        Assert.False(Directory.Exists(knn));
    }

    [Fact]
    public void A_folder_without_pictures_of_digits_is_refused()
    {
        using var folder = new TempFolder();
        string[] train = ["train", "classify", "--device", "cpu", "--out", folder["run"], "--data"];
        Directory.CreateDirectory(folder["mine"]);
        CommandRun.Refused(1, $"no digits in '{folder["mine"]}': MNIST's four files were expected", [.. train, folder["mine"]]);
        Directory.CreateDirectory(folder["mine/10"]);
        CommandRun.Refused(1, "or folders 0 to 9 with pictures of one's own", [.. train, folder["mine"]]);
        Directory.CreateDirectory(folder["mine/7"]);
        Assert.Contains($"own-digits: not there; get it: save pictures of digits in {folder["other/0"]} … {folder["other/9"]}",
            CommandRun.Run("data", "info", "--data", Directory.CreateDirectory(folder["other"]).FullName).Out);
        CommandRun.Refused(1, "its folders 0 to 9 hold no picture of one digit; 1 left out, the first: ", [.. train, folder["mine"]]);
        Directory.Delete(folder["mine/10"]);
        CommandRun.Refused(1, "its folders 0 to 9 hold no picture of one digit. Save pictures there", [.. train, folder["mine"]]);
        Two(folder["mine/7/two.png"]);
        CommandRun.Refused(1, "1 left out, the first: ", "data", "info", "--data", folder["mine"]);
        File.CreateSymbolicLink(folder["mine/5"], "5");
        CommandRun.Refused(1, $"'{folder["mine/5"]}' cannot be read", [.. train, folder["mine"]]);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void MNIST_comes_first_and_this_is_said()
    {
        using var folder = new TempFolder();
        folder.Digits("both", ProceduralDigits.Make(100, seed: 1), ProceduralDigits.Make(20, seed: 2));
        string both = folder.Hand("both", ProceduralDigits.Make(30, seed: 3));
        const string said = "MNIST lies beside the folders 0 to 9 and is what is taken; move these to a folder of their own to learn from them";
        var trained = CommandRun.Run("train", "classify", "--model", "knn", "--data", both, "--device", "cpu", "--out", folder["run"]);
        Assert.Equal((0, $"fcn: left out: '{both}': {said}\n"), (trained.Code, trained.Error));
        Assert.Contains($"MNIST in {both}: 100 train, 0 validation, 20 test", trained.Out);
        Assert.Contains($"own digits: 30 pictures, 0 left out\n  {said}", CommandRun.Run("data", "info", "--data", both).Out);
    }

    [Fact]
    public void Rehearsal_is_for_pictures_that_somebody_has()
    {
        string? data = Environment.GetEnvironmentVariable("FCN_DATA");
        Environment.SetEnvironmentVariable("FCN_DATA", null);
        try
        {
            CommandRun.Refused(2, "--rehearse is for digits of a folder (--data); leave it out", "train", "classify", "--rehearse", "0.5",
                "--device", "cpu", "--out", taught.Folder["none"]);
        }
        finally
        {
            Environment.SetEnvironmentVariable("FCN_DATA", data);
        }
    }

    /// <summary>Writes a picture of two bars side by side.</summary>
    private static string Two(string path)
    {
        var picture = new Picture(80, 50, 1);
        for (int y = 10; y < 40; y++)
            foreach (int x in new[] { 20, 21, 22, 23, 55, 56, 57, 58 }) picture.Pixels[y * 80 + x] = 255;
        Png.Write(path, picture);
        return path;
    }
}
