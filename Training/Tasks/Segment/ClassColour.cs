using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>The colours of the pixels' classes: digits of like form, 3 and 8 say, have those of the palette that are farthest apart.</summary>
public static class ClassColour
{
    /// <summary>The colour of a class; the background has the ground's.</summary>
    public static Rgb Of(int classNumber) => classNumber == SegmentationData.Background ? Palette.Ground : Palette.Of(classNumber);

    /// <summary>The key to a digit's colour.</summary>
    public static void Swatch(Canvas canvas, int x, int y, int digit) => canvas.Swatch(x, y, (char)('0' + digit), Of(digit));

    /// <summary>The key to a class' colour as HTML.</summary>
    public static string Key(int classNumber) => Markup.Key(SegmentationScores.ClassNames[classNumber], Of(classNumber));
}
