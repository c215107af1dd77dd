using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine;

/// <summary>
/// What an op sees while it records its launches: the device, the memory of its tensors, and scratch memory that lives for this node only.
/// Each node is recorded twice: once dry, to learn how much scratch it asks for, then with the planned memory.
/// </summary>
public sealed class Recorder
{
    private readonly IReadOnlyList<Storage> _inputs, _outputs;
    private readonly IReadOnlyList<Storage>? _scratch;
    private readonly List<long> _scratchBytes = [];
    private readonly List<Launch> _launches = [];

    /// <param name="scratch">The planned scratch memory; null for a dry recording.</param>
    public Recorder(Device device, string version, IReadOnlyList<Storage> inputs, IReadOnlyList<Storage> outputs, IReadOnlyList<Storage>? scratch)
    {
        Device = device;
        Version = version;
        _inputs = inputs;
        _outputs = outputs;
        _scratch = scratch;
    }

    /// <summary>Where it will run.</summary>
    public Device Device { get; }

    /// <summary>Which of the op's kernel versions to record.</summary>
    public string Version { get; }

    /// <summary>The registers of a SIMD version; null for kernels.</summary>
    internal SimdWidth? Simd => SimdWidth.Of(Version);

    /// <summary>How many tensors the op reads.</summary>
    public int InputCount => _inputs.Count;

    /// <summary>What was recorded, in order.</summary>
    public IReadOnlyList<Launch> Launches => _launches;

    /// <summary>Memory that the launches need among themselves.</summary>
    public IReadOnlyList<long> ScratchBytes => _scratchBytes;

    /// <summary>Of what the op reads.</summary>
    public IReadOnlyList<TensorSpec> InputSpecs => [.. _inputs.Select(i => i.Spec)];

    /// <summary>Of what the op reads.</summary>
    public Shape InputShape(int i) => _inputs[i].Spec.Shape;

    /// <summary>Of what the op makes.</summary>
    public Shape OutputShape(int i) => _outputs[i].Spec.Shape;

    /// <summary>The float input <paramref name="i"/>; empty where an optional input is absent.</summary>
    public ArrayView<float> Input(int i) => i < _inputs.Count ? _inputs[i].View<float>() : ArrayView<float>.Empty;

    /// <summary>The memory of an input of integers.</summary>
    public ArrayView<int> IntInput(int i) => _inputs[i].View<int>();

    /// <summary>The memory of an output.</summary>
    public ArrayView<float> Output(int i = 0) => _outputs[i].View<float>();

    /// <summary>The memory of an output of integers.</summary>
    public ArrayView<int> IntOutput(int i) => _outputs[i].View<int>();

    /// <summary>Memory for this node alone; its contents are undefined. Ask in the same order in every recording.</summary>
    public ArrayView<float> Scratch(long length)
    {
        int index = _scratchBytes.Count;
        _scratchBytes.Add(length * sizeof(float));
        return _scratch is null ? new ArrayView<float>(null, 0, length) : _scratch[index].View<float>();
    }

    /// <summary>Adds a launch, after those before it.</summary>
    public void Add(Launch launch) => _launches.Add(launch);
}
