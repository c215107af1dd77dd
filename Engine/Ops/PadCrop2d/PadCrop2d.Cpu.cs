using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Padding and cropping by whole rows: a part is one row of the output, zeros and one copy.</summary>
internal sealed class PadCrop2dCpu : CpuLaunch
{
    private readonly ArrayView<float> _y, _x;
    private readonly Shape _from, _to;
    private readonly int _top, _left;
    private readonly Action<int> _part;

    public PadCrop2dCpu(ArrayView<float> y, ArrayView<float> x, Shape from, Shape to, int top, int left) =>
        (_y, _x, _from, _to, _top, _left, _part) = (y, x, from, to, top, left, Part);

    public override void Run(ThreadTeam team) => team.Run(_to.Batch * _to.Height, _part);

    private void Part(int row)
    {
        int n = row / _to.Height, h = row % _to.Height - _top, length = _to.Width * _to.Channels;
        var y = _y.AsSpan().Slice(row * length, length);
        y.Clear();
        // Columns of the output that lie inside x.
        int first = Math.Max(0, _left), last = Math.Min(_to.Width, _from.Width + _left);
        if (h < 0 || h >= _from.Height || first >= last) return;
        int at = ((n * _from.Height + h) * _from.Width + first - _left) * _from.Channels;
        _x.AsSpan().Slice(at, (last - first) * _from.Channels).CopyTo(y[(first * _from.Channels)..]);
    }
}
