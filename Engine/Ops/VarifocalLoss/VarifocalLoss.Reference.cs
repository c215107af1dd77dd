namespace FcnFromScratch.Engine.Ops;

public sealed partial class VarifocalLoss
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels, cells = x[0].Shape.Height * x[0].Shape.Width, objects = x[2].Shape[1];
        T a = T.CreateChecked(alpha), g = T.CreateChecked(gamma), loss = T.Zero;
        T count = T.CreateChecked(Math.Max(1, x[1].Ints.Count(number => number >= 0)));
        Array.Clear(y[1].Values);
        for (int cell = 0; cell < x[1].Ints.Length; cell++)
        {
            int number = x[1].Ints[cell], label = number < 0 ? -1 : x[2].Ints[cell / cells * objects + number];
            if (number >= 0 && (label < 0 || label >= channels - firstClassChannel)) loss = T.NaN;
            for (int c = firstClassChannel; c < channels; c++)
            {
                int at = cell * channels + c;
                // −ln p, −ln(1 − p), p and its complement
                T logit = x[0][at], yes = DecodeBoxes.Softplus(-logit), no = DecodeBoxes.Softplus(logit);
                T p = DecodeBoxes.Sigmoid(logit), rest = DecodeBoxes.Sigmoid(-logit);
                if (c - firstClassChannel == label && x[3][cell] is var q && q > T.Zero)
                {
                    loss += q * (q * yes + (T.One - q) * no) / count;
                    y[1][at] = q * (p - q) / count;
                }
                else
                {
                    T focus = a * T.Exp(-g * yes);
                    loss += focus * no / count;
                    y[1][at] = focus * (g * rest * no + p) / count;
                }
            }
        }
        y[0][0] = loss;
    }
}
