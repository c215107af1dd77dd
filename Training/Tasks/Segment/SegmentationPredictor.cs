using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>Labels the pixels of pictures of any size, and lists the digits that hang together.</summary>
internal sealed class SegmentationPredictor(Inference network, Arguments arguments) : IPredictor
{
    private readonly int _minPixels = arguments.Get(SegmentParameters.MinPixels);
    private readonly bool _maskAlone = arguments.Get(SegmentParameters.Mask);

    public IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures)
    {
        var (logits, shape) = network.Run(pictures);
        int each = logits.Length / pictures.Count;
        return [.. pictures.Select((p, i) => new Segmentation(p, logits[(i * each)..((i + 1) * each)], shape.Channels, _minPixels, _maskAlone))];
    }

    public void Dispose() => network.Dispose();

    /// <summary>What was found in one picture.</summary>
    private sealed class Segmentation : IPrediction
    {
        private readonly InputPicture _picture;
        private readonly byte[] _labels;
        private readonly float[] _logits;
        private readonly DigitRegion[] _digits;
        private readonly int _specks, _minPixels, _classes;
        private readonly bool _maskAlone;

        public Segmentation(InputPicture picture, float[] logits, int classes, int minPixels, bool maskAlone)
        {
            (_picture, _logits, _classes, _minPixels, _maskAlone) = (picture, logits, classes, minPixels, maskAlone);
            _labels = SegmentationEvaluator.Classes(logits, classes);
            var regions = DigitRegion.Find(_labels, picture.Width);
            _digits = [.. regions.Where(r => r.Pixels >= minPixels)];
            _specks = regions.Count - _digits.Length;
        }

        public (float[] Values, int[] Sizes) Output => (_logits, [_picture.Height, _picture.Width, _classes]);
        public (byte[] Values, int[] Sizes) Classes => (_labels, [_picture.Height, _picture.Width]);

        public IReadOnlyList<string> Lines
        {
            get
            {
                string count = _digits.Length switch { 0 => "no digit", 1 => "1 digit", _ => $"{_digits.Length} digits" };
                string specks = _specks == 0 ? "" : $"; left out: {_specks} region{(_specks == 1 ? "" : "s")} of under {_minPixels} pixels";
                string inverted = _picture.IsInverted ? ", inverted: dark ink on a light ground" : "";
                return
                [
                    $"{_picture.Name} ({_picture.Width}×{_picture.Height}{inverted}): {count}{specks}",
                    .. _digits.Select(d => $"  {d.Digit} at x {d.XMin}..{d.XMax}, y {d.YMin}..{d.YMax} ({d.Pixels} pixels)"),
                ];
            }
        }

        public JsonObject ToJson() => new()
        {
            ["picture"] = _picture.Name,
            ["width"] = _picture.Width,
            ["height"] = _picture.Height,
            ["inverted"] = _picture.IsInverted,
            ["min_pixels"] = _minPixels,
            ["left_out"] = _specks,
            ["digits"] = new JsonArray([.. _digits.Select(d => new JsonObject
            {
                ["digit"] = d.Digit, ["xmin"] = d.XMin, ["ymin"] = d.YMin, ["xmax"] = d.XMax, ["ymax"] = d.YMax, ["pixels"] = d.Pixels,
            })]),
        };

        public Picture Draw() => _maskAlone
            ? PredictionPicture.Mask(_picture.Width, _picture.Height, _labels)
            : PredictionPicture.Overlay(_picture.ToPicture(), _labels, [.. _digits.Select(d => d.Digit).Distinct().Order()]);
    }
}
