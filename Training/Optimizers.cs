using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Training;

/// <summary>The table of optimizers that can be asked for by name.</summary>
public static class Optimizers
{
    private const string Adam = "adam";

    private static readonly (string Name, Func<IOptimizer> Make)[] s_all =
    [
        (Adam, () => new Engine.Ops.Adam()),
        ("sgd", () => new Sgd(0.9f)),
        ("nesterov", () => new Sgd(0.9f, nesterov: true)),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(o => o.Name)];

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="average">The decay of the parameters' average; 0 keeps none.</param>
    /// <param name="held">So many of the first parameters learn at a share of the rate</param>
    /// <param name="share">that is given for each step, from 1.</param>
    /// <exception cref="EngineException">The optimizer cannot hold parameters back.</exception>
    public static IOptimizer Make(string name, double average = 0, int held = 0, Func<int, double>? share = null)
    {
        if (held > 0 && name != Adam) throw new EngineException($"{Parameters.Optimizer.Flag} {name} holds no layers back; choose {Adam}");
        var optimizer = held > 0 ? new Engine.Ops.Adam(held: held, share: share) : s_all.First(o => o.Name == name).Make();
        return average > 0 ? new Averaged(optimizer, average) : optimizer;
    }
}
