namespace FcnFromScratch.Engine.Ops;

public sealed partial class ConvTranspose2d
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        ReferenceTensor<T> input = x[0], weight = x[1], output = y[0];
        Shape from = input.Shape, kernel = weight.Shape, to = output.Shape;
        for (long i = 0; i < output.Values.LongLength; i++) output[i] = x.Count > 2 ? x[2][i % to.Channels] : T.Zero;
        for (int n = 0; n < from.Batch; n++)
            for (int iy = 0; iy < from.Height; iy++)
                for (int ix = 0; ix < from.Width; ix++)
                    for (int ky = 0; ky < kernel[0]; ky++)
                        for (int kx = 0; kx < kernel[1]; kx++)
                        {
                            int oy = iy * Stride + ky - CropTop, ox = ix * Stride + kx - CropLeft;
                            if (oy < 0 || oy >= to.Height || ox < 0 || ox >= to.Width) continue;
                            for (int co = 0; co < to.Channels; co++)
                                for (int ci = 0; ci < from.Channels; ci++)
                                    output[n, oy, ox, co] += input[n, iy, ix, ci] * weight[ky, kx, co, ci];
                        }
        for (long i = 0; i < output.Values.LongLength; i++) output[i] = Ops.Activation.Apply(Activation, T.CreateChecked(Slope), output[i]);
    }
}
