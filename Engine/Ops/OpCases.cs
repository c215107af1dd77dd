namespace FcnFromScratch.Engine.Ops;

/// <summary>The one table of ops: a new op adds its cases here and is tested, checked and benchmarked everywhere.</summary>
public static class OpCases
{
    /// <summary>Those that every device must pass.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Conv2dCases.All, .. ConvTranspose2dCases.All, .. MaxPool2dCases.All, .. BatchNorm2dCases.All, .. ActivationCases.All, .. EpilogueGradientCases.All,
        .. DropoutCases.All, .. SkipAddCases.All, .. ScaleByCases.All, .. PadCrop2dCases.All, .. SoftmaxCases.All, .. SoftmaxCrossEntropyCases.All,
        .. BinaryCrossEntropyCases.All, .. ConfusionMatrixCases.All, .. AdamCases.All, .. SgdCases.All, .. MovingAverageCases.All, .. RowSumCases.All,
        .. RingWriteCases.All, .. RoundCases.All, .. VoteLogitsCases.All, .. KNearestCases.All, .. GaussianKernelCases.All, .. PairwiseLogitsCases.All,
        .. DeskewCases.All, .. DecodeBoxesCases.All, .. AssignCellsCases.All, .. BoxLossCases.All, .. VarifocalLossCases.All, .. NonMaximumSuppressionCases.All,
    ];

    /// <summary>Those that an op must refuse.</summary>
    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        .. Conv2dCases.Bad, .. ConvTranspose2dCases.Bad, .. MaxPool2dCases.Bad, .. BatchNorm2dCases.Bad, .. ActivationCases.Bad, .. EpilogueGradientCases.Bad,
        .. DropoutCases.Bad, .. SkipAddCases.Bad, .. ScaleByCases.Bad, .. PadCrop2dCases.Bad, .. SoftmaxCrossEntropyCases.Bad, .. BinaryCrossEntropyCases.Bad,
        .. ConfusionMatrixCases.Bad, .. AdamCases.Bad, .. SgdCases.Bad, .. MovingAverageCases.Bad, .. RingWriteCases.Bad, .. VoteLogitsCases.Bad,
        .. KNearestCases.Bad, .. GaussianKernelCases.Bad, .. PairwiseLogitsCases.Bad, .. DeskewCases.Bad, .. DecodeBoxesCases.Bad, .. AssignCellsCases.Bad,
        .. BoxLossCases.Bad, .. VarifocalLossCases.Bad, .. NonMaximumSuppressionCases.Bad,
    ];

    /// <summary>The case of that name.</summary>
    public static OpCase Find(string name) => All.FirstOrDefault(c => c.Name == name) ?? throw new EngineException($"there is no case '{name}'");
}
