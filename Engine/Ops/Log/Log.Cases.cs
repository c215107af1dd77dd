namespace FcnFromScratch.Engine.Ops;

public static class LogCases
{
    public static IReadOnlyList<OpCase> All { get; } =
        [OpCase.Of("log", new Log(0.25f, 0.1f), 1, (new Shape(3, 37), new Fill.Integers(0, 100))) with { HasGradient = false }];
}
