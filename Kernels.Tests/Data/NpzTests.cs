using System.IO.Compression;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class NpzTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>x is float32 [[1.5, −2], [3, 4]], labels uint8 [7, 8, 9]: NumPy 1.24's savez_compressed.</summary>
    internal static readonly byte[] Good = Convert.FromBase64String("UEsDBBQAAAAIAAAAIQDwDMxSVQAAAJAAAAAFABQAeC5ucHkBABAAkAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQDLgaGA/YMQIKBwcGBgaHBAQBQSwMEFAAAAAgAAAAhAAyeOa9HAAAAgwAAAAoAFABsYWJlbHMubnB5AQAQAIMAAAAAAAAARwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBeU2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAudg5OAFBLAQIUAxQAAAAIAAAAIQDwDMxSVQAAAJAAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQIUAxQAAAAIAAAAIQAMnjmvRwAAAIMAAAAKAAAAAAAAAAAAAACAAYwAAABsYWJlbHMubnB5UEsFBgAAAAACAAIAawAAAA8BAAAAAA==");

    [Fact]
    public void Arrays_of_NumPy_are_read_by_name()
    {
        string path = _folder.Write("a.npz", Good);
        Assert.Equal(["x", "labels"], Npz.Names(path));
        Assert.Equal([2, 2], Npz.Read(path, "x").Shape);
        Assert.Equal([1.5f, -2, 3, 4], Npz.Read(path, "x").To<float>());
        Assert.Equal([7, 8, 9], Npz.Read(path, "labels").To<byte>());
    }

    [Fact]
    public void Bad_files_are_named()
    {
        Fails("does not exist", () => Npz.Names(_folder["none.npz"]));
        Fails("cannot be read as .npz", () => Npz.Names(_folder.Write("a.npz", [])));
        Fails("cannot be read as .npz", () => Npz.Names(_folder.Write("a.npz", Good[..^30])));
        Fails("has no array 'y'; it has x.npy, labels.npy", () => Npz.Read(_folder.Write("a.npz", Good), "y"));
        Fails("'" + _folder["a.npz"] + ":text' is not an .npy file", () => Npz.Read(Zip(CompressionLevel.Fastest, new byte[100]), "text"));
        string stored = Zip(CompressionLevel.NoCompression, [.. NpyHeader.Write(NpyType.UInt8, [100]), .. new byte[100]]);
        byte[] bytes = File.ReadAllBytes(stored);
        bytes[30 + "text.npy".Length + 150] ^= 1; // after the entry's header and the array's
        Fails("the checksum of array 'text' is wrong", () => Npz.Read(_folder.Write("a.npz", bytes), "text"));
        Fails("holds an array of shape (80000000) of 80000000 bytes", () => Npz.Read(Zip(CompressionLevel.Optimal, [.. NpyHeader.Write(NpyType.UInt8, [80_000_000]), .. new byte[80_000_000]]), "text"));
        Fails("goes on after the array", () => Npz.Read(Zip(CompressionLevel.Optimal, [.. NpyHeader.Write(NpyType.UInt8, [5]), .. new byte[80_000_000]]), "text"));
    }

    private string Zip(CompressionLevel level, byte[] content) => _folder.Write("a.npz", Zip(content, level));

    /// <summary>An archive of one array, "text".</summary>
    internal static byte[] Zip(byte[] content) => Zip(content, CompressionLevel.Fastest);

    private static byte[] Zip(byte[] content, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create))
        using (var entry = archive.CreateEntry("text.npy", level).Open()) entry.Write(content);
        return packed.ToArray();
    }
}
