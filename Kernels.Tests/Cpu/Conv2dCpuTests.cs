using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Cpu;

/// <summary>The SIMD convolution: every pass, at every register width of this machine, element by element against double loops.</summary>
public class Conv2dCpuTests
{
    public enum Pass { Forward, InputGradient, WeightGradient }

    private static readonly Dictionary<string, ConvGeometry> s_shapes = new()
    {
        ["3x3 same, one channel in"] = Shape(2, 9, 13, 1, 33, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 same, one channel out"] = Shape(1, 7, 5, 3, 1, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 same, whole tiles"] = Shape(3, 8, 12, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 same, more columns than a block"] = Shape(2, 6, 7, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 same, odd picture and channels"] = Shape(2, 7, 11, 33, 35, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 same, many slices of pixels"] = Shape(4, 48, 40, 3, 16, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 valid"] = Shape(2, 9, 8, 16, 11, 3, 3, 1, 1, 0, 0, 0, 0),
        ["3x3 stride 2, pads 0 and 1"] = Shape(2, 10, 9, 11, 16, 3, 3, 2, 2, 0, 1, 1, 0),
        ["3x3 stride 3"] = Shape(1, 11, 10, 3, 33, 3, 3, 3, 3, 1, 1, 1, 1),
        ["2x2 stride 3: pixels that no tap reads"] = Shape(2, 11, 8, 3, 5, 2, 2, 3, 3, 0, 0, 0, 0),
        ["5x4 stride 1x2, asymmetric pads"] = Shape(1, 9, 12, 11, 3, 5, 4, 1, 2, 3, 0, 1, 2),
        ["1x1"] = Shape(3, 4, 6, 33, 11, 1, 1, 1, 1, 0, 0, 0, 0),
        ["1x1 stride 2"] = Shape(2, 7, 6, 16, 33, 1, 1, 2, 2, 0, 0, 0, 0),
        ["1x5"] = Shape(2, 3, 17, 3, 16, 1, 5, 1, 1, 0, 0, 2, 2),
        ["7x7 on 2x3: most taps outside"] = Shape(2, 2, 3, 16, 40, 7, 7, 1, 1, 3, 3, 3, 3),
        ["6x6, pads larger than the picture"] = Shape(1, 2, 1, 3, 3, 6, 6, 1, 1, 4, 5, 5, 4),
        ["4x4 stride 2, cropped by 1"] = Shape(2, 8, 12, 11, 11, 4, 4, 2, 2, 1, 1, 1, 1),
        ["8x8 stride 8"] = Shape(2, 16, 24, 11, 11, 8, 8, 8, 8, 0, 0, 0, 0),
        ["1x6 stride 6 wide, side by side"] = Shape(2, 5, 18, 3, 16, 2, 6, 1, 6, 1, 1, 0, 0),
        ["3x3 far outside: no tap reads a pixel"] = Shape(1, 1, 1, 3, 4, 3, 3, 4, 4, 3, 0, 3, 0),
        ["Winograd, parts of tiles at the edges"] = Shape(2, 9, 10, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1),
        ["Winograd, valid, half a panel"] = Shape(1, 12, 7, 32, 48, 3, 3, 1, 1, 0, 0, 0, 0),
        ["Winograd, pads 0 to 2"] = Shape(1, 6, 9, 48, 32, 3, 3, 1, 1, 2, 0, 1, 2),
        ["Winograd, a picture smaller than a tile"] = Shape(5, 2, 3, 64, 32, 3, 3, 1, 1, 1, 1, 1, 1),
        ["Winograd, many blocks and slices"] = Shape(4, 36, 44, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1),
        ["Winograd, blocks of channels"] = Shape(2, 8, 12, 144, 96, 3, 3, 1, 1, 1, 1, 1, 1),
        ["Winograd, most channels"] = Shape(1, 8, 8, 512, 32, 3, 3, 1, 1, 1, 1, 1, 1),
        ["3x3 of 32 channels in a picture of one row: dead taps"] = Shape(2, 1, 5, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1),
        ["one pixel"] = Shape(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
    };

    public static TheoryData<Pass, string, int> Cases()
    {
        var cases = new TheoryData<Pass, string, int>();
        foreach (var pass in Enum.GetValues<Pass>())
            foreach (string shape in s_shapes.Keys)
                foreach (int width in SimdWidth.Available) cases.Add(pass, shape, width);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equals_double_loops(Pass pass, string shape, int width)
    {
        var g = s_shapes[shape];
        using var run = new ConvRun(pass, g, width);
        run.Launch(threads: 2);
        run.AssertCloseTo(run.Expected(), run.Reduction);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gives_the_same_bits_for_any_number_of_threads(Pass pass, string shape, int width)
    {
        using var run = new ConvRun(pass, s_shapes[shape], width);
        float[] one = run.Launch(threads: 1);
        Assert.Equal(one, run.Launch(threads: 2));
        Assert.Equal(one, run.Launch(threads: 3));
    }

    public static TheoryData<Pass, ActivationKind, int> Activations()
    {
        var cases = new TheoryData<Pass, ActivationKind, int>();
        foreach (var pass in new[] { Pass.Forward, Pass.InputGradient })
            foreach (var activation in Enum.GetValues<ActivationKind>())
                foreach (int width in SimdWidth.Available) cases.Add(pass, activation, width);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Applies_bias_and_activation_once_after_the_last_block(Pass pass, ActivationKind activation, int width)
    {
        foreach (string shape in new[] { "3x3 same, more columns than a block", "3x3 stride 2, pads 0 and 1", "2x2 stride 3: pixels that no tap reads", "8x8 stride 8", "Winograd, parts of tiles at the edges" })
        {
            using var run = new ConvRun(pass, s_shapes[shape], width, activation, slope: 0.3f, bias: true);
            run.Launch(threads: 2);
            run.AssertCloseTo(run.Expected(), run.Reduction);
        }
    }

    [Fact]
    public void A_run_after_the_first_allocates_nothing()
    {
        // One thread, so that this one does all parts and its count is the whole.
        using var team = new ThreadTeam(1);
        foreach (string shape in new[] { "3x3 same, many slices of pixels", "Winograd, many blocks and slices" })
            foreach (var pass in Enum.GetValues<Pass>())
            {
                using var run = new ConvRun(pass, s_shapes[shape], SimdWidth.Available.First());
                var launch = run.Record();
                launch.Run(team);
                long before = GC.GetAllocatedBytesForCurrentThread();
                launch.Run(team);
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            }
    }

    [Fact]
    public void Is_recorded_without_memory()
    {
        var g = s_shapes["3x3 same, many slices of pixels"];
        var none = new ArrayView<float>(null, 0, 1000);
        Assert.Equal("Forward", new Conv2dCpu.Forward(g, none, none, none, none, ActivationKind.None, 0, none).Name);
        Assert.Equal("InputGradient", new Conv2dCpu.InputGradient(g, none, none, none, none, ActivationKind.None, 0, none).Name);
        Assert.Equal("WeightGradient", new Conv2dCpu.WeightGradient(g, none, none, none, none).Name);
    }

    private static ConvGeometry Shape(int batch, int height, int width, int inputs, int outputs, int kernelHeight, int kernelWidth,
        int strideY, int strideX, int top, int bottom, int left, int right) =>
        new(batch, height, width, inputs, (height + top + bottom - kernelHeight) / strideY + 1, (width + left + right - kernelWidth) / strideX + 1,
            outputs, kernelHeight, kernelWidth, strideY, strideX, top, left);
}
