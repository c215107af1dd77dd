namespace FcnFromScratch.Engine.Ops;

/// <summary>y[row, c] = e^(x[row, c] − m) / Σ e^(x[row, ·] − m) over the channels of each row, m the row's maximum. Input: x [..., C].</summary>
public sealed class Softmax : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new SoftmaxGradient(), $"{node.Name}.grad", dy[0]!, node.Output)];

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        r.Add(new SoftmaxKernels.ForwardLaunch(x.Rows, r.Output(), r.Input(0), x.Channels));
    }

    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        for (int row = 0; row < x[0].Shape.Rows; row++) Row<T>(x[0].Values.AsSpan(row * channels, channels), y[0].Values.AsSpan(row * channels, channels));
    }

    /// <summary>The softmax of one row; also what cross-entropy builds on.</summary>
    internal static void Row<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T max = x[0], sum = T.Zero;
        foreach (T value in x) max = T.Max(max, value);
        for (int c = 0; c < x.Length; c++) sum += y[c] = T.Exp(x[c] - max);
        for (int c = 0; c < x.Length; c++) y[c] /= sum;
    }
}

/// <summary>dx[c] = y[c] · (dy[c] − Σ dy · y) in each row. Inputs: dy, y.</summary>
public sealed class SoftmaxGradient : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override void Record(Recorder r)
    {
        var y = r.InputShape(1);
        r.Add(new SoftmaxKernels.BackwardLaunch(y.Rows, r.Output(), r.Input(0), r.Input(1), y.Channels));
    }

    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        for (long row = 0; row < x[0].Shape.Rows; row++)
        {
            T dot = T.Zero;
            for (long i = row * channels; i < (row + 1) * channels; i++) dot += x[0][i] * x[1][i];
            for (long i = row * channels; i < (row + 1) * channels; i++) y[0][i] = x[1][i] * (x[0][i] - dot);
        }
    }
}
