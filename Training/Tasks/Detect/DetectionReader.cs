using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>What is taken from a network's answers.</summary>
/// <param name="Score">The least, 0 … 1.</param>
/// <param name="Overlap">Of two boxes of a class whose IoU is more only the one of the higher score is kept.</param>
internal sealed record DetectionLimits(double Score, double Overlap)
{
    /// <summary>Of more boxes than this in a picture those of the lowest scores are left out before they are compared with one another.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>
    /// Of two boxes of whatever classes whose IoU is more only the surer is kept: one digit is not two. 1 keeps both, as a measure of detectors wants.
    /// </summary>
    public double Same { get; init; } = 1;
}

/// <summary>
/// Makes detections of a network's answers: every class of every cell whose score is high enough is a box, and of those that are for one digit the best is
/// kept, by non-maximum suppression on the device.
/// </summary>
internal sealed class DetectionReader(Device device, DetectionLimits limits) : IDisposable
{
    /// <summary>Boxes are compared in sets of this size, or twice, four times, … as many: a graph is compiled for each.</summary>
    private const int SmallestSet = 64;

    private readonly Dictionary<(int Size, double Overlap), Suppression> _suppressions = [];
    private readonly float _leastLogit = (float)Math.Log(limits.Score / (1 - limits.Score));

    private readonly record struct Candidate(float Logit, int Cell, int Class);

    /// <param name="answers">[cells, 4 + classes].</param>
    /// <param name="boxes">[cells, 4]: left, upper, right and lower side, in pixels.</param>
    /// <param name="width">Of the picture, which boxes are cut off at; those that lie beyond are left out.</param>
    /// <returns>From the highest score on; of equal ones in the order of cells and classes.</returns>
    /// <exception cref="EngineException">There are more than can be kept.</exception>
    public IReadOnlyList<Detection> Read(ReadOnlySpan<float> answers, ReadOnlySpan<float> boxes, int width, int height)
    {
        int cells = boxes.Length / Detectors.Sides, channels = answers.Length / cells;
        var found = new List<Candidate>();
        for (int cell = 0; cell < cells; cell++)
            for (int c = Detectors.Sides; c < channels; c++)
                if (answers[cell * channels + c] is var logit && logit >= _leastLogit) found.Add(new(logit, cell, c - Detectors.Sides));
        found.Sort((a, b) => (-a.Logit, a.Cell, a.Class).CompareTo((-b.Logit, b.Cell, b.Class)));
        if (found.Count > limits.Most) found.RemoveRange(limits.Most, found.Count - limits.Most);
        if (found.Count == 0) return [];

        float[] sides = new float[found.Count * Detectors.Sides];
        foreach (var (i, candidate) in found.Index())
            for (int side = 0; side < Detectors.Sides; side++)
                sides[i * Detectors.Sides + side] = Math.Clamp(boxes[candidate.Cell * Detectors.Sides + side], 0, side % 2 == 0 ? width : height);
        // Where a picture is continued with black, a cell there may find something: beyond the picture there is nothing to find.
        int[] inside = [.. Enumerable.Range(0, found.Count).Where(i => sides[4 * i] < sides[4 * i + 2] && sides[4 * i + 1] < sides[4 * i + 3])];
        var kept = Suppress([.. inside], sides, i => found[i].Class, limits.Overlap);
        if (limits.Same < 1) kept = Suppress(kept, sides, _ => 0, limits.Same);
        return
        [
            .. kept.Select(i => new Detection(
                new Box(sides[4 * i], sides[4 * i + 1], sides[4 * i + 2], sides[4 * i + 3]), found[i].Class, 1 / (1 + Math.Exp(-found[i].Logit)))),
        ];
    }

    /// <summary>
    /// Those of some boxes that stand. Where they are more than the op takes they come in parts, each behind all that stand already: none of these falls to
    /// another, so that the result is that of all at once.
    /// </summary>
    private List<int> Suppress(List<int> candidates, float[] sides, Func<int, int> classOf, double overlap)
    {
        var kept = new List<int>();
        for (int next = 0, count; next < candidates.Count; next += count)
        {
            count = Math.Min(NonMaximumSuppression.MaxBoxes - kept.Count, candidates.Count - next);
            if (count == 0)
                throw new EngineException($"more than {NonMaximumSuppression.MaxBoxes} things are found in one picture: noise, or too low a score; "
                    + $"ask for a higher {DetectParameters.Score.Flag}, or cut the picture into parts");
            int[] part = [.. kept, .. candidates[next..(next + count)]];
            int size = SmallestSet;
            while (size < part.Length) size *= 2;
            if (!_suppressions.TryGetValue((size, overlap), out var suppression))
                _suppressions[(size, overlap)] = suppression = new Suppression(device, size, overlap);
            int[] stands = suppression.Run([.. part.SelectMany(i => sides[(4 * i)..(4 * i + 4)])], Array.ConvertAll(part, i => classOf(i)));
            kept = [.. part.Where((_, i) => stands[i] != 0)];
        }
        return kept;
    }

    public void Dispose()
    {
        foreach (var suppression in _suppressions.Values) suppression.Dispose();
    }

    /// <summary>The op alone, compiled for a number of boxes.</summary>
    private sealed class Suppression : IDisposable
    {
        private readonly VariableStore _variables;
        private readonly CompiledGraph _compiled;
        private readonly Tensor _boxes, _classes, _kept;

        public Suppression(Device device, int size, double overlap)
        {
            var graph = new Graph(training: false);
            _boxes = graph.Input("boxes", new Shape(size, Detectors.Sides));
            _classes = graph.Input("classes", new TensorSpec(new Shape(size), ElementType.I32));
            _kept = graph.Apply(new NonMaximumSuppression((float)overlap), "kept", _boxes, _classes);
            _variables = new VariableStore(device, graph, seed: 0);
            _compiled = new CompiledGraph(graph, _variables, [_kept]);
        }

        /// <returns>1 for each box that is kept, 0 for the others; longer than what was given, to the size of the set.</returns>
        public int[] Run(float[] boxes, int[] classes)
        {
            int size = _classes.Shape[0], given = classes.Length;
            Array.Resize(ref boxes, size * Detectors.Sides);
            Array.Resize(ref classes, size);
            Array.Fill(classes, -1, given, size - given);
            _compiled.Upload<float>(_boxes, boxes);
            _compiled.Upload<int>(_classes, classes);
            _compiled.Run();
            return _compiled.Download<int>(_kept);
        }

        public void Dispose()
        {
            _compiled.Dispose();
            _variables.Dispose();
        }
    }
}
