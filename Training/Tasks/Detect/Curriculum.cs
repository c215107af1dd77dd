using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>
/// From the easy to the hard (Bengio et al. 2009): one digit to a scene, then a few that keep apart, then what was asked for. Nothing is made harder than
/// that on the way.
/// </summary>
internal sealed class Curriculum(SceneOptions goal, int epochs)
{
    /// <summary>Shares of the epochs after which the second and the last stage begin.</summary>
    private const double Few = 0.15, All = 0.4;

    /// <summary>Those that have an epoch: of few epochs the first rounds to none.</summary>
    public IReadOnlyList<(string Name, double From)> Stages =>
    [
        .. FewFrom > 0 ? [($"{Digits(1, 1)} digit", 0.0)] : Array.Empty<(string, double)>(),
        .. AllFrom > FewFrom ? [($"{Digits(3, 5)} digits", (double)FewFrom)] : Array.Empty<(string, double)>(),
        ($"{goal.Digits} digits", AllFrom),
    ];

    private int FewFrom => (int)Math.Round(Few * epochs);

    private int AllFrom => (int)Math.Round(All * epochs);

    /// <summary>What scenes of an epoch are like, counted from 0.</summary>
    public SceneOptions Of(int epoch) => epoch >= AllFrom ? goal
        : goal with { Digits = epoch < FewFrom ? Digits(1, 1) : Digits(3, 5), Overlap = new(0), Clutter = new(0), Noise = new(goal.Noise.Low) };

    private Interval<int> Digits(int low, int high) => new(Math.Clamp(low, Math.Min(1, goal.Digits.High), goal.Digits.High), Math.Min(high, goal.Digits.High));
}
