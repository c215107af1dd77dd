using System.Numerics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>Takes a part of a network's raw output; see <see cref="IPredictionObserver.Output"/>.</summary>
public delegate void OutputPart(int picture, long at, ReadOnlySpan<float> values);

/// <summary>
/// A network for pictures of whatever size comes, compiled once for each size and number of late. Where the network has a receptive field, its
/// memory is bounded: a large picture is read in windows that overlap by as much as an output sees, which gives what one window over all of it would.
/// </summary>
/// <param name="windowSide">A window's height and width at most. The widest network, fcn8-fine, takes about 250 MB at 896.</param>
public sealed class Inference(Model model, NetworkSettings settings, VariableStore variables, int windowSide = 896) : IDisposable
{
    /// <summary>Sizes and numbers of late: they are as many as a person draws pictures of, and requests come at once.</summary>
    private const int MostReady = 8;

    private readonly List<Ready> _ready = []; // the one that was used last comes last

    /// <summary>The network for pictures of one size and number.</summary>
    private sealed record Ready(CompiledGraph Compiled, Tensor Image, Tensor Output)
    {
        public float[] Pixels { get; } = new float[Image.Shape.Count];
        public float[] Values { get; } = new float[Output.Shape.Count];

        public long Area => (long)Image.Shape.Batch * Image.Shape.Height * Image.Shape.Width;
    }

    /// <summary>Runs the network over pictures of one size.</summary>
    /// <remarks>
    /// A picture of the size that the network was trained on comes to it as in training. One of another size is continued with its ground, black
    /// (<see cref="Model.ForPictures"/>).
    /// </remarks>
    /// <exception cref="EngineException">They are too large for the device's memory, or what comes out is no number, with the layer's name.</exception>
    public void Run(IReadOnlyList<InputPicture> pictures, OutputPart take, Action<int, int>? progress = null)
    {
        int height = pictures[0].Height, width = pictures[0].Width;
        var (fullHeight, fullWidth, _) = model.ForPictures(height, width).Input;
        if (model.Field is { } field && Math.Max(fullHeight, fullWidth) > windowSide)
        {
            int halo = RoundUp(field.Radius, field.Stride);
            var rows = Windows(fullHeight, halo);
            var columns = Windows(fullWidth, halo);
            for (int i = 0, done = 0; i < pictures.Count; i++)
                foreach (var row in rows)
                    foreach (var column in columns)
                    {
                        RunWindow(pictures, i, 1, row, column, take);
                        progress?.Invoke(++done, pictures.Count * rows.Count * columns.Count);
                    }
            Release(); // who has a large picture needs the memory for it
            return;
        }
        // As many at once as fill a window, and a power of two, so that a few graphs serve all numbers.
        long most = Math.Max(1, WindowArea / ((long)fullHeight * fullWidth));
        for (int first = 0, count; first < pictures.Count; first += count)
        {
            count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(most, pictures.Count - first) / 2 + 1);
            RunWindow(pictures, first, count, Window.Whole(fullHeight), Window.Whole(fullWidth), take);
        }
    }

    /// <summary>A part of one side of a picture: the pixels that are read, and those of them whose output is kept.</summary>
    private readonly record struct Window(int Start, int Length, int KeptFrom, int KeptTo)
    {
        public static Window Whole(int length) => new(0, length, 0, length);
    }

    /// <summary>Windows of one length over a side: what is kept lies <paramref name="halo"/> pixels within its window, or at the picture's own edge.</summary>
    private List<Window> Windows(int side, int halo)
    {
        if (side <= windowSide) return [Window.Whole(side)];
        if (windowSide <= 2 * halo) throw new ArgumentException($"windows of {windowSide} pixels keep nothing: an output sees {halo} to each side");
        var windows = new List<Window>();
        for (int kept = 0; kept < side; kept = windows[^1].KeptTo)
        {
            int start = Math.Min(Math.Max(0, kept - halo), side - windowSide), end = start + windowSide;
            windows.Add(new Window(start, windowSide, kept, end == side ? side : end - halo));
        }
        return windows;
    }

    private void RunWindow(IReadOnlyList<InputPicture> pictures, int first, int count, Window rows, Window columns, OutputPart take)
    {
        Ready ready;
        try
        {
            ready = Compile(count, rows.Length, columns.Length);
            FillPixels(ready, pictures, first, rows, columns);
            ready.Compiled.Upload<float>(ready.Image, ready.Pixels);
            ready.Compiled.Run();
            ready.Compiled.Download<float>(ready.Output, ready.Values);
        }
        catch (Exception e) when (e is DeviceMemoryException or OutOfMemoryException or OverflowException)
        {
            string why = e is DeviceMemoryException ? e.Message : "its tensors have more elements than can be counted";
            var (some, next) = count > 1 ? ($", {count} at once,", "choose a smaller --batch") : ("", "make it smaller or cut it into parts");
            var picture = pictures[first];
            throw new EngineException($"'{picture.Name}' of {picture.Width}×{picture.Height} pixels{some} is too large: {why}; {next}", e);
        }
        float[] values = ready.Values;
        ready.Compiled.ExpectFinite(values, "what the network gives");
        int each = values.Length / count;
        if (model.Field is not { } field)
        {
            for (int n = 0; n < count; n++) take(first + n, 0, values.AsSpan(n * each, each));
            return;
        }
        // With a field the output has a row for each row of cells.
        int Cells(int pixels) => (pixels + field.Cell - 1) / field.Cell;
        var (height, width) = (Cells(pictures[first].Height), Cells(pictures[first].Width));
        int left = Cells(columns.KeptFrom), kept = Math.Min(Cells(columns.KeptTo), width) - left, channels = ready.Output.Shape.Channels;
        for (int n = 0; n < count; n++)
            for (int y = Cells(rows.KeptFrom); y < Math.Min(Cells(rows.KeptTo), height); y++)
                if (kept > 0)
                    take(first + n, ((long)y * width + left) * channels,
                        values.AsSpan(
                            n * each + ((y - Cells(rows.Start)) * Cells(columns.Length) + left - Cells(columns.Start)) * channels, kept * channels));
    }

    /// <summary>As many pictures as the graph takes; beyond their edges they are black.</summary>
    private static void FillPixels(Ready ready, IReadOnlyList<InputPicture> pictures, int first, Window rows, Window columns)
    {
        Array.Fill(ready.Pixels, Preprocessing.Normalise(0f));
        for (int n = 0; n < ready.Image.Shape.Batch; n++)
        {
            var picture = pictures[first + n];
            for (int y = rows.Start; y < Math.Min(rows.Start + rows.Length, picture.Height); y++)
            {
                int at = (n * rows.Length + y - rows.Start) * columns.Length - columns.Start;
                for (int x = columns.Start; x < Math.Min(columns.Start + columns.Length, picture.Width); x++)
                    ready.Pixels[at + x] = Preprocessing.Normalise(picture[y * picture.Width + x]);
            }
        }
    }

    private Ready Compile(int count, int height, int width)
    {
        var shape = new Shape(count, height, width, model.Input.Channels);
        if (_ready.Find(known => known.Image.Shape.Equals(shape)) is { } found)
        {
            _ready.Remove(found);
            _ready.Add(found);
            return found;
        }
        while (_ready.Count > 0 && (_ready.Count == MostReady || _ready.Sum(known => known.Area) + shape.Rows > WindowArea))
        {
            _ready[0].Compiled.Dispose();
            _ready.RemoveAt(0);
        }
        var resized = model with { Input = model.Input with { Height = height, Width = width } };
        var (graph, image, output) = resized.Network(count, training: false, settings);
        var ready = new Ready(new CompiledGraph(graph, variables, [output]), image, output);
        _ready.Add(ready);
        return ready;
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private long WindowArea => (long)windowSide * windowSide;

    private void Release()
    {
        foreach (var ready in _ready) ready.Compiled.Dispose();
        _ready.Clear();
    }

    public void Dispose() => Release();
}
