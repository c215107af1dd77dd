using System.Runtime.Intrinsics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Softmax cross-entropy with up to 16 classes: one row in one 512-bit vector, the lanes past the last class at −∞.</summary>
public sealed unsafe class SoftmaxCrossEntropyCpu : CpuLaunch
{
    private const int RowsPerPart = 4096;
    private readonly ArrayView<float> _rowLoss, _dx, _x, _rowWeight, _total;
    private readonly ArrayView<int> _labels;
    private readonly int _channels, _rows;
    private readonly Action<int> _part;

    public SoftmaxCrossEntropyCpu(
        ArrayView<float> rowLoss, ArrayView<float> dx, ArrayView<float> x, ArrayView<int> labels, ArrayView<float> rowWeight, ArrayView<float> total, int channels)
    {
        (_rowLoss, _dx, _x, _labels, _rowWeight, _total, _channels, _part) = (rowLoss, dx, x, labels, rowWeight, total, channels, Part);
        _rows = (int)labels.Length;
    }

    public override void Run(ThreadTeam team) => team.Run((_rows + RowsPerPart - 1) / RowsPerPart, _part);

    private void Part(int part)
    {
        int end = Math.Min((part + 1) * RowsPerPart, _rows);
        float scale = _total.Pointer[0] > 0 ? 1 / _total.Pointer[0] : 0;
        var lanes = Vector512.CreateSequence(0f, 1f);
        var inside = Vector512.LessThan(lanes, Vector512.Create((float)_channels));
        float* padded = stackalloc float[16];
        for (int row = part * RowsPerPart; row < end; row++)
        {
            float* x = _x.Pointer + (long)row * _channels, dx = _dx.Pointer + (long)row * _channels;
            new ReadOnlySpan<float>(x, _channels).CopyTo(new Span<float>(padded, 16));
            int label = _labels.Pointer[row];
            float weight = _rowWeight.Pointer[row] * scale;
            var logits = Vector512.ConditionalSelect(inside, Vector512.Load(padded), Vector512.Create(float.NegativeInfinity));
            float max = Max(logits);
            var e = Vector512.ConditionalSelect(inside, Vector512.Exp(logits - Vector512.Create(max)), Vector512<float>.Zero);
            float sum = Vector512.Sum(e);
            _rowLoss.Pointer[row] = label >= 0 ? weight * (MathF.Log(sum) + max - x[label]) : 0;
            var hit = Vector512.ConditionalSelect(Vector512.Equals(lanes, Vector512.Create((float)label)), Vector512<float>.One, Vector512<float>.Zero);
            ((e / Vector512.Create(sum) - hit) * weight).Store(padded);
            new ReadOnlySpan<float>(padded, _channels).CopyTo(new Span<float>(dx, _channels));
        }
    }

    private static float Max(Vector512<float> v)
    {
        var half = Vector256.Max(v.GetLower(), v.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }
}
