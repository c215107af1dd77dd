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
        string stored = Zip(CompressionLevel.NoCompression, new byte[100]);
        byte[] bytes = File.ReadAllBytes(stored);
        bytes[80] ^= 1;
        Fails("the checksum of array 'text' is wrong", () => Npz.Read(_folder.Write("a.npz", bytes), "text"));
        Fails("over the limit of 67108864", () => Npz.Read(Zip(CompressionLevel.Optimal, new byte[80_000_000]), "text"));
    }

    private string Zip(CompressionLevel level, byte[] content)
    {
        using var archive = new ZipArchive(File.Create(_folder["a.npz"]), ZipArchiveMode.Create);
        using var entry = archive.CreateEntry("text.npy", level).Open();
        entry.Write(content);
        return _folder["a.npz"];
    }
}
