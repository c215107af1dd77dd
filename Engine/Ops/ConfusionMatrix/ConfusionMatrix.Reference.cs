namespace FcnFromScratch.Engine.Ops;

public sealed partial class ConfusionMatrix
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        x[2].Ints.CopyTo(y[0].Ints, 0);
        for (int row = 0; row < x[0].Shape.Rows; row++)
        {
            int best = 0, label = x[1].Ints[row];
            for (int c = 1; c < channels; c++)
                if (x[0][(long)row * channels + c] > x[0][(long)row * channels + best]) best = c;
            if (label >= 0) y[0].Ints[label * channels + best]++;
        }
    }
}
