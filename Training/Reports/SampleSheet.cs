using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Reports;

/// <summary>Pictures of samples side by side: a row for each sample, a column for each form that it comes in.</summary>
public static class SampleSheet
{
    private const int Gap = 8, Head = 24;

    // Small pictures are enlarged to about this width.
    private const int Width = 112;

    /// <param name="columns">Where the pictures of a column come from and in which epoch; all of one form and as many samples.</param>
    /// <param name="positions">Of the samples.</param>
    public static Picture Draw(IReadOnlyList<(string Heading, ISampleSource Source, int Epoch)> columns, int[] positions)
    {
        var spec = columns[0].Source.Spec;
        int scale = Math.Max(1, Width / spec.Width), width = spec.Width * scale, height = spec.Height * scale;
        var canvas = new Canvas(columns.Count * (width + Gap) + Gap, Head + positions.Length * (height + Gap) + Gap, Palette.Ground);
        var batch = new Batch(spec, positions.Length);
        foreach (var (column, (heading, source, epoch)) in columns.Index())
        {
            batch.Read(source, epoch, positions);
            int x = Gap + column * (width + Gap);
            canvas.Text(x, Gap, heading, Palette.Dim);
            for (int row = 0; row < positions.Length; row++)
            {
                byte[] pixels = batch.PixelsOf(row).ToArray();
                canvas.Paste(x, Head + Gap + row * (height + Gap), spec.Width, spec.Height, scale, i =>
                    spec.Channels == 3 ? new Rgb(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) : Rgb.Grey(pixels[spec.Channels * i]));
            }
        }
        return canvas.Picture;
    }
}
