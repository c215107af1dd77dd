namespace FcnFromScratch.Data;

/// <summary>A point of the pen's way; <paramref name="IsStart"/> where the pen comes down.</summary>
internal readonly record struct Dot(float X, float Y, bool IsStart);

/// <summary>A round pen whose pressure drifts along the way, with a rough edge a pixel or two soft.</summary>
internal readonly struct Pen
{
    /// <summary>Ink from which on the rough edge no longer shows.</summary>
    private const float Solid = 1.35f;

    private const int Side = DigitImages.Side;

    private readonly float _drift, _edge, _rough;

    public Pen(ref CounterRandom random, float breadth)
    {
        float pressure = 1 + 0.125f * random.NextBell();
        // One pen in twenty is a broad one.
        float broad = random.NextInt(20) == 0 ? random.NextFloat(0, 0.8f) : 0;
        Radius = Math.Clamp(breadth * pressure * pressure + broad, 0.6f, 2.7f);
        _drift = 0.18f * random.NextBell();
        _edge = random.NextFloat(0.9f, 1.9f);
        _rough = random.NextFloat(0, 0.25f);
    }

    /// <summary>In pixels, to where half of the ink is left.</summary>
    public float Radius { get; }

    /// <summary>In pixels, to about where no ink is left.</summary>
    public float Reach => Radius * (1 + Math.Abs(_drift)) + _edge / 2;

    /// <summary>Fills 28×28 pixels with the ink that the path leaves, 0 … 255.</summary>
    public void Ink(ref CounterRandom random, ReadOnlySpan<Dot> path, Span<byte> pixels)
    {
        Span<float> ink = stackalloc float[Side * Side];
        ink.Clear();
        for (int i = 1; i < path.Length; i++)
        {
            if (path[i].IsStart) continue;
            float radius = Radius * (1 + _drift * (2f * i / path.Length - 1) + 0.05f * random.NextBell());
            Line(ink, path[i - 1], path[i], Math.Max(0.5f, radius));
        }
        for (int i = 0; i < ink.Length; i++)
        {
            float rough = ink[i] is > 0 and < Solid ? _rough * random.NextFloat(-1, 1) : 0;
            float amount = Math.Clamp(ink[i] + rough, 0, 1);
            // The S makes faint and nearly full pixels as frequent along the edge as they are in MNIST.
            pixels[i] = (byte)(255 * amount * amount * (3 - 2 * amount) + 0.5f);
        }
    }

    // Ink falls off over the pen's edge: 1 within radius − edge/2 of the line, 0 beyond radius + edge/2.
    private void Line(Span<float> ink, Dot from, Dot to, float radius)
    {
        float reach = radius + _edge / 2, dx = to.X - from.X, dy = to.Y - from.Y, perLength = 1 / Math.Max(1e-12f, dx * dx + dy * dy);
        int xMin = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach)), xMax = Math.Min(Side - 1, (int)(Math.Max(from.X, to.X) + reach));
        int yMin = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach)), yMax = Math.Min(Side - 1, (int)(Math.Max(from.Y, to.Y) + reach));
        for (int y = yMin; y <= yMax; y++)
        {
            for (int x = xMin; x <= xMax; x++)
            {
                float px = x + 0.5f - from.X, py = y + 0.5f - from.Y;
                float along = Math.Clamp((px * dx + py * dy) * perLength, 0, 1);
                (px, py) = (px - along * dx, py - along * dy);
                float squared = px * px + py * py;
                if (squared >= reach * reach) continue;
                float amount = Math.Min(Solid, (reach - MathF.Sqrt(squared)) / _edge);
                ref float pixel = ref ink[y * Side + x];
                if (amount > pixel) pixel = amount;
            }
        }
    }
}
