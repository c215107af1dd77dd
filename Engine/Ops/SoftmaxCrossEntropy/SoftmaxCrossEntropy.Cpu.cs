using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Softmax cross-entropy with up to 16 classes: a row is 16 lanes, those past the last class at −∞.</summary>
internal sealed unsafe class SoftmaxCrossEntropyCpu(
    SimdWidth width, ArrayView<float> rowLoss, ArrayView<float> dx, ArrayView<float> x, ArrayView<int> labels, ArrayView<float> rowWeight,
    ArrayView<float> total, int channels) : SimdLaunch(width)
{
    /// <summary>Lanes of a row: one register of 512 bits, or several narrower ones.</summary>
    public const int Lanes = 16;

    private const int RowsPerPart = 4096;
    private readonly int _rows = (int)labels.Length;

    protected override int Parts => (_rows + RowsPerPart - 1) / RowsPerPart;

    protected override void Part<T>(int part)
    {
        int end = Math.Min((part + 1) * RowsPerPart, _rows);
        float scale = total.Pointer[0] > 0 ? 1 / total.Pointer[0] : 0;
        float* lanes = stackalloc float[Lanes], e = stackalloc float[Lanes];
        for (int c = 0; c < Lanes; c++) lanes[c] = c;
        T count = T.Create(channels), one = T.Create(1), zero = T.Create(0);
        for (int row = part * RowsPerPart; row < end; row++)
        {
            float* logits = x.Pointer + (long)row * channels, gradient = dx.Pointer + (long)row * channels;
            int label = labels.Pointer[row];
            float weight = rowWeight.Pointer[row] * scale, max = float.NegativeInfinity;
            for (int c = 0; c < channels; c += T.Count)
                max = MathF.Max(max, T.Max(T.Select(T.Greater(count, T.Load(lanes + c)), T.Load(logits + c), T.Create(float.NegativeInfinity))));
            for (int c = 0; c < Lanes; c += T.Count)
                T.Select(T.Greater(count, T.Load(lanes + c)), T.Exp(T.Load(logits + c) - T.Create(max)), zero).Store(e + c);
            float sum = Sum<T>(e, Lanes);
            rowLoss.Pointer[row] = label >= 0 ? weight * (MathF.Log(sum) + max - logits[label]) : 0;
            for (int c = 0; c < channels; c += T.Count)
            {
                T hit = T.Select(T.EqualBits(T.Load(lanes + c), T.Create(label)), one, zero);
                ((T.Load(e + c) / T.Create(sum) - hit) * T.Create(weight)).StoreFirst(gradient + c, channels - c);
            }
        }
    }

    // By halves down to registers, which go on like that: the same bits at any width.
    private static float Sum<T>(float* values, int count) where T : unmanaged, ISimd<T> =>
        count == T.Count ? T.Sum(T.Load(values)) : Sum<T>(values, count / 2) + Sum<T>(values + count / 2, count / 2);
}
