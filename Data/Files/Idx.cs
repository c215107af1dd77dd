using System.Buffers.Binary;

namespace FcnFromScratch.Data;

/// <summary>An array of bytes in C order.</summary>
public sealed record IdxArray(int[] Shape, byte[] Bytes);

/// <summary>
/// Reads MNIST's idx files, plain or gzip: two zero bytes, element type, rank, big-endian sides, elements
/// (format: LeCun, Cortes and Burges, "The MNIST database").
/// </summary>
public static class Idx
{
    private const byte UnsignedByte = 8;

    /// <exception cref="DataException">The file is missing, truncated, damaged, too large, or no idx file of bytes.</exception>
    public static IdxArray Read(string path)
    {
        using var stream = DataStream.Open(path);
        Span<byte> start = stackalloc byte[4];
        stream.ReadExactly(start, "the idx header");
        if (start[0] != 0 || start[1] != 0) throw new DataException($"'{path}' is not an idx file: it does not begin with two zero bytes.");
        if (start[2] != UnsignedByte) throw new DataException($"'{path}' has idx element type 0x{start[2]:x2}; 0x08 (unsigned bytes) is read.");
        int rank = start[3];
        if (rank is < 1 or > 8) throw new DataException($"'{path}' has {rank} dimensions; 1 to 8 are read.");

        Span<byte> sides = stackalloc byte[4 * rank];
        stream.ReadExactly(sides, "the idx header");
        var shape = new int[rank];
        UInt128 count = 1;
        for (int d = 0; d < rank; d++)
        {
            uint side = BinaryPrimitives.ReadUInt32BigEndian(sides[(4 * d)..]);
            if (side > int.MaxValue || (count *= side) > int.MaxValue)
                throw new DataException($"'{path}' has an absurd shape: side {d} is {side} and the array would pass {int.MaxValue} bytes.");
            shape[d] = (int)side;
        }
        byte[] bytes = stream.ReadBytes((long)count, $"an array of shape ({string.Join(", ", shape)})");
        stream.ExpectEnd("the array");
        return new IdxArray(shape, bytes);
    }
}
