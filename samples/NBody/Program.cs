using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

const int Bodies = 2048, Steps = 100, Side = 800;
const float TimeStep = 0.005f;

return Sample.Run(args, "nbody.png", (device, path) =>
{
    var x = device.AllocateView<float>(3 * Bodies, "positions");
    var v = device.AllocateView<float>(3 * Bodies, "velocities");
    using var positions = x.Buffer;
    using var velocities = v.Buffer;
    var (xs, vs) = Disc();
    device.Upload<float>(xs, x);
    device.Upload<float>(vs, v);
    double before = Energy(xs, vs);

    // Where groups meet at barriers cheaply, each body is fetched once for a whole group.
    Launch pull = device.HasFastBarriers
        ? new NBody.PullTiledLaunch(new KernelConfig(Bodies / NBody.Tile, NBody.Tile), v, x, TimeStep)
        : new NBody.PullLaunch(Bodies, v, x, Bodies, TimeStep);
    using (var commands = device.Prepare([pull, new NBody.MoveLaunch(3 * Bodies, x, v, TimeStep)]))
        for (int step = 0; step < Steps; step++) commands.Run();
    device.Download(x, xs.AsSpan());
    device.Download(v, vs.AsSpan());
    double drift = Math.Abs(Energy(xs, vs) / before - 1);

    using var again = device.Prepare([pull]);
    double milliseconds = Sample.Milliseconds(device, again);
    Png.Save(path, Side, Side, Picture(xs));
    return FormattableString.Invariant(
        $"{Bodies} bodies, {Steps} steps, energy off by {100 * drift:F2} %, {Bodies * (double)Bodies / milliseconds / 1e6:F2} billion pulls a second");
});

// A disc that turns about its centre of mass, thin, with a little disorder: positions and velocities, three numbers for each body.
static (float[] Positions, float[] Velocities) Disc()
{
    var random = new Random(1);
    float[] positions = new float[3 * Bodies], velocities = new float[3 * Bodies];
    for (int i = 0; i < Bodies; i++)
    {
        // As much mass within a radius as grows with its square; the circular speed is what that mass asks for.
        double radius = Math.Sqrt(random.NextDouble()), angle = 2 * Math.PI * random.NextDouble(), speed = Math.Sqrt(radius);
        positions[3 * i] = (float)(radius * Math.Cos(angle));
        positions[3 * i + 1] = (float)(radius * Math.Sin(angle));
        positions[3 * i + 2] = (float)(0.05 * (random.NextDouble() - 0.5));
        velocities[3 * i] = (float)(-speed * Math.Sin(angle));
        velocities[3 * i + 1] = (float)(speed * Math.Cos(angle));
    }
    return (positions, velocities);
}

// What motion and attraction hold together: it stays what it was, as far as the steps are short enough.
static double Energy(float[] x, float[] v)
{
    double energy = v.Sum(speed => 0.5 * speed * speed) / Bodies;
    for (int i = 0; i < Bodies; i++)
        for (int j = 0; j < i; j++)
        {
            double dx = x[3 * i] - x[3 * j], dy = x[3 * i + 1] - x[3 * j + 1], dz = x[3 * i + 2] - x[3 * j + 2];
            energy -= 1 / Math.Sqrt(dx * dx + dy * dy + dz * dz + NBody.Softening) / ((double)Bodies * Bodies);
        }
    return energy;
}

// The disc from above: the more bodies in a pixel, the brighter.
static byte[] Picture(float[] x)
{
    byte[] pixels = new byte[Side * Side];
    for (int i = 0; i < Bodies; i++)
    {
        int column = (int)(Side * (0.5 + x[3 * i] / 2.8)), row = (int)(Side * (0.5 + x[3 * i + 1] / 2.8));
        if (column is < 1 or >= Side - 1 || row is < 1 or >= Side - 1) continue;
        foreach (int at in new[] { 0, -1, 1, -Side, Side })
        {
            ref byte pixel = ref pixels[row * Side + column + at];
            pixel = (byte)Math.Min(255, pixel + (at == 0 ? 160 : 60));
        }
    }
    return pixels;
}

static partial class NBody
{
    /// <summary>Bodies of one group.</summary>
    public const int Tile = 128;

    /// <summary>Keeps bodies that meet from pulling without bound (Plummer's).</summary>
    public const float Softening = 1e-3f;

    /// <summary>One item for each body: its velocity after all others have pulled for a moment. Together the bodies weigh 1.</summary>
    [Kernel]
    public static void Pull(Index1D body, ArrayView<float> v, ArrayView<float> x, int bodies, float time)
    {
        float px = x[3 * body], py = x[3 * body + 1], pz = x[3 * body + 2];
        float ax = 0f, ay = 0f, az = 0f;
        for (int j = 0; j < bodies; j++)
        {
            float dx = x[3 * j] - px, dy = x[3 * j + 1] - py, dz = x[3 * j + 2] - pz;
            float pull = Strength(dx, dy, dz);
            ax += dx * pull;
            ay += dy * pull;
            az += dz * pull;
        }
        v[3 * body] += ax * time / bodies;
        v[3 * body + 1] += ay * time / bodies;
        v[3 * body + 2] += az * time / bodies;
    }

    /// <summary>The same by groups: the items of a group fetch a tile of bodies together, and all of them read it from there.</summary>
    [Kernel]
    public static void PullTiled(ArrayView<float> v, ArrayView<float> x, float time)
    {
        var tile = SharedMemory.Allocate<float>(3 * Tile);
        int body = Grid.IdxX * Tile + Group.IdxX, bodies = Grid.DimX * Tile;
        float px = x[3 * body], py = x[3 * body + 1], pz = x[3 * body + 2];
        float ax = 0f, ay = 0f, az = 0f;
        for (int first = 0; first < bodies; first += Tile)
        {
            for (int k = Group.IdxX; k < 3 * Tile; k += Tile) tile[k] = x[3 * first + k];
            Group.Barrier();
            for (int j = 0; j < Tile; j++)
            {
                float dx = tile[3 * j] - px, dy = tile[3 * j + 1] - py, dz = tile[3 * j + 2] - pz;
                float pull = Strength(dx, dy, dz);
                ax += dx * pull;
                ay += dy * pull;
                az += dz * pull;
            }
            Group.Barrier(); // before the next tile overwrites this one
        }
        v[3 * body] += ax * time / bodies;
        v[3 * body + 1] += ay * time / bodies;
        v[3 * body + 2] += az * time / bodies;
    }

    /// <summary>One item for each coordinate: where it is a moment later.</summary>
    [Kernel]
    public static void Move(Index1D i, ArrayView<float> x, ArrayView<float> v, float time)
    {
        x[i] += v[i] * time;
    }

    private static float Strength(float dx, float dy, float dz)
    {
        float near = 1f / MathF.Sqrt(dx * dx + dy * dy + dz * dz + Softening);
        return near * near * near;
    }
}
