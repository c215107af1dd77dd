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

    public enum Forgotten { Half, Place, Scratch }

    /// <summary>y = x and where it was, but the kernel leaves out half of y, or all of where, or adds scratch that nobody has cleared.</summary>
    private sealed class Forgetful(Forgotten what) : Op
    {
        public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0], new TensorSpec(inputs[0].Shape, ElementType.I32)];

        public override void Record(Recorder r)
        {
            var (y, x, scratch) = (r.Output(), r.Input(0), r.Scratch(r.Output().Length));
            int count = y.IntLength;
            if (what != Forgotten.Scratch) r.Add(new PadCrop2dKernels.CopyLaunch(count, scratch, x, 1, count, 1, count, 1, 0, count));
            r.Add(new SkipAddKernels.AddLaunch(what == Forgotten.Half ? count / 2 : count, y, x, scratch));
            if (what != Forgotten.Place)
                r.Add(new MaxPool2dKernels.ForwardLaunch(count, scratch, r.IntOutput(1), x, new PoolGeometry(1, 1, count, 1, count, 1, 1, 1)));
        }

        public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
        {
            x[0].Values.CopyTo(y[0].Values, 0);
            for (int i = 0; i < y[1].Ints.Length; i++) y[1].Ints[i] = i;
        }
    }

    public static TheoryData<string, Forgotten> ForgottenOnDevices()
    {
        var rows = new TheoryData<string, Forgotten>();
        foreach (var device in TestDevices.All)
            foreach (var what in Enum.GetValues<Forgotten>()) rows.Add(device.Name, what);
        return rows;
    }

    /// <summary>The inputs are zeros, so that memory which began as zeros would hide all of it but the places.</summary>
    [Theory]
    [MemberData(nameof(ForgottenOnDevices))]
    public void What_a_kernel_forgets_to_write_is_told(string deviceName, Forgotten what)
    {
        var testCase = OpCase.Of("forgetful", new Forgetful(what), 1, (new Shape(100), new Fill.Same(0)));
        var (_, result) = Assert.Single(CaseRunner.Test(testCase, TestDevices.Find(deviceName)));
        Assert.False(result.Holds);
        Assert.Matches(what == Forgotten.Place ? @"^output 1 at \[0\]: 2143346349, expected 0" : @"^output 0 at \[\d+\]: NaN, expected 0", result.Message);
    }
}
