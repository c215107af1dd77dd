namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Batch normalization while training (Ioffe and Szegedy 2015, algorithm 1), per channel over the R = N·H·W rows of x:
/// y = γ · (x − mean) / sqrt(variance + epsilon) + β. The moving averages follow by
/// moving = keep · moving + (1 − keep) · batch, with the variance of the batch scaled by R / (R − 1) there, as PyTorch and
/// TensorFlow's fused kernel do. keep = min(momentum, 1 − 1 / step): while the steps are few, the average is the plain mean over all of them, and
/// the values it began with never count. (With momentum alone they would, for hundreds of steps, and spoil the first epochs' validation.)
/// Inputs: x, γ [C], β [C], moving mean [C], moving variance [C], step (I32 [1], from 1).
/// Outputs: y, mean [C], 1 / deviation [C], and the two averages in place.
/// </summary>
public sealed partial class BatchNorm2d(float momentum = 0.99f, float epsilon = 1e-3f) : Op
{
    /// <summary>Rows whose moments are taken together before Chan's formula joins them (Chan, Golub and LeVeque 1979, eq. 2.1).</summary>
    public const int RowsPerChunk = 512;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var channels = new Shape(inputs[0].Shape.Channels);
        for (int i = 1; i < 5; i++) Require(inputs[i].Shape.Equals(channels), $"input has {channels[0]} channels, variable {i} is {inputs[i]}");
        Require(inputs[5].Type == ElementType.I32 && inputs[5].Shape.Count == 1, $"the step is {inputs[5]}; it must be I32 [1]");
        Require(inputs[0].Shape.Rows > 1, $"{inputs[0]} has one row for each channel, which has no variance: use a larger batch");
        return [inputs[0], channels, channels, channels, channels];
    }

    public override int InPlaceInput(int output) => output >= 3 ? output : -1;

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy)
    {
        var gradient = graph.ApplyNode(
            new BatchNorm2dGradient(), $"{node.Name}.grad", dy[0]!, node.Inputs[0], node.Inputs[1], node.Outputs[1], node.Outputs[2]);
        return [gradient.Outputs[0], gradient.Outputs[1], gradient.Outputs[2], null, null, null];
    }

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        int rows = x.Rows, channels = x.Channels, chunks = (rows + RowsPerChunk - 1) / RowsPerChunk;
        var means = r.Scratch((long)chunks * channels);
        var squares = r.Scratch((long)chunks * channels);
        var combine = new BatchNorm2dKernels.CombineLaunch(
            channels, r.Output(1), r.Output(2), r.Output(3), r.Output(4), means, squares, r.IntInput(5), rows, channels, RowsPerChunk, momentum, epsilon);
        if (r.Simd is { } width)
        {
            r.Add(new BatchNorm2dCpu.Moments(width, means, squares, r.Input(0), rows, channels));
            r.Add(combine);
            r.Add(new BatchNorm2dCpu.Normalize(
                width, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.Output(1), r.Output(2), rows, channels));
            return;
        }
        r.Add(new BatchNorm2dKernels.MomentsLaunch(chunks * channels, means, squares, r.Input(0), rows, channels, RowsPerChunk));
        r.Add(combine);
        r.Add(new BatchNorm2dKernels.NormalizeLaunch(
            rows * channels, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.Output(1), r.Output(2), channels));
    }
}

/// <summary>
/// The gradient of <see cref="BatchNorm2d"/>: with x̂ = (x − mean) / deviation, dβ = Σ dy, dγ = Σ dy · x̂ and
/// dx = γ / deviation · (dy − dβ/R − x̂ · dγ/R). Inputs: dy, x, γ, mean, 1 / deviation. Outputs: dx, dγ, dβ.
/// </summary>
internal sealed partial class BatchNorm2dGradient : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0], inputs[2], inputs[2]];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        int rows = x.Rows, channels = x.Channels, chunks = (rows + BatchNorm2d.RowsPerChunk - 1) / BatchNorm2d.RowsPerChunk;
        var dGamma = r.Scratch((long)chunks * channels);
        var dBeta = r.Scratch((long)chunks * channels);
        var combineGamma = new RowSumKernels.CombineLaunch(channels, r.Output(1), dGamma, chunks, channels, 1f);
        var combineBeta = new RowSumKernels.CombineLaunch(channels, r.Output(2), dBeta, chunks, channels, 1f);
        if (r.Simd is { } width)
        {
            r.Add(new BatchNorm2dCpu.GradientSums(width, dGamma, dBeta, r.Input(0), r.Input(1), r.Input(3), r.Input(4), rows, channels));
            r.Add(combineGamma);
            r.Add(combineBeta);
            r.Add(new BatchNorm2dCpu.InputGradient(
                width, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.Input(3), r.Input(4), r.Output(1), r.Output(2), rows, channels));
            return;
        }
        r.Add(new BatchNorm2dKernels.GradientSumsLaunch(
            chunks * channels, dGamma, dBeta, r.Input(0), r.Input(1), r.Input(3), r.Input(4), rows, channels, BatchNorm2d.RowsPerChunk));
        r.Add(combineGamma);
        r.Add(combineBeta);
        r.Add(new BatchNorm2dKernels.InputGradientLaunch(
            rows * channels, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.Input(3), r.Input(4), r.Output(1), r.Output(2), rows, channels));
    }
}

/// <summary>Batch normalization after training: the moving averages stand for the batch's moments. Inputs: x, γ, β, moving mean, moving variance.</summary>
public sealed partial class BatchNorm2dInference(float epsilon = 1e-3f) : Op
{
    public float Epsilon { get; } = epsilon;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var channels = new Shape(inputs[0].Shape.Channels);
        for (int i = 1; i < 5; i++) Require(inputs[i].Shape.Equals(channels), $"input has {channels[0]} channels, variable {i} is {inputs[i]}");
        return [inputs[0]];
    }

    /// <summary>Of x alone: after training the variables stand.</summary>
    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new BatchNorm2dInferenceGradient(Epsilon), $"{node.Name}.grad", dy[0]!, node.Inputs[1], node.Inputs[4]), null, null, null, null];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        r.Add(r.Simd is { } width
            ? new BatchNorm2dCpu.Inference(
                width, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.Input(3), r.Input(4), x.Rows, x.Channels, Epsilon)
            : new BatchNorm2dKernels.InferenceLaunch(
                r.Output().IntLength, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.Input(3), r.Input(4), x.Channels, Epsilon));
    }
}

/// <summary>The gradient of <see cref="BatchNorm2dInference"/> to its input: dx = dy · γ / √(variance + ε). Inputs: dy, γ, moving variance.</summary>
internal sealed partial class BatchNorm2dInferenceGradient(float epsilon) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override void Record(Recorder r) => r.Add(new BatchNorm2dKernels.InferenceGradientLaunch(
        r.Output().IntLength, r.Output(), r.Input(0), r.Input(1), r.Input(2), r.InputShape(0).Channels, epsilon));
}
