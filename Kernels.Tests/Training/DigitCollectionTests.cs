using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.App;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Classify;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Drawings that are kept as digits to learn from.</summary>
public sealed class DigitCollectionTests : IDisposable
{
    private static readonly DigitImages s_digits = ProceduralDigits.Make(200, seed: 41);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A drawing of some of the digits side by side, four times as large, light on black, and what they are.</summary>
    private (InputPicture Drawing, string Label) Draw(params int[] digits)
    {
        const int scale = 4, cell = 125;
        var picture = new Picture(cell * digits.Length + 13, 140, 1);
        foreach (var (place, digit) in digits.Index())
            for (int i = 0; i < scale * scale * DigitImages.Area; i++)
            {
                int x = i % (scale * DigitImages.Side), y = i / (scale * DigitImages.Side);
                picture.Pixels[(y + 14) * picture.Width + x + place * cell + 13] = s_digits.Image(digit)[y / scale * DigitImages.Side + x / scale];
            }
        Png.Write(_folder["drawing.png"], picture);
        return (InputPicture.Read(_folder["drawing.png"], "no", keepGround: false), string.Concat(digits.Select(digit => s_digits.Labels[digit])));
    }

    private string[] Files => [.. Directory.GetFiles(_folder["kept"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [Fact]
    public void Each_digit_goes_into_the_folder_of_what_it_is()
    {
        var (drawing, label) = Draw(0, 1, 2);
        var kept = DigitCollection.Keep(drawing, label, _folder["kept"]);
        Assert.Equal(Enumerable.Range('0', 10).Select(digit => label.Count(c => c == digit)), kept);
        Assert.Equal(label.Order(), Files.Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)[0]));
        // In reading order: the first form is the first digit's.
        var found = PictureDigits.Of(drawing).Digits;
        for (int i = 0; i < 3; i++)
            Assert.Contains(Directory.GetFiles(_folder[$"kept/{label[i]}"]), path => Png.Read(path).Pixels.SequenceEqual(found[i].Pixels));
    }

    [Fact]
    public void The_same_drawing_is_kept_once_under_the_label_that_it_was_given_last()
    {
        var (drawing, _) = Draw(0, 1);
        DigitCollection.Keep(drawing, "35", _folder["kept"]);
        string[] first = Files;
        Assert.Equal(2, DigitCollection.Keep(drawing, "35", _folder["kept"]).Sum());
        Assert.Equal(first, Files);
        var mended = DigitCollection.Keep(drawing, "39", _folder["kept"]);
        Assert.Equal((1, 0, 1), (mended[3], mended[5], mended[9]));
        mended = DigitCollection.Keep(drawing, "35", _folder["kept"]);
        Assert.Equal((1, 1, 0), (mended[3], mended[5], mended[9]));
        Assert.Equal(4, DigitCollection.Keep(Draw(2, 3).Drawing, "35", _folder["kept"]).Sum());
    }

    /// <summary>What was kept is read again as it was: in MNIST's form already, and not turned over.</summary>
    [Fact]
    public void What_is_kept_is_what_is_learned_from()
    {
        for (int first = 0; first < s_digits.Count; first += 5)
        {
            var (drawing, label) = Draw(first, first + 1, first + 2, first + 3, first + 4);
            DigitCollection.Keep(drawing, label, _folder["kept"]);
        }
        var own = OwnDigits.Read(_folder["kept"]);
        Assert.Empty(own.LeftOut);
        Assert.Equal(Files.Select(path => Png.Read(path).Pixels), Enumerable.Range(0, own.Digits.Count).Select(i => own.Digits.Image(i).ToArray()));
        Assert.Equal(s_digits.Labels.Order(), own.Digits.Labels);
    }

    [Fact]
    public async Task Two_at_once_do_not_disturb_each_other()
    {
        var drawings = Enumerable.Range(0, 8).Select(i => Draw(2 * i, 2 * i + 1)).ToArray();
        await Task.WhenAll(drawings.Concat(drawings).Select(d => Task.Run(() => DigitCollection.Keep(d.Drawing, d.Label, _folder["kept"]))));
        Assert.Equal(16, OwnDigits.Read(_folder["kept"]).Digits.Count);
        Assert.Equal(16, Files.Length);
    }

    [Theory]
    [InlineData("", "the label '' says no digits; give 1 to 20 of them")]
    [InlineData("7a", "the label '7a' says no digits")]
    [InlineData("٧٣", "says no digits")]
    [InlineData("-1", "says no digits")]
    [InlineData("123456789012345678901", "says no digits; give 1 to 20")]
    [InlineData("735", "the drawing has 2 digits that are found, and the label 735 has 3; draw them apart, or mend the label")]
    [InlineData("7", "the drawing has 2 digits that are found, and the label 7 has 1")]
    public void A_label_that_does_not_fit_keeps_nothing(string label, string message)
    {
        TestTools.Fails(message, () => DigitCollection.Keep(Draw(0, 1).Drawing, label, _folder["kept"]));
        Assert.False(Directory.Exists(_folder["kept"]));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_said()
    {
        string file = _folder.Write("kept", [1]);
        var (drawing, label) = Draw(0);
        TestTools.Fails($"cannot make the folder '{Path.Combine(file, label)}'", () => DigitCollection.Keep(drawing, label, file));
    }
}
