using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class M2nistWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SegmentationData _set = M2nistComposer.Compose("set", 5, 9, ProceduralDigits.Source);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(M2nistLayout.Compact, NpyType.UInt8)]
    [InlineData(M2nistLayout.Kaggle, NpyType.Int64)]
    public void What_is_written_is_read_again(M2nistLayout layout, NpyType type)
    {
        M2nistWriter.Write(_set, _folder["new/m2nist"], layout);
        var files = M2nist.Locate(_folder["new"]);
        Assert.Equal(layout == M2nistLayout.Kaggle, files.IsKaggle);
        Assert.Equal(M2nistWriter.FilesOf(layout).Order(), Directory.GetFileSystemEntries(_folder["new/m2nist"]).Select(Path.GetFileName).Order());
        using (var images = DataStream.Open(files.Images!)) Assert.Equal(type, NpyHeader.Read(images).Type);
        var again = M2nist.Load(_folder["new"]);
        Assert.Equal(_set.Sha256, again.Sha256);
        Assert.Equal(_set.Digits, again.Digits);
        Assert.All(again.Digits!, d => Assert.Equal(-1, d.MnistIndex));
    }

    [Fact]
    public void Digits_of_MNIST_are_numbered()
    {
        var images = new DigitImages("three", [.. Enumerable.Repeat((byte)9, 3 * DigitImages.Area)], [4, 5, 6], [70, 60_001, 9]);
        var set = M2nistComposer.Compose("set", 20, 1, images.Select("two", [2, 1]));
        Assert.All(set.Digits!, d => Assert.Equal(d.Label == 6 ? 9 : 60_001, d.MnistIndex));
        Assert.Equal(2, set.Digits!.Select(d => d.MnistIndex).Distinct().Count());
    }

    [Fact]
    public void A_set_that_is_there_is_replaced_only_when_allowed()
    {
        var other = M2nistComposer.Compose("other", 3, 8, ProceduralDigits.Source);
        M2nistWriter.Write(_set, _folder.ToString(), M2nistLayout.Compact);
        Fails("combined.npy.gz' exists; choose another --out, or replace the set with --exist-ok",
            () => M2nistWriter.Write(other, _folder.ToString(), M2nistLayout.Compact));
        Fails("holds combined.npy.gz of another layout", () => M2nistWriter.Write(other, _folder.ToString(), M2nistLayout.Kaggle, replace: true));
        Assert.Equal(_set.Sha256, M2nist.Load(_folder.ToString()).Sha256);
        M2nistWriter.Write(other, _folder.ToString(), M2nistLayout.Compact, replace: true);
        Assert.Equal(other.Sha256, M2nist.Load(_folder.ToString()).Sha256);
        // Digits that are not known leave none of another set.
        M2nistWriter.Write(new SegmentationData("x", 64, 84, _set.Images, _set.Labels), _folder.ToString(), M2nistLayout.Compact, replace: true);
        Assert.Null(M2nist.Load(_folder.ToString()).Digits);
    }

    [Fact]
    public void What_cannot_be_written_is_named()
    {
        string file = _folder.Write("file", [1]);
        Fails($"cannot write into '{file}'", () => M2nistWriter.Write(_set, file, M2nistLayout.Compact));
        Fails("images of 2×3 are not M2NIST's 64×84",
            () => M2nistWriter.Write(new SegmentationData("x", 2, 3, new byte[6], new byte[6]), _folder["x"], M2nistLayout.Compact));
    }

    [Fact]
    public void What_a_killed_process_left_long_ago_goes_and_what_may_be_another_process_own_stays()
    {
        string old = _folder.Write(".old.tmp/combined.npy.gz", [1]), young = _folder.Write(".young.tmp/combined.npy.gz", [1]);
        Directory.SetLastWriteTimeUtc(Path.GetDirectoryName(old)!, DateTime.UtcNow.AddDays(-2));
        M2nistWriter.Write(_set, $"{_folder}", M2nistLayout.Compact);
        Assert.Equal([Path.GetDirectoryName(young)!], Directory.GetDirectories($"{_folder}"));
        Assert.True(File.Exists(young));
    }

    // Kaggle's layout is written and read an image at a time: 34 MB of int64 masks here, 2.5 GB in the real set.
    [Fact]
    public void Kaggles_layout_passes_through_little_memory()
    {
        const int count = 72;
        var set = M2nistComposer.Compose("set", count, 9, ProceduralDigits.Source);
        long before = GC.GetAllocatedBytesForCurrentThread();
        M2nistWriter.Write(set, _folder.ToString(), M2nistLayout.Kaggle);
        long written = GC.GetAllocatedBytesForCurrentThread() - before;
        var again = M2nist.Load(_folder.ToString());
        long read = GC.GetAllocatedBytesForCurrentThread() - before - written;
        Assert.Equal(set.Labels, again.Labels);
        Assert.InRange(new FileInfo(_folder["segmented.npy"]).Length, 34_000_000, 35_000_000);
        Assert.True(written < 2_000_000 && read < 6_000_000, $"{written} bytes taken to write, {read} to read");
    }
}
