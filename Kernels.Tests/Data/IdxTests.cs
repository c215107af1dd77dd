using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class IdxTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly byte[] Good = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];

    [Fact]
    public void Plain_and_gzip_files_are_read()
    {
        foreach (byte[] file in new[] { Good, Gzip(Good) })
        {
            var array = Idx.Read(_folder.Write("a", file));
            Assert.Equal([2, 3], array.Shape);
            Assert.Equal([10, 20, 30, 40, 50, 60], array.Bytes);
        }
    }

    [Fact]
    public void Bad_files_are_named()
    {
        Fails("does not exist", () => Idx.Read(_folder["none"]));
        Fails("idx header needs 4 bytes, 0 are there", () => Read([]));
        Fails("idx header needs 8 bytes, 3 are there", () => Read(Good[..7]));
        Fails("does not begin with two zero bytes", () => Read([1, .. Good[1..]]));
        Fails("element type 0x0d; 0x08 (unsigned bytes) is read", () => Read([0, 0, 0x0d, .. Good[3..]]));
        Fails("has 0 dimensions", () => Read([0, 0, 8, 0]));
        Fails("(2, 3) needs 6 bytes, 5 are there", () => Idx.Read(_folder.Write("a", Gzip(Good[..^1]))));
        Fails("is truncated", () => Read(Good[..^1]));
        Fails("goes on after the array", () => Read([.. Good, 0]));
        Fails("absurd shape: side 0 is 4278190082", () => Read([0, 0, 8, 2, 255, .. Good[5..]]));
        Fails("absurd shape: side 1 is 2130706435", () => Read([0, 0, 8, 2, 0, 0, 0, 2, 127, .. Good[9..]]));
        Fails("over the limit", () => Idx.Read(_folder.Write("a", Gzip([0, 0, 8, 1, 120, 0, 0, 0]))));

        void Read(byte[] file) => Idx.Read(_folder.Write("a", file));
    }

    [Fact]
    public void MNIST_files_must_fit_together()
    {
        var image = new byte[16 + 784];
        ((byte[])[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28, 77]).CopyTo(image, 0);
        foreach (string part in new[] { "train", "t10k" })
        {
            _folder.Write($"mnist/{part}-images-idx3-ubyte.gz", Gzip(image));
            _folder.Write($"mnist/{part}-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 4]);
        }
        var mnist = MnistData.Load(_folder.ToString());
        Assert.Equal((1, 4, 77), (mnist.Test.Count, mnist.Test.Labels[0], mnist.Test.Image(0)[0]));

        // Left empty by a download that failed, the inner folder does not hide the files beside it.
        foreach (string file in Directory.GetFiles(_folder["mnist"])) _folder.Write($"beside/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        Directory.CreateDirectory(_folder["beside/mnist"]);
        Assert.Equal((4, 1), (MnistData.Locate(_folder["beside"]).Count, MnistData.Load(_folder["beside"]).Test.Count));

        string labels = "mnist/t10k-labels-idx1-ubyte";
        _folder.Write(labels, [0, 0, 8, 1, 0, 0, 0, 1, 10]);
        Fails("mnist t10k: label 10 of image 0", () => MnistData.Load(_folder.ToString()));
        _folder.Write(labels, [0, 0, 8, 1, 0, 0, 0, 2, 1, 1]);
        Fails("images and labels disagree: 1 images, 2 labels", () => MnistData.Load(_folder.ToString()));
        _folder.Write(labels, image);
        Fails("has shape (1, 28, 28); (n) was expected", () => MnistData.Load(_folder.ToString()));
        _folder.Write("mnist/t10k-images-idx3-ubyte.gz", [0, 0, 8, 1, 0, 0, 0, 1, 4]);
        Fails("has shape (1); (n, 28, 28) was expected", () => MnistData.Load(_folder.ToString()));
        File.Delete(_folder[labels]);
        Fails("t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz is missing", () => MnistData.Load(_folder.ToString()));
    }
}
