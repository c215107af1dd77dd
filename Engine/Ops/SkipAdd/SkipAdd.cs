using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>y = a + b: a skip connection joins the main path, or two gradients meet. Inputs: a, b of one shape.</summary>
public sealed partial class SkipAdd : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0] == inputs[1], $"the two sides are {inputs[0]} and {inputs[1]}; they must be alike: pad or crop one");
        return [inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) => [dy[0], dy[0]];

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) =>
        device.Kind == DeviceKind.Cpu ? ["simd", "kernel"] : ["kernel"];

    public override void Record(Recorder r) =>
        r.Add(r.Version == "simd"
            ? new SkipAddCpu(r.Output(), r.Input(0), r.Input(1))
            : new SkipAddKernels.AddLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(1)));
}

public sealed unsafe class SkipAddCpu : CpuLaunch
{
    private const int PerPart = 32768;
    private readonly ArrayView<float> _y, _a, _b;
    private readonly Action<int> _part;

    public SkipAddCpu(ArrayView<float> y, ArrayView<float> a, ArrayView<float> b) => (_y, _a, _b, _part) = (y, a, b, Part);

    public override void Run(ThreadTeam team) => team.Run((int)((_y.Length + PerPart - 1) / PerPart), _part);

    private void Part(int part)
    {
        long i = (long)part * PerPart, end = Math.Min(i + PerPart, _y.Length);
        float* y = _y.Pointer, a = _a.Pointer, b = _b.Pointer;
        for (; i + Vector<float>.Count <= end; i += Vector<float>.Count) (Vector.Load(a + i) + Vector.Load(b + i)).Store(y + i);
        for (; i < end; i++) y[i] = a[i] + b[i];
    }
}
