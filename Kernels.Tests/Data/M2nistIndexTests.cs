using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public class M2nistIndexTests
{
    [RealDataFact]
    public void Digits_of_every_fifth_real_image_are_found()
    {
        var data = RealData.M2nist;
        int[] images = [.. Enumerable.Range(0, data.Count / 5).Select(i => 5 * i)];
        var fifth = new SegmentationData("fifth", data.Height, data.Width,
            [.. images.SelectMany(i => data.Image(i).ToArray())], [.. images.SelectMany(i => data.Mask(i).ToArray())]);
        Assert.Equal(data.Digits!.Where(d => d.Image % 5 == 0), new M2nistIndex(RealData.Mnist.All()).Find(fifth).Select(d => d with { Image = 5 * d.Image }));
    }

    [Fact]
    public void Digits_that_erase_and_overlap_each_other_are_found()
    {
        // Two classes only, and ink near the border, so that digits of one class erase each other and digits of two share pixels.
        var random = new CounterRandom(1, RandomStream.Digit);
        var (images, labels) = (new byte[40 * DigitImages.Area], new byte[40]);
        for (int i = 0; i < images.Length; i++) images[i] = i % 28 is > 1 and < 26 && random.NextInt(7) == 0 ? (byte)(1 + random.NextInt(255)) : (byte)0;
        for (int i = 0; i < labels.Length; i++) labels[i] = (byte)(4 + i % 2);
        var digits = new DigitImages("noise", images, labels, [.. Enumerable.Range(100, 40)]);
        var scenes = M2nistComposer.Compose("scenes", 60, 1, digits);
        Assert.Contains(scenes.Digits!.GroupBy(d => d.Image), g => g.Select(d => d.Label).Distinct().Count() < g.Count());
        Assert.Equal(scenes.Digits, new M2nistIndex(digits).Find(scenes));

        scenes.Images[7 * 64 * 84 + 20 * 84 + 20] ^= 1;
        Fails("scenes: image 7 is not composed of the digits of noise", () => new M2nistIndex(digits).Find(scenes));
    }
}
