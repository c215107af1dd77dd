using System.Text.RegularExpressions;
using System.Xml.Linq;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Detect;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Training.Detect.Scenes;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>Detectors and networks that label pixels, on the same pictures.</summary>
public sealed class DetectComparisonTests
{
    /// <summary>Pictures by hand: their pixels and what they show.</summary>
    private sealed class Drawn(int height, int width, IReadOnlyList<string> classes, params (byte[] Pixels, SceneObject[] Objects)[] pictures) : ISceneSource
    {
        public int Count => pictures.Length;
        public SampleSpec Spec { get; } = ISceneSource.SpecOf(height, width, 4);
        public IReadOnlyList<string> Classes => classes;
        public SceneObject[] Objects(int epoch, int position) => pictures[position].Objects;

        public void Read(int epoch, int position, Sample sample)
        {
            pictures[position].Pixels.CopyTo(sample.Pixels);
            ISceneSource.PutNone(sample, 0);
        }
    }

    private static Drawn Black(int count) =>
        new(20, 30, SceneSource.DigitNames,
            [.. Enumerable.Range(0, count).Select(_ => (new byte[600], new[] { Object(1, 2, 2, 8, 8), Object(7, 15, 5, 8, 8) }))]);

    /// <summary>Of four pictures with two digits each: which both of are found, which the first of, and in which there is also something else.</summary>
    private static Contestant Finds(string name, int[] both, int[] first, int[] more)
    {
        DetectedPicture[] pictures = [.. Enumerable.Range(0, 4).Select(p => new DetectedPicture(p, Black(4).Objects(0, p),
        [
            .. both.Contains(p) || first.Contains(p) ? new[] { Found(1, 0.9, 2, 2, 8, 8) } : [],
            .. both.Contains(p) ? new[] { Found(7, 0.8, 16, 5, 8, 8) } : [],
            .. more.Contains(p) ? new[] { Found(4, 0.95, 1, 12, 5, 5) } : [],
        ]))];
        return new Contestant(name, new DetectionScores(pictures, SceneSource.DigitNames), 1234, null, 2_500_000, null, Converged: true,
            new Dictionary<int, double> { [1] = 3e-3 });
    }

    [Fact]
    public void A_comparison_counts_what_each_gets_right()
    {
        Contestant[] contestants = [Finds("a", [0, 1, 2, 3], [], []), Finds("b<", [0, 3], [1], [3]), Finds("c", [], [0, 2], [])];
        var comparison = new DetectTask().Compare(contestants, Black(4));
        Assert.Equal("1.0000", comparison.Headline);
        Assert.Equal(["1.0000", "0.6287", "0.2525"], comparison.Cards.Select(card => card.Value));
        // Of b: three of four 1s (76 of 101 recalls), two of four 7s (51 of 101).
        Assert.Contains(comparison.Lines, line => Regex.IsMatch(line, @"^b< +0\.6287 ± 0\.\d{4} .* 25\.00 %$"));
        Assert.Equal([(("a", "b<"), 3L, 0L), (("a", "c"), 4, 0), (("b<", "c"), 1, 0)], comparison.Json["mcnemar"]!.AsArray().Select(p =>
            (((string)p!["first"]!, (string)p["second"]!), (long)p["only_first"]!, (long)p["only_second"]!)));
        Assert.Contains("b< against c: 1 pictures only the first gets right as a whole, 0 only the second, p 1: no difference that chance does not make",
            comparison.Lines);
        // The boxes of 7s are a pixel beside them: at IoU 0.5 that does not matter.
        var table = XElement.Parse($"<div>{comparison.Sections.Single(section => section.Heading == "By class").Content}</div>");
        Assert.Equal(["1.0000", "0.5050", "0.0000"],
            table.Descendants("tr").Single(row => row.Elements().First().Value == "7").Elements().Skip(1).Select(cell => cell.Value));
        using var folder = new TempFolder();
        comparison.Write(folder["."], "a, b, c", "Here.");
        string page = XDocument.Parse(File.ReadAllText(folder["comparison.html"]).Replace("<!DOCTYPE html>", "")).ToString();
        // In the first only is something found by all.
        Assert.Equal(["1", "2", "3", "0"], Regex.Matches(page, "<h3>Picture (.)</h3>").Select(match => match.Groups[1].Value));
        Assert.Equal(12, Regex.Count(page, "<img "));
        Assert.Contains("2 found, 1 wrong, 0 missed", page);
        Assert.Contains("b&lt;", page);
    }

    [Fact]
    public void Where_all_are_alike_nothing_is_shown()
    {
        var comparison = new DetectTask().Compare([Finds("a", [0, 1], [], []), Finds("b", [0, 1], [], [])], Black(4));
        Assert.Contains(comparison.Sections, section => section.Note.Contains("no picture that one reads better"));
    }

    /// <summary>
    /// A network of one 1×1 convolution that takes bright pixels for 3s and grey ones for 5s, the brighter the surer: two digits, a speck, a line, and two
    /// digits that touch by a corner and so are one.
    /// </summary>
    [Fact]
    public void Regions_of_a_mask_are_boxes_as_sure_as_their_pixels()
    {
        const int Height = 24, Width = 40;
        using var device = new CpuDevice(1);
        var model = new Model("bright", "segment", "", new InputSize(8, 8), (graph, x, settings) => graph.Conv2d(x, "c", settings.Classes, 1))
        {
            Field = new ReceptiveField(1, 0),
        };
        var settings = new NetworkSettings { Classes = SegmentationData.Classes };
        using var variables = new VariableStore(device, model.Network(1, training: false, settings).Graph, seed: 1);
        // Of x, −1 … 1: 20x for a 3, 8x + 3 for a 5 (above from −0.25 to 0.25), −8x − 1 for the ground, and nothing for the others.
        float[] slopes = new float[11], offsets = [.. Enumerable.Repeat(-50f, 11)];
        (slopes[3], offsets[3], slopes[5], offsets[5], slopes[10], offsets[10]) = (20, 0, 8, 3, -8, -1);
        variables["c.weight"] = slopes;
        variables["c.bias"] = offsets;

        byte[] pixels = new byte[Height * Width];
        Fill(2, 3, 6, 7, 255);
        Fill(12, 2, 5, 8, 140);
        Fill(20, 2, 2, 2, 255);
        Fill(25, 2, 1, 12, 255);
        Fill(28, 4, 5, 6, 255);
        Fill(33, 10, 5, 6, 255);
        var samples = new Drawn(Height, Width, SceneSource.DigitNames, (new byte[Height * Width], []), (pixels, [Object(3, 2, 3, 6, 7)]),
            (pixels, [Object(5, 12, 2, 5, 8), Object(3, 2, 3, 6, 7)]));
        using var evaluator = new RegionEvaluator(model, settings, variables, new RegionLimits(Min: 5, Max: 1000), batch: 2);
        var scores = (DetectionScores)evaluator.Evaluate(samples);
        Assert.Empty(scores.Pictures[0].Found);
        Assert.Equal([(3, new Box(2, 3, 8, 10)), (5, new Box(12, 2, 17, 10)), (3, new Box(28, 4, 38, 16))],
            scores.Pictures[1].Found.Select(d => (d.Class, d.Box)));
        double x = 140 / 127.5 - 1, all = Math.Exp(20 * x) + Math.Exp(8 * x + 3) + Math.Exp(-8 * x - 1);
        Assert.Equal(Math.Exp(8 * x + 3) / all, scores.Pictures[1].Found[1].Score, 4);
        Assert.Equal(1 / (1 + Math.Exp(-9)), scores.Pictures[1].Found[0].Score, 4);
        // The third is read in another batch.
        Assert.Equal(scores.Pictures[1].Found, scores.Pictures[2].Found);
        Assert.Equal([(0, 0), (1, 1), (2, 2)], scores.Pictures.Select(p => (p.Position, p.Truth.Count)));

        var cats = new Drawn(Height, Width, ["cat"], (pixels, []));
        Assert.Contains("bright labels pixels of digits, and these pictures show 'cat'",
            Assert.Throws<EngineException>(() => evaluator.Evaluate(cats)).Message);

        void Fill(int left, int top, int width, int height, byte value)
        {
            for (int y = top; y < top + height; y++) pixels.AsSpan(y * Width + left, width).Fill(value);
        }
    }
}
