using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>Every case on every device in every kernel version against the double reference; gradients; refusals.</summary>
public sealed class OpTests
{
    public static TheoryData<string, string> Runs()
    {
        var runs = new TheoryData<string, string>();
        foreach (var device in TestDevices.All)
            foreach (var testCase in OpCases.All.Where(c => !c.IsBenchmark && c.RunsOn(device)))
                runs.Add(testCase.Name, device.Name);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Case_matches_the_double_reference(string name, string deviceName)
    {
        var (testCase, device) = (OpCases.Find(name), TestDevices.Find(deviceName));
        var (inputs, outputs) = References.Of(testCase);
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
        {
            using var prepared = new PreparedCase(testCase, device, version, inputs);
            var result = prepared.RunVerified(inputs, outputs);
            Assert.True(result.Holds, $"{version}: {result.Message}");
        }
    }

    [Fact]
    public void Every_op_has_a_case() => Assert.Empty(
        typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)))
            .Except(OpCases.All.Where(c => !c.IsBenchmark).Select(c => c.Op.GetType())).Select(t => t.Name));

    public static TheoryData<string, ActivationKind> Activations()
    {
        var rows = new TheoryData<string, ActivationKind>();
        foreach (var device in TestDevices.All)
            foreach (var kind in Enum.GetValues<ActivationKind>()) rows.Add(device.Name, kind);
        return rows;
    }

    /// <summary>Alone, and behind the convolutions by taps and by Winograd's tiles. What a rectifier turned into 0 would train on, unseen.</summary>
    [Theory]
    [MemberData(nameof(Activations))]
    public void NaN_passes_an_activation_and_zero_has_its_sign(string deviceName, ActivationKind kind)
    {
        var device = TestDevices.Find(deviceName);
        OpCase[] cases =
        [
            OpCase.Of("alone", new Activation(kind, 0.3f), 1, (new Shape(37), Fill.Default)),
            OpCase.Of("1x1", new Conv2d(Padding.Valid, activation: kind, slope: 0.3f), 1,
                (new Shape(1, 1, 37, 1), Fill.Default), (new Shape(1, 1, 1, 1), new Fill.Same(1))),
            OpCase.Of("3x3", new Conv2d(Padding.Same, activation: kind, slope: 0.3f), 1,
                (new Shape(1, 2, 3, 32), Fill.Default), (new Shape(3, 3, 32, 32), Fill.Default)),
        ];
        foreach (var testCase in cases)
        {
            var inputs = CaseRunner.Inputs(testCase);
            inputs[0].Values[5] = double.NaN;
            inputs[0].Values[6] = -0.0;
            foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
            {
                using var prepared = new PreparedCase(testCase, device, version, inputs);
                prepared.Run();
                float[] y = [.. prepared.Bits(0).Select(BitConverter.Int32BitsToSingle)];
                Assert.True(float.IsNaN(y[5]), $"{testCase.Name}, {version}: {y[5]}");
                if (testCase.Name == "alone" && kind == ActivationKind.Relu) Assert.Equal(0, BitConverter.SingleToInt32Bits(y[6]));
                if (testCase.Name == "alone" && kind == ActivationKind.LeakyRelu) Assert.Equal(-0f, y[6]);
            }
        }
    }

    public static TheoryData<string> Devices() => [.. TestDevices.All.Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Devices))]
    public void NaN_passes_max_pooling_and_the_loss(string deviceName)
    {
        var device = TestDevices.Find(deviceName);
        OpCase[] cases =
        [
            OpCase.Of("pool", new MaxPool2d(2, 2), 1, (new Shape(1, 2, 2, 1), Fill.Default)),
            OpCase.Of("loss", new SoftmaxCrossEntropy(), 4,
                (new Shape(1, 4), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(0, 1))),
            OpCase.Of("binary loss", new BinaryCrossEntropy(), 4, (new Shape(4), Fill.Default), (new Shape(4), new Fill.Uniform(0, 1))),
            OpCase.Of("loss of boxes", new BoxLoss(1), 4, (new Shape(1, 1, 1, 4), new Fill.Given(1, 2, 5, 7)),
                (new TensorSpec(new Shape(1, 1, 1), ElementType.I32), new Fill.Same(0)), (new Shape(1, 1, 4), new Fill.Given(2, 1, 6, 5))),
            OpCase.Of("varifocal loss", new VarifocalLoss(0), 4, (new Shape(1, 1, 1, 4), Fill.Default),
                (new TensorSpec(new Shape(1, 1, 1), ElementType.I32), new Fill.Same(0)),
                (new TensorSpec(new Shape(1, 1), ElementType.I32), new Fill.Same(0)), (new Shape(1, 1, 1), new Fill.Same(0.5f))),
        ];
        foreach (var testCase in cases)
            for (int at = 0; at < 4; at++)
            {
                var inputs = CaseRunner.Inputs(testCase);
                inputs[0].Values[at] = double.NaN;
                var expected = CaseRunner.Reference(testCase, inputs);
                Assert.True(double.IsNaN(expected[0][0]), $"{testCase.Name}, NaN at {at}");
                foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
                {
                    using var prepared = new PreparedCase(testCase, device, version, inputs);
                    prepared.Run();
                    Assert.True(float.IsNaN(BitConverter.Int32BitsToSingle(prepared.Bits(0)[0])), $"{testCase.Name}, {version}, NaN at {at}");
                    if (testCase.Op is MaxPool2d) Assert.Equal(at, Assert.Single(prepared.Bits(1)));
                }
            }
    }

    public static TheoryData<string> Differentiable() => [.. OpCases.All.Where(c => c.HasGradient && !c.IsBenchmark).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void Gradient_matches_central_differences(string testCase)
    {
        var comparison = GradientCheck.Check(OpCases.Find(testCase));
        Assert.True(comparison.Holds, comparison.Message);
    }

    public static TheoryData<string> Refused() => [.. OpCases.Bad.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Refused))]
    public void Bad_shapes_are_refused_with_a_clear_line(string name)
    {
        var bad = OpCases.Bad.Single(c => c.Name == name);
        var error = Assert.Throws<ShapeException>(() => bad.Op.Infer(bad.Inputs));
        Assert.Contains(bad.Message, error.Message);
    }

    /// <summary>What GFLOP/s are counted from: a product for each tap, channel in and channel out of each pixel, in both directions.</summary>
    [Fact]
    public void Multiply_adds_of_a_stride_count_the_pixels_of_the_smaller_picture()
    {
        Shape x = new(2, 5, 7, 3), w = new(2, 3, 3, 4), y = new(2, 2, 3, 4);
        var conv = new Conv2d(Padding.Valid, 2, 2);
        var g = conv.Geometry([x, w]);
        Assert.Equal(2 * (2 * 3) * (2 * 3) * 3 * 4, conv.MultiplyAdds([x, w]));
        Assert.Equal(2 * (2 * 3) * (2 * 3) * 3 * 4, new Conv2dInputGradient(g).MultiplyAdds([y, w]));
        Assert.Equal(2 * (2 * 3) * (2 * 3) * 3 * 4, new Conv2dWeightGradient(g).MultiplyAdds([x, y]));
        Assert.Equal(2 * (2 * 3) * (2 * 3) * 3 * 4, new ConvTranspose2d(2).MultiplyAdds([y, w]));
    }

    [Fact]
    public void Case_names_are_unique() =>
        Assert.Empty(OpCases.All.GroupBy(c => c.Name).Where(g => g.Count() > 1).Select(g => g.Key));

    [Fact]
    public void A_wrong_or_missing_value_fails_the_comparison()
    {
        var shape = new Shape(2, 2);
        double[] expected = [1, 2, 3, 4];
        Assert.True(Comparison.Of([1, 2, 3, 4], expected, shape, 1e-6, 1e-6, "y").Holds);
        var wrong = Comparison.Of([1, 2, 3, 4.1f], expected, shape, 1e-6, 1e-6, "y");
        Assert.False(wrong.Holds);
        Assert.Contains("y at [1,1]", wrong.Message);
        Assert.False(Comparison.Of([1, float.NaN, 3, 4], expected, shape, 1e-6, 1e-6, "y").Holds);
    }

    [Fact]
    public void Every_kernel_runs_in_some_case()
    {
        var device = TestDevices.Find("emulator");
        var used = new HashSet<string>();
        foreach (var testCase in OpCases.All.Where(c => !c.IsBenchmark && c.RunsOn(device)))
            foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
            {
                using var prepared = new PreparedCase(testCase, device, version);
                used.UnionWith(prepared.Launches.Select(l => l.Name));
            }
        Assert.Empty(KernelCatalog.All.Select(k => k.Name).Except(used));
    }
}
