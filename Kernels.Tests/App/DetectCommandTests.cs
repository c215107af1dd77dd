using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>A detector as the command trains it: small, on few scenes, so that it finds digits and is often wrong about which.</summary>
public sealed class DetectCommandTests : IClassFixture<DetectCommandTests.Finder>
{
    private readonly Finder _finder;

    public DetectCommandTests(Finder finder) => _finder = finder;

    public sealed class Finder : IDisposable
    {
        internal TempFolder Folder { get; } = new();
        public CommandRun Trained { get; }
        public string Weights => Folder["run/weights/best.safetensors"];
        public DigitImages Digits { get; } = ProceduralDigits.Make(200, seed: 6);

        public Finder()
        {
            Folder.Digits("data", ProceduralDigits.Make(2200, seed: 5), Digits);
            Trained = CommandRun.Run("train", "detect", "--data", Folder["data"], "--canvas", "32", "--digits", "1", "--noise", "0", "--clutter", "0",
                "--scenes", "800", "--epochs", "6", "--lr", "0.005", "--device", "cpu", "--out", Folder["run"]);
        }

        public void Dispose() => Folder.Dispose();
    }

    private CommandRun Predict(params string[] more) => CommandRun.Run(["predict", "--weights", _finder.Weights, .. more]);

    /// <summary>Dark ink on paper: four digits side by side, as large as told.</summary>
    private string Page(string name, int scale)
    {
        int side = 28 * scale, width = 4 * side;
        var page = new Picture(width, side, 1);
        for (int i = 0; i < page.Pixels.Length; i++)
        {
            int x = i % width, y = i / width;
            page.Pixels[i] = (byte)(235 - _finder.Digits.Image(x / side)[y / scale * 28 + x % side / scale] * 4 / 5);
        }
        Png.Write(_finder.Folder[name], page);
        return _finder.Folder[name];
    }

    [Fact]
    public void It_is_trained_and_told_about()
    {
        Assert.Equal((0, ""), (_finder.Trained.Code, _finder.Trained.Error));
        Assert.Contains("800 train, 500 validation, 2000 test; 1 digits to a scene of 32 pixels", _finder.Trained.Out);
        Assert.Matches(@"epoch 6/6  loss \S+  val loss \S+  mAP@\.5:\.95 0\.\d{4}  mAP@\.5 0\.\d{4}  F1 0\.\d{4}", _finder.Trained.Out);
        double map50 = (double)JsonNode.Parse(File.ReadAllText(_finder.Folder["run/report.json"]))!["test"]!["map50"]!;
        Assert.InRange(map50, 0.5, 1);
        Assert.InRange((double)JsonNode.Parse(File.ReadAllText(_finder.Folder["run/report.json"]))!["milliseconds_per_image"]!, 0.01, 10_000);
        var val = CommandRun.Run("val", "--weights", _finder.Weights, "--data", _finder.Folder["data"], "--device", "cpu", "--json");
        Assert.Equal(map50, (double)JsonNode.Parse(val.Out)!["result"]!["map50"]!, 9);
        Assert.True(File.Exists(_finder.Folder["run/predictions.png"]));
        CommandRun.Refused(2, "--digits \"2\" divides the data otherwise",
            "val", "--weights", _finder.Weights, "--data", _finder.Folder["data"], "--digits", "2", "--device", "cpu");
    }

    /// <summary>Each digit of a page is one box about its ink, at any size, and the picture shows them.</summary>
    [Theory]
    [InlineData(1), InlineData(4)]
    public void Digits_of_a_page_are_found_at_their_own_scale(int scale)
    {
        string page = Page($"page{scale}.png", scale), drawn = _finder.Folder[$"drawn{scale}.png"];
        var result = Predict(page, "--device", "cpu", "--json", "--out", drawn, "--score", "0.3");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var picture = JsonNode.Parse(result.Out)!["pictures"]![0]!;
        var boxes = picture["boxes"]!.AsArray();
        Assert.Equal(4, boxes.Select(b => (int)(((double)b!["xmin"]! + (double)b["xmax"]!) / 2 / (28 * scale))).Distinct().Count());
        Assert.Equal(boxes.Select(b => (string)b!["class"]!), ((string)picture["reading"]!).Select(c => $"{c}"));
        Assert.All(boxes, b => Assert.InRange((double)b!["xmax"]! - (double)b["xmin"]!, 2 * scale, 28 * scale));
        Assert.Equal(3, Png.Read(drawn).Channels);
        string words = Predict(page, "--device", "cpu", "--score", "0.3").Out;
        Assert.Contains($"{boxes.Count} found: {picture["reading"]}", words);
    }

    [Fact]
    public void All_devices_find_the_same_boxes()
    {
        string page = Page("same.png", 1);
        JsonArray[] found = [.. TestDevices.All.Select(d =>
            JsonNode.Parse(Predict(page, "--device", d.Name, "--json", "--score", "0.2").Out)!["pictures"]![0]!["boxes"]!.AsArray())];
        Assert.True(found.Length >= 2);
        foreach (var other in found[1..])
        {
            Assert.Equal(found[0].Select(b => (string)b!["class"]!), other.Select(b => (string)b!["class"]!));
            foreach (var (a, b) in found[0].Zip(other))
                foreach (string side in new[] { "xmin", "ymin", "xmax", "ymax" }) Assert.Equal((double)a![side]!, (double)b![side]!, 0.01);
        }
    }

    [Fact]
    public void A_picture_smaller_than_a_cell_has_nothing()
    {
        Png.Write(_finder.Folder["dot.png"], new Picture(3, 2, 1));
        Assert.Contains("dot.png (3×2): nothing found", Predict(_finder.Folder["dot.png"], "--device", "cpu").Out);
    }

    [Fact]
    public void Noise_is_told_to_be_noise()
    {
        var noise = new Picture(120, 90, 1);
        new Random(1).NextBytes(noise.Pixels);
        Png.Write(_finder.Folder["noise.png"], noise);
        Assert.Contains(": nothing found: it is a texture, or noise", Predict(_finder.Folder["noise.png"], "--device", "cpu").Out);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        CommandRun.Refused(2, "--score is '1.5'; it must be a number from 0.001 to 0.999",
            "predict", Page("p.png", 1), "--weights", _finder.Weights, "--score", "1.5");
        CommandRun.Refused(2, "--min-pixels", "predict", Page("p.png", 1), "--weights", _finder.Weights, "--min-pixels", "3", "--device", "cpu");
        CommandRun.Refused(1, " of model 'grid' has no 'block1.conv1.weight' [3,3,1,32], with which grid-wide begins", "train", "detect",
            "--model", "grid-wide", "--data", _finder.Folder["data"], "--backbone", _finder.Weights, "--device", "cpu", "--out", _finder.Folder["foreign"]);
        // Boxes of other things.
        Directory.CreateDirectory(_finder.Folder["cats"]);
        for (int i = 0; i < 25; i++) Png.Write(_finder.Folder[$"cats/{i}.png"], new Picture(40, 40, 1));
        string Each(Func<int, string> item) => string.Join(',', Enumerable.Range(0, 25).Select(item));
        File.WriteAllText(_finder.Folder["cats/instances.json"], $$$"""
            {"images":[{{{Each(i => $$"""{"id":{{i}},"file_name":"{{i}}.png","width":40,"height":40}""")}}}],
            "annotations":[{{{Each(i => $$"""{"id":{{i}},"image_id":{{i}},"category_id":7,"bbox":[1,1,9,9],"area":81,"iscrowd":0}""")}}}],
            "categories":[{"id":7,"name":"cat"}]}
            """);
        CommandRun.Refused(2, "tells apart '0, 1, 2, 3, 4, 5, 6, 7, 8, 9', and pictures with boxes in ",
            "val", "--weights", _finder.Weights, "--data", _finder.Folder["cats"], "--device", "cpu");
        foreach (string[] idle in new string[][] { ["--curriculum"], ["--digits", "2"], ["--augment", "0"], ["--scenes", "200"] })
            CommandRun.Refused(2, $"{idle[0]} is for scenes that are drawn, and the pictures of this data are taken as they are; leave it out",
                ["train", "detect", "--data", _finder.Folder["cats"], "--device", "cpu", "--out", _finder.Folder["staged"], .. idle]);
        CommandRun.Refused(2, "--noise is for scenes that are drawn",
            "val", "--weights", _finder.Weights, "--data", _finder.Folder["data"], "--set", "m2nist", "--noise", "3", "--device", "cpu");
        CommandRun.Refused(2, "--backbone '", "train", "detect", "--data", _finder.Folder["data"], "--device", "cpu", "--exist-ok",
            "--backbone", _finder.Weights, "--out", Path.GetDirectoryName(Path.GetDirectoryName(_finder.Weights))!);
        CommandRun.Refused(2, "--freeze", "train", "detect", "--model", "grid-wide", "--freeze", "2", "--data", _finder.Folder["data"], "--device", "cpu");
        CommandRun.Refused(2, "--data names 'nowhere', and there is no such folder or file", "train", "detect", "--data", "nowhere", "--device", "cpu");
        // Trained on, their names come with the weights.
        var cats = CommandRun.Run("train", "detect", "--data", _finder.Folder["cats"], "--epochs", "1", "--batch", "4", "--device", "cpu",
            "--out", _finder.Folder["cat"]);
        Assert.Equal((0, ""), (cats.Code, cats.Error));
        string weights = _finder.Folder["cat/weights/best.safetensors"], results = _finder.Folder["results.json"];
        Assert.Equal("cat", SafetensorsFile.Read(weights).Metadata["classes"]);
        var val = CommandRun.Run("val", "--weights", weights, "--data", _finder.Folder["cats"], "--part", "all", "--device", "cpu", "--save-json", results);
        Assert.Equal((0, ""), (val.Code, val.Error));
        foreach (string taken in new[] { weights, _finder.Folder["cats/instances.json"] })
            CommandRun.Refused(2, "is an input of this command, or lies among its data",
                "val", "--weights", weights, "--data", _finder.Folder["cats"], "--part", "all", "--device", "cpu", "--save-json", taken);
        var found = JsonNode.Parse(File.ReadAllText(results))!.AsArray();
        Assert.NotEmpty(found);
        Assert.All(found, d => Assert.Equal((7, true), ((int)d!["category_id"]!, (int)d["image_id"]! is >= 0 and < 25)));
        CommandRun.Refused(1, "results are saved of pictures with boxes in COCO's form",
            "val", "--weights", _finder.Weights, "--data", _finder.Folder["data"], "--device", "cpu", "--save-json", results);
        CommandRun.Refused(2, "tells apart 'cat', and scenes of the MNIST in ",
            "compare", "detect", _finder.Weights, weights, "--data", _finder.Folder["data"], "--device", "cpu");
    }

    /// <summary>
    /// Three pictures, labelled by hand, of different sizes: too few to train on, enough to measure. The small ones are continued with black, and nothing is
    /// found there.
    /// </summary>
    [Fact]
    public void A_few_pictures_of_any_size_are_measured()
    {
        string home = _finder.Folder["few"], results = _finder.Folder["few.json"];
        Directory.CreateDirectory(home);
        var random = new Random(1);
        (int Width, int Height)[] sizes = [(60, 16), (16, 60), (60, 60)];
        foreach (var (i, (width, height)) in sizes.Index())
        {
            var picture = new Picture(width, height, 1);
            random.NextBytes(picture.Pixels);
            Png.Write(Path.Combine(home, $"{i}.png"), picture);
        }
        string Each(Func<int, string> item) => string.Join(',', Enumerable.Range(0, 3).Select(item));
        File.WriteAllText(Path.Combine(home, "instances.json"), $$$"""
            {"images":[{{{Each(i => $$"""{"id":{{i}},"file_name":"{{i}}.png","width":{{sizes[i].Width}},"height":{{sizes[i].Height}}}""")}}}],
            "annotations":[{"id":1,"image_id":0,"category_id":3,"bbox":[1,1,9,9],"area":81,"iscrowd":1}],
            "categories":[{{{string.Join(',', Enumerable.Range(0, 10).Select(k => $$"""{"id":{{k}},"name":"{{k}}"}"""))}}}]}
            """);
        string[] show = ["data", "show", "--task", "detect", "--data", home, "--out", _finder.Folder["few.png"]];
        foreach (string[] words in new[] { ["train", "detect", "--data", home, "--device", "cpu"], show })
            CommandRun.Refused(1, "has 3 images, too few to split; at least 25 are needed to train on.", words);
        CommandRun.Refused(2, "--noise is for scenes that are drawn", [.. show, "--noise", "3"]);
        var val = CommandRun.Run("val", "--weights", _finder.Weights, "--data", home, "--device", "cpu", "--save-json", results);
        Assert.Equal((0, ""), (val.Code, val.Error));
        Assert.Contains("(0 objects in 3 pictures, – right as a whole)", val.Out);
        var found = JsonNode.Parse(File.ReadAllText(results))!.AsArray();
        Assert.Equal([0, 1, 2], found.Select(d => (int)d!["image_id"]!).Distinct().Order());
        Assert.All(found, d =>
        {
            var (width, height) = sizes[(int)d!["image_id"]!];
            double[] box = [.. d["bbox"]!.AsArray().Select(side => (double)side!)];
            Assert.InRange(box[0] + box[2], 0, width + 0.01);
            Assert.InRange(box[1] + box[3], 0, height + 0.01);
            Assert.True(box[2] > 0 && box[3] > 0);
        });
        CommandRun.Refused(2, "has no train images; measure all images with --part all",
            "val", "--weights", _finder.Weights, "--data", home, "--device", "cpu", "--part", "train");
    }

    /// <summary>On pictures of M2NIST, whose labels the one network learned from and the other never saw, and on scenes.</summary>
    [Fact]
    public void It_is_compared_with_a_network_that_labels_pixels()
    {
        string data = _finder.Folder["both"];
        _finder.Folder.Digits("both", ProceduralDigits.Make(300, seed: 5), _finder.Digits);
        CommandRun Good(params string[] words)
        {
            var run = CommandRun.Run(words);
            Assert.Equal((0, ""), (run.Code, run.Error));
            return run;
        }

        Good("data", "make", "m2nist", "--out", data, "--data", data, "--count", "60");
        foreach (string seed in new[] { "0", "3" })
            Good("train", "segment", "--model", "fcn8-slim", "--data", data, "--epochs", "1", "--batch", "8", "--seed", seed, "--device", "cpu",
                "--out", _finder.Folder[$"masks{seed}"]);
        string[] compare = ["compare", "detect", "--data", data, "--device", "cpu", "--seconds", "0", "--out", _finder.Folder["sides"]];
        string[] two = [_finder.Weights, _finder.Folder["masks0"]];
        var sides = Good([.. compare, .. two, "--set", "m2nist"]);
        Assert.Contains("M2NIST in ", sides.Out);
        Assert.Contains("test: 12 images", sides.Out);
        Assert.Matches(@"(?m)^grid +0\.\d{4} ± 0\.\d{4} ", sides.Out);
        Assert.Matches(@"(?m)^grid against fcn8-slim: \d+ pictures only the first gets right as a whole, ", sides.Out);
        Assert.Contains("grid was not trained on this very data", sides.Out);
        Assert.DoesNotContain("fcn8-slim was not trained on this very data", sides.Out);
        // Measured as 'fcn val' does.
        var val = Good("val", "--weights", _finder.Weights, "--data", data, "--set", "m2nist", "--device", "cpu", "--json");
        var json = JsonNode.Parse(File.ReadAllText(_finder.Folder["sides/comparison.json"]))!["models"]!;
        Assert.Equal((double)JsonNode.Parse(val.Out)!["result"]!["map50"]!, (double)json[0]!["test"]!["map50"]!, 9);
        // Of another division, or begun with weights of another.
        var begun = CommandRun.Run("train", "segment", "--model", "fcn8-slim", "--data", data, "--epochs", "0", "--seed", "0", "--device", "cpu",
            "--init", _finder.Folder["masks3/weights/best.safetensors"], "--out", _finder.Folder["masks30"]);
        Assert.Equal(0, begun.Code);
        foreach (string other in new[] { "masks3", "masks30" })
            Assert.Matches(@"has learned from [1-9]\d* of the 12 images that it would be tested on here",
                CommandRun.Run([.. compare, .. two, _finder.Folder[other], "--set", "m2nist"]).Error);
        CommandRun.Refused(2, "--noise is for scenes that are drawn", [.. compare, .. two, "--set", "m2nist", "--noise", "3"]);
        foreach (string[] idle in new string[][] { ["--seed", "3"], ["--scenes", "200"], ["--epochs", "2"] })
            CommandRun.Refused(2, $"{idle[0]} is for training, and the weights that are named are trained", [.. compare, .. two, .. idle]);
        CommandRun.Refused(2, "name weights of 'classify'", ["compare", "classify", .. two, "--data", data, "--device", "cpu"]);
    }
}
