namespace FcnFromScratch.Data;

/// <summary>
/// A digit on a scene: the box of its ink, right and lower ends outside; the pixels of that ink; which image of MNIST it is, as
/// <see cref="DigitImages.MnistIndex"/> counts.
/// </summary>
public readonly record struct SceneDigit(int XMin, int YMin, int XMax, int YMax, int Digit, int Area, int MnistIndex)
{
    public Box Box => new(XMin, YMin, XMax, YMax);

    public SceneObject ToObject() => new(Box, Digit, Area);
}
