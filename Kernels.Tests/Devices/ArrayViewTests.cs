using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Kernels;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Devices;

public sealed class ArrayViewTests : IDisposable
{
    private readonly HostBuffer _buffer = new(64, "numbers");

    public void Dispose() => _buffer.Dispose();

    private ArrayView<int> From(long bytes) => new(_buffer, bytes, (64 - bytes) / 4);

    private readonly record struct Two(float X, float Y);
    private readonly record struct Three(float X, float Y, float Z);
    private readonly record struct Four(float X, float Y, float Z, float W);

    [Fact]
    public void A_cast_begins_where_devices_can_read_its_elements()
    {
        Assert.Equal("'numbers' cannot be seen as Four from byte 8 on; such a view begins at a multiple of 16",
            Assert.Throws<KernelFaultException>(() => From(8).Cast<Four>()).Message);
        Assert.Throws<KernelFaultException>(() => From(4).Cast<Two>());
        Assert.Throws<KernelFaultException>(() => From(4).Cast<long>());
        Assert.Throws<KernelFaultException>(() => new ArrayView<byte>(_buffer, 2, 62).Cast<float>());
        // Twelve bytes are read one float after the other.
        Assert.Equal(5, From(4).Cast<Three>().Length);
        Assert.Equal(3, From(16).Cast<Four>().Length);
        Assert.Equal(7, From(8).Cast<Two>().Length);
        Assert.Equal(62, new ArrayView<byte>(_buffer, 1, 62).Cast<sbyte>().Length);
    }

    [Fact]
    public void A_cast_holds_the_same_bytes_and_leaves_out_a_rest_that_is_too_short()
    {
        From(0)[5] = 0x01020304;
        var halves = From(16).SubView(0, 3).Cast<ushort>();
        Assert.Equal((6, (ushort)0x0304, (ushort)0x0102), (halves.Length, halves[2], halves[3]));
        Assert.Equal(1, From(16).SubView(0, 3).Cast<long>().Length);
    }
}
