namespace FcnFromScratch.Data;

/// <summary>
/// Scales by a tent, as wide as two pixels of the finer picture or 1.4 of the coarser: bilinear where a picture becomes larger, a mean over what becomes one
/// pixel where it becomes smaller.
/// </summary>
public static class Tent
{
    /// <summary>How much of each pixel along a side becomes part of each of another: those from <see cref="First"/> on.</summary>
    internal readonly record struct Share(int First, float[] Weights);

    /// <param name="from">Pixels along the side.</param>
    /// <param name="to">Pixels that come out.</param>
    /// <param name="offset">Where the first of the old pixels begins among the new.</param>
    /// <param name="isInk">What is beyond the ends counts as nothing; otherwise it is as at the ends.</param>
    internal static Share[] Shares(int from, int to, float scale, float offset = 0, bool isInk = false)
    {
        float reach = Math.Max(1, 0.7f / scale);
        return [.. Enumerable.Range(0, to).Select(x =>
        {
            float centre = (x + 0.5f - offset) / scale, sum = 0;
            int start = (int)Math.Floor(centre - reach - 0.5f), first = Math.Clamp(start, 0, from - 1);
            var weights = new float[Math.Max(1, Math.Min((int)Math.Floor(centre + reach), from - 1) - first + 1)];
            for (int i = start; i <= centre + reach; i++)
            {
                float weight = Math.Max(0, 1 - Math.Abs(i + 0.5f - centre) / reach);
                bool isThere = i >= 0 && i < from;
                if (isThere || isInk) sum += weight;
                if (isThere) weights[i - first] = weight;
            }
            for (int i = 0; i < weights.Length && sum > 0; i++) weights[i] /= sum;
            return new Share(first, weights);
        })];
    }

    /// <param name="picture">Of one channel.</param>
    public static Picture Scaled(Picture picture, int width, int height)
    {
        Share[] columns = Shares(picture.Width, width, (float)width / picture.Width), rows = Shares(picture.Height, height, (float)height / picture.Height);
        var scaled = new Picture(width, height, 1);
        var line = new float[picture.Width];
        for (int y = 0; y < height; y++)
        {
            Array.Clear(line);
            foreach (var (i, weight) in rows[y].Weights.Index())
            {
                var row = picture.Pixels.AsSpan((rows[y].First + i) * picture.Width, picture.Width);
                for (int x = 0; x < row.Length; x++) line[x] += weight * row[x];
            }
            for (int x = 0; x < width; x++)
            {
                float sum = 0;
                var (first, weights) = columns[x];
                for (int i = 0; i < weights.Length; i++) sum += weights[i] * line[first + i];
                scaled.Pixels[y * width + x] = (byte)(sum + 0.5f);
            }
        }
        return scaled;
    }
}
