namespace FcnFromScratch.Data;

/// <summary>
/// Marks on a scene that are no digits: hairs, dashes, hooks, specks, and pieces of digits. A dash or a hook is shorter than half of the scene's smallest
/// digit, or it would be a 1 or a 7 that nobody asks for.
/// </summary>
internal static class Clutter
{
    /// <summary>Height of MNIST's digits in pixels.</summary>
    private const float DigitHeight = 20;

    /// <param name="stampRoom">Room for a <see cref="DigitStamp"/>.</param>
    public static void Draw(ref CounterRandom random, int marks, SceneOptions options, IDigitSource digits, Span<byte> pixels, Span<byte> stampRoom)
    {
        float smallest = (float)options.Scale.Low, half = DigitHeight / 2 * smallest;
        for (int mark = 0; mark < marks; mark++)
        {
            float x = random.NextFloat(0, options.Canvas.Width), y = random.NextFloat(0, options.Canvas.Height);
            int kind = random.NextInt(5);
            if (kind == 4)
            {
                Piece(ref random, options, digits, pixels, stampRoom, (int)x, (int)y);
                continue;
            }
            var (length, bend, radius, strength) = kind switch
            {
                // A hair is thinner and mostly fainter than any digit's stroke, so it may be long.
                0 => (random.NextFloat(half, 4 * half), 0.25f, random.NextFloat(0.3f, 0.5f), random.NextFloat(0.3f, 0.8f)),
                1 => (random.NextFloat(0.3f, 0.8f) * half, 0.1f, Stroke(ref random), random.NextFloat(0.4f, 1)),
                2 => (random.NextFloat(0.4f, 0.9f) * half, 1, Stroke(ref random), random.NextFloat(0.4f, 1)),
                _ => (0, 0, random.NextFloat(0.5f, 1.8f), random.NextFloat(0.3f, 1)),
            };
            Curve(ref random, options.Canvas, pixels, x, y, length, bend, radius, strength);
        }

        // Half of a stroke's width, which in MNIST is 1.6 to 3.6 pixels.
        float Stroke(ref CounterRandom random) => smallest * random.NextFloat(0.8f, 1.8f);
    }

    /// <summary>A curve from a place on: two straight lines through a point beside the middle, rounded to a parabola.</summary>
    /// <param name="bend">How far beside, at most, as a share of the length.</param>
    /// <param name="radius">Of the pen, in pixels.</param>
    /// <param name="strength">Of the ink, 0 … 1.</param>
    private static void Curve(
        ref CounterRandom random, CanvasSize canvas, Span<byte> pixels, float x, float y, float length, float bend, float radius, float strength)
    {
        var (sin, cos) = Angle.Of(random.NextFloat(-180, 180));
        float dx = length * cos, dy = length * sin, aside = bend * random.NextFloat(-1, 1);
        float viaX = x + dx / 2 - aside * dy, viaY = y + dy / 2 + aside * dx;
        float fromX = x, fromY = y;
        int steps = length == 0 ? 1 : 6;
        for (int step = 1; step <= steps; step++)
        {
            float t = (float)step / steps, start = (1 - t) * (1 - t), via = 2 * t * (1 - t), end = t * t;
            float toX = start * x + via * viaX + end * (x + dx), toY = start * y + via * viaY + end * (y + dy);
            Line(canvas, pixels, fromX, fromY, toX, toY, radius, strength);
            (fromX, fromY) = (toX, toY);
        }
    }

    /// <summary>A straight line of a round pen, its edge a pixel soft.</summary>
    private static void Line(CanvasSize canvas, Span<byte> pixels, float x0, float y0, float x1, float y1, float radius, float strength)
    {
        float reach = radius + 0.5f, dx = x1 - x0, dy = y1 - y0, perLength = 1 / Math.Max(1e-12f, dx * dx + dy * dy);
        int left = Math.Max(0, (int)(Math.Min(x0, x1) - reach)), right = Math.Min(canvas.Width - 1, (int)(Math.Max(x0, x1) + reach));
        int top = Math.Max(0, (int)(Math.Min(y0, y1) - reach)), bottom = Math.Min(canvas.Height - 1, (int)(Math.Max(y0, y1) + reach));
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
            {
                float px = x + 0.5f - x0, py = y + 0.5f - y0, along = Math.Clamp((px * dx + py * dy) * perLength, 0, 1);
                (px, py) = (px - along * dx, py - along * dy);
                float ink = Math.Min(1, reach - MathF.Sqrt(px * px + py * py));
                if (ink <= 0) continue;
                ref byte pixel = ref pixels[y * canvas.Width + x];
                pixel = Math.Max(pixel, (byte)(255 * strength * ink + 0.5f));
            }
    }

    /// <summary>What lies in a small circle around a place on a digit's stroke: too little to say which digit it was.</summary>
    private static void Piece(
        ref CounterRandom random, SceneOptions options, IDigitSource digits, Span<byte> pixels, Span<byte> stampRoom, int left, int top)
    {
        Span<byte> digit = stackalloc byte[DigitImages.Area];
        digits.Draw(ref random, digit);
        float scale = random.NextFloat((float)options.Scale.Low, (float)options.Scale.High), radius = random.NextFloat(0.15f, 0.28f) * DigitHeight * scale;
        var (sin, cos) = Angle.Of(random.NextFloat(-180, 180));
        var stamp = new DigitStamp(stampRoom);
        stamp.Draw(digit, scale, cos, sin);
        if (stamp.Area == 0) return;
        // A place of ink: the n-th.
        int n = random.NextInt(stamp.Area), xInk = 0, yInk = stamp.YMin;
        for (; ; yInk++)
        {
            var row = stamp.Row(yInk);
            for (xInk = 0; xInk < row.Length && (row[xInk] < DigitStamp.Level || n-- > 0); xInk++) { }
            if (xInk < row.Length) break;
        }
        for (int y = stamp.Top; y < stamp.Bottom; y++)
        {
            int row = top + y - yInk;
            if (row < 0 || row >= options.Canvas.Height) continue;
            var ink = stamp.Row(y);
            for (int x = 0; x < ink.Length; x++)
            {
                int column = left + x - xInk, dx = x - xInk, dy = y - yInk;
                float edge = Math.Clamp(radius - MathF.Sqrt(dx * dx + dy * dy), 0, 1);
                if (edge == 0 || column < 0 || column >= options.Canvas.Width) continue;
                ref byte pixel = ref pixels[row * options.Canvas.Width + column];
                pixel = Math.Max(pixel, (byte)(ink[x] * edge + 0.5f));
            }
        }
    }
}
