using System.IO.Compression;
using System.Numerics;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class NpzTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>x is float32 [[1.5, −2], [3, 4]], labels uint8 [7, 8, 9]: NumPy 1.24's savez_compressed.</summary>
    internal static readonly byte[] Good = Convert.FromBase64String("""
        UEsDBBQAAAAIAAAAIQDwDMxSVQAAAJAAAAAFABQAeC5ucHkBABAAkAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6
        CkaaOgq1CmQDLgaGA/YMQIKBwcGBgaHBAQBQSwMEFAAAAAgAAAAhAAyeOa9HAAAAgwAAAAoAFABsYWJlbHMubnB5AQAQAIMAAAAAAAAARwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBeU2qorqOg
        npZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAudg5OAFBLAQIUAxQAAAAIAAAAIQDwDMxSVQAAAJAAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQIUAxQAAAAIAAAAIQAMnjmv
        RwAAAIMAAAAKAAAAAAAAAAAAAACAAYwAAABsYWJlbHMubnB5UEsFBgAAAAACAAIAawAAAA8BAAAAAA==
        """);

    [Fact]
    public void Arrays_of_NumPy_are_read_by_name()
    {
        string path = _folder.Write("a.npz", Good);
        Assert.Equal(["x", "labels"], Npz.Names(path));
        using var x = Npz.Open(path, "x");
        Assert.Equal([2, 2], x.Shape);
        Assert.Equal([1.5f, -2, 3, 4], x.ReadAll<float>());
        Assert.Equal([7, 8, 9], Read<byte>(path, "labels"));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Rows_are_read_in_any_order_stored_or_deflated(CompressionLevel level)
    {
        string path = Zip(level, ("x.npy", Array(30)));
        using var reader = Npz.Open(path, "x");
        foreach (int row in new[] { 3, 4, 0, 29 })
        {
            var value = new int[1];
            reader.ReadRows<int>(row, 1, value);
            Assert.Equal(row, value[0]);
        }
    }

    [Fact]
    public void A_file_of_one_array_needs_no_name()
    {
        using (var reader = Npz.OpenOnly(Zip(("arr_0.npy", Array(2))))) Assert.Equal([0, 1], reader.ReadAll<byte>());
        Fails("'" + _folder["a.npz"] + "' has 2 arrays: 'x', 'labels'; one array was expected. Save it alone: numpy.savez(file, array).",
            () => Npz.OpenOnly(_folder.Write("a.npz", Good)).Dispose());
        Fails("has no arrays; one array was expected", () => Npz.OpenOnly(Zip(("readme.txt", [1]))).Dispose());
        Fails("does not exist", () => Npz.OpenOnly(_folder["none.npz"]).Dispose());
    }

    [Fact]
    public void Entries_in_folders_are_no_arrays()
    {
        string path = Zip(("../../evil.npy", Array(1)), ("/etc/evil.npy", Array(1)), (@"..\evil.npy", Array(1)), ("x.npy", Array(1)));
        Assert.Equal(["x"], Npz.Names(path));
        using (var reader = Npz.OpenOnly(path)) Assert.Equal($"{path}:x", reader.Path);
        Assert.Equal(["a.npz"], Directory.GetFileSystemEntries(_folder.ToString()).Select(Path.GetFileName));
    }

    [Fact]
    public void Bad_files_are_named()
    {
        Fails("does not exist", () => Npz.Names(_folder["none.npz"]));
        Fails("cannot be read as .npz", () => Npz.Names(_folder.Write("a.npz", [])));
        Fails("cannot be read as .npz", () => Npz.Names(_folder.Write("a.npz", new byte[1000])));
        Fails("cannot be read as .npz", () => Npz.Names(_folder.Write("a.npz", Good[..^30])));
        Fails("has no array 'y'; it has 2 arrays: 'x', 'labels'.", () => Read<int>(_folder.Write("a.npz", Good), "y"));
        Fails("'" + _folder["a.npz"] + ":text' is not an .npy file", () => Text(CompressionLevel.Fastest, new byte[100]));
        Fails("packed and in Fortran order", () => Text(CompressionLevel.NoCompression, Convert.FromBase64String(NpyTests.Int64Fortran)));
    }

    [Fact]
    public void Damage_inside_is_named()
    {
        string stored = Zip(CompressionLevel.NoCompression, ("text.npy", Array(100)));
        byte[] bytes = File.ReadAllBytes(stored);
        bytes[30 + "text.npy".Length + 150] ^= 1; // after the entry's header and the array's
        Fails("a.npz:text' is damaged: its checksum is wrong", () => Read<byte>(_folder.Write("a.npz", bytes), "text"));

        byte[] header = NpyHeader.Write(NpyType.UInt8, [80_000_000]);
        Fails("is truncated: an array of shape (80000000) needs 80000128 bytes, 137 are there",
            () => Text(CompressionLevel.Optimal, [.. header, .. new byte[9]]));
        Fails("holds an array of 80000000 bytes in a file of", () => Text(CompressionLevel.Optimal, [.. header, .. new byte[80_000_000]]));
        Fails("goes on after the array", () => Text(CompressionLevel.Optimal, [.. NpyHeader.Write(NpyType.UInt8, [5]), .. new byte[80_000_000]]));
    }

    private void Text(CompressionLevel level, byte[] content) => Read<byte>(Zip(level, ("text.npy", content)), "text");

    private static T[] Read<T>(string path, string name) where T : unmanaged, INumber<T>
    {
        using var reader = Npz.Open(path, name);
        return reader.ReadAll<T>();
    }

    /// <summary>The bytes 0, 1, 2 … as an .npy file.</summary>
    private static byte[] Array(int count) => [.. NpyHeader.Write(NpyType.UInt8, [count]), .. Enumerable.Range(0, count).Select(i => (byte)i)];

    private string Zip(params (string Name, byte[] Content)[] entries) => Zip(CompressionLevel.Fastest, entries);

    private string Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries) => _folder.Write("a.npz", TestTools.Zip(level, entries));

    [Fact]
    public void What_lies_beside_a_file_lies_in_its_folder()
    {
        Assert.Equal(Environment.CurrentDirectory, Npz.FolderOf("a.npz"));
        Assert.Equal("/data", Npz.FolderOf("/data/a.npz"));
        Assert.Equal("folder", Npz.FolderOf("folder"));
    }
}
