using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

public class RealDataTests
{
    [RealDataFact]
    public void M2nist_has_its_published_counts()
    {
        var data = RealData.M2nist;
        Assert.Equal((5000, 64, 84), (data.Count, data.Height, data.Width));
        var pixels = new int[11];
        foreach (byte label in data.Labels) pixels[label]++;
        Assert.Equal([185565, 94895, 171913, 167575, 138203, 148585, 172812, 141236, 179192, 144965, 25335059], pixels);
        Assert.Equal(-1, Enumerable.Range(0, data.Images.Length).FirstOrDefault(i => data.Images[i] > 0 != data.Labels[i] < 10, -1));
        Assert.NotNull(data.Digits);
        Assert.Equal(10260, data.Digits.Count);
    }

    [RealDataFact]
    public void Digits_and_places_give_every_real_image_and_mask_bit_for_bit()
    {
        var data = RealData.M2nist;
        var mnist = RealData.Mnist;
        Assert.Equal((60000, 10000), (mnist.Train.Count, mnist.Test.Count));
        var (windows, image, labels) = (new byte[3 * DigitImages.Area], new byte[64 * 84], new byte[64 * 84]);
        foreach (var digits in data.Digits!.GroupBy(d => d.Image))
        {
            var places = digits.Select(d => (d.X, d.Y, d.Label)).ToArray();
            int count = 0;
            foreach (var digit in digits)
            {
                var (set, index) = digit.MnistIndex < 60000 ? (mnist.Train, digit.MnistIndex) : (mnist.Test, digit.MnistIndex - 60000);
                Assert.Equal(digit.Label, set.Labels[index]);
                set.Image(index).CopyTo(windows.AsSpan(count++ * DigitImages.Area));
            }
            M2nistComposer.Merge(windows, places, image, labels);
            Assert.True(data.Image(digits.Key).SequenceEqual(image), $"image {digits.Key} differs");
            Assert.True(data.Mask(digits.Key).SequenceEqual(labels), $"mask {digits.Key} differs");
        }
    }

    [RealDataFact]
    public void A_link_to_a_file_is_that_file()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TempFolder();
        foreach (string path in MnistData.Locate(RealDataFactAttribute.Folder)) File.CreateSymbolicLink(folder[Path.GetFileName(path)], path);
        var summary = SetSummaries.Mnist($"{folder}");
        Assert.Equal(SetSummaries.Mnist(RealDataFactAttribute.Folder).Lines, summary.Lines);
        Assert.True((bool)summary.Json["genuine"]!);
    }

    [RealDataFact]
    public void Only_the_published_files_are_called_so()
    {
        using var folder = new TempFolder();
        foreach (string path in MnistData.Locate(RealDataFactAttribute.Folder)) File.Copy(path, folder[Path.GetFileName(path)]);
        Assert.True((bool)SetSummaries.Mnist($"{folder}").Json["genuine"]!);
        // One label of one file is another.
        string labels = MnistData.Locate($"{folder}").Single(path => path.Contains("t10k-labels"));
        byte[] content = DataStream.ReadFile(labels);
        content[^1] = (byte)(9 - content[^1]);
        File.Delete(labels);
        folder.Write(Path.GetFileName(labels).Replace(".gz", ""), content);
        Assert.False((bool)SetSummaries.Mnist($"{folder}").Json["genuine"]!);
    }
}
