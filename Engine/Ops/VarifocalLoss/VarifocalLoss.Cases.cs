namespace FcnFromScratch.Engine.Ops;

internal static class VarifocalLossCases
{
    private static TensorSpec Ints(params int[] shape) => new(new Shape(shape), ElementType.I32);

    private static OpCase Case(
        string name, VarifocalLoss op, int[] x, int objects, int classes, Fill? logits = null, Fill? assigned = null, Fill? quality = null) =>
        OpCase.Of($"varifocal_loss{name}", op, x.Aggregate((a, b) => a * b),
            (new Shape(x), logits ?? new Fill.Uniform(-3, 3)), (Ints(x[..^1]), assigned ?? new Fill.Integers(-1, objects)),
            (Ints(x[0], objects), new Fill.Integers(0, classes)), (new Shape(x[..^1]), quality ?? new Fill.Uniform(0, 1))) with { Constants = [3] };

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("", new VarifocalLoss(), [2, 3, 4, 14], 5, 10),
        Case(" several chunks, mostly ground", new VarifocalLoss(), [2, 20, 30, 7], 3, 3, assigned: new Fill.Integers(-9, 3)),
        Case(" of one class, alone", new VarifocalLoss(0, 0.25f, 1.5f), [1, 4, 4, 1], 2, 1),
        Case(" focused on nothing", new VarifocalLoss(4, 1, 0), [1, 4, 4, 7], 2, 3),
        Case(" of no quality", new VarifocalLoss(), [1, 4, 4, 7], 2, 3, quality: new Fill.Same(0)),
        Case(" of boxes that fit", new VarifocalLoss(), [1, 4, 4, 7], 2, 3, quality: new Fill.Same(1)),
        Case(" of no cell", new VarifocalLoss(), [1, 4, 4, 7], 2, 3, assigned: new Fill.Integers(-1, 0)),
        Case(" large logits", new VarifocalLoss(), [2, 5, 5, 14], 5, 10, logits: new Fill.Uniform(-1000, 1000)) with { HasGradient = false },
        Case(" bench 32x25x25x14", new VarifocalLoss(), [32, 25, 25, 14], 10, 10, assigned: new Fill.Integers(-90, 10)) with { IsBenchmark = true },
    ];

    private static BadCase Refused(
        string name, string message, VarifocalLoss? op = null, TensorSpec? assigned = null, TensorSpec? classes = null, int[]? quality = null) =>
        new($"varifocal_loss {name}", op ?? new VarifocalLoss(),
            [new Shape(2, 4, 4, 7), assigned ?? Ints(2, 4, 4), classes ?? Ints(2, 5), new Shape(quality ?? [2, 4, 4])], message);

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        Refused("no class", "with classes from channel 7 on", op: new VarifocalLoss(7)),
        Refused("of another grid", "assigned is [2,4,3] of I32; it must be [2,4,4] of I32", assigned: Ints(2, 4, 3)),
        Refused("assigned by floats", "assigned is [2,4,4]; it must be", assigned: new Shape(2, 4, 4)),
        Refused("classes of other pictures", "they must be [2, objects] of I32", classes: Ints(3, 5)),
        Refused("classes that are floats", "the objects' classes are [2,5]; they must be", classes: new Shape(2, 5)),
        Refused("quality of a picture", "quality is [2]; it must be [2,4,4]", quality: [2]),
        Refused("a negative power", "gamma is -1; both must be 0 or more", op: new VarifocalLoss(4, 0.75f, -1)),
    ];
}
