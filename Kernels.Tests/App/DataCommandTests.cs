using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.App.CommandRun;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn data</c> as a user meets it. A test names its folder by --data, so that FCN_DATA does not matter.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_empty_folder_is_told_how_to_be_filled()
    {
        var result = Run("data", "info", "--data", $"{_folder}");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains($"mnist: not there; get it: fcn data get mnist --out {_folder}", result.Out);
        Assert.Contains($"m2nist: not there; get it: fcn data get m2nist --out {_folder}, or compose one: fcn data make m2nist --out {_folder}", result.Out);
    }

    [Fact]
    public void Parts_that_cannot_be_used_are_told_and_fail()
    {
        WriteMnist();
        _folder.Write("mnist/t10k-labels-idx1-ubyte", [0, 0, 8]);
        _folder.Write("m2nist/combined.npy", [1, 2, 3]);
        var result = Run("data", "info", "--data", $"{_folder}");
        Assert.Equal(1, result.Code);
        Assert.Contains("\nmnist: cannot be used\n", result.Out);
        Assert.Matches(@"^fcn: mnist cannot be used: '.*t10k-labels-idx1-ubyte' is truncated.*; m2nist cannot be used: '.*combined\.npy' has no masks .*\n$",
            result.Error);
        Assert.Contains("is truncated", (string)JsonNode.Parse(Run("data", "info", "--json", "--data", $"{_folder}").Out)!["mnist"]!["error"]!);
    }

    [Fact]
    public void A_label_that_is_none_is_told_with_its_file()
    {
        WriteMnist();
        byte[] labels = File.ReadAllBytes(_folder["mnist/t10k-labels-idx1-ubyte"]);
        labels[^1] = 10;
        _folder.Write("mnist/t10k-labels-idx1-ubyte", labels);
        Refused(1, "t10k-labels-idx1-ubyte': mnist t10k: label 10 of image 0; labels are 0 to 9", "data", "info", "--data", $"{_folder}");
        string masks = _folder["data/classmap.npy"];
        _folder.Pictures();
        byte[] classes = File.ReadAllBytes(masks);
        classes[^1] = 11;
        File.WriteAllBytes(masks, classes);
        Refused(1, "classmap.npy': m2nist: label 11 in image 39 at row 63, column 83", "data", "info", "--data", _folder["data"]);
    }

    [Fact]
    public void A_missing_folder_is_an_error() =>
        Refused(2, $"--data names '{_folder["none"]}', and there is no such folder or file", "data", "info", "--data", _folder["none"]);

    [Fact]
    public void What_is_no_folder_or_cannot_be_looked_into_is_said_to_be_so()
    {
        Refused(1, "a.txt' is no folder and no .npz", "data", "info", "--data", _folder.Write("a.txt", []));
        if (OperatingSystem.IsWindows()) return;
        // As a folder whose permissions lock it would be, for a root user too.
        File.CreateSymbolicLink(_folder["circle"], "circle");
        Refused(1, "circle' cannot be read: ", "data", "info", "--data", _folder["circle"]);
        Directory.CreateDirectory(_folder["m2nist"]);
        File.CreateSymbolicLink(_folder["m2nist/combined.npy"], "combined.npy");
        Refused(1, "combined.npy' cannot be read: ", "data", "info", "--data", $"{_folder}");
        Refused(1, "combined.npy' cannot be read: ", "train", "--device", "cpu", "--data", $"{_folder}", "--out", _folder["x"]);
    }

    [Fact]
    public void A_set_is_made_and_described()
    {
        WriteMnist();
        var made = Run("data", "make", "m2nist", "--out", _folder["out"], "--data", $"{_folder}", "--count", "30", "--seed", "5", "--digits", "mnist-test");
        Assert.Equal((0, ""), (made.Code, made.Error));
        Assert.Contains("from mnist t10k, seed 5", made.Out);
        var data = M2nist.Load(_folder["out"]);
        Assert.All(data.Digits!, d => Assert.Equal((60_000, 7), (d.MnistIndex, d.Label)));
        Assert.Contains(data.Sha256, made.Out);

        var json = JsonNode.Parse(Run("data", "info", "--data", _folder["out"], "--json").Out)!;
        Assert.Null(json["mnist"]);
        var set = json["m2nist"]!;
        Assert.Equal((30, "compact", false, data.Sha256), ((int)set["count"]!, (string)set["layout"]!, (bool)set["genuine"]!, (string)set["sha256"]!));
        Assert.Equal(data.Digits!.Count, (int)set["digits"]!);
        Assert.Equal(30, set["images_by_digits"]!.AsArray().Sum(n => (int)n!));
        Assert.Equal(30 * 64 * 84, set["pixels_by_class"]!.AsArray().Sum(n => (int)n!));
        Assert.Contains($"{data.Digits.Count} digits: 2 in ", Run("data", "info", "--data", _folder["out"]).Out);

        Refused(1, "exists; choose another --out", "data", "make", "m2nist", "--out", _folder["out"], "--data", $"{_folder}", "--count", "30");
        Assert.Equal(0, Run("data", "make", "m2nist", "--out", _folder["out"], "--data", $"{_folder}", "--count", "31", "--exist-ok").Code);
        Assert.Equal(31, M2nist.Load(_folder["out"]).Count);
    }

    [Fact]
    public void Digits_are_found_again()
    {
        WriteMnist();
        Assert.Equal(0, Run("data", "make", "m2nist", "--out", $"{_folder}", "--data", $"{_folder}", "--count", "9", "--digits", "mnist").Code);
        string csv = _folder["m2nist/digits.csv"], digits = File.ReadAllText(csv);
        Refused(1, "digits.csv' exists; replace it with --exist-ok", "data", "index", "--data", $"{_folder}");
        File.Delete(csv);
        Assert.Contains("there is no digits.csv (with MNIST beside it, fcn data index makes one)", Run("data", "info", "--data", $"{_folder}").Out);
        var result = Run("data", "index", "--data", $"{_folder}");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(digits, File.ReadAllText(csv));
    }

    [Fact]
    public void A_set_in_one_npz_is_described_and_its_digits_found()
    {
        WriteMnist();
        var set = M2nistComposer.Compose("set", 9, 1, MnistData.Load($"{_folder}").All());
        byte[] header = NpyHeader.Write(NpyType.UInt8, [9, 64, 84]);
        string npz = _folder.Write("set.npz", TestTools.Zip(("combined.npy", [.. header, .. set.Images]), ("classmap.npy", [.. header, .. set.Labels])));
        var index = Run("data", "index", "--data", npz);
        Assert.Equal((0, ""), (index.Code, index.Error));
        Assert.Contains("set.digits.csv: ", index.Out);
        var json = JsonNode.Parse(Run("data", "info", "--data", npz, "--json").Out)!;
        Assert.Equal([npz, _folder["set.digits.csv"]], json["m2nist"]!["files"]!.AsArray().Select(f => (string)f!));
        Assert.Equal((set.Sha256, set.Digits!.Count), ((string)json["m2nist"]!["sha256"]!, (int)json["m2nist"]!["digits"]!));
        Assert.Equal(1, (int)json["mnist"]!["train"]!["count"]!);

        string empty = _folder.Write("empty.npz", TestTools.Zip());
        var result = Run("data", "info", "--data", empty);
        Assert.Equal(1, result.Code);
        Assert.StartsWith($"fcn: m2nist cannot be used: '{empty}' has no array 'combined'; it has no arrays.", result.Error);
    }

    [Fact]
    public void Without_MNIST_digits_are_procedural_unless_asked_for()
    {
        Assert.Equal(0, Run("data", "make", "m2nist", "--out", _folder["one"], "--digits", "procedural", "--count", "1").Code);
        Assert.Contains("  1 image of 64×84\n", Run("data", "info", "--data", _folder["one"]).Out);
        Assert.Matches("[23] in 1 image\n", Run("data", "info", "--data", _folder["one"]).Out);
        var made = Run("data", "make", "m2nist", "--out", _folder["out"], "--data", $"{_folder}", "--count", "3", "--layout", "kaggle");
        Assert.Contains("from procedural digits, as no MNIST was found", made.Out);
        Assert.Equal(M2nistComposer.Procedural(3, seed: 1).Sha256, M2nist.Load(_folder["out"]).Sha256);
        Assert.Contains("m2nist: kaggle layout", Run("data", "info", "--data", _folder["out"]).Out);
        Refused(2, "--digits mnist needs MNIST", "data", "make", "m2nist", "--out", _folder["b"], "--data", $"{_folder}", "--digits", "mnist");
        Assert.False(Directory.Exists(_folder["b"]));
    }

    [Fact]
    public void A_download_that_fails_says_what_to_do_by_hand()
    {
        using var server = new LocalServer(_ => new(404, []));
        var result = Run("data", "get", "mnist", "--out", _folder["out"], "--mirror", $"{server.Address}");
        string[] lines = result.Error.TrimEnd().Split('\n');
        Assert.Equal(1, result.Code);
        Assert.Equal(5, lines.Length);
        Assert.Equal($"fcn: {server.Address}train-images-idx3-ubyte.gz: HTTP 404 Not Found", lines[0]);
        Assert.StartsWith("fcn: 4 of 4 files could not be fetched: download train-images-idx3-ubyte.gz, ", lines[4]);
    }

    [Fact]
    public void Scenes_are_made_with_all_that_was_asked_for_and_again_with_the_same_bytes()
    {
        string[] make =
        [
            "data", "make", "scenes", "--from", "procedural", "--count", "7", "--canvas", "120x90", "--digits", "2..4", "--overlap", "0..0.1",
            "--scale", "0.8..1.1", "--rotate", "10", "--noise", "5", "--clutter", "0..3", "--masks",
        ];
        var made = Run([.. make, "--seed", "9", "--out", _folder["one"]]);
        Assert.Equal((0, ""), (made.Code, made.Error));
        var set = CocoSet.Read(_folder["one"]);
        Assert.Equal($"7 scenes with {set.Images.Sum(image => image.Objects.Count)} digits from procedural digits, seed 9\n"
            + $"written to {_folder["one"]}: instances.json, images/, masks/\n", made.Out);
        Assert.All(set.Images, image => Assert.Equal((120, 90), (image.Picture.Width, image.Picture.Height)));
        Assert.All(set.Images, image => Assert.InRange(image.Objects.Count, 2, 4));
        string about = (string)JsonNode.Parse(File.ReadAllBytes(_folder["one/instances.json"]))!["info"]!["description"]!;
        Assert.Equal("scenes of procedural digits, seed 9: --canvas 120x90 --digits 2..4 --overlap 0..0.1 --scale 0.8..1.1 --rotate 10 --noise 5 "
            + "--clutter 0..3", about);

        Assert.Equal(0, Run([.. make, "--seed", "9", "--out", _folder["two"]]).Code);
        string[] files = [.. Directory.GetFiles(_folder["one"], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder["one"], path))];
        Assert.Equal(15, files.Length);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(_folder[$"one/{file}"]), File.ReadAllBytes(_folder[$"two/{file}"])));
        Refused(1, "instances.json' exists; choose another --out", [.. make, "--out", _folder["two"]]);
        Assert.Equal(0, Run([.. make, "--seed", "10", "--out", _folder["two"], "--exist-ok"]).Code);
        Assert.NotEqual(set.Sha256, CocoSet.Read(_folder["two"]).Sha256);
    }

    [Fact]
    public void Scenes_show_the_digits_of_the_part_that_is_named()
    {
        WriteMnist();
        foreach (var (part, name, digit) in new[] { ("mnist-train", "mnist train", 3), ("mnist-test", "mnist t10k", 7) })
        {
            var made = Run("data", "make", "scenes", "--out", _folder[part], "--data", $"{_folder}", "--count", "3", "--digits", "2", "--from", part);
            Assert.Equal((0, ""), (made.Code, made.Error));
            Assert.Contains($"from {name}, seed 1\n", made.Out);
            Assert.All(CocoSet.Read(_folder[part]).Images.SelectMany(image => image.Objects), item => Assert.Equal(digit, item.Class));
        }
        Assert.Equal(0, Run("data", "make", "scenes", "--out", _folder["all"], "--data", $"{_folder}", "--count", "9", "--from", "mnist").Code);
        Assert.Equal([3, 7], CocoSet.Read(_folder["all"]).Images.SelectMany(image => image.Objects).Select(item => item.Class).Distinct().Order());
        Directory.CreateDirectory(_folder["none"]);
        Refused(2, "--from mnist needs MNIST, which is not in", "data", "make", "scenes", "--out", _folder["b"], "--data", _folder["none"], "--from", "mnist");
        Assert.False(Directory.Exists(_folder["b"]));
    }

    [Fact]
    public void Scenes_that_are_full_are_told()
    {
        var made = Run("data", "make", "scenes", "--out", _folder["full"], "--count", "40", "--digits", "17", "--from", "procedural");
        Assert.Equal(0, made.Code);
        int digits = CocoSet.Read(_folder["full"]).Images.Sum(image => image.Objects.Count);
        Assert.InRange(digits, 400, 679);
        Assert.StartsWith($"40 scenes with {digits} digits from procedural digits, seed 1; {680 - digits} more digits found no place on scenes ", made.Out);
    }

    [Fact]
    public void Scenes_without_room_for_their_digits_leave_nothing()
    {
        Refused(1, "scenes of 100×100 pixels hold about ", "data", "make", "scenes", "--out", _folder["x"], "--digits", "50", "--from", "procedural");
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Theory]
    [InlineData("--digits", "5..3", "a whole number from 0 to 100, or LOW..HIGH within these")]
    [InlineData("--digits", "1..101", "a whole number from 0 to 100, or LOW..HIGH within these")]
    [InlineData("--digits", "1.5", "a whole number from 0 to 100, or LOW..HIGH within these")]
    [InlineData("--overlap", "nan", "a number from 0 to 1, or LOW..HIGH within these")]
    [InlineData("--overlap", "0..NaN", "a number from 0 to 1, or LOW..HIGH within these")]
    [InlineData("--overlap", "0..", "a number from 0 to 1, or LOW..HIGH within these")]
    [InlineData("--scale", "0.1..1", "a number from 0.25 to 4, or LOW..HIGH within these")]
    [InlineData("--overlap", "0...3", "a number from 0 to 1, or LOW..HIGH within these")] // 0 to 3, or to 0.3?
    [InlineData("--scale", "1..2..3", "a number from 0.25 to 4, or LOW..HIGH within these")]
    [InlineData("--rotate", "181", "a number from 0 to 180")]
    [InlineData("--noise", "-1..3", "a number from 0 to 128, or LOW..HIGH within these")]
    [InlineData("--clutter", "501", "a whole number from 0 to 500, or LOW..HIGH within these")]
    [InlineData("--canvas", "7", "a whole number from 8 to 2048, or WIDTHxHEIGHT of such numbers")]
    [InlineData("--canvas", "100x", "a whole number from 8 to 2048, or WIDTHxHEIGHT of such numbers")]
    [InlineData("--canvas", "100x100x3", "a whole number from 8 to 2048, or WIDTHxHEIGHT of such numbers")]
    public void Scenes_out_of_their_limits_are_refused(string flag, string value, string limits) =>
        Refused(2, $"{flag} is '{value}'; it must be {limits}", "data", "make", "scenes", "--out", _folder["x"], flag, value);

    [Fact] public void Make_needs_a_folder() => Refused(2, "--out is required", "data", "make", "m2nist");
    [Fact] public void Get_needs_a_name() => Refused(2, "'fcn data get' needs one of mnist, m2nist", "data", "get");
    [Fact] public void Unknown_set_names_the_nearest() =>
        Refused(2, "unknown command or argument 'm2nits': did you mean 'm2nist'?; see 'fcn data make --help'", "data", "make", "m2nits", "--out", "x");
    [Fact] public void Unknown_digits_name_the_nearest() =>
        Refused(2, "did you mean 'mnist-train'?", "data", "make", "m2nist", "--out", "x", "--digits", "mnist-tain");
    [Fact] public void A_mirror_must_be_an_address() => Refused(2, "--mirror is 'ftp://x'", "data", "get", "mnist", "--mirror", "ftp://x");

    /// <summary>An MNIST of one training digit, a 3, and one test digit, a 7, both a broad bar.</summary>
    private void WriteMnist()
    {
        byte[] ink = [.. Enumerable.Range(0, DigitImages.Area).Select(i => i % 28 is > 4 and < 23 ? (byte)(1 + i % 251) : (byte)0)];
        foreach (var (part, label) in new[] { ("train", (byte)3), ("t10k", (byte)7) })
        {
            _folder.Write($"mnist/{part}-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28, .. ink]);
            _folder.Write($"mnist/{part}-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, label]);
        }
    }
}
