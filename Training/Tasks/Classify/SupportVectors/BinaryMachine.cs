using System.Numerics;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>
/// A machine that tells two classes apart: f(x) = Σ coefficient · k(x, vector) + offset, positive for the first.
/// </summary>
/// <param name="Vectors">Which of the samples are its support vectors, ascending.</param>
/// <param name="Coefficients">α · y of each, y being 1 for the first class and −1 for the second.</param>
/// <param name="Bounded">How many of them stand at C: within the margin or misread.</param>
/// <param name="Primal">½ |w|² + C Σ ξ.</param>
/// <param name="Dual">Σ α − ½ |w|², which no solution's primal is below.</param>
/// <param name="Converged">Whether primal and dual came as near to each other as was asked for.</param>
internal sealed record BinaryMachine(
    int[] Vectors, float[] Coefficients, float Offset, int Bounded, double Primal, double Dual, long Iterations, bool Converged)
{
    /// <summary>How much of the primal the optimum can be below at most.</summary>
    public double Gap => Primal == 0 ? 0 : (Primal - Dual) / Primal;
}

/// <summary>
/// Sequential minimal optimization (Platt 1998) of the soft-margin machine's dual: maximize Σ α − ½ Σ Σ α_s α_t y_s y_t k(s, t) with 0 ≤ α ≤ C and
/// Σ α y = 0. Each step changes two α: the one that violates the optimum's conditions most, and of those it can be changed with the one that gains most by
/// the second order (Fan, Chen and Lin 2005, <i>Working set selection using second order information for training support vector machines</i>).
/// <para>
/// It is written in β = α y. With v_t = y_t − Σ_s β_s k(s, t), what sample t still lacks of its label, the optimum is where every v that may rise is at most
/// every v that may fall, and the offset b lies between. The duality gap is then a sum over samples that are all ≥ 0: C · max(0, y (v − b)) − β (v − b).
/// </para>
/// </summary>
/// <param name="signs">1 for samples of the first class, −1 for those of the second.</param>
/// <param name="c">The price of a violation of the margin.</param>
internal sealed class SequentialMinimalOptimization(KernelMatrix kernels, sbyte[] signs, double c)
{
    /// <summary>The gap is a sum over all samples: looked at now and then it costs nothing.</summary>
    private const int ChecksEvery = 50;

    /// <summary>Two samples that are the same would have no curvature between them.</summary>
    private const double LeastCurvature = 1e-12;

    private readonly int _count = signs.Length;
    private readonly double[] _beta = new double[signs.Length], _lacks = Array.ConvertAll(signs, y => (double)y);

    // 0 where β may rise, or fall; infinities where it may not: added to v they take it out of the running.
    private readonly double[] _mayRise = Array.ConvertAll(signs, y => y > 0 ? 0 : double.NegativeInfinity);
    private readonly double[] _mayFall = Array.ConvertAll(signs, y => y < 0 ? 0 : double.PositiveInfinity);

    /// <param name="tolerance">The gap to stop at, as a share of the primal.</param>
    /// <param name="budget">Steps at most.</param>
    public BinaryMachine Solve(double tolerance, long budget, CancellationToken cancel)
    {
        for (long step = 0; ; step++)
        {
            var (rising, highest) = Highest();
            double lowest = Lowest(), offset = (highest + lowest) / 2;
            bool isLast = step == budget || highest <= lowest;
            if (isLast || step % ChecksEvery == 0)
            {
                cancel.ThrowIfCancellationRequested();
                var (primal, dual) = Objectives(offset);
                bool converged = primal - dual <= tolerance * primal;
                if (isLast || converged) return Machine(offset, primal, dual, step, converged);
            }
            float[] rowOfRising = kernels.Row(rising, Violators);
            int falling = BestPartner(rowOfRising, highest);
            float[] rowOfFalling = kernels.Row(falling, Violators);
            double curvature = Math.Max(2 - 2 * (double)rowOfRising[falling], LeastCurvature);
            double gain = (highest - _lacks[falling]) / curvature;
            // Set to the very bound where it is reached, so that it counts as there.
            double room = Math.Min(Upper(rising) - _beta[rising], _beta[falling] - Lower(falling)), change = Math.Min(gain, room);
            Set(rising, change == Upper(rising) - _beta[rising] ? Upper(rising) : _beta[rising] + change);
            Set(falling, change == _beta[falling] - Lower(falling) ? Lower(falling) : _beta[falling] - change);
            Subtract(change, rowOfRising, rowOfFalling);
        }
    }

    private double Upper(int t) => signs[t] > 0 ? c : 0;

    private double Lower(int t) => signs[t] > 0 ? 0 : -c;

    private void Set(int t, double beta)
    {
        _beta[t] = beta;
        _mayRise[t] = beta < Upper(t) ? 0 : double.NegativeInfinity;
        _mayFall[t] = beta > Lower(t) ? 0 : double.PositiveInfinity;
    }

    /// <summary>The sample that lacks most of those whose β may rise: the first of several.</summary>
    private (int Index, double Value) Highest()
    {
        int lanes = Vector<double>.Count, t = 0;
        var best = new Vector<double>(double.NegativeInfinity);
        var (at, index, step) = (Vector<long>.Zero, Vector<long>.Indices, new Vector<long>(lanes));
        for (; t <= _count - lanes; t += lanes, index += step)
        {
            var value = new Vector<double>(_lacks, t) + new Vector<double>(_mayRise, t);
            var isBetter = Vector.GreaterThan(value, best);
            best = Vector.ConditionalSelect(isBetter, value, best);
            at = Vector.ConditionalSelect(isBetter, index, at);
        }
        var (found, highest) = First(best, at);
        for (; t < _count; t++)
            if (_lacks[t] + _mayRise[t] > highest) (found, highest) = (t, _lacks[t] + _mayRise[t]);
        return (found, highest);
    }

    private double Lowest()
    {
        int lanes = Vector<double>.Count, t = 0;
        var best = new Vector<double>(double.PositiveInfinity);
        for (; t <= _count - lanes; t += lanes) best = Vector.Min(best, new Vector<double>(_lacks, t) + new Vector<double>(_mayFall, t));
        double lowest = double.PositiveInfinity;
        for (int lane = 0; lane < lanes; lane++) lowest = Math.Min(lowest, best[lane]);
        for (; t < _count; t++) lowest = Math.Min(lowest, _lacks[t] + _mayFall[t]);
        return lowest;
    }

    /// <summary>Of the samples whose β may fall and that lack less than <paramref name="highest"/> the one with which a step gains most.</summary>
    /// <param name="row">The kernels of the one that rises.</param>
    private int BestPartner(float[] row, double highest)
    {
        // A step gains (difference of v)² / (2 · curvature), where no bound is in its way.
        int lanes = Vector<double>.Count, t = 0;
        var (least, two, top) = (new Vector<double>(LeastCurvature), new Vector<double>(2), new Vector<double>(highest));
        var best = Vector<double>.Zero;
        var (at, index, step) = (Vector<long>.Zero, Vector<long>.Indices, new Vector<long>(lanes));
        for (; t <= _count - 2 * lanes; t += 2 * lanes)
        {
            Vector.Widen(new Vector<float>(row, t), out var low, out var high);
            Look(low, t);
            Look(high, t + lanes);
        }
        var (found, most) = First(best, at);
        for (; t < _count; t++)
        {
            double difference = highest - (_lacks[t] + _mayFall[t]);
            double gain = difference > 0 ? difference * difference / Math.Max(2 - 2 * (double)row[t], LeastCurvature) : 0;
            if (gain > most) (found, most) = (t, gain);
        }
        return found;

        void Look(Vector<double> kernel, int t)
        {
            var difference = Vector.Max(top - (new Vector<double>(_lacks, t) + new Vector<double>(_mayFall, t)), Vector<double>.Zero);
            var gain = difference * difference / Vector.Max(two - two * kernel, least);
            var isBetter = Vector.GreaterThan(gain, best);
            best = Vector.ConditionalSelect(isBetter, gain, best);
            at = Vector.ConditionalSelect(isBetter, index, at);
            index += step;
        }
    }

    /// <summary>The largest lane, and of several the one with the smallest index: what a plain loop would find, however wide registers are.</summary>
    private static (int Index, double Value) First(Vector<double> best, Vector<long> at)
    {
        int lane = 0;
        for (int other = 1; other < Vector<double>.Count; other++)
            if (best[other] > best[lane] || best[other] == best[lane] && at[other] < at[lane]) lane = other;
        return ((int)at[lane], best[lane]);
    }

    /// <summary>v −= change · (k(rising, ·) − k(falling, ·)).</summary>
    private void Subtract(double change, float[] rising, float[] falling)
    {
        int lanes = Vector<double>.Count, t = 0;
        var factor = new Vector<double>(change);
        for (; t <= _count - 2 * lanes; t += 2 * lanes)
        {
            Vector.Widen(new Vector<float>(rising, t) - new Vector<float>(falling, t), out var low, out var high);
            (new Vector<double>(_lacks, t) - factor * low).CopyTo(_lacks, t);
            (new Vector<double>(_lacks, t + lanes) - factor * high).CopyTo(_lacks, t + lanes);
        }
        for (; t < _count; t++) _lacks[t] -= change * (rising[t] - falling[t]);
    }

    /// <summary>The rows that steps will need soon: of those that lack most and may rise, and of those that lack least and may fall, in turn.</summary>
    private IEnumerable<int> Violators()
    {
        int[] rising = Foremost(_mayRise, 1), falling = Foremost(_mayFall, -1);
        for (int i = 0; i < Math.Max(rising.Length, falling.Length); i++)
        {
            if (i < rising.Length) yield return rising[i];
            if (i < falling.Length) yield return falling[i];
        }
    }

    /// <summary>As many as fit into a batch, those that lack most first, or least.</summary>
    private int[] Foremost(double[] may, int sign)
    {
        // The queue gives up the hindmost first.
        var queue = new PriorityQueue<int, double>(KernelMatrix.BatchRows + 1);
        for (int t = 0; t < _count; t++)
        {
            if (may[t] != 0 || kernels.Has(t)) continue;
            if (queue.Count < KernelMatrix.BatchRows) queue.Enqueue(t, sign * _lacks[t]);
            else queue.EnqueueDequeue(t, sign * _lacks[t]);
        }
        int[] foremost = new int[queue.Count];
        for (int i = foremost.Length - 1; i >= 0; i--) foremost[i] = queue.Dequeue();
        return foremost;
    }

    private (double Primal, double Dual) Objectives(double offset)
    {
        double norm = 0, sum = 0, slack = 0;
        for (int t = 0; t < _count; t++)
        {
            norm += _beta[t] * (signs[t] - _lacks[t]);
            sum += Math.Abs(_beta[t]);
            slack += Math.Max(0, signs[t] * (_lacks[t] - offset));
        }
        return (norm / 2 + c * slack, sum - norm / 2);
    }

    private BinaryMachine Machine(double offset, double primal, double dual, long steps, bool converged)
    {
        int[] vectors = [.. Enumerable.Range(0, _count).Where(t => _beta[t] != 0)];
        return new BinaryMachine(vectors, Array.ConvertAll(vectors, t => (float)_beta[t]), (float)offset,
            vectors.Count(t => Math.Abs(_beta[t]) == c), primal, dual, steps, converged);
    }
}
