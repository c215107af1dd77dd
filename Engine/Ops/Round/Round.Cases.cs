namespace FcnFromScratch.Engine.Ops;

internal static class RoundCases
{
    // Far enough from halves: a quarter of each integer, shifted by 0.1.
    public static IReadOnlyList<OpCase> All { get; } =
        [OpCase.Of("round", new Round(0.25f, 0.1f), 1, (new Shape(3, 37), new Fill.Integers(-100, 100))) with { HasGradient = false }];
}
