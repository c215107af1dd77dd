using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>Reads the digits in pictures of any size: finds them, brings each into the form that the network was trained on, and names it.</summary>
/// <param name="classes">How many the network tells apart.</param>
internal sealed class ClassificationPredictor(Inference network, int classes) : IPredictor
{
    /// <summary>One digit for each picture of an array; how many a picture of a file has is found out.</summary>
    public PredictionSizes Sizes(int height, int width) => new([classes], [1]);

    public IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures, IPredictionObserver? observer)
    {
        FoundDigits[] found = [.. pictures.Select(Found)];
        if (observer is { TakesOutput: true } && Array.FindIndex(found, f => f.Digits.Count != 1) is >= 0 and var other)
            throw new EngineException($"'{pictures[other].Name}' has {found[other].Digits.Count} digits; --logits takes a picture of one, or an array");
        // All digits of all pictures at once.
        (int Picture, FoundDigit Digit)[] places = [.. found.SelectMany((f, i) => f.Digits.Select(digit => (i, digit)))];
        var read = new float[places.Length][];
        network.Run([.. places.Select(p => Form(pictures[p.Picture].Name, p.Digit))], (n, _, logits) =>
        {
            read[n] = Probabilities(logits);
            observer?.Output(places[n].Picture, 0, logits);
        });
        var digits = places.Zip(read, (p, probabilities) => (p.Picture, Digit: new ReadDigit(p.Digit, probabilities))).ToLookup(p => p.Picture, p => p.Digit);
        return [.. pictures.Select((picture, i) => new Readings(picture, found[i], [.. digits[i]]))];
    }

    private static InputPicture Form(string name, FoundDigit digit) => InputPicture.Of(name, DigitImages.Side, DigitImages.Side, digit.Pixels);

    /// <summary>What is in MNIST's form already is one digit as it stands: all of an array, and a picture of one digit that was saved in it.</summary>
    private static FoundDigits Found(InputPicture picture)
    {
        const int side = DigitImages.Side;
        byte[] pixels = picture.Light();
        bool isSmall = (picture.Height, picture.Width) == (side, side);
        if (picture.IsOfArray && !isSmall)
            throw new EngineException($"'{picture.Name}' has {picture.Height}×{picture.Width} pixels; of an array each picture is one digit of {side}×{side}");
        return isSmall && (picture.IsOfArray || DigitForm.Is(pixels))
            ? new([new FoundDigit(0, 0, side - 1, side - 1, pixels)])
            : DigitFinder.Find(pixels, picture.Width, picture.KeepsGround);
    }

    private static float[] Probabilities(ReadOnlySpan<float> logits)
    {
        var e = new double[logits.Length];
        float max = float.NegativeInfinity;
        foreach (float logit in logits) max = Math.Max(max, logit);
        for (int i = 0; i < e.Length; i++) e[i] = Math.Exp(logits[i] - max);
        double sum = e.Sum();
        return Array.ConvertAll(e, x => (float)(x / sum));
    }

    public void Dispose() => network.Dispose();

    private sealed record ReadDigit(FoundDigit Place, float[] Probabilities)
    {
        /// <summary>The classes from the most probable on, of equals the first first.</summary>
        public int[] Ranked { get; } = [.. Enumerable.Range(0, Probabilities.Length).OrderByDescending(k => Probabilities[k])];
    }

    /// <summary>What was read in one picture.</summary>
    private sealed class Readings(InputPicture picture, FoundDigits found, IReadOnlyList<ReadDigit> digits) : IPrediction
    {
        /// <summary>Classes that are named.</summary>
        private const int Top = 3;

        public byte[] Classes => [digits.Count == 1 ? (byte)digits[0].Ranked[0] : (byte)255];

        public IReadOnlyList<string> Lines
        {
            get
            {
                string count = digits.Count switch { 0 => "no digit found", 1 => "1 digit", _ => $"{digits.Count} digits" };
                string read = digits.Count == 0 ? "" : $": {string.Concat(digits.Select(d => ClassificationScores.ClassNames[d.Ranked[0]]))}";
                string[] leftOut = [.. Marks(found.Specks, "speck"), .. Marks(found.Lines, "line"),
                    .. Marks(found.Textures, "patch of texture", "patches of texture")];
                string others = leftOut.Length == 0 ? "" : $"; left out: {string.Join(", ", leftOut)}";
                string inverted = picture.IsInverted ? ", inverted: dark ink on a light ground" : "";
                return
                [
                    $"{picture.Name} ({picture.Width}×{picture.Height}{inverted}): {count}{read}{others}",
                    .. digits.Select(d => $"  {string.Join(", ", d.Ranked.Take(Top).Select(k => Chance(d, k)))} "
                        + $"at x {d.Place.XMin}..{d.Place.XMax}, y {d.Place.YMin}..{d.Place.YMax}"),
                ];
            }
        }

        private static string Chance(ReadDigit d, int k) => Invariant($"{ClassificationScores.ClassNames[k]} {100 * d.Probabilities[k]:F1} %");

        private static string[] Marks(int count, string one, string? several = null) =>
            count switch { 0 => [], 1 => [$"1 {one}"], _ => [$"{count} {several ?? $"{one}s"}"] };

        public JsonObject ToJson() => new()
        {
            ["picture"] = picture.Name,
            ["width"] = picture.Width,
            ["height"] = picture.Height,
            ["inverted"] = picture.IsInverted,
            ["left_out"] = found.Specks + found.Lines + found.Textures,
            ["digits"] = new JsonArray([.. digits.Select(d => new JsonObject
            {
                ["digit"] = d.Ranked[0], ["xmin"] = d.Place.XMin, ["ymin"] = d.Place.YMin, ["xmax"] = d.Place.XMax, ["ymax"] = d.Place.YMax,
                ["probabilities"] = Json.Array(d.Probabilities),
            })]),
        };

        public IReadOnlyList<Picture> Shown => [.. digits.Select(d => new Picture(DigitImages.Side, DigitImages.Side, 1, d.Place.Pixels))];

        /// <summary>The digits in their form side by side, each of their pixels a square.</summary>
        public Picture Input()
        {
            const int scale = 8, gap = 8, side = DigitImages.Side * scale;
            var canvas = new Canvas(digits.Count * (side + gap) + gap, side + 2 * gap, Palette.Card);
            foreach (var (i, d) in digits.Index())
                canvas.Paste(gap + i * (side + gap), gap, DigitImages.Side, DigitImages.Side, scale, at => Rgb.Grey(d.Place.Pixels[at]));
            return canvas.Picture;
        }

        public Picture Draw()
        {
            var source = picture.ToPicture();
            var canvas = new Canvas(source.Width, source.Height, Palette.Ground);
            canvas.Paste(0, 0, source.Width, source.Height, 1, i => Rgb.Grey(source.Pixels[i]));
            foreach (var d in digits)
            {
                var (place, colour) = (d.Place, Palette.Of(d.Ranked[0]));
                canvas.Frame(place.XMin - 2, place.YMin - 2, place.XMax + 2, place.YMax + 2, colour);
                canvas.Swatch(place.XMin - 2, place.YMin - 2 - Canvas.SwatchSize, (char)('0' + d.Ranked[0]), colour);
            }
            return canvas.Picture;
        }
    }
}
