using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>Files of the nearest neighbours made by hand, good and damaged, as <c>fcn predict</c> and <c>fcn val</c> meet them.</summary>
public sealed class NeighbourFileTests : IDisposable
{
    private const int Samples = 6;

    private readonly TempFolder _folder = new();

    /// <summary>A picture like each sample: a bar that stands the further right the larger its label is.</summary>
    public NeighbourFileTests()
    {
        for (int i = 0; i < Samples; i++) Png.Write(_folder[$"{i}.png"], new Picture(28, 28, 1, Bar(i)));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Bar(int label)
    {
        var pixels = new byte[DigitImages.Area];
        for (int y = 4; y < 24; y++)
            for (int x = 0; x < 2; x++) pixels[y * 28 + 12 + label / 3 + x] = (byte)(255 - 20 * (label % 3));
        return pixels;
    }

    private static float[] Centred() => [.. Enumerable.Range(0, Samples).SelectMany(Bar).Select(p => p - 128f)];

    private static float[] Labels() => [.. Enumerable.Range(0, Samples).Select(i => (float)i)];

    private static SafetensorsTensor[] Tensors(float[] samples, float[] labels) =>
        [SafetensorsTensor.From<float>("samples", samples, Samples, DigitImages.Area), SafetensorsTensor.From<float>("labels", labels, Samples)];

    private string File(IEnumerable<SafetensorsTensor> tensors, string arguments = """{"k":1,"ties":"smallest","seed":0,"validation":0}""")
    {
        SafetensorsFile.Write(_folder["w"], tensors, new Dictionary<string, string> { ["model"] = "knn", ["arguments"] = arguments });
        return _folder["w"];
    }

    private string[] Predict(string weights) => ["predict", _folder["4.png"], "--weights", weights, "--device", "cpu"];

    private void Refused(string message, string weights)
    {
        CommandRun.Refused(1, message, Predict(weights));
        CommandRun.Refused(1, message, "val", "--weights", weights, "--part", "all", "--device", "cpu");
    }

    /// <summary>Older files have floats, and others may take pixels less 128 and labels for bytes with a sign or, of labels, without.</summary>
    [Fact]
    public void Floats_and_bytes_are_the_same_file()
    {
        sbyte[] samples = Array.ConvertAll(Centred(), v => (sbyte)v);
        SafetensorsTensor[][] files =
        [
            Tensors(Centred(), Labels()),
            [SafetensorsTensor.From<sbyte>("samples", samples, Samples, 784), SafetensorsTensor.From<sbyte>("labels", [0, 1, 2, 3, 4, 5], Samples)],
            [SafetensorsTensor.From<sbyte>("samples", samples, Samples, 784), SafetensorsTensor.From<byte>("labels", [0, 1, 2, 3, 4, 5], Samples)],
        ];
        foreach (var tensors in files)
        {
            var result = CommandRun.Run(Predict(File(tensors)));
            Assert.Equal((0, ""), (result.Code, result.Error));
            Assert.Contains("1 digit: 4\n", result.Out);
        }
    }

    [Theory]
    [InlineData(10), InlineData(-1), InlineData(2.5f), InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void A_label_that_is_no_digit_is_named(float label)
    {
        float[] labels = Labels();
        labels[3] = label;
        Refused(FormattableString.Invariant($"w': element 3 of tensor 'labels' is {label}; it must be one of the whole numbers from 0 to 9"),
            File(Tensors(Centred(), labels)));
    }

    [Theory]
    [InlineData(128), InlineData(-129), InlineData(0.5f), InlineData(float.NaN)]
    public void A_sample_that_is_no_pixel_is_named(float value)
    {
        float[] samples = Centred();
        samples[785] = value;
        Refused(FormattableString.Invariant($"w': element 785 of tensor 'samples' is {value}; it must be one of the whole numbers from -128 to 127"),
            File(Tensors(samples, Labels())));
    }

    /// <summary>What was made without a sign, 0 … 255, is not shifted in silence.</summary>
    [Fact]
    public void Pixels_without_a_sign_are_refused()
    {
        byte[] pixels = [.. Enumerable.Range(0, Samples).SelectMany(Bar)];
        Refused("w': element 124 of tensor 'samples' is 255; it must be one of",
            File([SafetensorsTensor.From<byte>("samples", pixels, Samples, 784), SafetensorsTensor.From<float>("labels", Labels(), Samples)]));
    }

    [Theory]
    [InlineData("""{"k":7}""", "w': the network cannot be built as the file says: ", "k is 7; it must be 1 … 6 with 6 samples")]
    [InlineData("""{"k":0}""", "w': 'arguments' of its metadata: ", "'k' is 0; it must be a whole number from 1 to 32")]
    [InlineData("""{"k":"many"}""", "w': 'arguments' of its metadata: ", "'k' is \"many\"; it must be a whole number from 1 to 32")]
    [InlineData("""{"ties":"none"}""", "w': 'arguments' of its metadata: ", "'ties' is \"none\"; it must be one of smallest, nearest")]
    public void Arguments_that_do_not_fit_are_named_with_their_file(string arguments, string where, string what)
    {
        string weights = File(Tensors(Centred(), Labels()), arguments);
        Refused(where, weights);
        Refused(what, weights);
    }

    [Fact]
    public void Labels_of_other_samples_are_refused() => Refused("w': tensor 'labels' is [5], the model's is [6]",
        File([Tensors(Centred(), Labels())[0], SafetensorsTensor.From<float>("labels", [0, 1, 2, 3, 4], 5)]));

    [Fact]
    public void A_file_cut_short_is_refused()
    {
        string weights = File([SafetensorsTensor.From<sbyte>("samples", new sbyte[Samples * 784], Samples, 784)]);
        System.IO.File.WriteAllBytes(weights, System.IO.File.ReadAllBytes(weights)[..^10]);
        Refused("w' is truncated", weights);
    }

    /// <summary>A pixel is a byte on the disk too, and what is written is read again.</summary>
    [Fact]
    public void A_run_keeps_its_digits_as_bytes()
    {
        string[] train = ["train", "classify", "--model", "knn", "--validation", "0", "--no-eval", "--device", "cpu", "--data", Digits(), "--out"];
        CommandRun.Refused(1, "--k is 7, and there are 6 digits that can be neighbours", [.. train, _folder["7"], "--k", "7"]);
        Assert.False(Directory.Exists(_folder["7"]));
        var trained = CommandRun.Run([.. train, _folder["run"], "--k", "2"]);
        Assert.Equal((0, ""), (trained.Code, trained.Error));
        var file = SafetensorsFile.Read(_folder["run/weights/best.safetensors"]);
        Assert.Equal([TensorType.I8, TensorType.I8], file.Tensors.Select(t => t.Type));
        Assert.Equal([.. Centred()], file.Find("samples")!.BytesToFloats());
        Assert.Equal(Labels(), file.Find("labels")!.BytesToFloats());
        // Two votes for two digits: the smaller has it.
        Assert.Contains("1 digit: 3\n", CommandRun.Run(Predict(_folder["run/weights/best.safetensors"])).Out);
    }

    /// <summary>A folder in MNIST's form with the samples to train on, and the first of them to test on.</summary>
    private string Digits()
    {
        foreach (var (part, count) in new[] { ("train", Samples), ("t10k", 1) })
        {
            byte[] pixels = [.. Enumerable.Range(0, count).SelectMany(Bar)], labels = [.. Enumerable.Range(0, count).Select(i => (byte)i)];
            _folder.Write($"data/mnist/{part}-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 28, 0, 0, 0, 28, .. pixels]);
            _folder.Write($"data/mnist/{part}-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, (byte)count, .. labels]);
        }
        return _folder["data"];
    }
}
