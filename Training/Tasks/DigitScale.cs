using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks;

/// <summary>At what size pictures are shown to networks that know digits of MNIST's size.</summary>
internal static class DigitScale
{
    /// <summary>
    /// What a network is shown of a picture: that itself if it is of an array or of the size that it knows, or if its digits are; else larger or smaller,
    /// so that the digit in which the middle pixel of all ink lies is of MNIST's size.
    /// </summary>
    /// <param name="known">The pictures that the network was trained on.</param>
    /// <param name="asked">How much larger it is to be, if somebody said</param>
    /// <param name="flag">by this.</param>
    /// <param name="typical">The longer side of its typical digit in pixels, 0 where it has none; asked only if it matters.</param>
    /// <param name="least">Of what would bring digits to MNIST's size</param>
    /// <param name="most">what lies between need not be done: the network reads them as well as they are.</param>
    /// <exception cref="EngineException">A picture of an array is asked for at another size.</exception>
    public static InputPicture Shown(
        InputPicture picture, InputSize known, double? asked, Parameter flag, Func<double> typical, double least, double most)
    {
        bool isAsTrained = picture.IsOfArray || (picture.Height, picture.Width) == (known.Height, known.Width);
        double scale = asked ?? (isAsTrained ? 1 : Of(typical(), least, most));
        if (picture.IsOfArray && scale != 1)
            throw new EngineException($"'{picture.Name}' is of an array, which is taken as it is; {flag.Flag} is for pictures");
        double largest = Math.Sqrt((double)Picture.MostPixels / ((long)picture.Height * picture.Width));
        int Side(int pixels) => Math.Max(1, (int)Math.Round(pixels * Math.Min(scale, largest)));
        return scale == 1 ? picture : picture.Scaled(Side(picture.Width), Side(picture.Height));
    }

    /// <summary>What is written in a picture.</summary>
    public static FoundDigits Find(InputPicture picture) => DigitFinder.Find(picture.Light(), picture.Width, picture.KeepsGround);

    private static double Of(double typical, double least, double most) =>
        typical == 0 || DigitForm.Longer / typical is var scale && scale > least && scale < most ? 1 : DigitForm.Longer / typical;
}
