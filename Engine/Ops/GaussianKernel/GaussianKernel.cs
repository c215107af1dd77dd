using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// k[n, m] = e^(−γ |x[n] − s[m]|²), the Gaussian or radial basis function kernel of support vector machines (Boser, Guyon and Vapnik 1992), of all pairs.
/// <para>
/// Inputs: x [N, ...] of D values each, s [M, D], γ [1], all F32; γ counts for values as they are here. Output: [N, 1, 1, M]. No gradient.
/// </para>
/// <para>
/// Values must be integers in −128 … 127, D at most 1024: then products and norms are exact (<see cref="PixelProducts"/>), and devices differ by no more than
/// the rounding of the squared distance and of the exponential. A row with another value has NaN for its kernels, and all
/// have where γ is not above 0.
/// </para>
/// </summary>
public sealed partial class GaussianKernel : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Shape x = inputs[0].Shape, samples = inputs[1].Shape;
        Require(samples.Rank == 2 && samples.Count is > 0 and <= int.MaxValue,
            $"samples are {samples}; they must be [samples, values], in all 1 … {int.MaxValue} values");
        Require(x.Rank > 1 && x.Count == (long)x.Batch * samples[1] && x.Count <= int.MaxValue,
            $"x is {x}, samples {samples}; a row must have the {samples[1]} values of a sample, and there may be {int.MaxValue} values in all");
        Require(samples[1] <= PixelProducts.MaxDepth,
            $"a sample has {samples[1]} values; products of more than {PixelProducts.MaxDepth} are not exact in float: make the pictures smaller");
        Require(inputs[2] == new TensorSpec(new Shape(1)), $"gamma is {inputs[2]}; it must be one float");
        Require((long)x.Batch * samples[0] <= int.MaxValue, $"{x.Batch} rows and {samples[0]} samples make {(long)x.Batch * samples[0]} pairs; ask fewer");
        return [new Shape(x.Batch, 1, 1, samples[0])];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => PixelProducts.Versions(device);

    public override void Record(Recorder r)
    {
        int rows = r.InputShape(0).Batch, samples = r.InputShape(1)[0], depth = r.InputShape(1)[1];
        var rowNorms = r.Scratch(rows).Cast<int>();
        if (PixelProducts.IsCpu(r))
        {
            var width = r.Simd ?? new SimdWidth(256);
            var multiplier = PixelProductsCpu.Pack(r, width, rowNorms, r.Input(0), depth);
            r.Add(new GaussianKernelCpu.Pairs(width, multiplier, r.Output(), r.Input(1), r.Input(2), samples, rowNorms));
            return;
        }
        var sampleNorms = r.Scratch(samples).Cast<int>();
        r.Add(new PixelProductsKernels.NormsLaunch(rows, rowNorms, r.Input(0), r.Input(2), 0, depth));
        r.Add(new PixelProductsKernels.NormsLaunch(samples, sampleNorms, r.Input(1), r.Input(2), 0, depth));
        // The products lie where the kernels come to lie.
        var columns = PixelProducts.Columns(r, r.Input(1), samples, depth);
        r.Add(PixelProducts.Multiply(r.Version, r.Output(), r.Input(0), columns, rows, samples, depth));
        r.Add(new GaussianKernelKernels.FromProductsLaunch(r.Output().IntLength, r.Output(), rowNorms, sampleNorms, r.Input(2), samples));
    }

    /// <summary>One for each value of each pair.</summary>
    public override long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => inputs[0].Shape.Count * inputs[1].Shape[0];
}
