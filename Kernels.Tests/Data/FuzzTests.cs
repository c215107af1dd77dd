using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Damaged files of every kind: each is read or refused with one <see cref="DataException"/>, and takes little memory.</summary>
public sealed class FuzzTests : IDisposable
{
    // More for a long run by hand: FCN_FUZZ=100000.
    private static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("FCN_FUZZ"), out int count) ? count : 2000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Npy()
    {
        FcnFromScratch.Data.Npy.Write<float>(_folder["good"], [1, 2, 3, 4, 5, 6], 3, 2);
        byte[] good = File.ReadAllBytes(_folder["good"]);
        Survives(good, Read);
        Survives(TestTools.Gzip(good), Read);

        static void Read(string path)
        {
            FcnFromScratch.Data.Npy.Read(path);
            using var reader = new NpyReader(path);
            reader.ReadAll<double>();
        }
    }

    [Fact]
    public void Npz()
    {
        Survives(NpzTests.Good, path =>
        {
            foreach (string name in FcnFromScratch.Data.Npz.Names(path)) FcnFromScratch.Data.Npz.Read(path, name);
        });
    }

    [Fact]
    public void Idx()
    {
        byte[] good = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];
        Survives(good, path => FcnFromScratch.Data.Idx.Read(path));
        Survives(TestTools.Gzip(good), path => FcnFromScratch.Data.Idx.Read(path));
    }

    [Fact]
    public void Png()
    {
        var picture = new Picture(9, 7, 3);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)(i * 37);
        Survives(FcnFromScratch.Data.Png.Encode(picture), path => FcnFromScratch.Data.Png.Read(path));
    }

    [Fact]
    public void Safetensors()
    {
        SafetensorsFile.Write(_folder["good"],
            [SafetensorsTensor.From<float>("conv.weight", [1, 2, 3, 4], 2, 2), SafetensorsTensor.From<byte>("b", [1, 2, 3], 3)],
            new Dictionary<string, string> { ["task"] = "segment" });
        Survives(File.ReadAllBytes(_folder["good"]), path => SafetensorsFile.Read(path));
    }

    private void Survives(byte[] good, Action<string> read)
    {
        int refused = 0;
        string path = _folder.Write("mutant", good);
        read(path);
        for (int number = 0; number < Count; number++)
        {
            byte[] mutant = TestTools.Mutate(good, number);
            File.WriteAllBytes(path, mutant);
            long before = GC.GetAllocatedBytesForCurrentThread();
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
                Assert.Fail($"mutant {number}: {e}");
            }
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < 4 << 20, $"mutant {number} of {mutant.Length} bytes took {taken} bytes of memory");
        }
        Assert.InRange(refused, Count / 4, Count); // else the mutants are no test
    }
}
