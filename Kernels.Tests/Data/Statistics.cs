namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Hypothesis tests: how likely a difference at least as large is by chance alone (the p-value).</summary>
internal static class Statistics
{
    /// <summary>
    /// Pearson's chi-square test of homogeneity: do two lists of independent observations, counted by kind, come from one distribution?
    /// Kinds that neither has are left out; degrees of freedom are the kinds − 1.
    /// </summary>
    public static (double Statistic, int Freedom, double P) ChiSquare(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        double sumA = a.Sum(), sumB = b.Sum(), statistic = 0;
        int kinds = 0;
        for (int k = 0; k < a.Count; k++)
        {
            double both = a[k] + b[k];
            if (both == 0) continue;
            kinds++;
            foreach (var (count, sum) in new[] { (a[k], sumA), (b[k], sumB) })
            {
                double expected = both * sum / (sumA + sumB);
                statistic += (count - expected) * (count - expected) / expected;
            }
        }
        return (statistic, kinds - 1, ChiSquareTail(statistic, kinds - 1));
    }

    /// <summary>P(X ≥ x) of chi-square with that many degrees of freedom: the regularized incomplete gamma function Q(freedom / 2, x / 2).</summary>
    public static double ChiSquareTail(double x, int freedom) => UpperGamma(freedom / 2.0, x / 2);

    /// <summary>P(|Z| ≥ |z|) of a standard normal Z, whose square is chi-square with one degree of freedom.</summary>
    public static double NormalTails(double z) => ChiSquareTail(z * z, 1);

    /// <summary>
    /// Do two samples have the same mean? z is the difference over its standard error. Where observations hang together in clusters
    /// (the pixels of one image), each cluster is one number here, so the error is that of independent clusters.
    /// </summary>
    public static (double Z, double P) SameMean(IReadOnlyCollection<double> a, IReadOnlyCollection<double> b)
    {
        var (meanA, errorA) = Mean(a);
        var (meanB, errorB) = Mean(b);
        double z = (meanA - meanB) / Math.Sqrt(errorA * errorA + errorB * errorB);
        return (z, NormalTails(z));
    }

    private static (double Mean, double Error) Mean(IReadOnlyCollection<double> values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1.0) / values.Count));
    }

    /// <summary>
    /// Q(a, x) = Γ(a, x) / Γ(a): below x = a + 1 by the power series of its complement, above by Lentz's continued fraction (DLMF 8.7.1, 8.9.2).
    /// </summary>
    private static double UpperGamma(double a, double x)
    {
        if (x <= 0) return 1;
        const double tiny = 1e-300, precision = 1e-15;
        double scale = Math.Exp(a * Math.Log(x) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a, sum = term;
            for (double n = a + 1; term > sum * precision; n++) sum += term *= x / n;
            return 1 - scale * sum;
        }
        double b = x + 1 - a, c = 1 / tiny, d = 1 / b, fraction = d;
        for (int i = 1; ; i++)
        {
            double numerator = -i * (i - a);
            b += 2;
            d = 1 / NotZero(numerator * d + b);
            c = NotZero(b + numerator / c);
            fraction *= c * d;
            if (Math.Abs(c * d - 1) < precision) return scale * fraction;
        }

        static double NotZero(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    /// <summary>log Γ of a whole or half number above 0, by Γ(a + 1) = a·Γ(a) from Γ(1) = 1 and Γ(½) = √π.</summary>
    private static double LogGamma(double a)
    {
        double log = 0;
        for (; a > 1; a--) log += Math.Log(a - 1);
        return a == 1 ? log : log + Math.Log(Math.PI) / 2;
    }
}
