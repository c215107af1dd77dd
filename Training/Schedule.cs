using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>The learning rate as a function of the step.</summary>
public sealed record Schedule(string Name, double Peak, int TotalSteps)
{
    public static IReadOnlyList<string> Names { get; } = ["one-cycle", "cosine", "constant"];

    /// <summary>Share of the steps that the rate rises.</summary>
    public const double WarmUp = 0.1;

    /// <summary>The rate of a step, counted from 1.</summary>
    public double Rate(int step)
    {
        double at = TotalSteps <= 1 ? 1 : (step - 1) / (double)(TotalSteps - 1);
        double rising = Math.Min(1, at / WarmUp), falling = Math.Max(0, (at - WarmUp) / (1 - WarmUp));
        return Name switch
        {
            "constant" => Peak,
            // A straight warm-up, then half a cosine to zero. Loshchilov and Hutter 2017, eq. 5, without restarts.
            "cosine" => at < WarmUp ? Peak * rising : Peak * Cosine(falling),
            // Half a cosine from Peak / 25 up, another down to Peak / 250000. Smith and Topin 2018, with PyTorch's defaults for the ends.
            "one-cycle" => at < WarmUp ? Peak + (Peak / 25 - Peak) * Cosine(rising) : Peak / 250_000 + (Peak - Peak / 250_000) * Cosine(falling),
            _ => throw new EngineException($"there is no schedule '{Name}'; there are {string.Join(", ", Names)}"),
        };
    }

    /// <summary>1 at 0, 0 at 1.</summary>
    private static double Cosine(double at) => (1 + Math.Cos(Math.PI * at)) / 2;
}
