namespace FcnFromScratch.Engine.Ops;

public sealed partial class SoftmaxCrossEntropy
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        T total = T.Zero, loss = T.Zero;
        T Weight(int label) => label < 0 ? T.Zero : x.Count > 2 ? x[2][label] : T.One;
        foreach (int label in x[1].Ints) total += Weight(label);
        if (total == T.Zero) total = T.One;
        for (int row = 0; row < x[0].Shape.Rows; row++)
        {
            int label = x[1].Ints[row];
            T weight = Weight(label) / total;
            var logits = x[0].Values.AsSpan(row * channels, channels);
            var dx = y[1].Values.AsSpan(row * channels, channels);
            Softmax.Row<T>(logits, dx);
            if (label >= 0)
            {
                // log softmax by its own formula: the logarithm of a probability that rounds to 0 would be infinite.
                T max = logits[0], sum = T.Zero;
                foreach (T value in logits) max = T.Max(max, value);
                foreach (T value in logits) sum += T.Exp(value - max);
                loss += weight * (T.Log(sum) + max - logits[label]);
                dx[label] -= T.One;
            }
            for (int c = 0; c < channels; c++) dx[c] *= weight;
        }
        y[0][0] = loss;
    }
}
