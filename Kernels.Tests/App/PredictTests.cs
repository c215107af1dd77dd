using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Kernels.Tests.Training;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>What <c>fcn predict</c> sees in a picture or an array, draws and tells.</summary>
public sealed class PredictTests(HandMadeWeights weights) : PredictTestBase(weights)
{
    [Theory]
    [InlineData(84, 64, 1), InlineData(131, 77, 3), InlineData(33, 32, 4), InlineData(31, 200, 1)]
    public void A_digit_is_listed_with_its_box_in_pictures_of_any_size(int width, int height, int channels)
    {
        var result = Predict(Bar("a.png", width, height, channels: channels));
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] lines = result.Out.TrimEnd().Split('\n');
        Assert.EndsWith($"a.png ({width}×{height}): 1 digit; left out: 1 region of under 30 pixels", lines[0]);
        Assert.Equal(["  3 at x 20..24, y 9..20 (60 pixels)"], lines[1..]);
    }

    [Fact]
    public void A_picture_of_one_pixel_is_read()
    {
        Png.Write(Folder["one.png"], new Picture(1, 1, 1, [0]));
        Assert.EndsWith("one.png (1×1): no digit", Predict(Folder["one.png"]).Out.TrimEnd());
        Assert.EndsWith("no digit; left out: 1 region of one row or column",
            Predict(Folder["one.png"], "--invert", "yes", "--min-pixels", "1", "--keep-ground").Out.TrimEnd());
    }

    [Fact]
    public void Dark_ink_on_a_light_ground_is_inverted_unless_told_otherwise()
    {
        string path = Bar("light.png", 60, 50, ink: 0, ground: 255);
        Assert.Contains("light.png (60×50, inverted: dark ink on a light ground): 1 digit", Predict(path).Out);
        Assert.Contains("3 at x 20..24, y 9..20 (60 pixels)", Predict(path).Out);
        string[] all = ["--keep-ground", "--max-pixels", "2936"];
        Assert.Contains("3 at x 0..59, y 0..49 (2936 pixels)", Predict([path, "--invert", "no", .. all]).Out);
        Assert.Contains("3 at x 0..59, y 0..49 (2936 pixels)", Predict([Bar("dark.png", 60, 50), "--invert", "yes", .. all]).Out);
        Assert.EndsWith("no digit; left out: 1 region of over 2935 pixels",
            Predict(path, "--invert", "no", "--keep-ground", "--max-pixels", "2935").Out.TrimEnd());
    }

    [Fact]
    public void Grey_and_uneven_paper_is_no_ink()
    {
        var picture = new Picture(90, 70, 1);
        for (int i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)(230 - 2 * (i % 90) - (i % 90 is >= 20 and < 24 && i / 90 is >= 9 and < 29 ? 170 : 0));
        Png.Write(Folder["paper.png"], picture);
        Assert.EndsWith("): 1 digit\n  3 at x 20..23, y 9..28 (80 pixels)", Predict(Folder["paper.png"]).Out.TrimEnd());
        Assert.Contains("): 1 digit; left out: 1 region of over 784 pixels", Predict(Folder["paper.png"], "--keep-ground").Out);
    }

    [Theory]
    [InlineData(24, false), InlineData(26, true)]
    public void A_picture_is_inverted_where_more_than_half_of_it_is_light(int lightColumns, bool isInverted)
    {
        var picture = new Picture(50, 40, 1);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = i % 50 < lightColumns ? (byte)255 : (byte)0;
        Png.Write(Folder["half.png"], picture);
        Assert.Equal(isInverted, Predict(Folder["half.png"]).Out.Contains("inverted"));
    }

    [Fact]
    public void What_was_seen_is_drawn_over_the_picture_or_alone()
    {
        string path = Bar("a.png", 84, 64), seen = Folder["seen.png"];
        Assert.Contains($"drawn: {seen}", Predict(path, "--out", seen).Out);
        var overlay = Png.Read(seen);
        Assert.Equal((3 * 84, true), (overlay.Width, overlay.Height > 3 * 64));
        Assert.Equal(Rgb.Grey(255).Towards(ClassColour.Of(Digit), 0.75), overlay.At(3 * 20, 3 * 9));
        Assert.Equal(Rgb.Grey(0), overlay.At(3 * 19, 3 * 9));
        Assert.Equal(ClassColour.Of(Digit), overlay.At(9, 3 * 64 + 9)); // the key

        Predict(path, "--out", seen, "--mask");
        var mask = Png.Read(seen);
        Assert.Equal((84, 64), (mask.Width, mask.Height));
        Assert.Equal([Palette.Ground, ClassColour.Of(Digit)], [mask.At(19, 9), mask.At(20, 9)]);
    }

    [Fact]
    public void A_class_is_in_the_key_once_however_many_digits_are_of_it()
    {
        var picture = new Picture(84, 64, 1);
        foreach (int left in new[] { 10, 40 })
            for (int i = 0; i < 60; i++) picture.Pixels[(10 + i / 5) * 84 + left + i % 5] = 255;
        Png.Write(Folder["two.png"], picture);
        Assert.Contains("): 2 digits\n", Predict(Folder["two.png"], "--out", Folder["seen.png"]).Out);
        var seen = Png.Read(Folder["seen.png"]);
        Assert.Equal([ClassColour.Of(Digit), Palette.Ground], [seen.At(9, 3 * 64 + 9), seen.At(9 + Canvas.SwatchSize + 6, 3 * 64 + 9)]);
    }

    [Fact]
    public void What_the_network_is_given_is_shown()
    {
        string path = Bar("light.png", 60, 50, ink: 0, ground: 255), shown = Folder["input.png"];
        Predict(path, "--show-input", shown);
        var input = Png.Read(shown);
        Assert.Equal((60, 50, 1), (input.Width, input.Height, input.Channels));
        Assert.Equal((0, true), (input.Pixels[0], input.Pixels[10 * 60 + 22] > 200)); // turned over, its ground taken away
        Assert.Contains("--show-input is for pictures", Predict(Folder["x.npy"], "--show-input", shown).Error);
        Assert.Contains("would be written twice", Predict(path, "--show-input", shown, "--out", shown).Error);
        Assert.Contains("would be overwritten", Predict(path, "--show-input", path).Error);
    }

    /// <summary>A picture may come from a pipe, and what was seen may go into one.</summary>
    [Fact]
    public async Task Pipes_are_read_and_written()
    {
        if (OperatingSystem.IsWindows()) return;
        byte[] bar = File.ReadAllBytes(Bar("a.png", 84, 64));
        string from = Folder.Pipe("from"), to = Folder.Pipe("to");
        var (writing, reading) = (Task.Run(() => File.WriteAllBytes(from, bar)), Task.Run(() => File.ReadAllBytes(to)));
        Assert.Contains("3 at x 20..24, y 9..20 (60 pixels)", Predict(from, "--out", to).Out);
        await writing;
        Assert.Equal(3 * 84, PngTests.Decode(await reading).Width);
    }

    [Fact]
    public void Logits_of_a_picture_are_written()
    {
        Predict(Bar("a.png", 50, 40), "--logits", Folder["l.npy"]);
        using var logits = new NpyReader(Folder["l.npy"]);
        Assert.Equal([1, 40, 50, 11], logits.Shape);
        float[] values = logits.ReadAll<float>();
        Assert.Equal([10f, -10f], new[] { 9 * 50 + 20, 9 * 50 + 19 }.Select(i => values[i * 11 + Digit]));
    }

    /// <summary>A bar that is as high as so many digits of the training is shown to the network as one, and found in its own pixels.</summary>
    [Theory]
    [InlineData(15, 60, 40), InlineData(3, 60, 40), InlineData(0.6, 60, 40), InlineData(1.05, 63, 42)]
    public void A_digit_of_any_height_is_one(double factor, int shownHeight, int shownWidth)
    {
        int At(int place) => (int)Math.Round(place * factor);
        int height = At(60), width = At(40), left = At(12), right = At(19), top = At(15), bottom = At(35);
        var picture = new Picture(width, height, 1);
        for (int y = top; y < bottom; y++) picture.Pixels.AsSpan(y * width + left, right - left).Fill(255);
        Png.Write(Folder["a.png"], picture);
        string[] command = ["predict", Folder["a.png"], "--weights", Weights, "--device", "cpu"];

        string[] written = ["--out", Folder["mask.png"], "--mask", "--logits", Folder["l.npy"], "--show-input", Folder["i.png"]];

        var result = CommandRun.Run([.. command, "--json", .. written]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        var read = JsonNode.Parse(result.Out)!["pictures"]![0]!;
        var digit = Assert.Single(read["digits"]!.AsArray())!;
        foreach (var (name, place) in new[] { ("xmin", left), ("ymin", top), ("xmax", right - 1), ("ymax", bottom - 1) })
            Assert.InRange((int)digit[name]!, place - factor, place + factor);
        Assert.InRange((double)read["scale"]!, shownWidth / (width + 0.01), shownWidth / (width - 0.01));
        var mask = PngTests.Decode(File.ReadAllBytes(Folder["mask.png"]));
        Assert.Equal((width, height), (mask.Width, mask.Height));
        int ink = Enumerable.Range(0, width * height).Count(i => mask.Pixels[3 * i] != mask.Pixels[0]);
        Assert.Equal((int)digit["pixels"]!, ink);
        using (var logits = new NpyReader(Folder["l.npy"])) Assert.Equal([1, shownHeight, shownWidth, 11], logits.Shape);
        var input = PngTests.Decode(File.ReadAllBytes(Folder["i.png"]));
        Assert.Equal((shownWidth, shownHeight), (input.Width, input.Height));

        string told = CommandRun.Run(command).Out, scale = FormattableString.Invariant($", shown at {shownWidth}×{shownHeight}, scale {1 / factor:G3})");
        Assert.Equal(factor != 1.05, told.Contains(scale));
        Assert.DoesNotContain("shown at", CommandRun.Run([.. command, "--scale", "1"]).Out);
    }

    [Fact]
    public void A_picture_as_large_as_those_of_the_training_is_shown_as_it_is()
    {
        var picture = new Picture(84, 64, 1);
        for (int y = 2; y < 62; y++) picture.Pixels.AsSpan(y * 84 + 30, 8).Fill(255);
        Png.Write(Folder["a.png"], picture);
        Assert.Contains("a.png (84×64): 1 digit\n  3 at x 30..37, y 2..61 (480 pixels)",
            CommandRun.Run("predict", Folder["a.png"], "--weights", Weights, "--device", "cpu").Out);
    }

    /// <summary>At twice the scale each of the bar's 60 pixels is four of what the network is shown, and it is these that are limited.</summary>
    [Theory]
    [InlineData(240, 240, "1 digit"), InlineData(241, 784, "no digit; left out: 2 regions of under 241 pixels")]
    [InlineData(30, 239, "no digit; left out: 1 region of under 30 pixels, 1 region of over 239 pixels")]
    public void Pixels_are_limited_in_what_is_shown(int min, int max, string found) => Assert.Contains($", scale 2): {found}", CommandRun.Run(
        "predict", Bar("a.png", 84, 64), "--weights", Weights, "--device", "cpu", "--scale", "2", "--min-pixels", $"{min}", "--max-pixels", $"{max}").Out);

    [Fact]
    public void An_array_is_not_scaled()
    {
        Npy.Write<byte>(Folder["a.npy"], new byte[64 * 84], 1, 64, 84);
        CommandRun.Refused(1, "a.npy[0]' is of an array, which is taken as it is; --scale is for pictures",
            ["predict", Folder["a.npy"], "--weights", Weights, "--device", "cpu", "--scale", "2"]);
    }

    [Fact]
    public void Arrays_of_pictures_give_arrays_of_classes()
    {
        string array = Folder["a.npy"], classes = Folder["classes.npy"], logits = Folder["logits.npy"];
        var pixels = new byte[3 * 64 * 84];
        pixels[2 * 64 * 84 + 5] = 255;
        Npy.Write<byte>(array, pixels, 3, 64, 84);
        var result = Predict(array, "--batch", "2", "--logits", logits, "--out", classes);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(["[0]", "[1]", "[2]"], result.Out.TrimEnd().Split('\n').Select(line => line[line.IndexOf('[')..(line.IndexOf(']') + 1)]));
        using (var written = new NpyReader(logits)) Assert.Equal([3, 64, 84, 11], written.Shape);
        using (var written = new NpyReader(classes))
        {
            Assert.Equal([3, 64, 84], written.Shape);
            Assert.Equal([2 * 64 * 84 + 5], written.ReadAll<byte>().Index().Where(c => c.Item == Digit).Select(c => c.Index));
        }

        byte[] content = File.ReadAllBytes(array);
        Assert.Equal(result.Out.Replace("a.npy", "a.npy.gz"), Predict(Folder.Write("a.npy.gz", TestTools.Gzip(content))).Out);
        string one = Folder.Write("a.npz", TestTools.Zip(("pictures.npy", content)));
        Assert.Equal(result.Out.Replace("a.npy", "a.npz"), Predict(one).Out);
        Refused(1, "has 2 arrays: 'one', 'two'; one array was expected", Folder.Write("b.npz", TestTools.Zip(("one.npy", content), ("two.npy", content))));

        Npy.Write<byte>(array, new byte[50 * 70], 1, 50, 70);
        Assert.Contains("(70×50): no digit", Predict(array).Out);
        Npy.Write<byte>(array, new byte[50 * 70], 50, 70);
        Refused(1, "has shape (50, 70); (n, height, width) was expected", array);
        Npy.Write<byte>(array, [0, 1, 1, 0], 1, 2, 2);
        Refused(1, "a.npy[0]' has no value above 1; pixels are 0 … 255, so multiply what is 0 … 1 by 255", array);
        Npy.Write<float>(array, [0, 0.9f, 0.5f, 0], 1, 2, 2);
        Refused(1, "has no value above 1", array);
        Npy.Write<float>(array, Enumerable.Repeat(300f, 64 * 84).ToArray(), 1, 64, 84);
        Refused(1, "holds the value 300", array);
        Npy.Write<float>(array, [.. Enumerable.Repeat(0f, 64 * 84 - 1), float.NaN], 1, 64, 84);
        Refused(1, "holds the value NaN", array);
    }

    [Fact]
    public void So_many_pictures_are_predicted_at_once()
    {
        var built = new List<(int Batch, bool Training)>();
        var task = new SegmentTask([TrainingTests.Spy(built)]);
        using var device = new CpuDevice(1);
        using (var variables = new VariableStore(device, task.Models[0].Network(1, training: false, task.Settings).Graph, seed: 1))
            Checkpoint.Save(Folder["spy.safetensors"], variables, new Dictionary<string, string> { ["model"] = "spy" });
        Npy.Write<byte>(Folder["five.npy"], new byte[5 * 4 * 6], 5, 4, 6);
        built.Clear();
        var result = CommandRun.Of([task], "predict", Folder["five.npy"], "--weights", Folder["spy.safetensors"], "--device", "cpu", "--batch", "2");
        Assert.Equal((0, ""), (result.Code, result.Error));
        // Once to see which variables there are, then for two, and for the one that is left.
        Assert.Equal([(1, false), (2, false), (1, false)], built);
    }
}
