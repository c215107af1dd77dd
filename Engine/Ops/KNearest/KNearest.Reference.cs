namespace FcnFromScratch.Engine.Ops;

public sealed partial class KNearest
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int samples = x[1].Shape[0], depth = x[1].Shape[1];
        bool Fits(T value, int low, int high) => value == T.Floor(value) && value >= T.CreateChecked(low) && value <= T.CreateChecked(high);
        bool AllFit(ReadOnlySpan<T> values, int low, int high)
        {
            foreach (T value in values)
                if (!Fits(value, low, high)) return false;
            return true;
        }

        bool samplesFit = AllFit(x[1].Values, -128, 127) && AllFit(x[2].Values, 0, Classes - 1);
        int[] known = samplesFit ? [.. x[1].Values.Select(int.CreateChecked)] : [];
        var order = new (int Distance, int Index)[samples];
        for (int n = 0; n < x[0].Shape.Batch; n++)
        {
            var values = x[0].Values.AsSpan(n * depth, depth);
            var scores = y[0].Values.AsSpan(n * Classes, Classes);
            scores.Clear();
            if (!samplesFit || !AllFit(values, -128, 127))
            {
                scores.Fill(T.NaN);
                continue;
            }
            int[] query = [.. values.ToArray().Select(int.CreateChecked)];
            for (int s = 0; s < samples; s++)
            {
                int distance = 0, at = s * depth;
                for (int i = 0; i < depth; i++) distance += (query[i] - known[at + i]) * (query[i] - known[at + i]);
                order[s] = (distance, s);
            }
            int rank = 0;
            foreach (var (_, index) in order.Order().Take(K))
            {
                ref T score = ref scores[int.CreateChecked(x[2][index])];
                if (score == T.Zero && Ties == TieRule.Nearest) score += T.CreateChecked(MaxK - rank) / T.CreateChecked(2 * MaxK);
                score += T.One;
                rank++;
            }
        }
    }
}
