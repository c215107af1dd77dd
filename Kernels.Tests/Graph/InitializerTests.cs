using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>How far first weights scatter. What is measured of so many random numbers is known to a few thousandths.</summary>
public sealed class InitializerTests
{
    private static float[] Draw(Initializer initializer, int count = 200_000)
    {
        var values = new float[count];
        initializer.Initialize(values, "some.weight", seed: 3);
        return values;
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(v => (double)v * v));

    [Theory]
    // sqrt(2 / fanIn); a slope of 1 is no rectifier: sqrt(1 / fanIn); gain² · 2 / ((1 + slope²) · fanIn) = 4 · 2 / (1.25 · 40) = 0.16.
    [InlineData(50, 0, 1, 0.2)]
    [InlineData(25, 1, 1, 0.2)]
    [InlineData(40, 0.5, 2, 0.4)]
    public void He_s_rule_is_normal_with_its_deviation(int fanIn, float slope, float gain, double deviation)
    {
        float[] values = Draw(new Initializer.HeNormal(fanIn, slope, gain));
        Assert.InRange(values.Average() / deviation, -0.01, 0.01);
        Assert.InRange(Deviation(values) / deviation, 0.99, 1.01);
        // Of a normal distribution 68.27 % lie within one deviation, 95.45 % within two.
        Assert.InRange(values.Count(v => Math.Abs(v) < deviation) / (double)values.Length, 0.677, 0.689);
        Assert.InRange(values.Count(v => Math.Abs(v) < 2 * deviation) / (double)values.Length, 0.952, 0.957);
    }

    [Fact]
    public void Glorot_s_rule_is_uniform_up_to_its_limit()
    {
        float[] values = Draw(new Initializer.GlorotUniform(70, 80)); // sqrt(6 / 150) = 0.2
        Assert.InRange(values.Max(), 0.1999, 0.2);
        Assert.InRange(values.Min(), -0.2, -0.1999);
        Assert.InRange(Deviation(values) * Math.Sqrt(3), 0.199, 0.201);
    }

    /// <summary>Long, Shelhamer and Darrell 2015: the profile of a 4×4 kernel with stride 2 is 1/4, 3/4, 3/4, 1/4.</summary>
    [Fact]
    public void Interpolation_is_bilinear_and_leads_each_channel_to_itself()
    {
        var kernel = new float[4 * 4 * 2 * 2];
        new Initializer.Bilinear(4, 2, 2).Initialize(kernel, "up", 0);
        float[] profile = [0.25f, 0.75f, 0.75f, 0.25f];
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 4; x++)
                Assert.Equal([profile[y] * profile[x], 0, 0, profile[y] * profile[x]], kernel[((y * 4 + x) * 4)..((y * 4 + x + 1) * 4)]);
        var stamp = new float[2 * 2];
        new Initializer.Bilinear(2, 2, 1).Initialize(stamp, "up", 0);
        Assert.Equal([1, 1, 1, 1], stamp);
    }

    [Fact]
    public void Streams_differ_by_name_and_seed_and_repeat()
    {
        static float[] First(string name, ulong seed)
        {
            var values = new float[8];
            new Initializer.HeNormal(2).Initialize(values, name, seed);
            return values;
        }
        Assert.Equal(First("a", 1), First("a", 1));
        Assert.NotEqual(First("a", 1), First("b", 1));
        Assert.NotEqual(First("a", 1), First("a", 2));
    }

    /// <summary>Late enough for the momentum to count. The batch has a mean of 4 and a variance of 2, of which 4/3 go in: it has four rows.</summary>
    [Theory]
    [InlineData(null, 0.99f), InlineData(0.75f, 0.75f)]
    public void A_batch_norm_moves_its_averages_by_its_momentum(float? asked, float keep)
    {
        var graph = new Graph(training: true);
        var x = graph.Input("x", new Shape(2, 2, 1, 1));
        var y = asked is { } momentum ? graph.BatchNorm2d(x, "norm", momentum) : graph.BatchNorm2d(x, "norm");
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [y]);
        compiled.Upload<float>(x, [2, 4, 4, 6]);
        compiled.BeginStep(1000, 0);
        compiled.Run();
        Assert.Equal(4 * (1 - keep), variables["norm.running_mean"][0], 1e-5f);
        Assert.Equal(keep + (1 - keep) * 8 / 3, variables["norm.running_var"][0], 1e-5f);
    }

    /// <summary>Which rule a layer takes by itself, and with which sizes: a 3×3 convolution of 16 channels has 144 inputs.</summary>
    [Fact]
    public void Layers_start_by_the_rule_of_their_activation()
    {
        var graph = new Graph(training: false);
        var x = graph.Input("x", new Shape(1, 8, 8, 16));
        graph.Conv2d(x, "plain", 48, 3);
        graph.Conv2d(x, "relu", 48, 3, ActivationKind.Relu);
        graph.Conv2d(x, "leaky", 48, 3, ActivationKind.LeakyRelu, 0.5f);
        graph.ConvTranspose2d(x, "up", 48, 4, 2);
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        void Holds(string layer, double deviation) => Assert.InRange(Deviation(variables[$"{layer}.weight"]) / deviation, 0.97, 1.03);
        Holds("plain", Math.Sqrt(6.0 / (144 + 432) / 3));
        Holds("relu", Math.Sqrt(2.0 / 144));
        Holds("leaky", Math.Sqrt(2 / 1.25 / 144));
        // Each output of it is reached by 4·4 / 2·2 taps.
        Holds("up", Math.Sqrt(6.0 / (64 + 192) / 3));
        Assert.All(variables["relu.bias"], bias => Assert.Equal(0, bias));
    }
}
