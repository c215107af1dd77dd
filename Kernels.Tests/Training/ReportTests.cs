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

    internal static SegmentationScores Pooled(params SegmentationScores[] images)
    {
        var counts = new long[11, 11];
        foreach (var image in images)
            for (int t = 0; t < 11; t++)
                for (int p = 0; p < 11; p++) counts[t, p] += image.Counts[t, p];
        return new SegmentationScores(counts, images.Length, images: images);
    }

    /// <summary>A picture of 6×4 whose first row is a digit of the truth and whose prediction misses its last pixels.</summary>
    internal static PredictedPicture Picture(int position, int digit, int missed)
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
            Test = new SegmentReport(Test).Of(Pictures.ToDictionary(picture => picture.Position)),
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

    [Theory]
    [InlineData(0.5, 0.1, "0.3040 … 0.6960"), InlineData(0.99, 0.02, "0.9508 … 1.0000"), InlineData(0.01, 0.02, "0.0000 … 0.0492")]
    public void An_interval_of_shares_lies_within_0_and_1(double value, double error, string interval) =>
        Assert.Equal(interval, SegmentationScores.Interval(value, error));

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
    public void Networks_with_a_field_take_any_size(int height, int width)
    {
        foreach (var model in Models.All.Where(m => m.Field is not null))
        {
            int cell = model.Field!.Value.Cell, channels = model.Task == "detect" ? Detectors.Sides + 11 : 11;
            Assert.Equal(new Shape(2, (height + cell - 1) / cell, (width + cell - 1) / cell, channels),
                model.For(height, width).Network(2, training: false, s_settings).Output.Shape);
        }
    }

    /// <summary>As the confusion matrix on the device counts it.</summary>
    [Fact]
    public void Of_equal_logits_the_first_class_is_taken()
    {
        var labels = new byte[4];
        SegmentationEvaluator.Classes([1, 1, 0, 0, 2, 2, -1, -2, -1, 3, 3, 3], labels);
        Assert.Equal([0, 1, 0, 0], labels);
    }

    [Fact]
    public void Pictures_are_chosen_by_rank()
    {
        // IoU falls with the position; image 20 has no digit and no rank.
        SegmentationScores[] images = [.. Enumerable.Range(0, 20).Select(i => Image(i % 10, 100, 100 - i)), new SegmentationScores(new long[11, 11])];
        var choice = new PictureChoice(Pooled(images));
        Assert.Equal(["The 3 worst", "The 3 about the median", "The 3 best"], choice.ByRank().Select(group => group.Heading));
        Assert.Equal([19, 18, 17, 11, 10, 9, 2, 1, 0], choice.ByRank().SelectMany(group => group.Positions));
        // Each digit is in two pictures, the later is the worse.
        Assert.Equal(Enumerable.Range(0, 10).Select(digit => (digit, digit + 10)), choice.WorstOfEachDigit());
        var few = new PictureChoice(Pooled(images[..3]));
        Assert.Equal([2, 1, 0], Assert.Single(few.ByRank()).Positions);
        Assert.Equal([(0, 0), (1, 1), (2, 2)], few.WorstOfEachDigit());
        Assert.Empty(new PictureChoice(Pooled(images[^1])).ByRank());
    }

    [Fact]
    public void A_stray_pixel_of_another_digit_does_not_rank_a_picture()
    {
        var counts = Image(4, 100, 90).Counts;
        counts[Background, 7] = 1;
        var image = new SegmentationScores(counts);
        Assert.Equal(0.9, image.MeanIouTruthDigits, 12);
        Assert.Equal(0.45, image.MeanIouDigits, 12);
        Assert.Equal([1, 0], Assert.Single(new PictureChoice(Pooled(image, Image(4, 100, 80))).ByRank()).Positions);
        // Nor is it the worst picture of the other digit.
        Assert.Equal([(4, 0), (7, 1)], new PictureChoice(Pooled(image, Image(7, 100, 80))).WorstOfEachDigit());
    }

    [Fact]
    public void The_sheet_shows_input_truth_prediction_and_wrong_pixels_pixel_for_pixel()
    {
        var sheet = PredictionSheet.Draw(Test, [("one", [Pictures[2]])]);
        // Digit 3: the input beside the truth, below them the prediction beside the wrong pixels, each pixel 42 wide; the last two of six are missed.
        int x = 24 + 16 + 20, across = 6 * 42 + 12, first = Enumerable.Range(0, sheet.Height).First(row => sheet.At(x, row) == Rgb.Grey(200));
        int y = first + 20, down = 24 + 4 * 42 + 12, last = 5 * 42;
        Assert.Equal([Rgb.Grey(200), ClassColour.Of(3), ClassColour.Of(3), Rgb.Grey(200 / 3)],
            [sheet.At(x, y), sheet.At(x + across, y), sheet.At(x, y + down), sheet.At(x + across, y + down)]);
        Assert.Equal([Rgb.Grey(200), ClassColour.Of(3), Palette.Ground, Palette.Wrong],
            [sheet.At(x + last, y), sheet.At(x + across + last, y), sheet.At(x + last, y + down), sheet.At(x + across + last, y + down)]);
    }

    [Fact]
    public void The_gallery_shows_each_view_as_an_image_with_words_of_its_own()
    {
        // 9 is in no truth; two of its pixels are seen.
        var invented = Pictures[2] with { Prediction = [.. Pictures[2].Truth.Select((truth, i) => i >= 22 ? (byte)9 : truth)] };
        var counts = new long[11, 11];
        for (int i = 0; i < 24; i++) counts[invented.Truth[i], invented.Prediction[i]]++;
        var scores = Pooled(Image(1, 6, 6), Image(1, 6, 6), new SegmentationScores(counts));
        var gallery = XElement.Parse(new PredictionGallery(scores).Of([("", invented)]));
        Assert.Equal("picture 2 IoU 1.000, 2 pixels wrong", gallery.Descendants("figcaption").First().Value);
        var views = gallery.Descendants("figure").Skip(1).ToDictionary(view => view.Element("figcaption")!.Value, view =>
            PngTests.Decode(Convert.FromBase64String(view.Element("img")!.Attribute("src")!.Value["data:image/png;base64,".Length..])));
        Assert.Equal(["input", "truth", "prediction", "wrong pixels"], views.Keys);
        Assert.All(views.Values, view => Assert.Equal((6, 4), (view.Width, view.Height)));
        Assert.Equal([Rgb.Grey(200), ClassColour.Of(3), ClassColour.Of(3), Rgb.Grey(200 / 3)], views.Values.Select(view => view.At(0, 0)));
        Assert.Equal([Rgb.Grey(0), Palette.Ground, ClassColour.Of(9), Palette.Wrong], views.Values.Select(view => view.At(5, 3)));
        Assert.Equal(["3IoU 1.000Dice 1.000", "9not in the picture, seen on 2 pixels"], gallery.Descendants("tr").Select(row => row.Value));
    }

    [Theory]
    [InlineData(84, 64), InlineData(300, 200), InlineData(3, 50)]
    public void The_sheet_takes_pictures_of_any_size_with_any_digits(int width, int height)
    {
        byte[] all = [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % 11))], none = [.. all.Select(_ => (byte)Background)];
        var picture = new PredictedPicture(0, height, width, none, all, none);
        var counts = new long[11, 11];
        for (int i = 0; i < all.Length; i++) counts[all[i], none[i]]++;
        var sheet = PredictionSheet.Draw(Pooled(new SegmentationScores(counts)), [("all", [picture, picture with { Truth = none, Prediction = all }])]);
        Assert.True(sheet.Height > 2 * height && sheet.Width > 3 * 2 * width);
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
    public void Curves_hold_each_figure_once_and_its_text_is_text()
    {
        var svg = XDocument.Parse(Full().Curves().Draw().ToFile());
        string[] texts = Texts(svg);
        Assert.All(["train 0.1000", "validation 0.1500", "mIoU 0.7000", "dice 0.8000", "each step", "Learning rate"], t => Assert.Contains(t, texts));
        Assert.Equal(2 * 4, Elements(svg, "circle").Count());
        string[] steps = Elements(svg, "polyline").First(e => e.Attribute("class")!.Value == "faint blue").Attribute("points")!.Value.Split(' ');
        Assert.Equal(20, steps.Length);
        // Ten steps are an epoch: the first is a twentieth of the axis in, the last at its end.
        Assert.Equal(["100.5", "946"], new[] { steps[0], steps[^1] }.Select(point => point.Split(',')[0]));
    }

    [Fact]
    public void Curves_bear_one_epoch_no_validation_and_long_runs()
    {
        var nothing = Full() with { Epochs = [], Steps = [] };
        var one = (nothing with { Epochs = [new(1, 5, 0.3, double.NaN, [double.NaN, double.NaN], 0.01, 20)] }).Curves().Draw().ToFile();
        Assert.DoesNotContain("NaN", one);
        Assert.Contains("not measured in this run", Texts(XDocument.Parse(one)));
        Assert.Equal(2, Elements(XDocument.Parse(one), "circle").Count()); // loss and rate

        var stopped = (nothing with { Steps = [new(1, 0.5, 0.01)] }).Curves().Draw().ToFile();
        Assert.DoesNotContain("NaN", stopped);
        var all = (nothing with { Steps = [.. Enumerable.Range(1, 100_000).Select(s => new StepResult(s, 0, 0.01))] }).Curves().Draw().ToFile();
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
        Assert.Equal(121 + 121 + 1, Elements(svg, "rect").Count()); // cells, what they say, and the ground
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
        // Three pictures by rank and the worst of three digits, each in four views; four drawings are two, for a wide screen and for a phone.
        Assert.Equal((3 + 3) * 4, Elements(page, "img").Count());
        Assert.All(Elements(page, "img"), image => Assert.StartsWith("data:image/png;base64,", image.Attribute("src")!.Value));
        Assert.Equal([("wide", "920"), ("narrow", "356"), ("wide", "960"), ("narrow", "356")], Elements(page, "svg").Select(svg =>
            (svg.Parent!.Attribute("class")!.Value, svg.Attribute("viewBox")!.Value.Split(' ')[2])));
        Assert.StartsWith("0.8333 ± ", page.Descendants("p").Single(e => (string?)e.Attribute("class") == "headline").Value);
        Assert.Contains($"./fcn resume {folder}", page.Descendants("code").Select(e => e.Value));
        Assert.Contains($"./fcn val --weights {folder["weights/best.safetensors"]} --data 'a b' --split reference --seed 7",
            page.Descendants("code").Select(e => e.Value));
        Assert.DoesNotContain("NaN", page.Root!.Value);
    }

    [Fact]
    public void A_page_links_what_lies_beside_it_wherever_the_folder_goes()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["weights"]);
        foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "results.csv", "steps.csv", "args.json", "log.txt" })
            File.WriteAllText(folder[file], "");
        Full().Write(folder.ToString());
        File.WriteAllText(folder["report.json"], "");
        string[] links = [.. Elements(XDocument.Parse(File.ReadAllText(folder["report.html"])), "a").Select(a => a.Attribute("href")!.Value)];
        Assert.All(links, link => Assert.True(!Path.IsPathRooted(link) && File.Exists(folder[link]), link));
        Assert.Equal(Directory.GetFiles(folder.ToString(), "*", SearchOption.AllDirectories).Length - 1, links.Distinct().Count()); // all but the page

        File.Delete(folder["weights/best.safetensors"]);
        Full().Write(folder.ToString());
        Assert.DoesNotContain("href=\"weights/best.safetensors\"", File.ReadAllText(folder["report.html"]));
    }

    [Fact]
    public void A_page_has_a_line_for_each_epoch_and_marks_the_best()
    {
        using var folder = new TempFolder();
        EpochResult[] epochs =
        [
            new(1, 5.26, 0.3, 0.2, [0.6, 0.7], 0.01, 20), new(2, 5, 0.1, 0.15, [0.8, 0.9], 4e-8, double.NaN), new(3, 5, 0.1, 0.2, [0.7, 0.8], 0, 20),
        ];
        (Full() with { Epochs = epochs }).Write(folder.ToString());
        var table = Elements(XDocument.Parse(File.ReadAllText(folder["report.html"])), "details").Single();
        string[][] rows = [.. table.Descendants("tbody").Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];
        Assert.Equal(["epoch 1", "0.3000", "0.2000", "0.6000", "0.7000", "1e-2", "20", "5.3"], rows[0]);
        Assert.Equal(["epoch 2, the best", "0.1000", "0.1500", "0.8000", "0.9000", "4e-8", "–", "5.0"], rows[1]);
        Assert.Equal("epoch 3", rows[2][0]);
        // On a phone a cell stands under its name.
        string[] names = [.. table.Descendants("th").Where(th => (string?)th.Attribute("scope") == "col").Select(th => th.Value).Skip(1)];
        Assert.Equal(["train loss", "validation loss", "mIoU", "dice", "learning rate", "images/s", "seconds"], names);
        Assert.Equal(names, table.Descendants("tbody").First().Elements().First().Elements("td").Select(td => td.Attribute("data-name")!.Value));
    }

    [Fact]
    public void The_table_of_digits_draws_what_each_iou_lacks_to_one()
    {
        // 1: 188 of 200 pixels, 2: 97 of 100; nothing else is there but the background.
        var report = new SegmentReport(Pooled(Image(1, 100, 93), Image(1, 100, 95), Image(2, 100, 97)))
            .Of(Enumerable.Range(0, 3).ToDictionary(i => i, i => Picture(i, i == 2 ? 2 : 1, 0)));
        Assert.Equal("mean IoU of the ten digits on 3 test images. ± is the standard error over images; the 95 % interval is 0.9465 … 0.9635.", report.Meaning);
        var digits = report.Sections.Single(section => section.Heading == "Digit by digit");
        Assert.StartsWith("Hardest is 1, easiest 2. ", digits.Note);
        var table = XElement.Parse(digits.Content);
        var rows = table.Descendants("tbody").Elements().ToDictionary(row => row.Element("th")!.Value);
        Assert.Equal(Enumerable.Range(0, 10).Select(k => $"{k}").Append("background"), rows.Keys);
        // The axis ends at 0.1.
        Assert.Equal($"width:60.00%;background:{ClassColour.Of(1).Hex}", rows["1"].Descendants("i").Single().Attribute("style")!.Value);
        Assert.Equal($"width:30.00%;background:{ClassColour.Of(2).Hex}", rows["2"].Descendants("i").Single().Attribute("style")!.Value);
        // Two of three images pull by 1 in 200 each, which is an error of √(2 · 0.005² · 3/2) = 0.00866; 1.96 of it are on either side of 0.06.
        Assert.Equal("left:43.03%;width:33.95%", rows["1"].Descendants("b").Single().Attribute("style")!.Value);
        Assert.Equal(["", "0.9400 ± 0.0087", "0.9691", "200"], rows["1"].Elements("td").Select(td => td.Value));
        Assert.Equal(["", "not there", "0"], rows["0"].Elements("td").Select(td => td.Value));
    }

    /// <summary>A run of fewer steps than an epoch has seen fewer images than there are, and cannot be made longer by epochs.</summary>
    [Theory]
    [InlineData(0, 875, "3,500"), InlineData(3, 3, "12"), InlineData(2000, 2000, "3,500")]
    public void A_page_tells_how_many_images_were_trained_on_and_how_to_go_on(int asked, int done, string images)
    {
        using var folder = new TempFolder();
        var full = Full();
        (full.Arguments["batch"], full.Arguments["steps"]) = (4, asked);
        (full.Report["complete"], full.Report["epochs"], full.Report["steps"]) = (true, 1, done);
        full.Report["split"] = new JsonObject { ["train"] = new JsonArray([.. Enumerable.Range(0, 3500).Select(i => JsonValue.Create(i))]) };
        full.Write($"{folder}");
        string page = XDocument.Parse(File.ReadAllText(folder["report.html"])).Root!.Value;
        Assert.Contains(FormattableString.Invariant($"Trained for 1 epoch ({done:N0} steps) on {images} images, "), page);
        Assert.Equal(asked == 0, page.Contains("--extend"));
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

    [Theory]
    [InlineData(59.94, "59.9 s"), InlineData(75.5, "1 min 15 s"), InlineData(3599, "59 min 59 s"), InlineData(90_060, "25 h 1 min")]
    public void A_page_says_how_long_a_run_took(double seconds, string text)
    {
        using var folder = new TempFolder();
        new RunReport { Report = new JsonObject { ["wall_seconds"] = seconds }, Arguments = [], Task = new SegmentTask() }.Write(folder.ToString());
        Assert.Contains(XDocument.Parse(File.ReadAllText(folder["report.html"])).Descendants(), element => element.Value == text);
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
            [new(3, 0, 0, 1, 1, 2), new(3, 3, 1, 3, 2, 2), new(7, 4, 2, 4, 2, 1), new Region(5, 5, 0, 5, 1, 2)],
            Region.Find(labels, 6, SegmentationData.Background));
    }

    private static IEnumerable<XElement> Elements(XDocument document, string name) => document.Descendants().Where(e => e.Name.LocalName == name);

    private static string[] Texts(XDocument svg) => [.. Elements(svg, "text").Select(e => e.Value)];
}
