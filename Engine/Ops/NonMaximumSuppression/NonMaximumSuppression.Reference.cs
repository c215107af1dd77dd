using System.Numerics;

namespace FcnFromScratch.Engine.Ops;

public sealed partial class NonMaximumSuppression
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int[] classes = x[1].Ints, kept = y[0].Ints;
        Array.Clear(kept);
        for (int i = 0; i < kept.Length; i++)
        {
            if (classes[i] < 0) continue;
            kept[i] = 1;
            for (int j = 0; j < i && kept[i] == 1; j++)
                if (kept[j] == 1 && classes[j] == classes[i] && Overlap<T>(x[0].Values.AsSpan(i * 4, 4), x[0].Values.AsSpan(j * 4, 4))) kept[i] = 0;
        }
    }

    private bool Overlap<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T width = T.Min(a[2], b[2]) - T.Max(a[0], b[0]), height = T.Min(a[3], b[3]) - T.Max(a[1], b[1]);
        T union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height;
        return width > T.Zero && height > T.Zero && width * height > T.CreateChecked(threshold) * union;
    }
}
