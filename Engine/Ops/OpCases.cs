namespace FcnFromScratch.Engine.Ops;

/// <summary>The one table of ops: a new op adds its cases here and is tested, checked and benchmarked everywhere.</summary>
public static class OpCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Conv2dCases.All, .. ConvTranspose2dCases.All, .. MaxPool2dCases.All, .. BatchNorm2dCases.All, .. ActivationCases.All,
        .. DropoutCases.All, .. SkipAddCases.All, .. Window2dCases.All, .. SoftmaxCases.All, .. LossCases.All, .. OptimizerCases.All,
        .. ReductionCases.All,
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [.. Conv2dCases.Bad, .. ConvTranspose2dCases.Bad, .. MaxPool2dCases.Bad, .. BatchNorm2dCases.Bad, .. SkipAddCases.Bad, .. Window2dCases.Bad, .. LossCases.Bad];

    public static OpCase Find(string name) => All.FirstOrDefault(c => c.Name == name) ?? throw new EngineException($"there is no case '{name}'");
}
