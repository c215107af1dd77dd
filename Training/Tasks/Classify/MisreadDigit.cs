using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>A digit that was misread, as pages and pictures show it.</summary>
/// <param name="pixels">0 … 255, [height, width] of the form.</param>
internal sealed class MisreadDigit(Reading reading, SampleSpec form, byte[] pixels)
{
    private const int Columns = 10, Scale = 4, Margin = 16, Line = 20;

    private string Words => Invariant($"{reading.Truth} read as {reading.Prediction}");

    private string Doubt => Invariant(
        $"{ConfusionChart.Percent(reading.Probabilities.Max())} sure, {reading.Truth}: {ConfusionChart.Percent(reading.Probabilities[reading.Truth])}");

    /// <summary>As a figure of a gallery.</summary>
    public string ToHtml()
    {
        string source = Convert.ToBase64String(Png.Encode(new Picture(form.Width, form.Height, 1, pixels)));
        return $"<figure class=\"shown\">\n<figcaption>{Words} <small>{Markup.Escape(Doubt)}; digit {reading.Position}</small></figcaption>\n"
            + $"<img alt=\"{Words}\" width=\"{form.Width}\" height=\"{form.Height}\" src=\"data:image/png;base64,{source}\"/>\n</figure>\n";
    }

    /// <summary>All of them in one picture, with what they are and what they were read as.</summary>
    public static Picture Sheet(IReadOnlyList<MisreadDigit> digits, string heading)
    {
        var form = digits[0].Form;
        int side = form.Width * Scale, rows = (digits.Count + Columns - 1) / Columns, cell = form.Height * Scale + 2 * Line + Margin;
        var canvas = new Canvas(Columns * (side + Margin) + Margin, 3 * Margin + Line + rows * cell, Palette.Ground);
        canvas.Text(Margin, Margin, heading, Palette.Ink);
        for (int i = 0; i < digits.Count; i++)
        {
            int x = Margin + i % Columns * (side + Margin), y = 2 * Margin + Line + i / Columns * cell;
            digits[i].Draw(canvas, x, y);
        }
        return canvas.Picture;
    }

    private SampleSpec Form => form;

    private void Draw(Canvas canvas, int x, int y)
    {
        canvas.Paste(x, y, form.Width, form.Height, Scale, i => Rgb.Grey(pixels[i]));
        canvas.Text(x, y + form.Height * Scale + 4, Words, Palette.Ink, scale: 1);
        canvas.Text(x, y + form.Height * Scale + 4 + Line / 2, Doubt, Palette.Dim, scale: 1);
    }
}
