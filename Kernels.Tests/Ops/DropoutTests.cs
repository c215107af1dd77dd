using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Ops;

/// <summary>Dropout over many elements.</summary>
public sealed class DropoutTests
{
    [Fact]
    public void Dropout_drops_its_share_and_keeps_the_mean()
    {
        var x = new ReferenceTensor<double>(new Shape(100_000));
        var y = new ReferenceTensor<double>(x.Spec);
        var step = new ReferenceTensor<double>(new TensorSpec(new Shape(1), ElementType.I32));
        Array.Fill(x.Values, 5);
        new Dropout(0.3f, 1).Reference<double>([x, step], [y]);
        Assert.InRange(y.Values.Count(v => v == 0), 29_300, 30_700);
        Assert.InRange(y.Values.Average(), 4.95, 5.05);
    }
}
