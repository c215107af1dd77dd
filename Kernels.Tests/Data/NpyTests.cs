using System.Text;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class NpyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Files that NumPy 1.24 wrote.
    internal const string Int64Fortran = """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgIAoG/////////zIAAAAAAAAAav////////+WAAAAAAAAAM7/////////+gAAAAAAAAA=
        """;
    private const string Float32Version2 = """
        k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgIAoAAMA/AAAQwA==
        """;
    private const string UInt8Version3 = """
        k05VTVBZAwB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgIAoHCAn/
        """;
    private const string BoolVersion1 = """
        k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgIAoBAAE=
        """;

    [Theory]
    [InlineData(Int64Fortran, new[] { 2, 3 }, new[] { -250.0, -150, -50, 50, 150, 250 })]
    [InlineData(Float32Version2, new[] { 2 }, new[] { 1.5, -2.25 })]
    [InlineData(UInt8Version3, new[] { 2, 2 }, new[] { 7.0, 8, 9, 255 })]
    [InlineData(BoolVersion1, new[] { 3 }, new[] { 1.0, 0, 1 })]
    public void Files_of_NumPy_are_read_plain_and_gzip_whole_and_by_rows(string base64, int[] shape, double[] values)
    {
        byte[] file = Convert.FromBase64String(base64);
        foreach (byte[] bytes in new[] { file, Gzip(file) })
        {
            string path = _folder.Write("a.npy", bytes);
            if (bytes != file && base64 == Int64Fortran) continue; // refused, see below
            using var reader = new NpyReader(path);
            Assert.Equal(shape, reader.Shape);
            Assert.Equal(values, reader.ReadAll<double>());
        }
    }

    [Fact]
    public void An_array_that_comes_in_parts_may_come_in_any_order()
    {
        float[] values = [1, 2, 3, 4, 5, 6, 7];
        Npy.Write<float>(_folder["whole.npy"], values, 7);
        Npy.Write<float>(_folder["parts.npy"], [7], writer =>
        {
            writer.Write(5, values.AsSpan(5, 2));
            writer.Write(0, values.AsSpan(0, 2));
            writer.Write(2, values.AsSpan(2, 1));
            writer.Write(3, values.AsSpan(3, 2));
        });
        Assert.Equal(File.ReadAllBytes(_folder["whole.npy"]), File.ReadAllBytes(_folder["parts.npy"]));
    }

    [Fact]
    public void Written_bytes_are_NumPys()
    {
        Npy.Write<byte>(_folder["a.npy"], [7, 8, 9, 255, 0, 1], 1, 2, 3);
        var expected = new byte[134];
        ((byte[])[0x93, .. "NUMPY"u8, 1, 0, 118, 0]).CopyTo(expected, 0);
        Encoding.ASCII.GetBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3), }".PadRight(117) + "\n").CopyTo(expected, 10);
        ((byte[])[7, 8, 9, 255, 0, 1]).CopyTo(expected, 128);
        Assert.Equal(expected, File.ReadAllBytes(_folder["a.npy"]));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        float[] floats = [0, -1.5f, float.NaN, float.PositiveInfinity, 1e-40f, 3];
        Npy.Write<float>(_folder["f.npy"], floats, 3, 2);
        Npy.Write<int>(_folder["i.npy"], [int.MinValue, 5], 2);
        Npy.Write<long>(_folder["l.npy"], [long.MaxValue], 1);
        Npy.Write<double>(_folder["d.npy"], [2.5, Math.PI], 2);
        Npy.Write<float>(_folder["empty.npy"], [], 0, 4);
        Assert.Equal(floats, ReadNpy<float>(_folder["f.npy"]));
        Assert.Equal([int.MinValue, 5], ReadNpy<int>(_folder["i.npy"]));
        Assert.Equal([long.MaxValue], ReadNpy<long>(_folder["l.npy"]));
        Assert.Equal([2.5, Math.PI], ReadNpy<double>(_folder["d.npy"]));
        using var empty = new NpyReader(_folder["empty.npy"]);
        Assert.Equal([0, 4], empty.Shape);
        Assert.Empty(empty.ReadAll<float>());
    }

    [Fact]
    public void Rows_are_read_in_any_order()
    {
        var values = Enumerable.Range(0, 60).ToArray();
        Npy.Write<int>(_folder["c.npy"], values, 5, 3, 4);
        _folder.Write("c.npy.gz", Gzip(File.ReadAllBytes(_folder["c.npy"])));
        // The same array in Fortran order: element (r, y, x) at r + 5·(y + 3·x).
        var fortran = new int[60];
        for (int i = 0; i < 60; i++) fortran[i / 12 + 5 * (i / 4 % 3 + 3 * (i % 4))] = i;
        _folder.Write("f.npy", WithHeader("{'descr': '<i4', 'fortran_order': True, 'shape': (5, 3, 4)}", fortran.SelectMany(BitConverter.GetBytes)));
        foreach (string name in new[] { "c.npy", "c.npy.gz", "f.npy" })
        {
            using var reader = new NpyReader(_folder[name]);
            Assert.Equal((5, 12L), (reader.Rows, reader.RowLength));
            foreach (var (first, count) in new[] { (3, 2), (0, 1), (1, 3), (4, 1), (2, 0) })
            {
                var rows = new long[12 * count];
                reader.ReadRows(first, count, rows.AsSpan());
                Assert.Equal(values.Skip(12 * first).Take(12 * count).Select(v => (long)v), rows);
            }
        }
        Assert.Equal(values, ReadNpy<int>(_folder["f.npy"]));
    }

    [Fact]
    public void Files_that_end_early_say_what_is_missing()
    {
        byte[] file = WithHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", [1, 2, 3, 4]);
        Fails($"needs {file.Length + 12} bytes, {file.Length} are there", () => Open("a.npy", file));
        _folder.Write("a.npy.gz", Gzip(file));
        using var reader = new NpyReader(_folder["a.npy.gz"]);
        Fails("rows 0 to 1 of 2 needs 16 bytes, 4 are there", () => reader.ReadRows(0, 2, new float[4].AsSpan()));
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "big-endian '>f4'")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "has dtype '<c8'; read are b1, u1, i1, i4, i8, f4, f8")]
    [InlineData("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", "structured dtype")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)}", "absurd shape: a side of 99999999999")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000, 2000000000)}", "its size overflows")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2)}", "is truncated: an array of shape (2000000000, 2) needs 160000000")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "cannot be understood at character")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "cannot be understood")]
    [InlineData("{'descr': '<f4', 'fortran_order': 1, 'shape': ()}", "cannot be understood")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "cannot be understood")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", "cannot be understood")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", "goes on after")]
    [InlineData("", "cannot be understood")]
    public void Bad_headers_are_named(string header, string message)
    {
        Fails(message, () => Open("a.npy", WithHeader(header, [0, 0, 0, 0])));
    }

    [Fact]
    public void Other_bad_files_are_named()
    {
        byte[] good = Convert.FromBase64String(UInt8Version3);
        Fails("does not exist", () => new NpyReader(_folder["none.npy"]).Dispose());
        Fails("is a folder", () => new NpyReader(_folder.ToString()).Dispose());
        Fails("the .npy header needs 8 bytes, 0 are there", () => Open("a", []));
        Fails("is not an .npy file", () => Open("a", new byte[200]));
        Fails("the .npy header needs 116 bytes, 88 are there", () => Open("a", good[..100]));
        Fails("has .npy version 9", () => Open("a", [.. good[..6], 9, .. good[7..]]));
        Fails("header of 4278190196 bytes", () => Open("a", [.. good[..11], 255, .. good[12..]]));
        byte[] packed = Gzip(good);
        Fails("cannot be unpacked", () => ReadNpy<byte>(_folder.Write("a", [.. packed[..^8], 1, 2, 3, 4, .. packed[^4..]])));
        Fails("single number", () => Open("a", WithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", [1])));
        Fails("packed and in Fortran order", () => Open("a", Gzip(Convert.FromBase64String(Int64Fortran))));
    }

    [Fact]
    public void A_gzip_bomb_is_refused_before_it_is_unpacked()
    {
        byte[] bomb = Gzip(WithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (80000000,)}", new byte[80_000_000]));
        string path = _folder.Write("bomb.npy.gz", bomb);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fails("rows of 30000000 bytes; at most 16777216 are read of packed data",
            () => Open("row.npy.gz", Gzip(WithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (64, 30000000)}", []))));
        using (var reader = new NpyReader(path))
            Fails($"holds an array of 80000000 bytes in a file of {bomb.Length}, over the limit of 67108864", () => reader.ReadAll<byte>());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Values_that_do_not_fit_are_named()
    {
        Npy.Write<int>(_folder["i.npy"], [1, 2, 300, 4], 2, 2);
        Npy.Write<float>(_folder["f.npy"], [1, 2.5f], 2);
        Fails("row 1: the value 300 at element 0 does not fit type Byte", () => ReadNpy<byte>(_folder["i.npy"]));
        Fails("row 1: the value 2.5 at element 0 does not fit type Int32", () => ReadNpy<int>(_folder["f.npy"]));
        using var reader = new NpyReader(_folder["i.npy"]);
        Fails("row 1: the value 300 at element 0", () => reader.ReadRows(1, 1, new byte[2].AsSpan()));
    }

    [Fact]
    public void A_row_may_be_longer_than_what_is_read_at_a_time()
    {
        byte[] rows = [.. Enumerable.Range(0, 3 * 150_000).Select(i => (byte)(i % 251))];
        Npy.Write<byte>(_folder["long.npy"], rows, 3, 150_000);
        Assert.Equal(rows, ReadNpy<byte>(_folder["long.npy"]));
    }

    private void Open(string name, byte[] file) => new NpyReader(_folder.Write(name, file)).Dispose();

    private static byte[] WithHeader(string header, IEnumerable<byte> data) =>
        [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. data];
}
