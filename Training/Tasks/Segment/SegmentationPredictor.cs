using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>Labels the pixels of pictures of any size, and lists the digits that hang together.</summary>
/// <param name="classes">How many the network tells apart.</param>
internal sealed class SegmentationPredictor(Inference network, int classes, Arguments arguments) : IPredictor
{
    private readonly int _minPixels = arguments.Get(SegmentParameters.MinPixels), _maxPixels = arguments.Get(SegmentParameters.MaxPixels);
    private readonly bool _maskAlone = arguments.Get(SegmentParameters.Mask);

    public PredictionSizes Sizes(int height, int width) => new([height, width, classes], [height, width]);

    public IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures, IPredictionObserver? observer)
    {
        byte[][] labels = [.. pictures.Select(p => new byte[p.Height * p.Width])];
        network.Run(pictures, (n, at, logits) =>
        {
            SegmentationEvaluator.Classes(logits, labels[n].AsSpan((int)(at / classes), logits.Length / classes));
            observer?.Output(n, at, logits);
        }, observer is null ? null : observer.Progress);
        return [.. pictures.Select((p, i) => new Segmentation(p, labels[i], (_minPixels, _maxPixels), _maskAlone))];
    }

    public void Dispose() => network.Dispose();

    /// <summary>What was found in one picture.</summary>
    private sealed class Segmentation : IPrediction
    {
        private readonly InputPicture _picture;
        private readonly byte[] _labels;
        private readonly Region[] _digits;
        private readonly int _small, _thin, _large;
        private readonly (int Min, int Max) _pixels;
        private readonly bool _maskAlone;

        public Segmentation(InputPicture picture, byte[] labels, (int Min, int Max) pixels, bool maskAlone)
        {
            (_picture, _labels, _pixels, _maskAlone) = (picture, labels, pixels, maskAlone);
            var digits = new List<Region>();
            foreach (var region in Region.Find(_labels, picture.Width, SegmentationData.Background))
                if (region.Pixels < pixels.Min) _small++;
                else if (region.IsLine) _thin++;
                else if (region.Pixels > pixels.Max) _large++;
                else digits.Add(region);
            _digits = [.. digits];
        }

        public byte[] Classes => _labels;

        public IReadOnlyList<string> Lines
        {
            get
            {
                string count = _digits.Length switch { 0 => "no digit", 1 => "1 digit", _ => $"{_digits.Length} digits" };
                string[] leftOut =
                [
                    .. Regions(_small, $"of under {_pixels.Min} pixels"), .. Regions(_thin, "of one row or column"),
                    .. Regions(_large, $"of over {_pixels.Max} pixels"),
                ];
                string others = leftOut.Length == 0 ? "" : $"; left out: {string.Join(", ", leftOut)}";
                string inverted = _picture.IsInverted ? ", inverted: dark ink on a light ground" : "";
                return
                [
                    $"{_picture.Name} ({_picture.Width}×{_picture.Height}{inverted}): {count}{others}",
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
            ["min_pixels"] = _pixels.Min,
            ["max_pixels"] = _pixels.Max,
            ["left_out"] = _small + _thin + _large,
            ["digits"] = new JsonArray([.. _digits.Select(d => new JsonObject
            {
                ["digit"] = d.Class, ["xmin"] = d.XMin, ["ymin"] = d.YMin, ["xmax"] = d.XMax, ["ymax"] = d.YMax, ["pixels"] = d.Pixels,
            })]),
        };

        public Picture Input() => _picture.ToInput();

        public Picture Draw() => _maskAlone
            ? PredictionPicture.Mask(_picture.Width, _picture.Height, _labels)
            : PredictionPicture.Overlay(_picture.ToPicture(), _labels, [.. _digits.Select(d => d.Class).Distinct().Order()]);
    }
}
