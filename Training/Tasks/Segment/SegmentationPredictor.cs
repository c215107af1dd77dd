using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>
/// Labels the pixels of pictures of any size, and lists the digits that hang together. A picture whose digits are larger or smaller than those that the
/// network was trained on is shown to it smaller or larger; what it sees is brought back to the picture's own pixels.
/// </summary>
/// <param name="known">The pictures that the network was trained on.</param>
/// <param name="classes">How many the network tells apart.</param>
internal sealed class SegmentationPredictor(Inference network, InputSize known, int classes, Arguments arguments) : IPredictor
{
    /// <summary>Pixels whose planes are worth more than the tenth of a second that it takes to give them back.</summary>
    private const long LargePixels = 1 << 22;

    private readonly RegionLimits _limits = RegionLimits.Of(arguments);
    private readonly bool _maskAlone = arguments.Get(SegmentParameters.Mask);

    public PredictionSizes Sizes(int height, int width) => new([height, width, classes], [height, width]);

    public PredictionSizes Sizes(InputPicture picture)
    {
        var shown = Shown(picture);
        return new([shown.Height, shown.Width, classes], [picture.Height, picture.Width]);
    }

    public IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures, IPredictionObserver? observer)
    {
        InputPicture[] shown = [.. pictures.Select(Shown)];
        // The network's memory is not the heap's, which does not see that it is needed and would keep the planes that a large picture was measured in.
        if (pictures.Sum(p => (long)p.Height * p.Width) > LargePixels) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        byte[][] labels = [.. shown.Select(p => new byte[p.Height * p.Width])];
        foreach (var alike in shown.Index().GroupBy(p => (p.Item.Height, p.Item.Width)))
        {
            int[] places = [.. alike.Select(p => p.Index)];
            network.Run([.. alike.Select(p => p.Item)], (n, at, logits) =>
            {
                SegmentationEvaluator.Classes(logits, labels[places[n]].AsSpan((int)(at / classes), logits.Length / classes));
                observer?.Output(places[n], at, logits);
            }, observer is null ? null : observer.Progress);
        }
        return [.. pictures.Select((p, i) => new Segmentation(p, shown[i], labels[i], _limits, _maskAlone))];
    }

    /// <summary>Digits of nearly the training's size are read as well as they are.</summary>
    private InputPicture Shown(InputPicture picture) =>
        DigitScale.Shown(picture, known, arguments.Find(SegmentParameters.Scale), SegmentParameters.Scale,
            () => DigitScale.Find(picture).Typical, least: 0.87, most: 1.3);

    public void Dispose() => network.Dispose();

    /// <summary>What was found in one picture.</summary>
    private sealed class Segmentation : IPrediction
    {
        private readonly InputPicture _picture, _shown;
        private readonly byte[] _labels; // of the picture
        private readonly Region[] _digits;
        private readonly int _small, _thin, _large;
        private readonly RegionLimits _limits;
        private readonly bool _maskAlone;

        /// <param name="labels">Of what was shown.</param>
        public Segmentation(InputPicture picture, InputPicture shown, byte[] labels, RegionLimits limits, bool maskAlone)
        {
            (_picture, _shown, _limits, _maskAlone) = (picture, shown, limits, maskAlone);
            _labels = shown == picture ? labels : Mask(picture, shown, labels);
            double area = (double)shown.Width * shown.Height / ((long)picture.Width * picture.Height); // of one of its pixels in what was shown
            var digits = new List<Region>();
            foreach (var region in Region.Find(_labels, picture.Width, SegmentationData.Background))
                switch (limits.KindOf(region, area))
                {
                    case RegionKind.Small: _small++; break;
                    case RegionKind.Thin: _thin++; break;
                    case RegionKind.Large: _large++; break;
                    default: digits.Add(region); break;
                }
            _digits = [.. digits];
        }

        /// <summary>Each pixel of a picture has the class of what lies in its place in what was shown.</summary>
        private static byte[] Mask(InputPicture picture, InputPicture shown, byte[] labels)
        {
            var mask = new byte[picture.Height * picture.Width];
            int[] columns = Places(picture.Width, shown.Width), rows = Places(picture.Height, shown.Height);
            for (int y = 0; y < picture.Height; y++)
                for (int x = 0; x < picture.Width; x++) mask[y * picture.Width + x] = labels[rows[y] * shown.Width + columns[x]];
            return mask;

            static int[] Places(int side, int shownSide) => [.. Enumerable.Range(0, side).Select(i => (int)((2L * i + 1) * shownSide / (2L * side)))];
        }

        private double Scale => (double)_shown.Width / _picture.Width;

        public byte[] Classes => _labels;

        public IReadOnlyList<string> Lines
        {
            get
            {
                string count = _digits.Length switch { 0 => "no digit", 1 => "1 digit", _ => $"{_digits.Length} digits" };
                string[] leftOut =
                [
                    .. Regions(_small, $"of under {_limits.Min} pixels"), .. Regions(_thin, "of one row or column"),
                    .. Regions(_large, $"of over {_limits.Max} pixels"),
                ];
                string others = leftOut.Length == 0 ? "" : $"; left out: {string.Join(", ", leftOut)}";
                string inverted = _picture.IsInverted ? ", inverted: dark ink on a light ground" : "";
                string scaled = _shown == _picture ? "" : FormattableString.Invariant($", shown at {_shown.Width}×{_shown.Height}, scale {Scale:G3}");
                return
                [
                    $"{_picture.Name} ({_picture.Width}×{_picture.Height}{inverted}{scaled}): {count}{others}",
                    .. _digits.Select(d => $"  {d.Class} at x {d.XMin}..{d.XMax}, y {d.YMin}..{d.YMax} ({d.Pixels} pixel{(d.Pixels == 1 ? "" : "s")})"),
                ];
            }
        }

        private static string[] Regions(int count, string which) => count == 0 ? [] : [$"{count} region{(count == 1 ? "" : "s")} {which}"];

        public JsonObject ToJson() => new()
        {
            ["picture"] = _picture.Name,
            ["width"] = _picture.Width,
            ["height"] = _picture.Height,
            ["inverted"] = _picture.IsInverted,
            ["scale"] = Scale,
            ["min_pixels"] = _limits.Min,
            ["max_pixels"] = _limits.Max,
            ["left_out"] = _small + _thin + _large,
            ["digits"] = new JsonArray([.. _digits.Select(d => new JsonObject
            {
                ["digit"] = d.Class, ["xmin"] = d.XMin, ["ymin"] = d.YMin, ["xmax"] = d.XMax, ["ymax"] = d.YMax, ["pixels"] = d.Pixels,
            })]),
        };

        public IReadOnlyList<Picture> Shown => [Input()];

        public Picture Input() => _shown.ToInput();

        public Picture Draw() => _maskAlone
            ? PredictionPicture.Mask(_picture.Width, _picture.Height, _labels)
            : PredictionPicture.Overlay(_picture.ToPicture(), _labels, [.. _digits.Select(d => d.Class).Distinct().Order()]);
    }
}
