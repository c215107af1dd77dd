using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>A network opened up: its layers are those of a prediction, and its evidence is the gradient.</summary>
public sealed class LookTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(2);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>Weights as training begins with them, all moved a little: some begin at zero.</summary>
    private Weights Fresh(string model)
    {
        var (task, found) = Tasks.All.FindModel(model);
        using var variables = new VariableStore(_device, found.Network(1, training: false, task.Settings).Graph, seed: 3);
        var random = new Random(4);
        foreach (var variable in variables.Variables.Where(v => v.Whole is null))
            variables[variable.Name] = [.. variables[variable.Name].Select(value => value + 0.1f * random.NextSingle())];
        Checkpoint.Save(_folder[model], variables, new Dictionary<string, string> { ["model"] = model });
        return Weights.Open(_folder[model], model, _device, Tasks.All);
    }

    private static Picture Digit(int width, int height)
    {
        var digit = ProceduralDigits.Make(1, seed: 9).Image(0);
        var picture = new Picture(width, height, 1);
        for (int i = 0; i < digit.Length; i++) picture.Pixels[(i / 28 + 1) * width + i % 28 + 1] = (byte)(digit[i] * 0.9);
        return picture;
    }

    /// <summary>What a pixel adds, if the network were linear about the picture, against what the logit does when the pixel changes by a little.</summary>
    [Theory]
    [InlineData("cnn-slim", 28, 28)]
    [InlineData("grid", 45, 37)]
    [InlineData("fcn8-slim", 50, 40)]
    public void Evidence_is_the_gradient_of_the_logit(string model, int width, int height)
    {
        const int classNumber = 4, step = 1;
        using var weights = Fresh(model);
        var picture = model == "cnn-slim" ? new Picture(28, 28, 1, ProceduralDigits.Make(1, seed: 9).Image(0).ToArray()) : Digit(width, height);
        using var look = new Look(weights, height, width);
        look.Layers(picture);
        var evidence = look.EvidenceOf(classNumber, picture)!;
        int[] ink = [.. Enumerable.Range(0, picture.Pixels.Length).Where(i => picture.Pixels[i] is > 20 and < 250)
            .OrderByDescending(i => Math.Abs(evidence.Pixels[i])).Take(20)];
        double largest = ink.Max(i => Math.Abs(evidence.Pixels[i]));
        Assert.True(largest > 1e-4, "no pixel says anything");
        // A rectifier or a maximum that turns between the two points makes a few differ.
        int agree = ink.Count(i => Math.Abs(Slope(i) * picture.Pixels[i] - evidence.Pixels[i]) < 0.05 * largest);
        Assert.True(agree >= 16, $"{agree} of {ink.Length} pixels agree");

        double Slope(int pixel) => (ScoreWith(pixel, step) - ScoreWith(pixel, -step)) / (2 * step);

        double ScoreWith(int pixel, int change)
        {
            var changed = picture with { Pixels = [.. picture.Pixels] };
            changed.Pixels[pixel] = (byte)(changed.Pixels[pixel] + change);
            look.Layers(changed);
            return look.EvidenceOf(classNumber, changed)!.Score;
        }
    }

    /// <summary>A picture of any size comes to the layers as it comes to a prediction.</summary>
    [Theory]
    [InlineData("grid", 45, 37)]
    [InlineData("fcn8-slim", 50, 40)]
    public void The_last_layer_is_what_a_prediction_gives(string model, int width, int height)
    {
        using var weights = Fresh(model);
        var picture = Digit(width, height);
        using var look = new Look(weights, height, width);
        var last = look.Layers(picture)[^1];
        using var inference = new Inference(weights.Model, weights.Settings, weights.Variables);
        var known = new Dictionary<long, float>();
        inference.Run([InputPicture.Of("", height, width, picture.Pixels)], (_, at, values) =>
        {
            for (int i = 0; i < values.Length; i++) known[at + i] = values[i];
        });
        int columns = (int)Math.Ceiling(width / (double)(weights.Model.Field!.Value.Cell));
        foreach (var (at, value) in known)
        {
            long cell = at / last.Channels, row = cell / columns, column = cell % columns;
            Assert.Equal(value, last.Values[(row * last.Width + column) * last.Channels + at % last.Channels]);
        }
    }

    [Theory]
    [InlineData("grid")]
    [InlineData("fcn8-slim")]
    public void The_strongest_class_is_that_of_the_largest_logit_of_a_class(string model)
    {
        using var weights = Fresh(model);
        using var look = new Look(weights, 40, 50);
        var last = look.Layers(Digit(50, 40))[^1];
        int first = model == "grid" ? Detectors.Sides : 0; // where the sides of boxes come before the classes
        int best = Enumerable.Range(0, last.Values.Length).Where(i => i % last.Channels - first is >= 0 and < 10).MaxBy(i => last.Values[i]);
        Assert.Equal(best % last.Channels - first, look.Strongest(10));
    }

    [Fact]
    public void Ink_that_speaks_for_a_class_is_warm_and_ink_that_speaks_against_it_cool()
    {
        var given = new Picture(3, 1, 1, [200, 200, 200]);
        byte[] drawn = new Evidence(0, [1, -1, 0]).Draw(given).Pixels;
        Assert.True(drawn[0] > drawn[2], "what speaks for it is not warm");
        Assert.True(drawn[3] < drawn[5], "what speaks against it is not cool");
        Assert.Equal(drawn[6], drawn[8]);
    }

    [Fact]
    public void What_compares_pictures_has_no_evidence()
    {
        using var weights = Fresh("knn");
        using var look = new Look(weights, 28, 28);
        look.Layers(new Picture(28, 28, 1));
        Assert.Null(look.EvidenceOf(0, new Picture(28, 28, 1)));
    }
}
