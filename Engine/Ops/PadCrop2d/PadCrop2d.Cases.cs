namespace FcnFromScratch.Engine.Ops;

internal static class PadCrop2dCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("zero_pad2d right", PadCrop2d.ZeroPad(0, 0, 0, 12), 1, (new Shape(2, 4, 7, 3), Fill.Default)),
        OpCase.Of("zero_pad2d all sides", PadCrop2d.ZeroPad(1, 2, 3, 4), 1, (new Shape(1, 3, 2, 5), Fill.Default)),
        OpCase.Of("crop2d right", PadCrop2d.Crop(0, 0, 0, 3), 1, (new Shape(2, 4, 7, 3), Fill.Default)),
        OpCase.Of("crop2d all sides", PadCrop2d.Crop(1, 2, 1, 1), 1, (new Shape(1, 6, 5, 2), Fill.Default)),
        OpCase.Of("crop2d bench 32x64x96x11 right", PadCrop2d.Crop(0, 0, 0, 12), 1, (new Shape(32, 64, 96, 11), Fill.Default)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("crop2d everything", PadCrop2d.Crop(2, 2, 0, 0), [new Shape(1, 4, 6, 1)], "leaves nothing"),
    ];
}
