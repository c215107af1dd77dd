using FcnFromScratch.Data;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>The one way from a picture to digits in MNIST's form: of what is read, of what is learned from and of what is kept.</summary>
internal static class PictureDigits
{
    /// <summary>What is in MNIST's form already is one digit as it stands: all of an array, and a picture of one digit that was saved in it.</summary>
    /// <exception cref="EngineException">A picture of an array is not 28×28.</exception>
    public static FoundDigits Of(InputPicture picture)
    {
        const int side = DigitImages.Side;
        byte[] pixels = picture.Light();
        bool isSmall = (picture.Height, picture.Width) == (side, side);
        if (picture.IsOfArray && !isSmall)
            throw new EngineException($"'{picture.Name}' has {picture.Height}×{picture.Width} pixels; of an array each picture is one digit of {side}×{side}");
        return isSmall && (picture.IsOfArray || DigitForm.Is(pixels))
            ? new([new FoundDigit(0, 0, side - 1, side - 1, pixels)])
            : DigitFinder.Find(pixels, picture.Width, picture.KeepsGround);
    }
}
