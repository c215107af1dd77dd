namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y[c] = Σ over all rows of x[row, c]: the gradient of a bias. x is seen as a matrix [rows, channels].
/// Runs of <see cref="RowsPerChunk"/> rows are summed first, then the chunks in order, so the rounding error grows with
/// RowsPerChunk + rows / RowsPerChunk and the result does not depend on the number of threads.
/// </summary>
public sealed partial class RowSum : Op
{
    /// <summary>Rows that one work item adds up.</summary>
    public const int RowsPerChunk = 512;

    /// <summary>How many work items that makes.</summary>
    public static int Chunks(int rows) => (rows + RowsPerChunk - 1) / RowsPerChunk;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [new Shape(inputs[0].Shape.Channels)];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        var shape = r.InputShape(0);
        int channels = shape.Channels, chunks = Chunks(shape.Rows);
        var partial = r.Scratch((long)chunks * channels);
        if (r.Simd is { } width) r.Add(new RowSumCpu.Launch(width, r.Output(), r.Input(0), channels, partial));
        else RecordKernels(r, r.Output(), r.Input(0), shape, partial);
    }

    /// <summary>The two launches that other ops' gradients use as well. partial: [chunks, channels].</summary>
    public static void RecordKernels(
        Recorder r, Kernels.ArrayView<float> y, Kernels.ArrayView<float> x, Shape shape, Kernels.ArrayView<float> partial)
    {
        int channels = shape.Channels, chunks = Chunks(shape.Rows);
        r.Add(new RowSumKernels.PartialLaunch(chunks * channels, partial, x, shape.Rows, channels, RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(channels, y, partial, chunks, channels, 1f));
    }
}
