using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Checks;

/// <summary>The verb bench, on a case that no table holds.</summary>
public sealed class CaseBenchmarkTests : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    /// <summary>y = a + b, but for version "wrong", whose kernel adds a to itself.</summary>
    private sealed class Sum : Op
    {
        public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];
        public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => ["right", "wrong"];

        public override void Record(Recorder r) =>
            r.Add(new SkipAddKernels.AddLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(r.Version == "wrong" ? 0 : 1)));

        public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
        {
            for (int i = 0; i < y[0].Values.Length; i++) y[0][i] = x[0][i] + x[1][i];
        }
    }

    private static readonly OpCase s_case = OpCase.Of("sum", new Sum(), 2, (new Shape(100), Fill.Default), (new Shape(100), Fill.Default));

    [Fact]
    public void The_version_that_the_device_takes_is_timed()
    {
        var result = Assert.Single(CaseBenchmark.Measure(s_case, _device, allVersions: false, seconds: 0));
        Assert.Equal(("right", 5, 1.0), (result.Version, result.Time.Seconds.Count, result.Gain));
        Assert.True(0 < result.Time.P20 && result.Time.P20 <= result.Time.Median && result.Time.Median <= result.Time.P80);
        Assert.Equal(0, result.GigaFlops);
        Assert.Equal(1200 / result.Time.Median / 1e9, result.Gigabytes);
    }

    [Fact]
    public void A_wrong_kernel_is_named_and_not_timed()
    {
        var error = Assert.Throws<EngineException>(() => CaseBenchmark.Measure(s_case, _device, allVersions: true, seconds: 0));
        Assert.StartsWith("sum [wrong] is wrong and was not timed: output 0 at [", error.Message);
    }

    [Fact]
    public void Times_are_sorted_and_three_do_not_count()
    {
        int calls = 0;
        var timing = Timing.Measure(() => calls++, _device, seconds: 0.01);
        Assert.Equal(calls, timing.Seconds.Count + 3);
        Assert.Equal(timing.Seconds.Order(), timing.Seconds);
    }

    /// <summary>y = x, and one element more than there is, before or behind.</summary>
    private sealed class OneTooMany(int at) : Op
    {
        public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];
        public override void Record(Recorder r) => r.Add(new Copy(r.Output(), r.Input(0), at));
        public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y) => x[0].Values.CopyTo(y[0].Values, 0);

        private sealed unsafe class Copy(ArrayView<float> y, ArrayView<float> x, int at) : CpuLaunch
        {
            public override void Run(ThreadTeam team)
            {
                x.AsSpan().CopyTo(y.AsSpan());
                y.Pointer[at] = 1;
            }
        }
    }

    [Theory]
    [InlineData(-1, "before output 0")]
    [InlineData(100, "behind output 0")]
    public void What_is_written_outside_a_buffer_is_told(int at, string where)
    {
        var testCase = OpCase.Of("wild", new OneTooMany(at), 1, (new Shape(100), Fill.Default));
        var error = Assert.Throws<KernelFaultException>(() => CaseRunner.Test(testCase, _device).ToList());
        Assert.StartsWith($"case 'wild' on cpu: something was written {where} (1 at ", error.Message);
    }
}
