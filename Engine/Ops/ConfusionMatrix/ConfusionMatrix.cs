namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// counts[label, prediction] += 1 for each row whose label is not negative; the prediction is the first largest logit.
/// IoU, Dice, accuracy and F1 all follow from these counts. Inputs: logits [..., C], labels (I32), counts (I32 [C, C]). Updates counts in place;
/// integer atomics, so the order does not matter.
/// </summary>
public sealed partial class ConfusionMatrix : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        int classes = inputs[0].Shape.Channels;
        Require(inputs[1].Type == ElementType.I32 && inputs[1].Shape.Count == inputs[0].Shape.Rows,
            $"logits are {inputs[0]}, labels are {inputs[1]}; there must be one I32 label for each row of logits");
        Require(inputs[2] == new TensorSpec(new Shape(classes, classes), ElementType.I32),
            $"counts are {inputs[2]}; they must be [{classes},{classes}] of I32");
        return [inputs[2]];
    }

    public override int InPlaceInput(int output) => 2;

    public override void Record(Recorder r) =>
        r.Add(new ConfusionMatrixKernels.CountLaunch(r.InputShape(0).Rows, r.IntInput(2), r.Input(0), r.IntInput(1), r.InputShape(0).Channels));
}
