namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// What a detector says about classes, with the quality of its own boxes as the target (Zhang et al. 2021, "VarifocalNet", equation 2). With p = σ(x) for
/// each class of each cell, K cells that answer for an object, and q the quality of such a cell, the IoU of its box with the object's:
/// <para>
/// loss = Σ ( −q · (q ln p + (1 − q) ln(1 − p))  for the object's class, where q &gt; 0;  −α · p^γ · ln(1 − p)  for all else ) / max(1, K)
/// </para>
/// The score learns how good the box is, so that suppression keeps the best of several; and the ground, which has most of the cells, counts the less the
/// better it is known. From logits, in forms that cannot overflow: −ln p = softplus(−x), −ln(1 − p) = softplus(x), p^γ = e^(−γ · softplus(−x)).
/// <para>
/// Inputs: x [N, H, W, F + C], of which channels F … F + C − 1 are the classes' logits; assigned (I32 [N, H, W]; negative: for no object), below M;
/// classes of the objects (I32 [N, M]); quality [N, H, W], 0 … 1, through which no gradient goes. Outputs: loss [1], dx as x, 0 in the first F channels.
/// A cell that answers for an object without a class in 0 … C − 1 makes the loss no number, for there is no right answer.
/// </para>
/// </summary>
/// <param name="firstClassChannel">F.</param>
public sealed partial class VarifocalLoss(int firstClassChannel = 4, float alpha = 0.75f, float gamma = 2) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Shape x = inputs[0].Shape, classes = inputs[2].Shape;
        Require(x.Rank == 4 && firstClassChannel >= 0 && x.Channels > firstClassChannel,
            $"x is {x}; it must be [batch, height, width, channels], with classes from channel {firstClassChannel} on");
        var cells = new Shape(x.Batch, x.Height, x.Width);
        Require(inputs[1] == new TensorSpec(cells, ElementType.I32), $"x is {x}, assigned is {inputs[1]}; it must be {cells} of I32");
        Require(inputs[2].Type == ElementType.I32 && classes.Rank == 2 && classes[0] == x.Batch,
            $"x is {x}, the objects' classes are {inputs[2]}; they must be [{x.Batch}, objects] of I32");
        Require(inputs[3] == new TensorSpec(cells), $"x is {x}, quality is {inputs[3]}; it must be {cells}");
        Require(alpha >= 0 && gamma >= 0, $"alpha is {alpha} and gamma is {gamma}; both must be 0 or more");
        return [new Shape(1), inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [dy[0]!.IsOne ? node.Outputs[1] : graph.Apply(new ScaleBy(), $"{node.Name}.grad", node.Outputs[1], dy[0]!), null, null, null];

    public override void Record(Recorder r)
    {
        int cells = r.IntInput(1).IntLength, chunks = RowSum.Chunks(cells);
        var count = AssignCells.RecordCount(r, r.IntInput(1));
        var each = r.Scratch(cells);
        var partial = r.Scratch(chunks);
        r.Add(new VarifocalLossKernels.CellsLaunch(
            cells, each, r.Output(1), r.Input(0), r.IntInput(1), r.IntInput(2), r.Input(3), count, cells / Math.Max(1, r.InputShape(0).Batch),
            r.InputShape(2)[1], r.InputShape(0).Channels, firstClassChannel, alpha, gamma));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, each, cells, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, r.Output(0), partial, chunks, 1, 1f));
    }
}
