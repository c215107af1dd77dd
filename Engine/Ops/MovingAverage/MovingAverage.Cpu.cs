using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>The moving average by registers: one read of two arrays, one write of one.</summary>
internal sealed unsafe class MovingAverageCpu(SimdWidth width, ArrayView<float> average, ArrayView<float> p, ArrayView<float> rates)
    : ElementsLaunch(width, p.Length)
{
    protected override void Elements<T>(long begin, long end)
    {
        float* averages = average.Pointer, parameters = p.Pointer;
        T share = T.Create(rates.Pointer[3]);
        for (long i = begin; i < end; i += T.Count)
        {
            T before = T.Load(averages + i);
            (before + share * (T.Load(parameters + i) - before)).StoreFirst(averages + i, end - i);
        }
    }
}
