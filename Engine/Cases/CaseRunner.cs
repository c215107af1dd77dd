using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine;

/// <summary>What a comparison found: the worst element, as a share of its tolerance.</summary>
/// <param name="Share">Largest |a − r| / tolerance; above 1 the comparison fails. NaN counts as infinite.</param>
public readonly record struct Comparison(double Share, string Message)
{
    public bool Holds => Share <= 1;
}

/// <summary>Runs cases: on a device, and by the reference.</summary>
public static class CaseRunner
{
    private const float Sentinel = -7654321f;
    private const int SentinelCount = 16;

    /// <summary>Random inputs of a case, the same in every precision.</summary>
    public static ReferenceTensor<double>[] Inputs(OpCase testCase, int seed = 1)
    {
        var random = new Random(seed); // only the tests' data hang on it, and they need not be the same in every runtime
        var inputs = testCase.Inputs.Select(spec => new ReferenceTensor<double>(spec)).ToArray();
        for (int i = 0; i < inputs.Length; i++)
        {
            var input = inputs[i];
            switch (testCase.Fills[i])
            {
                case Fill.Uniform uniform:
                    for (int j = 0; j < input.Values.Length; j++) input.Values[j] = (float)(uniform.Low + random.NextDouble() * (uniform.High - uniform.Low));
                    break;
                case Fill.Distinct distinct:
                    var order = Enumerable.Range(0, input.Values.Length).ToArray();
                    random.Shuffle(order);
                    for (int j = 0; j < order.Length; j++) input.Values[j] = (float)((order[j] - order.Length / 2 + 0.5) * distinct.Gap);
                    break;
                case Fill.Integers integers:
                    for (int j = 0; j < input.Ints.Length; j++) input.Ints[j] = random.Next(integers.Low, integers.High);
                    break;
                case Fill.PoolIndices pool:
                    for (int j = 0; j < input.Ints.Length; j++)
                    {
                        int ox = j / input.Shape.Channels % input.Shape.Width, oy = j / (input.Shape.Channels * input.Shape.Width) % input.Shape.Height;
                        input.Ints[j] = (oy * pool.Stride + random.Next(pool.Kernel)) * pool.InWidth + ox * pool.Stride + random.Next(pool.Kernel);
                    }
                    break;
                case Fill.Same same:
                    Array.Fill(input.Values, same.Value);
                    break;
            }
        }
        return inputs;
    }

    /// <summary>The case's outputs by the reference. Inputs are not changed.</summary>
    public static ReferenceTensor<T>[] Reference<T>(OpCase testCase, IReadOnlyList<ReferenceTensor<T>> inputs) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var outputs = testCase.Op.Infer(testCase.Inputs).Select(spec => new ReferenceTensor<T>(spec)).ToArray();
        testCase.Op.Reference(inputs, outputs);
        return outputs;
    }

    /// <summary>Tests each version that a device has for the case, one by one.</summary>
    public static IEnumerable<(string Version, Comparison Result)> Test(OpCase testCase, Device device)
    {
        var inputs = Inputs(testCase);
        var expected = Reference(testCase, inputs);
        return testCase.Op.Versions(device, testCase.Inputs).Select(version => (version, Test(testCase, device, version, inputs, expected)));
    }

    /// <summary>
    /// Runs one kernel version on a device and compares every output with the double reference. Each buffer stands between sentinels;
    /// a kernel that writes outside is an error.
    /// </summary>
    public static Comparison Test(OpCase testCase, Device device, string version)
    {
        var inputs = Inputs(testCase);
        return Test(testCase, device, version, inputs, Reference(testCase, inputs));
    }

    private static Comparison Test(
        OpCase testCase, Device device, string version, IReadOnlyList<ReferenceTensor<double>> inputs, IReadOnlyList<ReferenceTensor<double>> expected)
    {
        using var prepared = new PreparedCase(testCase, device, version, inputs);
        prepared.Run();
        prepared.CheckSentinels();
        var worst = new Comparison(0, "");
        for (int o = 0; o < expected.Count; o++)
        {
            var comparison = prepared.Compare(o, expected[o]);
            if (!(comparison.Share <= worst.Share)) worst = comparison;
        }
        return worst;
    }

    /// <summary>A case bound to a device, ready to run again and again.</summary>
    public sealed class PreparedCase : IDisposable
    {
        private readonly OpCase _case;
        private readonly Device _device;
        private readonly List<MemoryBuffer> _buffers = [];
        private readonly List<(ArrayView<float> Before, ArrayView<float> After, string Name)> _sentinels = [];
        private readonly Storage[] _outputs;
        private readonly CommandList _commands;

        public PreparedCase(OpCase testCase, Device device, string version, IReadOnlyList<ReferenceTensor<double>> inputs)
        {
            (_case, _device) = (testCase, device);
            var inputStorage = inputs.Select((input, i) => Place(input.Spec, $"input {i}")).ToArray();
            for (int i = 0; i < inputs.Count; i++)
            {
                if (inputs[i].Spec.Type == ElementType.I32) device.Upload<int>(inputs[i].Ints, inputStorage[i].View<int>());
                else device.Upload<float>(Array.ConvertAll(inputs[i].Values, v => (float)v), inputStorage[i].View<float>());
            }
            _outputs = testCase.Op.Infer(testCase.Inputs)
                .Select((spec, o) => testCase.Op.InPlaceInput(o) is >= 0 and var i ? inputStorage[i] : Place(spec, $"output {o}")).ToArray();
            var dry = new Recorder(device, version, [.. testCase.Inputs.Select(Unplaced)], [.. testCase.Op.Infer(testCase.Inputs).Select(Unplaced)], null);
            testCase.Op.Record(dry);
            var scratch = dry.ScratchBytes.Select((bytes, i) => Place(new Shape((int)(bytes / 4)), $"scratch {i}")).ToArray();
            var recorder = new Recorder(device, version, inputStorage, _outputs, scratch);
            testCase.Op.Record(recorder);
            Launches = recorder.Launches;
            _commands = device.Prepare(recorder.Launches);
        }

        public IReadOnlyList<Launch> Launches { get; }

        public void Run() => _commands.Run();

        public void CheckSentinels()
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

        public int Outputs => _outputs.Length;

        /// <summary>An output as it is in memory, every four bytes as an integer: equal only if all bits are.</summary>
        public int[] Bits(int output)
        {
            var bits = new int[_outputs[output].Spec.Shape.Count];
            _device.Download(_outputs[output].View<int>(), bits.AsSpan());
            return bits;
        }

        public Comparison Compare(int output, ReferenceTensor<double> expected)
        {
            var shape = expected.Shape;
            if (expected.Spec.Type == ElementType.I32)
            {
                var ints = new int[shape.Count];
                _device.Download(_outputs[output].View<int>(), ints.AsSpan());
                return CaseRunner.Compare(ints, expected.Ints, shape, $"output {output}");
            }
            var actual = new float[shape.Count];
            _device.Download(_outputs[output].View<float>(), actual.AsSpan());
            double size = Math.Sqrt(expected.Values.Average(v => v * v));
            return CaseRunner.Compare(actual, expected.Values, shape, _case.AbsoluteTolerance(size), _case.RelativeTolerance, $"output {output}");
        }

        private static Storage Unplaced(TensorSpec spec) => new(null, 0, spec);

        private Storage Place(TensorSpec spec, string name)
        {
            int margin = (int)MemoryPlan.Align(SentinelCount * 4, _device.AlignmentInBytes);
            long body = MemoryPlan.Align(spec.Bytes, 4);
            var buffer = _device.Allocate(margin + body + SentinelCount * 4, name);
            _buffers.Add(buffer);
            var before = new ArrayView<float>(buffer, margin - SentinelCount * 4, SentinelCount);
            var after = new ArrayView<float>(buffer, margin + body, SentinelCount);
            float[] sentinels = Enumerable.Repeat(Sentinel, SentinelCount).ToArray();
            _device.Upload<float>(sentinels, before);
            _device.Upload<float>(sentinels, after);
            _sentinels.Add((before, after, name));
            return new Storage(buffer, margin, spec);
        }

        public void Dispose()
        {
            _commands.Dispose();
            foreach (var buffer in _buffers) buffer.Dispose();
        }
    }

    /// <summary>Element by element; the comparison is written so that NaN cannot pass, and names the worst element.</summary>
    public static Comparison Compare(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, Shape shape, double absolute, double relative, string what)
    {
        double worst = 0;
        int at = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double share = Math.Abs(actual[i] - expected[i]) / (absolute + relative * Math.Abs(expected[i]));
            if (!(share <= worst)) (worst, at) = (double.IsNaN(share) ? double.PositiveInfinity : share, i);
        }
        return at < 0 ? default
            : new Comparison(worst, $"{what} at {Position(shape, at)}: {actual[at]:G9}, expected {expected[at]:G9}, {worst:P0} of the tolerance");
    }

    /// <summary>Integers must be equal.</summary>
    public static Comparison Compare(ReadOnlySpan<int> actual, ReadOnlySpan<int> expected, Shape shape, string what)
    {
        int at = actual.CommonPrefixLength(expected);
        return at == expected.Length ? default
            : new Comparison(double.PositiveInfinity, $"{what} at {Position(shape, at)}: {actual[at]}, expected {expected[at]}");
    }

    private static string Position(Shape shape, long at)
    {
        var position = new long[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (at, position[axis]) = (at / shape[axis], at % shape[axis]);
        return $"[{string.Join(",", position)}]";
    }
}
