using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine;

/// <summary>
/// A case in one kernel version bound to a device, ready to run again and again. Each buffer stands between sentinels, which tell when a kernel
/// writes outside. Outputs and scratch begin as no number instead of zeros, as a network's memory, which ops share, holds what was there before: a kernel
/// that leaves a part of its output to luck, or reads what it has not written, is seen.
/// </summary>
public sealed class PreparedCase : IDisposable
{
    private const float Sentinel = -7654321f;
    private const int SentinelCount = 16;

    // NaN as a float, and as an integer no index and no count.
    private const int Unwritten = 0x7FC0DEAD;

    private readonly OpCase _case;
    private readonly Device _device;
    private readonly List<MemoryBuffer> _buffers = [];
    private readonly List<(ArrayView<float> Before, ArrayView<float> After, string Name)> _sentinels = [];
    private readonly Storage[] _inputs, _outputs;
    private readonly CommandList _commands;

    /// <summary>Binds the case's launches and fills its inputs.</summary>
    /// <param name="inputs">Unless given, those of <see cref="CaseRunner.Inputs"/>.</param>
    public PreparedCase(OpCase testCase, Device device, string version, IReadOnlyList<ReferenceTensor<double>>? inputs = null)
    {
        (_case, _device) = (testCase, device);
        var outputs = testCase.Op.Infer(testCase.Inputs);
        try
        {
            _inputs = [.. testCase.Inputs.Select((spec, i) => Place(spec, $"input {i}"))];
            _outputs = [.. outputs.Select((spec, o) => testCase.Op.InPlaceInput(o) is >= 0 and var i ? _inputs[i] : Place(spec, $"output {o}"))];
            Upload(inputs ?? CaseRunner.Inputs(testCase));
            var dry = new Recorder(device, version, [.. testCase.Inputs.Select(Unplaced)], [.. outputs.Select(Unplaced)], null);
            testCase.Op.Record(dry);
            var scratch = dry.ScratchBytes.Select((bytes, i) => Place(new Shape((int)(bytes / 4)), $"scratch {i}")).ToArray();
            var recorder = new Recorder(device, version, _inputs, _outputs, scratch);
            testCase.Op.Record(recorder);
            Launches = recorder.Launches;
            _commands = device.Prepare(recorder.Launches);
        }
        catch
        {
            foreach (var buffer in _buffers) buffer.Dispose();
            throw;
        }
    }

    /// <summary>What runs, in order.</summary>
    public IReadOnlyList<Launch> Launches { get; }

    /// <summary>How many tensors the op makes.</summary>
    public int Outputs => _outputs.Length;

    /// <summary>Queues one run.</summary>
    public void Run() => _commands.Run();

    /// <summary>Fills the inputs anew, runs once, and compares every output with the double reference.</summary>
    /// <returns>The worst element of all outputs.</returns>
    /// <exception cref="KernelFaultException">Something was written outside a buffer.</exception>
    public Comparison RunVerified()
    {
        var inputs = CaseRunner.Inputs(_case);
        return RunVerified(inputs, CaseRunner.Reference(_case, inputs));
    }

    /// <summary>The same for a reference that was computed before.</summary>
    internal Comparison RunVerified(IReadOnlyList<ReferenceTensor<double>> inputs, IReadOnlyList<ReferenceTensor<double>> expected)
    {
        Upload(inputs);
        Run();
        CheckSentinels();
        return Comparison.Worst(expected.Select((e, o) => Compare(o, e)));
    }

    /// <summary>An output as it is in memory, every four bytes as an integer: equal only if all bits are.</summary>
    public int[] Bits(int output)
    {
        var bits = new int[_outputs[output].Spec.Shape.Count];
        _device.Download(_outputs[output].View<int>(), bits.AsSpan());
        return bits;
    }

    private void Upload(IReadOnlyList<ReferenceTensor<double>> inputs)
    {
        foreach (var (storage, values) in _inputs.Zip(inputs))
            if (storage.Spec.Type == ElementType.I32) _device.Upload<int>(values.Ints, storage.View<int>());
            else _device.Upload<float>(Array.ConvertAll(values.Values, v => (float)v), storage.View<float>());
    }

    private void CheckSentinels()
    {
        var values = new float[SentinelCount];
        foreach (var (before, after, name) in _sentinels)
            foreach (var (view, side) in new[] { (before, "before"), (after, "behind") })
            {
                _device.Download(view, values.AsSpan());
                if (Array.FindIndex(values, v => v != Sentinel) is >= 0 and var at)
                    throw new KernelFaultException($"case '{_case.Name}' on {_device}: something was written {side} {name} ({values[at]} at {at})");
            }
    }

    private Comparison Compare(int output, ReferenceTensor<double> expected)
    {
        var shape = expected.Shape;
        if (expected.Spec.Type == ElementType.I32)
        {
            var ints = new int[shape.Count];
            _device.Download(_outputs[output].View<int>(), ints.AsSpan());
            return Comparison.Of(ints, expected.Ints, shape, $"output {output}");
        }
        var actual = new float[shape.Count];
        _device.Download(_outputs[output].View<float>(), actual.AsSpan());
        double size = Math.Sqrt(expected.Values.Average(v => v * v));
        return Comparison.Of(actual, expected.Values, shape, _case.AbsoluteTolerance(size), _case.RelativeTolerance, $"output {output}");
    }

    private static Storage Unplaced(TensorSpec spec) => new(null, 0, spec);

    private Storage Place(TensorSpec spec, string name)
    {
        int margin = (int)MemoryPlan.Align(SentinelCount * 4, _device.AlignmentInBytes);
        long body = MemoryPlan.Align(spec.Bytes, 4);
        var buffer = _device.Allocate(margin + body + SentinelCount * 4, name);
        _buffers.Add(buffer);
        var unwritten = new int[body / 4];
        Array.Fill(unwritten, Unwritten);
        _device.Upload<int>(unwritten, new ArrayView<int>(buffer, margin, unwritten.Length));
        var before = new ArrayView<float>(buffer, margin - SentinelCount * 4, SentinelCount);
        var after = new ArrayView<float>(buffer, margin + body, SentinelCount);
        float[] sentinels = Enumerable.Repeat(Sentinel, SentinelCount).ToArray();
        _device.Upload<float>(sentinels, before);
        _device.Upload<float>(sentinels, after);
        _sentinels.Add((before, after, name));
        return new Storage(buffer, margin, spec);
    }

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        _commands.Dispose();
        foreach (var buffer in _buffers) buffer.Dispose();
    }
}
