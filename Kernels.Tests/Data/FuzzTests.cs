using System.Buffers.Binary;
using System.Diagnostics;
using FcnFromScratch.Data;
using Xunit;
using Xunit.Abstractions;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>
/// Damaged files of every kind: each is read or refused with one <see cref="DataException"/>, at once and with little memory. Files with
/// a checksum are damaged twice over: as they are, and inside with the checksum right, to get behind it.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output) : IDisposable
{
    // Files of each of the fourteen kinds. More for a long run by hand: FCN_FUZZ=100000 makes over a million.
    private static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("FCN_FUZZ"), out int count) ? count : 2000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Npy_files()
    {
        Npy.Write<float>(_folder["good"], [1, 2, 3, 4, 5, 6], 3, 2);
        byte[] good = File.ReadAllBytes(_folder["good"]);
        Survives("npy", [good], Read);
        Survives("npy, damaged then packed", [good], Read, TestTools.Gzip);
        Survives("npy, packed then damaged", [TestTools.Gzip(good)], Read);

        static void Read(string path)
        {
            using var reader = new NpyReader(path);
            reader.ReadAll<double>();
        }
    }

    [Fact]
    public void Npz_files()
    {
        Survives("npz", [NpzTests.Good], Read);
        Npy.Write<long>(_folder["good"], [1, 2, 3, 4], 4);
        Survives("npz, damaged inside", [File.ReadAllBytes(_folder["good"])], Read, npy => TestTools.Zip(("x.npy", npy)));

        static void Read(string path)
        {
            foreach (string name in Npz.Names(path))
            {
                using var reader = Npz.Open(path, name);
                reader.ReadAll<double>();
            }
        }
    }

    [Fact]
    public void Idx_files()
    {
        byte[] good = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];
        Survives("idx", [good], path => Idx.Read(path));
        Survives("idx, packed then damaged", [TestTools.Gzip(good)], path => Idx.Read(path));
    }

    [Fact]
    public void Png_files()
    {
        Survives("png", PngTests.Good, path => Png.Read(path));
        Survives("png, checksums made right", PngTests.Good, path => Png.Read(path), CorrectChecksums);
        Survives("png, made grey", PngTests.Good, path => PictureFile.ReadGrey(path), CorrectChecksums);
    }

    [Fact]
    public void Bmp_files() => Survives("bmp", BmpTests.Good, path => PictureFile.ReadGrey(path));

    [Fact]
    public void Pnm_files() => Survives("pnm", PnmTests.Good, path => PictureFile.ReadGrey(path));

    [JpegFact]
    public void Jpeg_files() => Survives("jpeg", JpegTests.Good, path => PictureFile.ReadGrey(path));

    [Fact]
    public void Coco_files()
    {
        byte[] good = """
            {"categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], "images": [{"id": 5, "file_name": "x.png", "width": 9, "height": 8}],
            "annotations": [{"id": 3, "image_id": 5, "category_id": 2, "bbox": [1, 2.5, 3, 4], "area": 7, "iscrowd": 0}]}
            """u8.ToArray();
        Survives("coco", [good], path => CocoJson.Parse(InputFile.Read(path), path));
    }

    [Fact]
    public void Safetensors_files()
    {
        SafetensorsFile.Write(_folder["good"],
            [SafetensorsTensor.From<float>("conv.weight", [1, 2, 3, 4], 2, 2), SafetensorsTensor.From<byte>("b", [1, 2, 3], 3)],
            new Dictionary<string, string> { ["task"] = "segment" });
        Survives("safetensors", [File.ReadAllBytes(_folder["good"])], path => SafetensorsFile.Read(path));
    }

    private void Survives(string kind, byte[][] goods, Action<string> read, Func<byte[], byte[]>? finish = null)
    {
        // Of files of some hundred bytes: nearly all of it is what the runtime takes to unpack anything, or a CMYK JPEG of 512 pixels a byte.
        const long memoryLimit = 640 << 10;
        var timeLimit = TimeSpan.FromSeconds(5);
        int refused = 0;
        long mostMemory = 0;
        var slowest = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        string path = _folder["mutant"];
        foreach (byte[] good in goods) read(_folder.Write("mutant", finish?.Invoke(good) ?? good));
        for (int number = 0; number < Count; number++)
        {
            byte[] mutant = TestTools.Mutate(goods[number % goods.Length], number);
            File.WriteAllBytes(path, finish?.Invoke(mutant) ?? mutant);
            long memory = GC.GetAllocatedBytesForCurrentThread();
            var start = clock.Elapsed;
            try
            {
                read(path);
            }
            catch (DataException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{kind}: mutant {number}: {e}");
            }
            memory = GC.GetAllocatedBytesForCurrentThread() - memory;
            var time = clock.Elapsed - start;
            Assert.True(memory < memoryLimit, $"{kind}: mutant {number} of {mutant.Length} bytes took {memory} bytes of memory");
            Assert.True(time < timeLimit, $"{kind}: mutant {number} of {mutant.Length} bytes took {time.TotalSeconds} s");
            (mostMemory, slowest) = (Math.Max(mostMemory, memory), time > slowest ? time : slowest);
        }
        output.WriteLine($"{kind + ":",-28} {Count} files, {refused} refused, {Count - refused} read; at most {mostMemory / 1024} KB of memory "
            + $"and {slowest.TotalMilliseconds:F0} ms; {clock.Elapsed.TotalSeconds:F0} s in all");
        Assert.InRange(refused, Count / 4, Count - 1); // else the mutants are no test
    }

    private static byte[] CorrectChecksums(byte[] png)
    {
        var file = (byte[])png.Clone();
        for (int at = Png.Signature.Length; at + 12 <= file.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12) break;
            int end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(end), Crc32.Of(file.AsSpan(at + 4, 4 + (int)length)));
            at = end + 4;
        }
        return file;
    }
}
