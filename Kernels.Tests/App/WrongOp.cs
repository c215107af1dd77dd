using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>Its kernel is that of a ReLU, its reference says sigmoid: what looks for mistakes must find it.</summary>
internal sealed class WrongOp : Op
{
    private readonly Activation _kernel = new(ActivationKind.Relu), _reference = new(ActivationKind.Sigmoid);

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => _kernel.Infer(inputs);
    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) => _kernel.Gradient(graph, node, dy);
    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => _kernel.Versions(device, inputs);
    public override void Record(Recorder r) => _kernel.Record(r);
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y) => _reference.Reference(x, y);
}
