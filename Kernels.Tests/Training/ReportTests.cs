using System.Text.Json.Nodes;
using System.Xml.Linq;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>What a run shows people: the figures by image, the pictures, the charts and the page.</summary>
public sealed class ReportTests
{
    private const int Background = SegmentationData.Background;

    private static readonly NetworkSettings s_settings = new() { Classes = SegmentationData.Classes };

    /// <summary>Counts of one image: of a digit's pixels <paramref name="right"/> are found, the others left to the background.</summary>
    private static SegmentationScores Image(int digit, int pixels, int right)
    {
        var counts = new long[11, 11];
        (counts[digit, digit], counts[digit, Background], counts[Background, Background]) = (right, pixels - right, 1000);
        return new SegmentationScores(counts);
    }

    private static SegmentationScores Pooled(params SegmentationScores[] images)
    {
        var counts = new long[11, 11];
        foreach (var image in images)
            for (int t = 0; t < 11; t++)
                for (int p = 0; p < 11; p++) counts[t, p] += image.Counts[t, p];
        return new SegmentationScores(counts, images.Length, images: images);
    }

    /// <summary>A picture of 6×4 whose first row is a digit of the truth and whose prediction misses its last pixels.</summary>
    private static PredictedPicture Picture(int position, int digit, int missed)
    {
        var truth = Enumerable.Range(0, 24).Select(i => (byte)(i < 6 ? digit : Background)).ToArray();
        var prediction = truth.Select((t, i) => i >= 6 - missed ? (byte)Background : t).ToArray();
        return new PredictedPicture(position, 4, 6, [.. truth.Select(t => (byte)(t == digit ? 200 : 0))], truth, prediction);
    }

    private static SegmentationScores Test { get; } = Pooled([.. Enumerable.Range(0, 3).Select(i => Image(i + 1, 6, 6 - i))]);

    private static PredictedPicture[] Pictures { get; } = [.. Enumerable.Range(0, 3).Select(i => Picture(i, i + 1, i))];

    private static RunReport Full(string hostile = "m2nist")
    {
        return new RunReport
        {
            Report = new JsonObject { ["model"] = "fcn8", ["dataset"] = hostile, ["wall_seconds"] = 75.5, ["test"] = new JsonObject { ["images"] = 3 } },
            Arguments = new JsonObject { ["command"] = $"fcn train --name '{hostile}'", ["data"] = "a b", ["split"] = "reference", ["seed"] = 7 },
            Task = new SegmentTask(),
            Epochs = [new(1, 5, 0.3, 0.2, [0.6, 0.7], 0.01, 20), new(2, 5, 0.1, 0.15, [0.7, 0.8], 0.005, 20)],
            Steps = [.. Enumerable.Range(1, 20).Select(s => new StepResult(s, 1.0 / s, 0.01))],
            StepsPerEpoch = 10,
            Test = new SegmentReport(Test).Of(Pictures),
        };
    }

    [Fact]
    public void Standard_error_is_that_of_resampled_images()
    {
        var random = new CounterRandom(3, RandomStream.Augmentation);
        var images = new SegmentationScores[200];
        for (int i = 0; i < images.Length; i++)
        {
            int pixels = 50 + random.NextInt(100);
            images[i] = Image(random.NextInt(10), pixels, pixels - random.NextInt(pixels / 2));
        }
        var means = Enumerable.Range(0, 400).Select(_ => Pooled([.. images.Select(_ => images[random.NextInt(images.Length)])]).MeanIouDigits).ToArray();
        double mean = means.Average(), bootstrap = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1));
        Assert.InRange(Pooled(images).MeanIouDigitsError / bootstrap, 0.85, 1.15);

        // Pooled IoU 0.7; the images pull by ±(40 − 0.7 · 50) / 100 = ±0.05: √(2 · 0.05² · 2 / (2 − 1)).
        Assert.Equal(0.1, Pooled(Image(4, 50, 40), Image(4, 50, 30)).IouError(4), 12);
        Assert.Equal(0, Pooled(Image(4, 50, 40), Image(4, 50, 40)).IouError(4), 12);
        Assert.Equal(double.NaN, Pooled(Image(4, 50, 40)).MeanIouDigitsError);
        Assert.Equal(double.NaN, Pooled(Image(4, 50, 40), Image(4, 50, 40)).IouError(5));
    }

    [Fact]
    public void A_network_keeps_figures_by_image_that_add_up_and_predicts_what_it_measured()
    {
        var options = Fcn8.Family.Single(member => member.Name == "fcn8-fine").Options;
        var model = Fcn8.Variant("small", "", options with { Filters = [32, 32, 16, 16, 16], HeadFilters = 16 });
        var data = M2nistComposer.Procedural(7, seed: 3);
        var source = new SegmentationSource(data, [.. Enumerable.Range(0, 7)]);
        using var device = new CpuDevice(2);
        using var variables = new VariableStore(device, model.Network(1, training: false, s_settings).Graph, seed: 1);
        var random = new CounterRandom(1, RandomStream.Augmentation);
        variables["score0.weight"] = [.. variables["score0.weight"].Select(_ => random.NextBell())];
        using var network = new SegmentationEvaluator(model, s_settings, variables, data.Spec, 3);
        var metrics = network.Evaluate(source, detailed: true);
        Assert.Equal(7, metrics.Images.Count);
        // The last batch of three is not full.
        using var whole = new SegmentationEvaluator(model, s_settings, variables, data.Spec, 7);
        Assert.Equal(whole.Evaluate(source).Loss, metrics.Loss, 5);
        Assert.Equal(metrics.Counts.Cast<long>(), Pooled([.. metrics.Images]).Counts.Cast<long>());

        int[] positions = [6, 0, 3, 2];
        var pictures = network.Predict(source, positions);
        Assert.Equal(positions, pictures.Select(p => p.Position));
        foreach (var picture in pictures)
        {
            var counts = new long[11, 11];
            for (int i = 0; i < picture.Truth.Length; i++) counts[picture.Truth[i], picture.Prediction[i]]++;
            Assert.Equal(metrics.Images[picture.Position].Counts.Cast<long>(), counts.Cast<long>());
        }
        Assert.True(metrics.Predicted.Count(n => n > 0) > 3, "the random scores should give several classes");
    }

    [Theory]
    [InlineData(1, 1), InlineData(64, 84), InlineData(33, 97)]
    public void Networks_take_any_size(int height, int width)
    {
        foreach (var model in Models.All)
            Assert.Equal(new Shape(2, height, width, 11), (model with { Input = new(height, width) }).Network(2, training: false, s_settings).Output.Shape);
    }

    [Fact]
    public void Pictures_are_chosen_by_rank()
    {
        // IoU falls with the position; image 20 has no digit and no rank.
        SegmentationScores[] images = [.. Enumerable.Range(0, 20).Select(i => Image(i % 10, 100, 100 - i)), new SegmentationScores(new long[11, 11])];
        Assert.Equal([19, 18, 17, 16, 11, 10, 9, 8, 3, 2, 1, 0], PredictionSheet.Choose(Pooled(images)));
        Assert.Equal([2, 1, 0], PredictionSheet.Choose(Pooled(images[..3])));
    }

    [Fact]
    public void A_stray_pixel_of_another_digit_does_not_rank_a_picture()
    {
        var counts = Image(4, 100, 90).Counts;
        counts[Background, 7] = 1;
        var image = new SegmentationScores(counts);
        Assert.Equal(0.9, image.MeanIouTruthDigits, 12);
        Assert.Equal(0.45, image.MeanIouDigits, 12);
    }

    [Fact]
    public void The_sheet_shows_input_truth_and_prediction_pixel_for_pixel()
    {
        var sheet = PredictionSheet.Draw(Test, Pictures);
        // The worst picture, digit 3, comes first: its input, truth and prediction stand side by side, each pixel 42 wide.
        int y = Enumerable.Range(0, sheet.Height).First(row => sheet.At(60, row) == Rgb.Grey(200)) + 20, panel = 6 * 42 + 12, x = 24 + 16 + 20;
        Assert.Equal([Rgb.Grey(200), ClassColour.Of(3), ClassColour.Of(3)], [sheet.At(x, y), sheet.At(x + panel, y), sheet.At(x + 2 * panel, y)]);
        Assert.Equal([ClassColour.Of(3), Palette.Ground], [sheet.At(x + panel + 5 * 42, y), sheet.At(x + 2 * panel + 5 * 42, y)]);
    }

    [Theory]
    [InlineData(84, 64), InlineData(300, 200), InlineData(3, 50)]
    public void The_sheet_takes_pictures_of_any_size_with_any_digits(int width, int height)
    {
        byte[] all = [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % 11))], none = [.. all.Select(_ => (byte)Background)];
        var picture = new PredictedPicture(0, height, width, none, all, none);
        var counts = new long[11, 11];
        for (int i = 0; i < all.Length; i++) counts[all[i], none[i]]++;
        var sheet = PredictionSheet.Draw(Pooled(new SegmentationScores(counts)), [picture, picture with { Truth = none, Prediction = all }]);
        Assert.True(sheet.Height > height && sheet.Width > 2 * 3 * width);
    }

    [Fact]
    public void Every_character_of_the_typeface_looks_different()
    {
        const string characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:?%()-+/=#<>'±×·";
        var glyphs = characters.Select(c => string.Join(' ', BitmapFont.Dots($"{c}"))).ToArray();
        Assert.DoesNotContain("", glyphs);
        Assert.Equal(glyphs.Length, glyphs.Distinct().Count());
        Assert.Equal(BitmapFont.Dots("?"), BitmapFont.Dots("é"));
        Assert.Empty(BitmapFont.Dots(" "));
    }

    [Fact]
    public void Colours_of_digits_can_be_told_apart_by_the_colour_blind_too()
    {
        // Full protanopia and deuteranopia on linear RGB: Machado, Oliveira and Fernandes, "A physiologically-based model", 2009.
        double[][,] views =
        [
            new double[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
            new[,] { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
            new[,] { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
        ];
        foreach (var view in views)
            for (int a = 0; a <= Background; a++)
                for (int b = 0; b < a; b++)
                    Assert.True(Distance(Lab(ClassColour.Of(a), view), Lab(ClassColour.Of(b), view)) > 25, $"{a} and {b} look alike");

        static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum());

        static double[] Lab(Rgb c, double[,] view)
        {
            double[] linear = [.. new[] { c.R, c.G, c.B }.Select(v => v / 255.0).Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];
            double[] rgb = [.. Enumerable.Range(0, 3).Select(i => Math.Clamp(Enumerable.Range(0, 3).Sum(j => view[i, j] * linear[j]), 0, 1))];
            double x = F((0.4125 * rgb[0] + 0.3576 * rgb[1] + 0.1804 * rgb[2]) / 0.9505);
            double y = F(0.2127 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]), z = F((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.0888);
            return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
        }

        static double F(double t) => t > 0.008856 ? Math.Cbrt(t) : 7.787 * t + 16 / 116.0;
    }

    [Theory]
    [InlineData(0, 10, false, "0 2 4 6 8 10")]
    [InlineData(0, 0.016, false, "0 0.005 0.01 0.015")]
    [InlineData(0.005, 0.5, true, "0.005 0.01 0.02 0.05 0.1 0.2 0.5")]
    [InlineData(1e-6, 10, true, "1e-6 1e-5 0.0001 0.001 0.01 0.1 1 10")]
    [InlineData(3, 3, false, "3 3.2 3.4 3.6 3.8 4")]
    public void Ticks_are_round(double low, double high, bool isLogarithmic, string labels)
    {
        var axis = new Axis(low, high, 0, 100, isLogarithmic);
        var ticks = axis.Ticks(6).ToArray();
        Assert.Equal(labels, string.Join(' ', ticks.Select(t => t.Label)));
        Assert.All(ticks, t => Assert.InRange(axis[t.Value], -1e-6, 100 + 1e-6));
    }

    [Fact]
    public void Curves_hold_each_figure_once_and_its_text_is_text()
    {
        var svg = XDocument.Parse(Full().Curves().ToFile());
        string[] texts = Texts(svg);
        Assert.All(["train 0.1000", "validation 0.1500", "mIoU 0.7000", "dice 0.8000", "each step", "Learning rate"], t => Assert.Contains(t, texts));
        Assert.Equal(2 * 4, Elements(svg, "circle").Count());
        Assert.Equal(20, Elements(svg, "polyline").First(e => e.Attribute("class")!.Value == "faint blue").Attribute("points")!.Value.Split(' ').Length);
    }

    [Fact]
    public void Curves_bear_one_epoch_no_validation_and_long_runs()
    {
        var nothing = Full() with { Epochs = [], Steps = [] };
        var one = (nothing with { Epochs = [new(1, 5, 0.3, double.NaN, [double.NaN, double.NaN], 0.01, 20)] }).Curves().ToFile();
        Assert.DoesNotContain("NaN", one);
        Assert.Contains("not measured in this run", Texts(XDocument.Parse(one)));
        Assert.Equal(2, Elements(XDocument.Parse(one), "circle").Count()); // loss and rate

        var stopped = (nothing with { Steps = [new(1, 0.5, 0.01)] }).Curves().ToFile();
        Assert.DoesNotContain("NaN", stopped);
        var all = (nothing with { Steps = [.. Enumerable.Range(1, 100_000).Select(s => new StepResult(s, 0, 0.01))] }).Curves().ToFile();
        Assert.DoesNotContain("∞", all);
        Assert.InRange(all.Length, 1000, 40_000);
    }

    [Fact]
    public void The_confusion_matrix_is_counted_drawn_and_put_into_words()
    {
        var counts = new long[11, 11];
        (counts[4, 4], counts[4, 9], counts[4, 10], counts[10, 10], counts[10, 4], counts[7, 7]) = (700, 200, 100, 9000, 50, 1);
        var metrics = new SegmentationScores(counts);
        var confusion = new ConfusionChart(counts, SegmentationScores.ClassNames, "pixels");
        string[] rows = confusion.Csv().TrimEnd().Split('\n');
        Assert.Equal(@"truth\prediction,0,1,2,3,4,5,6,7,8,9,background", rows[0]);
        Assert.Equal("4,0,0,0,0,700,0,0,0,0,200,100", rows[5]);
        Assert.Equal("background,0,0,0,0,50,0,0,0,0,0,9000", rows[11]);
        var svg = XDocument.Parse(confusion.Draw().ToFile());
        Assert.Equal(121 + 1, Elements(svg, "rect").Count()); // and the ground
        Assert.All(["70.0 %", "20.0 %", "99.4 %"], t => Assert.Contains(t, Texts(svg)));
        Assert.Equal("Digit for digit: 20.0 % of the pixels of 4 were taken for 9. At the outlines: 10.0 % of all ink was left to the background, "
            + "and pixels that are 5.0 % of the ink were painted where there is none.", new SegmentReport(metrics).Words(confusion));
    }

    [Fact]
    public void A_report_is_one_sound_page_with_everything_inside()
    {
        using var folder = new TempFolder();
        const string hostile = "<script>alert(1)</script> & \"quotes\" 'n' \u0001";
        Full(hostile).Write(folder.ToString());
        Assert.Equal(["confusion_matrix.csv", "confusion_matrix.svg", "curves.svg", "predictions.png", "report.html"],
            Directory.GetFiles(folder.ToString()).Select(Path.GetFileName).Order());
        string html = File.ReadAllText(folder["report.html"]);
        Assert.StartsWith("<!DOCTYPE html>", html);
        var page = XDocument.Parse(html);
        Assert.Empty(Elements(page, "script"));
        Assert.Empty(Elements(page, "link"));
        Assert.Contains(hostile.Replace('\u0001', '?'), page.Descendants("td").Select(e => e.Value));
        string image = Elements(page, "img").Single().Attribute("src")!.Value;
        Assert.Equal(File.ReadAllBytes(folder["predictions.png"]), Convert.FromBase64String(image["data:image/png;base64,".Length..]));
        Assert.Equal(2, Elements(page, "svg").Count());
        Assert.StartsWith("0.8333 ± ", page.Descendants("p").Single(e => (string?)e.Attribute("class") == "headline").Value);
        Assert.Contains($"./fcn resume {folder}", page.Descendants("code").Select(e => e.Value));
        Assert.Contains($"./fcn val --weights {folder["weights/best.safetensors"]} --data 'a b' --split reference --seed 7",
            page.Descendants("code").Select(e => e.Value));
        Assert.DoesNotContain("NaN", page.Root!.Value);
    }

    [Fact]
    public void A_run_that_was_stopped_writes_what_it_has()
    {
        using var folder = new TempFolder();
        new RunReport { Report = [], Arguments = [], Task = new SegmentTask() }.Write(folder.ToString());
        Assert.Equal(["report.html"], Directory.GetFiles(folder.ToString()).Select(Path.GetFileName));
        Assert.Contains("has not been measured", XDocument.Parse(File.ReadAllText(folder["report.html"])).Root!.Value);

        (Full() with { Test = null }).Write(folder.ToString());
        Assert.Equal(["curves.svg", "report.html"], Directory.GetFiles(folder.ToString()).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Regions_hang_together_by_corners_and_by_class()
    {
        const byte b = Background;
        byte[] labels =
        [
            b, 3, b, b, b, 5,
            3, b, b, 3, b, 5,
            b, b, b, 3, 7, b,
        ];
        Assert.Equal(
            [new(3, 0, 0, 1, 1, 2), new(3, 3, 1, 3, 2, 2), new(7, 4, 2, 4, 2, 1), new DigitRegion(5, 5, 0, 5, 1, 2)],
            DigitRegion.Find(labels, 6));
    }

    private static IEnumerable<XElement> Elements(XDocument document, string name) => document.Descendants().Where(e => e.Name.LocalName == name);

    private static string[] Texts(XDocument svg) => [.. Elements(svg, "text").Select(e => e.Value)];
}
