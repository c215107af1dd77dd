using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

const int Width = Mandelbrot.Width, Height = 800, Most = 256;

return Sample.Run(args, "mandelbrot.png", (device, path) =>
{
    var steps = device.AllocateView<int>(Width * Height, "steps");
    using var memory = steps.Buffer;
    var plane = new Plane(Left: -2.2f, Top: -1.2f, Pixel: 2.4f / Height);
    using var commands = device.Prepare([new Mandelbrot.EscapeLaunch(new Index2D(Width, Height), steps, plane, Most)]);
    double milliseconds = Sample.Milliseconds(device, commands);

    int[] taken = new int[Width * Height];
    device.Download(steps, taken.AsSpan());
    Png.Save(path, Width, Height, [.. taken.SelectMany(Colour)]);
    return FormattableString.Invariant($"{Width}×{Height} pixels, {taken.Sum(n => (long)n)} steps, {milliseconds:F1} ms");
});

// Black inside; outside from blue over white to brown, by how long it took.
static byte[] Colour(int steps)
{
    if (steps == Most) return [0, 0, 0];
    double t = Math.Sqrt((double)steps / Most);
    return [(byte)(255 * Math.Min(1, 2.4 * t)), (byte)(255 * Math.Sin(Math.PI * Math.Min(1, 0.1 + t))), (byte)(255 * Math.Min(1, 1.5 * (1 - t)))];
}

/// <summary>The part of the complex plane that is drawn.</summary>
/// <param name="Left">The real part of the first column.</param>
/// <param name="Top">The imaginary part of the first row.</param>
/// <param name="Pixel">Between two pixels.</param>
readonly record struct Plane(float Left, float Top, float Pixel);

static partial class Mandelbrot
{
    public const int Width = 1200;

    /// <summary>One item for each pixel: how many steps z ← z² + c takes from 0 until |z| exceeds 2; <paramref name="most"/> where it does not.</summary>
    [Kernel]
    public static void Escape(Index2D pixel, ArrayView<int> steps, Plane plane, int most)
    {
        float cx = plane.Left + plane.Pixel * pixel.X, cy = plane.Top + plane.Pixel * pixel.Y;
        float x = 0f, y = 0f;
        int n = 0;
        while (n < most && x * x + y * y <= 4f)
        {
            float next = x * x - y * y + cx;
            y = 2f * x * y + cy;
            x = next;
            n++;
        }
        steps[pixel.Y * Width + pixel.X] = n;
    }
}
