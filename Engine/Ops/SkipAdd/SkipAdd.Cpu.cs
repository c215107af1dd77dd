using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal sealed unsafe class SkipAddCpu(SimdWidth width, ArrayView<float> y, ArrayView<float> a, ArrayView<float> b) : ElementsLaunch(width, y.Length)
{
    protected override void Elements<T>(long begin, long end)
    {
        float* to = y.Pointer, left = a.Pointer, right = b.Pointer;
        for (long i = begin; i < end; i += T.Count) (T.Load(left + i) + T.Load(right + i)).StoreFirst(to + i, end - i);
    }
}
