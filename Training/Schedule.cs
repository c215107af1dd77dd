using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>The learning rate as a function of the step: one cycle after another, each from its warm-up to its end.</summary>
/// <param name="PeakLearningRate">The highest rate of each cycle.</param>
/// <param name="Cycles">Steps of each.</param>
public sealed record Schedule(string Name, double PeakLearningRate, IReadOnlyList<int> Cycles)
{
    public static IReadOnlyList<string> Names { get; } = ["one-cycle", "cosine", "constant"];

    /// <summary>Share of a cycle's steps that the rate rises.</summary>
    public const double WarmUp = 0.1;

    public int TotalSteps { get; } = Cycles.Sum();

    /// <summary>What a run was asked for: one cycle for the epochs it began with, another for each extension.</summary>
    /// <exception cref="EngineException">The steps are more than can be counted.</exception>
    public static Schedule Of(Arguments arguments, int stepsPerEpoch)
    {
        int epochs = arguments.Get(Parameters.Epochs), steps = arguments.Get(Parameters.Steps);
        var extensions = arguments.Get(Parameters.Extend);
        long all = (long)epochs * stepsPerEpoch;
        long[] cycles = [steps > 0 ? Math.Min(steps, all) : all, .. extensions.Select(e => (long)e * stepsPerEpoch)];
        if (cycles.Sum() > int.MaxValue)
            throw new EngineException($"{epochs + extensions.Sum(e => (long)e):N0} epochs of {stepsPerEpoch:N0} steps are {cycles.Sum():N0} steps; "
                + $"at most {int.MaxValue:N0} can be counted: choose fewer --epochs or a larger --batch");
        return new Schedule(arguments.Get(Parameters.Schedule), arguments.Get(Parameters.LearningRate), [.. cycles.Select(c => (int)c)]);
    }

    /// <summary>The learning rate of a step, counted from 1.</summary>
    public double LearningRate(int step)
    {
        int cycle = 0;
        for (; cycle < Cycles.Count - 1 && step > Cycles[cycle]; cycle++) step -= Cycles[cycle];
        double at = Cycles[cycle] <= 1 ? 1 : (step - 1) / (double)(Cycles[cycle] - 1);
        double rising = Math.Min(1, at / WarmUp), falling = Math.Max(0, (at - WarmUp) / (1 - WarmUp));
        double peak = PeakLearningRate;
        return Name switch
        {
            "constant" => peak,
            // A straight warm-up, then half a cosine to zero. Loshchilov and Hutter 2017, eq. 5.
            "cosine" => at < WarmUp ? peak * rising : peak * Cosine(falling),
            // Half a cosine from peak / 25 up, another down to peak / 250000. Smith and Topin 2018, with PyTorch's defaults for the ends.
            "one-cycle" => at < WarmUp ? peak + (peak / 25 - peak) * Cosine(rising) : peak / 250_000 + (peak - peak / 250_000) * Cosine(falling),
            _ => throw new EngineException($"there is no schedule '{Name}'; there are {string.Join(", ", Names)}"),
        };
    }

    /// <summary>1 at 0, 0 at 1.</summary>
    private static double Cosine(double at) => (1 + Math.Cos(Math.PI * at)) / 2;
}
