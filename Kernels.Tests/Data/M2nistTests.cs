using System.IO.Compression;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class M2nistTests : IDisposable
{
    private const int Size = 64 * 84;

    private readonly TempFolder _folder = new();
    private readonly SegmentationData _scenes = M2nistComposer.Compose("scenes", 6, 2, ProceduralDigits.Source);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_layouts_give_the_same_data()
    {
        Directory.CreateDirectory(_folder["compact/m2nist"]);
        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images, 6, 64, 84);
        Npy.Write<byte>(_folder["classmap.npy"], _scenes.Labels, 6, 64, 84);
        foreach (string name in new[] { "combined.npy", "classmap.npy" })
            _folder.Write($"compact/m2nist/{name}.gz", Gzip(File.ReadAllBytes(_folder[name])));
        WriteKaggle();
        foreach (string folder in new[] { _folder.ToString(), _folder["compact"], _folder["compact/m2nist"], _folder["kaggle"] })
        {
            var data = M2nist.Load(folder);
            Assert.Equal((6, 64, 84, "m2nist"), (data.Count, data.Height, data.Width, data.Name));
            Assert.Equal(_scenes.Sha256, data.Sha256);
            Assert.Null(data.Digits);
        }
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    public void Either_layout_may_be_one_npz(CompressionLevel level)
    {
        WriteKaggle();
        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images, 6, 64, 84);
        Npy.Write<byte>(_folder["classmap.npy"], _scenes.Labels, 6, 64, 84);
        foreach (string[] names in new string[][] { ["combined", "classmap"], ["kaggle/combined", "kaggle/segmented"] })
        {
            string path = _folder.Write("set.npz", Zip(level, [.. names.Select(n => ($"{Path.GetFileName(n)}.npy", File.ReadAllBytes(_folder[$"{n}.npy"])))]));
            var files = M2nist.Locate(path);
            Assert.Equal((names[1].EndsWith("segmented"), false), (files.IsKaggle, files.HasDigits));
            Assert.Equal([path], files.Paths);
            var data = M2nist.Load(path);
            Assert.Equal(("set", _scenes.Sha256), (data.Name, data.Sha256));
            Assert.Null(data.Digits);
        }
    }

    [Fact]
    public void Kaggles_masks_in_an_npz_are_never_in_memory_whole()
    {
        // 120 images as int64 [120, 64, 84, 11] are 57 MB; an image of them is half a megabyte.
        var many = M2nistComposer.Procedural(120, seed: 4);
        M2nistWriter.Write(many, _folder["many"], M2nistLayout.Kaggle);
        string path = _folder.Write("set.npz", Zip(
            [.. new[] { "combined.npy", "segmented.npy" }.Select(n => (n, File.ReadAllBytes(_folder[$"many/{n}"])))]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var data = M2nist.Load(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        Assert.Equal(many.Sha256, data.Sha256);
    }

    [Fact]
    public void Digits_and_MNIST_of_an_npz_lie_beside_it()
    {
        string path = _folder.Write("set.npz", Npz(("combined", _scenes.Images), ("classmap", _scenes.Labels)));
        M2nistWriter.WriteDigits(M2nist.Locate(path).Digits, _scenes.Digits!);
        Assert.Equal([path, _folder["set.digits.csv"]], M2nist.Locate(path).Paths);
        Assert.Equal(_scenes.Digits, M2nist.Load(path).Digits);
        Assert.Null(M2nist.Load(path, withDigits: false).Digits);
        _folder.Write("mnist/t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 0]);
        Assert.Equal([_folder["mnist/t10k-labels-idx1-ubyte"]], MnistData.Locate(path));
    }

    [Fact]
    public void An_npz_that_is_no_set_is_named()
    {
        Fails("none.npz' does not exist", () => M2nist.Load(_folder["none.npz"]));
        Fails("cannot be read as .npz", () => M2nist.Load(_folder.Write("a.npz", "combined"u8.ToArray())));
        byte[] good = Npz(("combined", _scenes.Images), ("classmap", _scenes.Labels));
        Fails("cannot be read as .npz", () => M2nist.Load(_folder.Write("a.npz", good[..^1000])));
        Fails("a.npz' has no array 'combined'; it has 1 array: 'classmap'. A set is made by numpy.savez(file, combined=…, classmap=…).",
            () => M2nist.Load(_folder.Write("a.npz", Npz(("classmap", _scenes.Labels)))));
        Fails("has no array 'classmap' or 'segmented'; it has 2 arrays: 'combined', 'x'.",
            () => M2nist.Load(_folder.Write("a.npz", Npz(("combined", _scenes.Images), ("x", _scenes.Labels)))));
        Fails("a.npz:classmap' has shape (5, 64, 84); (6, 64, 84) was expected",
            () => M2nist.Load(_folder.Write("a.npz", Npz(("combined", _scenes.Images), ("classmap", _scenes.Labels[..(5 * Size)])))));
        Fails("a.npz:combined' holds no images", () => M2nist.Load(_folder.Write("a.npz", Npz(("combined", []), ("classmap", [])))));
        byte[] flat = Zip(("combined.npy", [.. NpyHeader.Write(NpyType.UInt8, [6, Size]), .. _scenes.Images]), ("classmap.npy", []));
        Fails("a.npz:combined' has shape (6, 5376); (6, 64, 84) was expected", () => M2nist.Load(_folder.Write("a.npz", flat)));
        Directory.CreateDirectory(_folder["folder.npz"]); // a folder is one, whatever its name
        Fails("no M2NIST in", () => M2nist.Load(_folder["folder.npz"]));
    }

    [Fact]
    public void An_inner_folder_that_a_failed_download_left_hides_no_set()
    {
        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images, 6, 64, 84);
        Npy.Write<byte>(_folder["classmap.npy"], _scenes.Labels, 6, 64, 84);
        Directory.CreateDirectory(_folder["m2nist"]);
        Assert.Equal(6, M2nist.Load(_folder.ToString()).Count);
    }

    [Fact]
    public void Digits_that_cannot_be_read_can_be_left_out()
    {
        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images, 6, 64, 84);
        Npy.Write<byte>(_folder["classmap.npy"], _scenes.Labels, 6, 64, 84);
        _folder.Write("digits.csv", "nonsense"u8.ToArray());
        Fails("digits.csv' does not begin", () => M2nist.Load(_folder.ToString()));
        Assert.Null(M2nist.Load(_folder.ToString(), withDigits: false).Digits);
    }

    [Fact]
    public void Digits_of_a_hold_out_are_kept_out_of_training_and_all_must_be_listed()
    {
        var drawn = ProceduralDigits.Make(60, 1);
        var mnist = new MnistData(
            new DigitImages("train", drawn.Images[..(50 * 784)], drawn.Labels[..50], [.. Enumerable.Range(0, 50)]),
            new DigitImages("test", drawn.Images[(50 * 784)..], drawn.Labels[50..], [.. Enumerable.Range(60_000, 10)]));
        var data = M2nistComposer.Compose("made", 6, 3, mnist.Train);
        int[] holdOut = [1, 4];
        var shown = data.Digits!.Where(d => holdOut.Contains(d.Image)).Select(d => d.MnistIndex).ToHashSet();
        var free = M2nist.FreeDigits(mnist, data, holdOut);
        Assert.Equal(Enumerable.Range(0, 50).Except(shown), Enumerable.Range(0, free.Count).Select(free.MnistIndex));

        var lost = data.Digits!.First(d => d.Image == 4);
        var incomplete = new SegmentationData("made", 64, 84, data.Images, data.Labels, [.. data.Digits!.Where(d => d != lost)]);
        Fails("of image 4 and not all that it shows", () => M2nist.FreeDigits(mnist, incomplete, holdOut));
        Assert.Equal(50, M2nist.FreeDigits(mnist, incomplete, []).Count);

        // Two digits of one label, of which one is listed: the mask alone does not show that one is missing.
        byte[] mask = [.. Enumerable.Repeat((byte)SegmentationData.Background, 64 * 84)];
        (mask[0], mask[60]) = (3, 3);
        var twins = new SegmentationData("twins", 64, 84, new byte[64 * 84], mask, [new PlacedDigit(0, 0, 0, 0, 3, 7, 0, 0, 0, 0)]);
        Fails("lists 1 digits of image 0 and not all that it shows", () => M2nist.FreeDigits(mnist, twins, [0]));
    }

    /// <summary>New pictures are composed of nothing that a validation or test picture shows, and are the share asked for, others in each epoch.</summary>
    [Fact]
    public void Augmentation_spares_the_hold_out_and_keeps_its_share_in_every_epoch()
    {
        const int count = 60;
        var task = new SegmentTask();
        var arguments = new Arguments(task).With(SegmentParameters.Augment, 0.5);
        int[] held = [];
        var data = M2nistComposer.Procedural(count, 1);
        var opened = task.Open(data, "made", arguments, (_, except) =>
        {
            held = [.. except];
            return ProceduralDigits.Source;
        });
        Assert.Equal(opened.Split.Validation.Concat(opened.Split.Test).Order(), held.Order());

        var batch = new Batch(data.Spec, 1);
        var composed = Enumerable.Range(0, 20).Select(epoch => Enumerable.Range(0, opened.Training.Count).Where(position =>
        {
            opened.Training.Read(epoch, position, new Sample(batch, 0));
            return !new Sample(batch, 0).Pixels.SequenceEqual(data.Image(opened.Split.Train[position]));
        }).ToArray()).ToArray();
        // Half, by a deviation of √(n/4); a quarter would lie far outside.
        int n = 20 * opened.Training.Count;
        Assert.InRange(composed.Sum(positions => positions.Length), n / 2 - 4 * Math.Sqrt(n / 4.0), n / 2 + 4 * Math.Sqrt(n / 4.0));
        Assert.NotEqual(composed[0], composed[1]);
    }

    [Fact]
    public void Where_two_channels_are_set_the_lower_digit_counts()
    {
        WriteKaggle(oneHot => (oneHot[5 * 11 + 3], oneHot[5 * 11 + 8], oneHot[5 * 11 + 10]) = (1, 1, 0));
        Assert.Equal(3, M2nist.Load(_folder["kaggle"]).Labels[5]);
    }

    [Fact]
    public void Digits_are_read_where_they_are_known()
    {
        WriteKaggle();
        const string header = "image,slot,x,y,label,mnist_index,xmin,ymin,xmax,ymax\n";
        Write(header + "0,1,29,23,9,65026,35,29,50,48\n5,0,9,15,2,27957,14,20,33,37\n");
        var digits = M2nist.Load(_folder["kaggle"]).Digits;
        Assert.Equal([new(0, 1, 29, 23, 9, 65026, 35, 29, 50, 48), new(5, 0, 9, 15, 2, 27957, 14, 20, 33, 37)], digits);
        Write("x,y\n");
        Fails("does not begin with the line 'image,slot", () => M2nist.Load(_folder["kaggle"]));
        string[] bads =
        [
            "6,0,9,15,2,27957,14,20,33,37", "0,0,9,15,2,27957,14,20,33", "0,0,9,15,10,27957,14,20,33,37", "0,0,x,15,2,1,14,20,33,37",
            "0,0,57,15,2,1,60,20,70,37",
        ];
        foreach (string bad in bads)
        {
            Write(header + bad + "\n");
            Fails($"line 2: '{bad}' is no digit of 6 images", () => M2nist.Load(_folder["kaggle"]));
        }

        void Write(string text) => File.WriteAllText(_folder["kaggle/digits.csv"], text);
    }

    [Fact]
    public void Files_that_do_not_fit_are_named()
    {
        string folder = _folder.ToString();
        Fails("no M2NIST in", () => M2nist.Load(_folder["nowhere"]));
        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images, 6, 84, 64);
        Fails("has no masks beside it", () => M2nist.Load(folder));
        Npy.Write<byte>(_folder["classmap.npy"], _scenes.Labels, 6, 64, 84);
        Fails("has shape (6, 84, 64); (6, 64, 84) was expected", () => M2nist.Load(folder));
        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images.AsSpan(0, 5 * Size), 5, 64, 84);
        Fails("has shape (6, 64, 84); (5, 64, 84) was expected", () => M2nist.Load(folder));
        Npy.Write<byte>(_folder["combined.npy"], [], 0, 64, 84);
        Fails("holds no images", () => M2nist.Load(folder));

        Npy.Write<byte>(_folder["combined.npy"], _scenes.Images, 6, 64, 84);
        _scenes.Labels[2 * Size + 84 + 7] = 11;
        Npy.Write<byte>(_folder["classmap.npy"], _scenes.Labels, 6, 64, 84);
        Fails("label 11 in image 2 at row 1, column 7; labels are 0 to 10", () => M2nist.Load(folder));

        int[] pixels = [.. _scenes.Images.Select(p => (int)p)];
        pixels[3 * Size + 9] = 256;
        Npy.Write<int>(_folder["combined.npy"], pixels, 6, 64, 84);
        Fails("row 3: the value 256 at element 9", () => M2nist.Load(folder));
    }

    [Fact]
    public void Masks_without_a_class_are_named()
    {
        WriteKaggle(oneHot => oneHot.AsSpan((Size + 2 * 84 + 3) * 11, 11).Clear());
        Fails("image 1, row 2, column 3 has channels 0 0 0 0 0 0 0 0 0 0 0", () => M2nist.Load(_folder["kaggle"]));
        WriteKaggle(oneHot => oneHot[4] = 2);
        Fails("image 0, row 0, column 0 has channels 0 0 0 0 2", () => M2nist.Load(_folder["kaggle"]));
    }

    [Fact]
    public void Images_and_labels_must_agree()
    {
        Fails("x: 5 pixels are no whole number of 2×3 images", () => _ = new SegmentationData("x", 2, 3, new byte[5], new byte[5]));
        Fails("x: images and masks disagree: 2 images, 1 masks", () => _ = new SegmentationData("x", 2, 3, new byte[12], new byte[6]));
    }

    /// <summary>Arrays u8 [n, 64, 84] as numpy.savez_compressed writes them.</summary>
    private static byte[] Npz(params (string Name, byte[] Values)[] arrays) => Zip(
        [.. arrays.Select(a => ($"{a.Name}.npy", (byte[])[.. NpyHeader.Write(NpyType.UInt8, [a.Values.Length / Size, 64, 84]), .. a.Values]))]);

    private void WriteKaggle(Action<byte[]>? change = null)
    {
        Directory.CreateDirectory(_folder["kaggle"]);
        var oneHot = new byte[6 * Size * 11];
        for (int i = 0; i < 6 * Size; i++) oneHot[i * 11 + _scenes.Labels[i]] = 1;
        change?.Invoke(oneHot);
        Npy.Write<long>(_folder["kaggle/combined.npy"], Array.ConvertAll(_scenes.Images, p => (long)p), 6, 64, 84);
        Npy.Write<long>(_folder["kaggle/segmented.npy"], Array.ConvertAll(oneHot, p => (long)p), 6, 64, 84, 11);
    }
}
