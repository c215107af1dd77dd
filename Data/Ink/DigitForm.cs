namespace FcnFromScratch.Data;

/// <summary>
/// MNIST's form: a digit scaled so that the longer side of its ink is 20 pixels and put with its centre of mass in the middle of 28×28 (LeCun, Cortes and
/// Burges), as black and white as its ink allows, and its stroke as wide as most of MNIST's.
/// </summary>
public static class DigitForm
{
    private const int Side = DigitImages.Side;
    /// <summary>A pixel that does not count as ink where a digit's box is measured.</summary>
    private const int Faint = 31;

    /// <summary>Pixels along the longer side of a digit's ink.</summary>
    public const int Longer = 20;

    private const float Middle = Side / 2 + 0.5f; // the middle of pixel 14, as in MNIST

    // Widths of strokes, twice the ink by the length of its outline: nine in ten of MNIST's training digits lie between these.
    private const float ThinStroke = 1.63f, BroadStroke = 3.58f;

    /// <summary>Where the ink of a picture is: the box of all that is not faint, both ends inside, and its centre of mass.</summary>
    private readonly record struct Extent(int XMin, int YMin, int XMax, int YMax, double X, double Y)
    {
        public int Longer => Math.Max(XMax - XMin, YMax - YMin) + 1;

        /// <param name="full">A pixel that is full of ink; those of <see cref="Faint"/> of 255 parts of it are faint.</param>
        public static Extent Of(ReadOnlySpan<byte> pixels, int width, int full)
        {
            int xMin = width, xMax = -1, yMin = pixels.Length / width, yMax = -1;
            double mass = 0, massX = 0, massY = 0;
            for (int i = 0; i < pixels.Length; i++)
            {
                var (x, y) = (i % width, i / width);
                if (255 * pixels[i] > Faint * full) (xMin, xMax, yMin, yMax) = (Math.Min(xMin, x), Math.Max(xMax, x), Math.Min(yMin, y), Math.Max(yMax, y));
                mass += pixels[i];
                massX += pixels[i] * (x + 0.5);
                massY += pixels[i] * (y + 0.5);
            }
            return new Extent(xMin, yMin, xMax, yMax, massX / mass, massY / mass);
        }
    }

    /// <summary>Whether a digit has this form already: in 28×28 pixels its ink fills a square of 20 about, and its centre of mass is in the middle.</summary>
    public static bool Is(ReadOnlySpan<byte> pixels)
    {
        var ink = Extent.Of(pixels, Side, full: 255);
        return ink.Longer is >= 17 and <= 24 && Math.Abs(ink.X - Middle) < 1.5 && Math.Abs(ink.Y - Middle) < 1.5;
    }

    /// <param name="cut">[height, width], a digit's ink alone, wherever it lies.</param>
    /// <returns>[28, 28]</returns>
    public static byte[] Of(byte[] cut, int width)
    {
        int height = cut.Length / width, full = Full(cut);
        var ink = Extent.Of(cut, width, full);
        float scale = Longer / (float)ink.Longer;
        // By whole pixels, as MNIST was made, and never over the edge.
        float left = Placed(ink.X, ink.XMin, ink.XMax), top = Placed(ink.Y, ink.YMin, ink.YMax);
        Tent.Share[] columns = Tent.Shares(width, Side, scale, left, isInk: true), rows = Tent.Shares(height, Side, scale, top, isInk: true);
        var wide = new float[height * Side];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < Side; x++)
                foreach (var (i, weight) in columns[x].Weights.Index()) wide[y * Side + x] += weight * cut[y * width + columns[x].First + i];
        var form = new byte[Side * Side];
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                float sum = 0;
                foreach (var (i, weight) in rows[y].Weights.Index()) sum += weight * wide[(rows[y].First + i) * Side + x];
                form[y * Side + x] = (byte)Math.Clamp(sum * 255 / full + 0.5f, 0, 255);
            }
        Even(form);
        return form;

        float Placed(double centre, int min, int max)
        {
            float shift = MathF.Round((float)(Middle - scale * (centre - min)));
            return Math.Clamp(shift, 0, MathF.Floor(Side - scale * (max - min + 1))) - scale * min;
        }
    }

    /// <summary>Where a pixel is full of ink: nineteen in twenty of those with ink have less, so that a single bright one does not count.</summary>
    private static int Full(byte[] cut)
    {
        byte[] ink = [.. cut.Where(pixel => pixel > 0).Order()];
        return ink[ink.Length * 19 / 20];
    }

    /// <summary>Thickens or thins a stroke until it is as most of MNIST's are.</summary>
    private static void Even(byte[] form)
    {
        for (int time = 0; time < 3 && StrokeWidth(form) is var width && width is < ThinStroke or > BroadStroke; time++)
            Warp.Thicken(form, width < ThinStroke ? 0.5f : -0.5f);
    }

    /// <summary>Twice the ink by the length of its outline, which is its total variation: the mean width of a stroke.</summary>
    internal static float StrokeWidth(ReadOnlySpan<byte> form)
    {
        double ink = 0, outline = 0;
        for (int y = -1; y < Side; y++)
            for (int x = -1; x < Side; x++)
            {
                float here = Pixel(form, x, y), right = Pixel(form, x + 1, y) - here, down = Pixel(form, x, y + 1) - here;
                ink += here;
                outline += Math.Sqrt(right * right + down * down);
            }
        return outline == 0 ? 0 : (float)(2 * ink / outline);
    }

    private static float Pixel(ReadOnlySpan<byte> pixels, int x, int y) => (uint)x < Side && (uint)y < Side ? pixels[y * Side + x] : 0;
}
