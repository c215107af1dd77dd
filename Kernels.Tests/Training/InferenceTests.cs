using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Networks of the family's form, made narrow, with weights at random so that every path counts.</summary>
public sealed class InferenceTests : IDisposable
{
    private const int Classes = 3;

    private static readonly NetworkSettings s_settings = new() { Classes = Classes };

    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    public static TheoryData<string> Family => [.. Fcn8.Family.Select(member => member.Name)];

    [Theory]
    [MemberData(nameof(Family))]
    public void Windows_give_what_the_whole_picture_gives(string name)
    {
        var (model, variables) = Narrow(name);
        using (variables)
            foreach (var (width, height) in new[] { (900, 700), (31, 801) })
            {
                var picture = Noise(width, height);
                float[] whole = Run(model, variables, picture, windowSide: 1024, out int parts), windows = Run(model, variables, picture, 640, out int many);
                Assert.Equal(1, parts);
                Assert.True(many > 1);
                // The windows lie at multiples of 32 as the squares of a Winograd transform do, so even the roundings are the same.
                Assert.Equal(whole, windows);
            }
    }

    public static TheoryData<string> Detectors => [.. Layers.Detectors.Family.Select(model => model.Name)];

    /// <summary>Of networks with an output for each cell: windows give what the whole picture gives, and a cell sees as far as the model says.</summary>
    [Theory]
    [MemberData(nameof(Detectors))]
    public void Cells_of_a_grid_are_read_in_windows_too(string name)
    {
        var model = Layers.Detectors.Family.First(m => m.Name == name);
        using var variables = new VariableStore(_device, model.Network(1, training: false, s_settings).Graph, seed: 1);
        const int width = 331, height = 250, columns = (width + 3) / 4, rows = (height + 3) / 4, channels = 4 + Classes;
        byte[] pixels = NoisePixels(width * height);
        float[] whole = Run(pixels, 512, out int parts), windows = Run(pixels, 224, out int many);
        Assert.Equal((1, true), (parts, many > 1));
        // Squares of a Winograd transform may lie otherwise in a window.
        Assert.Equal(0, whole.Zip(windows).Max(pair => Math.Abs(pair.First - pair.Second)), 1e-3);

        int radius = model.Field!.Value.Radius;
        const int at = 120; // the first row of pixels of a row of cells
        Assert.InRange(Difference(Changed(at - radius - 1, below: false)), 0, 1e-4);
        Assert.InRange(Difference(Changed(at + 3 + radius + 1, below: true)), 0, 1e-4);
        Assert.InRange(Difference(Changed(at - radius / 2, below: false)), 1e-2, 1e6);

        float Difference(float[] other) => Enumerable.Range(at / 4 * columns * channels, columns * channels).Max(i => Math.Abs(whole[i] - other[i]));

        float[] Changed(int row, bool below) =>
            Run([.. pixels.Select((p, i) => (below ? i / width >= row : i / width <= row) ? (byte)~p : p)], 512, out _);

        float[] Run(byte[] grey, int windowSide, out int count)
        {
            using var inference = new Inference(model, s_settings, variables, windowSide);
            var output = new float[rows * columns * channels];
            Array.Fill(output, float.NaN);
            int done = 1;
            inference.Run([InputPicture.Of("a", height, width, grey)], (_, from, values) => values.CopyTo(output.AsSpan((int)from)), (_, all) => done = all);
            Assert.DoesNotContain(output, float.IsNaN);
            count = done;
            return output;
        }
    }

    /// <summary>Of a network whose pixels see one more than the stride to each side, the last as well as the first.</summary>
    [Fact]
    public void A_window_reads_all_that_its_pixels_see()
    {
        var model = new Model("far", "segment", "", new InputSize(64, 84), (graph, image, settings) => graph.Conv2d(image, "far", settings.Classes, 67))
        {
            Field = new ReceptiveField(32, 33),
        };
        using var variables = new VariableStore(_device, model.Network(1, training: false, s_settings).Graph, seed: 1);
        var picture = Noise(300, 60);
        float[] whole = Run(model, variables, picture, windowSide: 320, out _), windows = Run(model, variables, picture, 160, out int many);
        Assert.True(many > 1);
        Assert.Equal(0, whole.Zip(windows).Max(pair => Math.Abs(pair.First - pair.Second)), 1e-4);
    }

    [Fact]
    public void Windows_that_would_keep_nothing_are_refused()
    {
        var (model, variables) = Narrow("fcn8-fine");
        using (variables)
            Assert.Contains("an output sees 256 to each side",
                Assert.Throws<ArgumentException>(() => Run(model, variables, Noise(600, 40), windowSide: 512, out _)).Message);
    }

    [Theory]
    [MemberData(nameof(Family))]
    public void A_pixel_sees_as_far_as_the_model_says(string name)
    {
        var (model, variables) = Narrow(name);
        using (variables)
        {
            const int side = 672, at = 336;
            byte[] pixels = NoisePixels(side * side);
            int radius = model.Field!.Value.Radius;
            float[] before = Run(model, variables, InputPicture.Of("a", side, side, pixels), side, out _);
            foreach (bool below in new[] { false, true })
            {
                // All beyond the radius is another picture; then all beyond half of it.
                Assert.Equal(Row(before), Row(Changed(radius, below)));
                Assert.NotEqual(Row(before), Row(Changed(radius / 2, below)));
            }

            float[] Row(float[] output) => output[(at * side * Classes)..((at + 1) * side * Classes)];

            float[] Changed(int distance, bool below)
            {
                byte[] other = [.. pixels];
                int row = below ? at + distance + 1 : at - distance - 1;
                for (int i = 0; i < other.Length; i++)
                    if (below ? i / side >= row : i / side <= row) other[i] ^= 0xFF;
                return Run(model, variables, InputPicture.Of("b", side, side, other), side, out _);
            }
        }
    }

    [Fact]
    public void Pictures_of_other_sizes_are_continued_with_their_ground_and_those_of_training_are_not()
    {
        var (model, variables) = Narrow("fcn8-fine");
        using (variables)
        {
            // 85×65 is a part of 96×96, whose other pixels are black.
            byte[] small = NoisePixels(85 * 65), large = new byte[96 * 96];
            for (int i = 0; i < small.Length; i++) large[i / 85 * 96 + i % 85] = small[i];
            float[] inLarge = Run(model, variables, InputPicture.Of("large", 96, 96, large), 896, out _);
            Assert.Equal(
                Enumerable.Range(0, 65).SelectMany(y => inLarge[(y * 96 * Classes)..((y * 96 + 85) * Classes)]),
                Run(model, variables, InputPicture.Of("small", 65, 85, small), 896, out _));

            // As in training, where the network itself pads with zeros.
            byte[] known = NoisePixels(84 * 64);
            var (graph, image, logits) = model.Network(1, training: false, s_settings);
            using var compiled = new CompiledGraph(graph, variables, [logits]);
            compiled.Upload<float>(image, [.. known.Select(p => Preprocessing.Normalise((float)p))]);
            compiled.Run();
            Assert.Equal(compiled.Download<float>(logits), Run(model, variables, InputPicture.Of("known", 64, 84, known), 896, out _));
        }
    }

    [Fact]
    public void As_many_pictures_as_fill_a_window_are_run_at_once_and_each_gets_its_own()
    {
        var (model, variables) = Narrow("fcn8-fine");
        using (variables)
        {
            InputPicture[] pictures = [.. Enumerable.Range(0, 5).Select(i => InputPicture.Of($"{i}", 96, 96, NoisePixels(96 * 96, seed: i)))];
            using var inference = new Inference(model, s_settings, variables, windowSide: 136); // 136² is two of them
            var outputs = new float[5][];
            for (int i = 0; i < 5; i++) outputs[i] = new float[96 * 96 * Classes];
            inference.Run(pictures, (n, from, values) => values.CopyTo(outputs[n].AsSpan((int)from)));
            for (int i = 0; i < 5; i++) Assert.Equal(Run(model, variables, pictures[i], 896, out _), outputs[i]);
        }
    }

    [Fact]
    public void An_output_that_is_no_number_names_its_layer()
    {
        var (model, variables) = Narrow("fcn8-slim");
        using (variables)
        {
            variables["block2.conv1.weight"] = [.. variables["block2.conv1.weight"].Select(w => w < 0 ? -1e38f : 1e38f)];
            string message = Assert.Throws<EngineException>(() => Run(model, variables, Noise(64, 64), 896, out _)).Message;
            Assert.Equal("what the network gives is no number: the first value that is none came out of 'block2.conv1' (Conv2d); "
                + "these weights are of no use", message);
            var source = new SegmentationSource(M2nistComposer.Procedural(2, seed: 1), [0, 1]);
            var (wide, all) = Narrow("fcn8-slim", classes: SegmentationData.Classes);
            using (all)
            {
                all["block2.conv1.weight"] = [.. all["block2.conv1.weight"].Select(w => w < 0 ? -1e38f : 1e38f)];
                using var evaluator = new SegmentationEvaluator(wide, s_settings with { Classes = SegmentationData.Classes }, all, source.Spec, 2);
                Assert.StartsWith("the loss is no number: the first value that is none came out of 'block2.conv1'",
                    Assert.Throws<EngineException>(() => evaluator.Evaluate(source)).Message);
            }
        }
    }

    private (Model Model, VariableStore Variables) Narrow(string name, int classes = Classes)
    {
        var options = Fcn8.Family.Single(member => member.Name == name).Options;
        var model = Fcn8.Variant("narrow", "", options with { Filters = [3, 3, 4, 4, 5], HeadFilters = options.HeadFilters > 0 ? 4 : 0 });
        var variables = new VariableStore(_device, model.Network(1, training: false, s_settings with { Classes = classes }).Graph, seed: 1);
        var random = new CounterRandom(3, RandomStream.Augmentation);
        foreach (var variable in variables.Variables.Where(v => v.Name.EndsWith(".weight") && !v.Name.Contains("norm")))
        {
            // He's scale, so that the signal neither dies nor grows on its way down.
            var sizes = variable.Shape.Sizes;
            float deviation = MathF.Sqrt(2f / (sizes[0] * sizes[1] * sizes[2]));
            variables[variable.Name] = [.. variables[variable.Name].Select(_ => deviation * random.NextBell())];
        }
        return (model, variables);
    }

    private static float[] Run(Model model, VariableStore variables, InputPicture picture, int windowSide, out int parts)
    {
        using var inference = new Inference(model, s_settings, variables, windowSide);
        var output = new float[picture.Height * picture.Width * Classes];
        Array.Fill(output, float.NaN);
        int told = 1;
        inference.Run([picture], (_, at, values) => values.CopyTo(output.AsSpan((int)at)), (done, of) => Assert.InRange(done, 1, told = of));
        parts = told;
        Assert.DoesNotContain(float.NaN, output);
        return output;
    }

    private static InputPicture Noise(int width, int height) => InputPicture.Of("noise", height, width, NoisePixels(width * height));

    private static byte[] NoisePixels(int count, int seed = 1)
    {
        var random = new CounterRandom((ulong)seed, RandomStream.Augmentation);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)random.NextInt(256))];
    }
}
