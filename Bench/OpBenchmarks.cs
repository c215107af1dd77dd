using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Bench;

/// <summary>A benchmark case on a device in one kernel version.</summary>
public sealed record Run(string Case, string Device, string Version)
{
    public override string ToString() => $"{Case} [{Device} {Version}]";
}

/// <summary>
/// The benchmark cases of some ops on every device of the machine. In process, because an OpenCL or CUDA context is costly to make;
/// set up once for each run, its result checked before anything is timed; each measurement ends when the device is done.
/// </summary>
[Config(typeof(InProcess))]
public abstract class OpBenchmarks
{
    private sealed class InProcess : ManualConfig
    {
        public InProcess()
        {
            AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
            WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(80));
        }
    }

    private PreparedCase? _prepared;
    private Device? _device;

    [ParamsSource(nameof(Runs))]
    public Run Run { get; set; } = null!;

    /// <summary>What the names of the cases begin with.</summary>
    protected abstract string Op { get; }

    public IEnumerable<Run> Runs()
    {
        // The emulator is for study; timing it says nothing.
        foreach (var entry in DeviceList.Describe().Where(d => d.Available && d.Name != "emulator"))
        {
            using var device = DeviceList.Open(entry.Name);
            foreach (var testCase in OpCases.All.Where(c => c.IsBenchmark && c.Name.StartsWith(Op, StringComparison.Ordinal)))
                yield return new Run(testCase.Name, entry.Name, testCase.Op.Versions(device, testCase.Inputs)[0]);
        }
    }

    [GlobalSetup]
    public void Setup()
    {
        _device = DeviceList.Open(Run.Device);
        _prepared = CaseBenchmark.Prepare(CaseBenchmark.Expectation.Of(OpCases.Find(Run.Case)), _device, Run.Version);
    }

    [Benchmark]
    public void Step()
    {
        _prepared!.Run();
        _device!.Synchronize();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _prepared?.Dispose();
        _device?.Dispose();
    }
}

public class ConvolutionBenchmarks : OpBenchmarks
{
    protected override string Op => "conv2d";
}

public class TransposedConvolutionBenchmarks : OpBenchmarks
{
    protected override string Op => "conv_transpose2d";
}

public class PoolingBenchmarks : OpBenchmarks
{
    protected override string Op => "max_pool2d";
}

public class SoftmaxBenchmarks : OpBenchmarks
{
    protected override string Op => "softmax";
}
