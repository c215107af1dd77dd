using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>What the network saw in one picture, drawn.</summary>
public static class PredictionPicture
{
    private const int Strip = Canvas.SwatchSize + 16, SmallestSide = 320, LargestScale = 8;

    /// <summary>How much of a class' colour a pixel takes on: enough to tell the classes, little enough to see the strokes.</summary>
    private const double Tint = 0.75;

    /// <summary>The picture in grey with its digits coloured and a key below; small pictures are enlarged by a whole number, unsmoothed.</summary>
    /// <param name="grey">One channel.</param>
    /// <param name="labels">Classes [height, width].</param>
    /// <param name="digits">For the key, in its order.</param>
    public static Picture Overlay(Picture grey, byte[] labels, IReadOnlyList<int> digits)
    {
        int scale = Math.Clamp(SmallestSide / Math.Max(grey.Width, grey.Height), 1, LargestScale);
        int width = grey.Width * scale, height = grey.Height * scale;
        const string none = "no digit found";
        int key = 16 + (digits.Count == 0 ? none.Length * BitmapFont.Advance * 2 : digits.Count * (Canvas.SwatchSize + 6));
        var canvas = new Canvas(Math.Max(width, key), height + Strip, Palette.Ground);
        canvas.Paste((canvas.Picture.Width - width) / 2, 0, grey.Width, grey.Height, scale, i =>
        {
            var level = Rgb.Grey(grey.Pixels[i]);
            return labels[i] == SegmentationData.Background ? level : level.Towards(ClassColour.Of(labels[i]), Tint);
        });
        for (int i = 0; i < digits.Count; i++) ClassColour.Swatch(canvas, 8 + i * (Canvas.SwatchSize + 6), height + 8, digits[i]);
        if (digits.Count == 0) canvas.Text(8, height + 11, none, Palette.Dim);
        return canvas.Picture;
    }

    /// <summary>The classes alone in their colours, pixel for pixel.</summary>
    public static Picture Mask(int width, int height, byte[] labels)
    {
        var canvas = new Canvas(width, height, Palette.Ground);
        canvas.Paste(0, 0, width, height, 1, i => ClassColour.Of(labels[i]));
        return canvas.Picture;
    }
}
