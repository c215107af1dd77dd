using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Training;

/// <summary>The table of optimizers that can be asked for by name.</summary>
public static class Optimizers
{
    private static readonly (string Name, Func<IOptimizer> Make)[] s_all =
    [
        ("adam", () => new Adam()),
        ("sgd", () => new Sgd(0.9f)),
        ("nesterov", () => new Sgd(0.9f, nesterov: true)),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(o => o.Name)];

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="average">The decay of the parameters' average; 0 keeps none.</param>
    public static IOptimizer Make(string name, double average = 0)
    {
        var optimizer = s_all.First(o => o.Name == name).Make();
        return average > 0 ? new Averaged(optimizer, average) : optimizer;
    }
}
