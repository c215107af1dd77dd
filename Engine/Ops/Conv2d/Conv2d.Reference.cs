namespace FcnFromScratch.Engine.Ops;

public sealed partial class Conv2d
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        var g = Geometry([.. x.Select(t => t.Spec)]);
        ReferenceTensor<T> input = x[0], weight = x[1], output = y[0];
        for (int n = 0; n < g.Batch; n++)
            for (int oy = 0; oy < g.OutHeight; oy++)
                for (int ox = 0; ox < g.OutWidth; ox++)
                    for (int co = 0; co < g.OutChannels; co++)
                    {
                        var sum = x.Count > 2 ? x[2][co] : T.Zero;
                        for (int ky = 0; ky < g.KernelHeight; ky++)
                            for (int kx = 0; kx < g.KernelWidth; kx++)
                            {
                                int iy = oy * g.StrideY + ky - g.PadTop, ix = ox * g.StrideX + kx - g.PadLeft;
                                if (iy < 0 || iy >= g.InHeight || ix < 0 || ix >= g.InWidth) continue;
                                for (int ci = 0; ci < g.InChannels; ci++) sum += input[n, iy, ix, ci] * weight[ky, kx, ci, co];
                            }
                        output[n, oy, ox, co] = Ops.Activation.Apply(Activation, T.CreateChecked(Slope), sum);
                    }
    }
}

internal sealed partial class Conv2dInputGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        ReferenceTensor<T> dz = x[0], weight = x[1], dx = y[0];
        Array.Clear(dx.Values);
        for (int n = 0; n < g.Batch; n++)
            for (int oy = 0; oy < g.OutHeight; oy++)
                for (int ox = 0; ox < g.OutWidth; ox++)
                    for (int ky = 0; ky < g.KernelHeight; ky++)
                        for (int kx = 0; kx < g.KernelWidth; kx++)
                        {
                            int iy = oy * g.StrideY + ky - g.PadTop, ix = ox * g.StrideX + kx - g.PadLeft;
                            if (iy < 0 || iy >= g.InHeight || ix < 0 || ix >= g.InWidth) continue;
                            for (int ci = 0; ci < g.InChannels; ci++)
                                for (int co = 0; co < g.OutChannels; co++)
                                    dx[n, iy, ix, ci] += dz[n, oy, ox, co] * weight[ky, kx, ci, co];
                        }
        for (long i = 0; i < dx.Values.LongLength; i++)
            dx[i] = Activation.Apply(activation, T.CreateChecked(slope), x.Count > 2 ? dx[i] + x[2][i % g.InChannels] : dx[i]);
    }
}

internal sealed partial class Conv2dWeightGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        ReferenceTensor<T> input = x[0], dz = x[1], dw = y[0];
        Array.Clear(dw.Values);
        for (int n = 0; n < g.Batch; n++)
            for (int oy = 0; oy < g.OutHeight; oy++)
                for (int ox = 0; ox < g.OutWidth; ox++)
                    for (int ky = 0; ky < g.KernelHeight; ky++)
                        for (int kx = 0; kx < g.KernelWidth; kx++)
                        {
                            int iy = oy * g.StrideY + ky - g.PadTop, ix = ox * g.StrideX + kx - g.PadLeft;
                            if (iy < 0 || iy >= g.InHeight || ix < 0 || ix >= g.InWidth) continue;
                            for (int ci = 0; ci < g.InChannels; ci++)
                                for (int co = 0; co < g.OutChannels; co++)
                                    dw[ky, kx, ci, co] += input[n, iy, ix, ci] * dz[n, oy, ox, co];
                        }
    }
}
