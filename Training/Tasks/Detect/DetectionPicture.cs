using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>What was found in one picture, drawn.</summary>
internal static class DetectionPicture
{
    private const int SmallestSide = 400, LargestScale = 6;

    /// <summary>Dots of the labels' face, and pixels around them.</summary>
    private const int Dot = 2, Margin = 3, LabelHeight = BitmapFont.Height * Dot + Margin;

    /// <summary>The picture in grey, each box in its class' colour, its name and score in per cent above; small pictures are enlarged, unsmoothed.</summary>
    /// <param name="grey">One channel.</param>
    /// <param name="missed">What should have been found: framed in red, with a question mark.</param>
    public static Picture Draw(
        Picture grey, IReadOnlyList<Detection> found, IReadOnlyList<string> classes, IReadOnlyList<SceneObject>? missed = null)
    {
        int scale = Math.Clamp(SmallestSide / Math.Max(grey.Width, grey.Height), 1, LargestScale);
        var canvas = new Canvas(grey.Width * scale, grey.Height * scale + LabelHeight, Palette.Ground);
        canvas.Paste(0, LabelHeight, grey.Width, grey.Height, scale, i => Rgb.Grey(grey.Pixels[i]));
        foreach (var o in missed ?? []) Frame(o.Box, Palette.Wrong, $"{classes[o.Class]}?");
        // The surest last, so that it is not painted over.
        foreach (var d in found.OrderBy(d => d.Score)) Frame(d.Box, Palette.Of(d.Class), Invariant($"{classes[d.Class]} {Math.Floor(100 * d.Score):F0}"));
        return canvas.Picture;

        void Frame(Box box, Rgb colour, string label)
        {
            int left = Place(box.XMin), top = Place(box.YMin) + LabelHeight;
            canvas.Frame(left - 1, top - 1, Place(box.XMax), Place(box.YMax) + LabelHeight, colour);
            canvas.Fill(left - 1, top - LabelHeight, label.Length * BitmapFont.Advance * Dot + Margin, LabelHeight - 1, colour);
            canvas.Text(left - 1 + Margin, top - LabelHeight + 1, label, Palette.InkOn(colour), Dot);
        }

        int Place(double pixel) => (int)Math.Round(pixel * scale);
    }
}
