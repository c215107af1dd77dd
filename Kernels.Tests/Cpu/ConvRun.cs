using System.Collections.Concurrent;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Cpu;

/// <summary>One pass of one convolution on random numbers in ±0.5, its output between sentinels, and the same by plain double loops.</summary>
internal sealed class ConvRun : IDisposable
{
    private const int Guard = 64;
    private const float Sentinel = 12345.5f;

    private readonly Conv2dCpuTests.Pass _pass;
    private readonly ConvGeometry _g;
    private readonly int _width;
    private readonly ActivationKind _activation;
    private readonly float _slope;
    private readonly ArrayView<float> _x, _w, _y, _bias, _scratch;
    private readonly HostBuffer _target;
    private readonly List<HostBuffer> _buffers = [];

    public ConvRun(Conv2dCpuTests.Pass pass, ConvGeometry g, int width, ActivationKind activation = ActivationKind.None, float slope = 0, bool bias = false)
    {
        (_pass, _g, _width, _activation, _slope) = (pass, g, width, activation, slope);
        _x = Random(g.Batch * g.InHeight * g.InWidth * g.InChannels, 1);
        _w = Random(g.KernelHeight * g.KernelWidth * g.InChannels * g.OutChannels, 2);
        _y = Random(g.Batch * g.OutHeight * g.OutWidth * g.OutChannels, 3);
        _bias = bias ? Random(pass == Conv2dCpuTests.Pass.Forward ? g.OutChannels : g.InChannels, 4) : ArrayView<float>.Empty;
        _scratch = Random((int)(pass switch
        {
            Conv2dCpuTests.Pass.Forward => Conv2dCpu.Forward.ScratchLength(g),
            Conv2dCpuTests.Pass.InputGradient => Conv2dCpu.InputGradient.ScratchLength(g),
            _ => Conv2dCpu.WeightGradient.ScratchLength(g),
        }), 5);
        _target = Buffer((int)Output.Length + 2 * Guard);
    }

    /// <summary>The terms of the longest sum.</summary>
    public int Reduction => _pass switch
    {
        Conv2dCpuTests.Pass.Forward => _g.KernelHeight * _g.KernelWidth * _g.InChannels,
        Conv2dCpuTests.Pass.InputGradient => _g.KernelHeight * _g.KernelWidth * _g.OutChannels,
        _ => _g.Batch * _g.OutHeight * _g.OutWidth,
    };

    private ArrayView<float> Output => _pass switch
    {
        Conv2dCpuTests.Pass.Forward => _y,
        Conv2dCpuTests.Pass.InputGradient => _x,
        _ => _w,
    };

    private ArrayView<float> Target => new(_target, Guard * sizeof(float), Output.Length);

    public CpuLaunch Record()
    {
        SimdWidth.Forced = _width;
        try
        {
            return _pass switch
            {
                Conv2dCpuTests.Pass.Forward => new Conv2dCpu.Forward(_g, Target, _x, _w, _bias, _activation, _slope, _scratch),
                Conv2dCpuTests.Pass.InputGradient => new Conv2dCpu.InputGradient(_g, Target, _y, _w, _bias, _activation, _slope, _scratch),
                _ => new Conv2dCpu.WeightGradient(_g, Target, _x, _y, _scratch),
            };
        }
        finally
        {
            SimdWidth.Forced = 0;
        }
    }

    /// <summary>Runs the pass into a buffer of sentinels and returns what it wrote.</summary>
    public float[] Launch(int threads)
    {
        var all = new ArrayView<float>(_target, 0, Output.Length + 2 * Guard).AsSpan();
        all.Fill(Sentinel);
        using var team = new ThreadTeam(threads);
        Record().Run(team);
        Assert.True(all[..Guard].IndexOfAnyExcept(Sentinel) < 0, "written before the output");
        Assert.True(all[^Guard..].IndexOfAnyExcept(Sentinel) < 0, "written after the output");
        return Target.AsSpan().ToArray();
    }

    /// <summary>Fails at the element that uses most of atol + rtol · |expected|; both grow with the square root of the sum's length.</summary>
    public void AssertCloseTo(double[] expected, int reduction)
    {
        var actual = Target.AsSpan();
        double tolerance = 1e-6 * Math.Sqrt(reduction) + 1e-6, worst = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double used = Math.Abs(actual[i] - expected[i]) / (tolerance * (1 + Math.Abs(expected[i])));
            if (used <= worst) continue;    // NaN is not
            (worst, at) = (used, i);
            if (double.IsNaN(used)) break;
        }
        Assert.True(worst <= 1, $"element {at} of {expected.Length} is {actual[at]}, expected {expected[at]}: {worst:p0} of the tolerance");
    }

    /// <summary>The definition of <see cref="ConvGeometry"/>, one product at a time, then bias and activation.</summary>
    public double[] Expected()
    {
        var result = (double[])s_sums.GetOrAdd((_pass, _g), _ => Sums()).Clone();
        var bias = _bias.AsSpan();
        for (int i = 0; i < result.Length; i++)
        {
            double value = result[i] + (bias.Length > 0 ? bias[i % bias.Length] : 0);
            result[i] = _activation switch
            {
                ActivationKind.Relu => Math.Max(value, 0),
                ActivationKind.LeakyRelu => value > 0 ? value : _slope * value,
                ActivationKind.Sigmoid => 1 / (1 + Math.Exp(-value)),
                _ => value,
            };
        }
        return result;
    }

    // The operands depend on the sizes alone, so the widths share the sums.
    private static readonly ConcurrentDictionary<(Conv2dCpuTests.Pass, ConvGeometry), double[]> s_sums = new();

    private double[] Sums()
    {
        var g = _g;
        var result = new double[Output.Length];
        float[] x = _x.AsSpan().ToArray(), w = _w.AsSpan().ToArray(), y = _y.AsSpan().ToArray();
        for (int n = 0; n < g.Batch; n++)
        for (int oy = 0; oy < g.OutHeight; oy++)
        for (int ox = 0; ox < g.OutWidth; ox++)
        for (int ky = 0; ky < g.KernelHeight; ky++)
        for (int kx = 0; kx < g.KernelWidth; kx++)
        {
            int iy = oy * g.StrideY + ky - g.PadTop, ix = ox * g.StrideX + kx - g.PadLeft;
            if (iy < 0 || iy >= g.InHeight || ix < 0 || ix >= g.InWidth) continue;
            int atX = ((n * g.InHeight + iy) * g.InWidth + ix) * g.InChannels;
            int atY = ((n * g.OutHeight + oy) * g.OutWidth + ox) * g.OutChannels;
            int atW = (ky * g.KernelWidth + kx) * g.InChannels * g.OutChannels;
            for (int c = 0; c < g.InChannels; c++)
            for (int o = 0; o < g.OutChannels; o++)
            {
                int weight = atW + c * g.OutChannels + o;
                if (_pass == Conv2dCpuTests.Pass.Forward) result[atY + o] += (double)x[atX + c] * w[weight];
                else if (_pass == Conv2dCpuTests.Pass.InputGradient) result[atX + c] += (double)y[atY + o] * w[weight];
                else result[weight] += (double)x[atX + c] * y[atY + o];
            }
        }
        return result;
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Dispose();
    }

    private HostBuffer Buffer(int length)
    {
        var buffer = new HostBuffer(length * sizeof(float), "test");
        _buffers.Add(buffer);
        return buffer;
    }

    private ArrayView<float> Random(int length, int seed)
    {
        if (length == 0) return ArrayView<float>.Empty;
        var view = new ArrayView<float>(Buffer(length), 0, length);
        var random = new Random(seed);
        foreach (ref float value in view.AsSpan()) value = random.NextSingle() - 0.5f;
        return view;
    }
}
