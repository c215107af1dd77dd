using System.IO.Compression;
using System.Numerics;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>A test that reads the real data; skipped, visibly, where the variable FCN_DATA names no folder.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute()
    {
        if (!Directory.Exists(Folder)) Skip = "needs the real MNIST and M2NIST: set FCN_DATA to their folder";
    }

    public static string Folder => Environment.GetEnvironmentVariable("FCN_DATA") ?? "";
}

internal static class TestTools
{
    /// <summary>The action must fail with one line that holds the text.</summary>
    public static void Fails(string expected, Action action)
    {
        string message = Assert.Throws<DataException>(action).Message;
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
    }

    /// <summary>All elements of a file.</summary>
    public static T[] ReadNpy<T>(string path) where T : unmanaged, INumber<T>
    {
        using var reader = new NpyReader(path);
        return reader.ReadAll<T>();
    }

    /// <summary>A pixel of a picture of three channels.</summary>
    public static Rgb At(this Picture picture, int x, int y)
    {
        var pixel = picture.Pixels.AsSpan((y * picture.Width + x) * 3, 3);
        return new(pixel[0], pixel[1], pixel[2]);
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Zip(params (string Name, byte[] Content)[] entries) => Zip(CompressionLevel.Fastest, entries);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return packed.ToArray();
    }

    /// <summary>A few kinds of damage: bytes changed, cut off, doubled, put in or taken out. A function of the number.</summary>
    public static byte[] Mutate(byte[] good, int number)
    {
        var random = new CounterRandom(2024, RandomStream.Augmentation, sample: (uint)number);
        var bytes = new List<byte>(good);
        for (int change = random.NextInt(3); change >= 0 && bytes.Count > 0; change--)
        {
            // Half of the changes hit the first bytes, where headers are.
            int at = random.NextInt(random.NextInt(2) == 0 ? bytes.Count : Math.Min(bytes.Count, 96));
            switch (random.NextInt(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.NextInt(8)); break;
                case 1: bytes[at] = (byte)random.NextInt(256); break;
                case 2: bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.RemoveAt(at); break;
                case 4: bytes.Insert(at, (byte)"0123456789-[]{}(),:'\" \xff\0"[random.NextInt(24)]); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.NextInt(8)))); break;
            }
        }
        return [.. bytes];
    }
}
