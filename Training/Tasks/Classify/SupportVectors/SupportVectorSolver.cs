using System.Diagnostics;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>What a support vector machine is told.</summary>
/// <param name="C">The price of a violation of the margin.</param>
/// <param name="Gamma">Of the Gaussian kernel, for pixels of 0 … 1; null takes 1 / (pixels · their variance).</param>
/// <param name="Tolerance">The duality gap to stop at, as a share of the primal.</param>
/// <param name="Budget">Steps of a machine at most.</param>
/// <param name="Shift">How far virtual samples are shifted, in pixels; 0 makes none.</param>
internal sealed record SupportVectorOptions(double C, double? Gamma, double Tolerance, long Budget, int Shift)
{
    public static SupportVectorOptions Of(Arguments arguments) => new(
        arguments.Get(ClassifyParameters.C), arguments.Find(ClassifyParameters.Gamma), arguments.Get(ClassifyParameters.Tolerance),
        arguments.Get(ClassifyParameters.Iterations), arguments.Get(ClassifyParameters.Virtual));
}

/// <summary>
/// One machine for each pair of classes ("one against one", Knerr, Personnaz and Dreyfus 1990): C (C − 1) / 2 problems with the samples of two classes each,
/// which are small, instead of C problems with all samples. With virtual samples each machine is then made a second time, from the support vectors of all
/// machines of the first time and from what they are shifted by pixels up, down, left and right (Schölkopf, Burges and Vapnik 1996).
/// </summary>
internal sealed class SupportVectorSolver : ISolver
{
    private readonly SupportVectorOptions _options;
    private readonly Device _device;
    private readonly float _gamma;
    private readonly (int First, int Second)[] _pairs;
    private readonly List<(BinaryMachine Machine, double Seconds)> _solved = [];
    private readonly VirtualSamples _samples;
    private VirtualSamples? _shifted;

    /// <param name="vectors">Pixels less 128, [samples, 28 · 28].</param>
    /// <param name="labels">Of the samples.</param>
    public SupportVectorSolver(SupportVectorOptions options, Device device, float[] vectors, int[] labels, int classes)
    {
        (_options, _device) = (options, device);
        _samples = new VirtualSamples(vectors, labels);
        _pairs = [.. from first in Enumerable.Range(0, classes) from second in Enumerable.Range(first + 1, classes - first - 1) select (first, second)];
        double variance = Variance(vectors);
        if (options.Gamma is null && variance == 0)
            throw new EngineException($"all training digits are one and the same, so that their variance is 0 and {ClassifyParameters.Gamma.Flag} cannot "
                + "be chosen by it; give it, or other digits");
        // Of pixels of 0 … 1, which are 255 times as small.
        _gamma = (float)(options.Gamma is { } gamma ? gamma / (255.0 * 255) : 1 / (DigitImages.Area * variance));
    }

    public int Solved => _solved.Count;

    public int Parts => _options.Shift > 0 ? 2 * _pairs.Length : _pairs.Length;

    public double Seconds => _solved.Sum(s => s.Seconds);

    public string SolveNext(CancellationToken cancel)
    {
        long began = Stopwatch.GetTimestamp();
        var (first, second) = _pairs[Solved % _pairs.Length];
        var samples = Samples(Solved);
        int[] indices = [.. samples.Of(first), .. samples.Of(second)];
        int ofFirst = samples.Of(first).Length;
        var machine = ofFirst == 0 || ofFirst == indices.Length ? Certain(ofFirst - (indices.Length - ofFirst)) : Solve();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        _solved.Add((machine with { Vectors = Array.ConvertAll(machine.Vectors, v => indices[v]) }, seconds));
        string line = Invariant($"machine {Solved}/{Parts}: {first} against {second}, {indices.Length} digits, {machine.Vectors.Length} support vectors");
        return Invariant($"{line} ({machine.Bounded} at C), dual gap {machine.Gap:0.0e+0} after {machine.Iterations} steps, {seconds:F1} s")
            + (machine.Converged ? "" : Invariant($"; more than {_options.Tolerance} was asked for"));

        BinaryMachine Solve()
        {
            using var kernels = new KernelMatrix(_device, samples.Vectors(indices), DigitImages.Area, _gamma);
            sbyte[] signs = [.. indices.Select((_, i) => (sbyte)(i < ofFirst ? 1 : -1))];
            return new SequentialMinimalOptimization(kernels, signs, _options.C).Solve(_options.Tolerance, _options.Budget, cancel);
        }
    }

    /// <summary>Where one of two classes has no samples the other is always right, and where both have none nobody knows.</summary>
    private static BinaryMachine Certain(int difference) => new([], [], Math.Sign(difference), 0, 0, 0, 0, Converged: true);

    /// <summary>What a part is solved from.</summary>
    private VirtualSamples Samples(int part) => part < _pairs.Length ? _samples
        : _shifted ??= _samples.Shifted([.. _solved.Take(_pairs.Length).SelectMany(s => s.Machine.Vectors).Distinct().Order()], _options.Shift);

    public IReadOnlyList<SafetensorsTensor> Progress =>
    [
        .. _solved.SelectMany((s, part) => new[]
        {
            SafetensorsTensor.From<int>($"{part}.vectors", s.Machine.Vectors, s.Machine.Vectors.Length),
            SafetensorsTensor.From<float>($"{part}.coefficients", s.Machine.Coefficients, s.Machine.Coefficients.Length),
            SafetensorsTensor.From<double>($"{part}.figures",
            [
                s.Machine.Offset, s.Machine.Bounded, s.Machine.Primal, s.Machine.Dual, s.Machine.Iterations, s.Machine.Converged ? 1 : 0, s.Seconds,
            ], FigureCount),
        }),
    ];

    private const int FigureCount = 7;

    public void Restore(SafetensorsFile progress, string path)
    {
        _solved.Clear();
        for (int part = 0; progress.Find($"{part}.figures") is { } figures; part++)
        {
            if (part >= Parts || progress.Find($"{part}.vectors") is not { Type: TensorType.I32, Shape.Length: 1 } vectors
                || progress.Find($"{part}.coefficients") is not { Type: TensorType.F32 } coefficients || !coefficients.Shape.SequenceEqual(vectors.Shape)
                || figures.Type != TensorType.F64 || figures.Shape is not [FigureCount])
                throw new DataException($"'{path}': machine {part} is none of this run's.");
            var samples = Samples(part);
            var (first, second) = _pairs[part % _pairs.Length];
            var signs = samples.Of(first).Select(i => (Index: i, Sign: 1)).Concat(samples.Of(second).Select(i => (Index: i, Sign: -1)))
                .ToDictionary(s => s.Index, s => s.Sign);
            int[] indices = vectors.To<int>();
            float[] values = coefficients.To<float>();
            double[] f = figures.To<double>();
            // 0 < α ≤ C, of samples of the two classes, each once.
            bool isMachine = Array.TrueForAll(f, double.IsFinite) && indices.Distinct().Count() == indices.Length
                && indices.Zip(values).All(v => signs.TryGetValue(v.First, out int sign) && v.Second * sign > 0 && v.Second * sign <= (float)_options.C);
            if (!isMachine) throw new DataException($"'{path}': machine {part} has values that no machine has.");
            _solved.Add((new BinaryMachine(indices, values, (float)f[0], (int)f[1], f[2], f[3], (long)f[4], f[5] != 0), f[6]));
        }
    }

    public TaskData With(TaskData data)
    {
        int begin = Parts - _pairs.Length;
        var machines = _solved.Skip(begin).Select(s => s.Machine).ToArray();
        var samples = Samples(begin);
        int[] kept = [.. machines.SelectMany(m => m.Vectors).Distinct().Order()];
        // A network has no way to be without vectors: the first sample, with no say.
        if (kept.Length == 0) kept = [0];
        var place = kept.Index().ToDictionary(k => k.Item, k => k.Index);
        var coefficients = new float[kept.Length * machines.Length];
        foreach (var (m, machine) in machines.Index())
            for (int v = 0; v < machine.Vectors.Length; v++) coefficients[place[machine.Vectors[v]] * machines.Length + m] = machine.Coefficients[v];
        return data with
        {
            Settings = data.Settings with { Kept = kept.Length },
            Values = new Dictionary<string, Func<float[]>>
            {
                ["samples"] = () => samples.Vectors(kept), ["gamma"] = () => [_gamma], ["coefficients"] = () => coefficients,
                ["offsets"] = () => Array.ConvertAll(machines, m => m.Offset),
            },
        };
    }

    public string? Shortfall
    {
        get
        {
            double[] gaps = [.. _solved.Where(s => !s.Machine.Converged).Select(s => s.Machine.Gap)];
            return gaps.Length == 0 ? null
                : Invariant($"{gaps.Length} of {Parts} machines did not converge in {_options.Budget} steps: the largest dual gap is {gaps.Max():0.0e+0}, ")
                    + Invariant($"{_options.Tolerance} was asked for; the model is kept as it is. Give more --iterations, or a larger --tolerance");
        }
    }

    public JsonObject ToJson() => new()
    {
        ["gamma"] = _gamma * (255.0 * 255),
        ["iterations"] = _solved.Sum(s => s.Machine.Iterations),
        ["largest_gap"] = _solved.Select(s => s.Machine.Gap).DefaultIfEmpty(0).Max(),
        ["converged"] = _solved.TrueForAll(s => s.Machine.Converged),
        ["seconds"] = Math.Round(Seconds, 2),
        ["machines"] = new JsonArray([.. _solved.Select((s, part) => new JsonObject
        {
            ["first"] = _pairs[part % _pairs.Length].First,
            ["second"] = _pairs[part % _pairs.Length].Second,
            ["vectors"] = s.Machine.Vectors.Length,
            ["bounded"] = s.Machine.Bounded,
            ["primal"] = s.Machine.Primal,
            ["dual"] = s.Machine.Dual,
            ["iterations"] = s.Machine.Iterations,
            ["seconds"] = Math.Round(s.Seconds, 2),
        })]),
    };

    public Section Section
    {
        get
        {
            string[] heads = ["support vectors", "of them at C", "steps", "dual gap", "seconds"];
            var rows = _solved.Select((s, part) =>
            {
                var (first, second) = _pairs[part % _pairs.Length];
                string[] cells =
                [
                    Invariant($"{s.Machine.Vectors.Length:N0}"), Invariant($"{s.Machine.Bounded:N0}"), Invariant($"{s.Machine.Iterations:N0}"),
                    Invariant($"{s.Machine.Gap:0.0e+0}"), Invariant($"{s.Seconds:F1}"),
                ];
                string name = $"{first} against {second}{(part >= _pairs.Length ? ", with virtual samples" : "")}";
                return (name, cells);
            });
            return new("How it was solved",
                Markup.Escape(Invariant($"A machine for each pair of digits, C {_options.C}, gamma {_gamma * (255.0 * 255):G4} for pixels of 0 … 1. ")
                    + "The dual gap says how far a machine's objective can be from the best there is, as a share."),
                $"<details><summary>Each machine in figures</summary>\n{Section.Table(heads, rows)}</details>");
        }
    }

    /// <summary>Of all values.</summary>
    private static double Variance(float[] values)
    {
        double mean = values.Average(v => (double)v);
        return values.Sum(v => (v - mean) * (v - mean)) / values.Length;
    }
}
