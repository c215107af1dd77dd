using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Adam by vectors: one read of four arrays, one write of three.</summary>
public sealed unsafe class AdamCpu : CpuLaunch
{
    private const int PerPart = 32768;
    private readonly ArrayView<float> _p, _g, _m, _v, _rates;
    private readonly float _beta1, _beta2, _epsilon;
    private readonly Action<int> _part;

    public AdamCpu(
        ArrayView<float> p, ArrayView<float> g, ArrayView<float> m, ArrayView<float> v, ArrayView<float> rates, float beta1, float beta2, float epsilon) =>
        (_p, _g, _m, _v, _rates, _beta1, _beta2, _epsilon, _part) = (p, g, m, v, rates, beta1, beta2, epsilon, Part);

    public override void Run(ThreadTeam team) => team.Run((int)((_p.Length + PerPart - 1) / PerPart), _part);

    private void Part(int part)
    {
        long i = (long)part * PerPart, end = Math.Min(i + PerPart, _p.Length);
        float* p = _p.Pointer, g = _g.Pointer, m = _m.Pointer, v = _v.Pointer;
        float rate = _rates.Pointer[0], meanScale = _rates.Pointer[1], squareScale = _rates.Pointer[2];
        var epsilon = new Vector<float>(_epsilon);
        for (; i + Vector<float>.Count <= end; i += Vector<float>.Count)
        {
            var gradient = Vector.Load(g + i);
            var mean = _beta1 * Vector.Load(m + i) + (1 - _beta1) * gradient;
            var square = _beta2 * Vector.Load(v + i) + (1 - _beta2) * gradient * gradient;
            mean.Store(m + i);
            square.Store(v + i);
            (Vector.Load(p + i) - rate * (mean * meanScale) / (Vector.SquareRoot(square * squareScale) + epsilon)).Store(p + i);
        }
        for (; i < end; i++)
        {
            m[i] = _beta1 * m[i] + (1 - _beta1) * g[i];
            v[i] = _beta2 * v[i] + (1 - _beta2) * g[i] * g[i];
            p[i] -= rate * (m[i] * meanScale) / (MathF.Sqrt(v[i] * squareScale) + _epsilon);
        }
    }
}
