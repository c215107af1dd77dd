using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Adam by registers: one read of four arrays, one write of three.</summary>
internal sealed unsafe class AdamCpu(
    SimdWidth width, ArrayView<float> p, ArrayView<float> g, ArrayView<float> m, ArrayView<float> v, ArrayView<float> rates,
    float beta1, float beta2, float epsilon, int held) : ElementsLaunch(width, p.Length)
{
    protected override void Elements<T>(long begin, long end)
    {
        Step<T>(begin, Math.Min(end, held), rates.Pointer[4]);
        Step<T>(Math.Max(begin, held), end, rates.Pointer[0]);
    }

    private void Step<T>(long begin, long end, float learningRate) where T : unmanaged, ISimd<T>
    {
        float* parameters = p.Pointer, gradients = g.Pointer, means = m.Pointer, squares = v.Pointer;
        T rate = T.Create(learningRate), meanScale = T.Create(rates.Pointer[1]), squareScale = T.Create(rates.Pointer[2]);
        T keepMean = T.Create(beta1), keepSquare = T.Create(beta2), newMean = T.Create(1 - beta1), newSquare = T.Create(1 - beta2);
        for (long i = begin; i < end; i += T.Count)
        {
            T gradient = T.Load(gradients + i);
            T mean = keepMean * T.Load(means + i) + newMean * gradient;
            T square = keepSquare * T.Load(squares + i) + newSquare * gradient * gradient;
            T step = rate * (mean * meanScale) / (T.Sqrt(square * squareScale) + T.Create(epsilon));
            (T.Load(parameters + i) - step).StoreFirst(parameters + i, end - i);
            mean.StoreFirst(means + i, end - i);
            square.StoreFirst(squares + i, end - i);
        }
    }
}
