namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// loss = weight · Σ (1 − CIoU) / max(1, K) over the K cells that answer for an object, and the gradient of that loss in the same pass. Of a predicted box b of
/// w × h pixels and a true one of W × H (Zheng et al. 2020, "Distance-IoU loss", AAAI, equations 7 to 11):
/// <para>
/// CIoU = IoU − ρ²/c² − α·v,  v = (4/π²) · (atan(W/H) − atan(w/h))²,  α = v / ((1 − IoU) + v)
/// </para>
/// where ρ is the distance of the two centres and c the diagonal of the smallest box around both. Boxes that do not meet are still drawn to each other, which
/// IoU alone cannot do; and a box of the right place and area still gets its proportions.
/// <para>
/// α is a weight, no function: no gradient passes through it, as in the authors' code and in others'. The gradient of v is v's own, 1/(w² + h²) included, which
/// the authors replaced by 1 as they measured w and h in parts of the picture; in pixels it cannot explode. Where two edges are equal, which is a kink, half
/// of each side's slope is taken, so that equal boxes have gradient 0.
/// </para>
/// <para>
/// Inputs: boxes [N, H, W, 4], assigned (I32 [N, H, W], below the number of objects M; negative: for none), true boxes [N, M, 4], not inside out.
/// Outputs: loss [1]; the plain IoU of each cell that answers [N, H, W], 0 elsewhere, through which no gradient comes; dx as boxes.
/// A predicted box that is inside out has no area. Two boxes without any have IoU 0.
/// </para>
/// </summary>
public sealed partial class BoxLoss(float weight) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Shape boxes = inputs[0].Shape, truth = inputs[2].Shape;
        Require(boxes.Rank == 4 && boxes.Channels == 4, $"boxes are {boxes}; they must be [batch, height, width, 4]");
        var cells = new Shape(boxes.Batch, boxes.Height, boxes.Width);
        Require(inputs[1] == new TensorSpec(cells, ElementType.I32), $"boxes are {boxes}, assigned is {inputs[1]}; it must be {cells} of I32");
        Require(truth.Rank == 3 && truth.Batch == boxes.Batch && truth.Channels == 4,
            $"boxes are {boxes}, true boxes are {truth}; they must be [{boxes.Batch}, objects, 4]");
        return [new Shape(1), cells, inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [dy[0]!.IsOne ? node.Outputs[2] : graph.Apply(new ScaleBy(), $"{node.Name}.grad", node.Outputs[2], dy[0]!), null, null];

    public override void Record(Recorder r)
    {
        int cells = r.IntInput(1).IntLength, chunks = RowSum.Chunks(cells);
        var count = AssignCells.RecordCount(r, r.IntInput(1));
        var each = r.Scratch(cells);
        var partial = r.Scratch(chunks);
        r.Add(new BoxLossKernels.CellsLaunch(
            cells, each, r.Output(1), r.Output(2).Cast<PixelBox>(), r.Input(0).Cast<PixelBox>(), r.IntInput(1), r.Input(2).Cast<PixelBox>(), count,
            cells / Math.Max(1, r.InputShape(0).Batch), r.InputShape(2)[1], weight));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, each, cells, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, r.Output(0), partial, chunks, 1, 1f));
    }
}
