namespace FcnFromScratch.Engine.Ops;

internal static class VoteLogitsCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("vote_logits", new VoteLogits(3), 1, (new Shape(37, 1, 1, 10), new Fill.Integers(0, 4))) with { HasGradient = false },
        OpCase.Of("vote_logits of the most neighbours", new VoteLogits(KNearest.MaxK), 1, (new Shape(5, 1, 1, 3), new Fill.Integers(0, KNearest.MaxK + 1)))
            with { HasGradient = false },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new BadCase("vote_logits of nobody", new VoteLogits(0), [new Shape(2, 1, 1, 10)], "0 neighbours vote; there must be 1 or more")];
}
