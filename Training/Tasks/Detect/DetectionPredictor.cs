using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>
/// Finds what a network was trained to find in pictures of any size. A picture whose digits are much larger or smaller than those of the training is shown
/// to it smaller or larger; boxes are in the picture's own pixels.
/// </summary>
internal sealed class DetectionPredictor(Inference network, Device device, InputSize known, IReadOnlyList<string> classes, Arguments arguments) : IPredictor
{
    /// <summary>Digits are drawn so much larger or smaller in training, about: within it none need be shown at another size.</summary>
    private const double LeastScale = 0.7, MostScale = 1.7;

    /// <summary>No two digits share so much of their boxes.</summary>
    private const double Same = 0.7;

    private readonly DetectionReader _reader =
        new(device, new(arguments.Get(DetectParameters.Score), arguments.Get(DetectParameters.Suppress)) { Same = Same });
    private Decoder? _decoder;

    private int Channels => Detectors.Sides + classes.Count;

    public PredictionSizes Sizes(int height, int width)
    {
        int[] cells = [Detectors.Cells(height), Detectors.Cells(width)];
        return new([.. cells, Channels], cells);
    }

    public PredictionSizes Sizes(InputPicture picture)
    {
        var shown = Shown(picture, Written(picture));
        return Sizes(shown.Height, shown.Width);
    }

    public IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures, IPredictionObserver? observer)
    {
        Lazy<FoundDigits>?[] written = [.. pictures.Select(Written)];
        InputPicture[] shown = [.. pictures.Zip(written, Shown)];
        var answers = Array.ConvertAll(shown, p => new float[Detectors.Cells(p.Height) * Detectors.Cells(p.Width) * Channels]);
        foreach (var alike in shown.Index().GroupBy(p => (p.Item.Height, p.Item.Width)))
        {
            int[] places = [.. alike.Select(p => p.Index)];
            network.Run([.. alike.Select(p => p.Item)], (n, at, values) =>
            {
                values.CopyTo(answers[places[n]].AsSpan((int)at));
                observer?.Output(places[n], at, values);
            }, observer is null ? null : observer.Progress);
        }
        return
        [
            .. pictures.Select((picture, i) =>
            {
                // Noise, cloth, a pattern: no network was shown any, and it would find digits everywhere.
                bool isTexture = written[i]?.Value is { Digits.Count: 0, Textures: > 0 };
                return new Found(picture, shown[i], isTexture ? [] : Read(answers[i], shown[i]), answers[i], classes, isTexture);
            }),
        ];
    }

    /// <summary>What is written in a picture, found when it is asked for; null of an array, taken as it is, and where no digits are looked for.</summary>
    private Lazy<FoundDigits>? Written(InputPicture picture) =>
        picture.IsOfArray || !classes.SequenceEqual(SceneSource.DigitNames) ? null : new(() => DigitScale.Find(picture));

    /// <summary>Of what is no digit nobody knows the size.</summary>
    private InputPicture Shown(InputPicture picture, Lazy<FoundDigits>? written) => DigitScale.Shown(
        picture, known, arguments.Find(DetectParameters.Zoom), DetectParameters.Zoom, () => written?.Value.Typical ?? 0, LeastScale, MostScale);

    private IReadOnlyList<Detection> Read(float[] answers, InputPicture shown)
    {
        int height = Detectors.Cells(shown.Height), width = Detectors.Cells(shown.Width);
        if (_decoder?.IsFor(height, width) != true)
        {
            _decoder?.Dispose();
            _decoder = new Decoder(device, height, width, Channels);
        }
        return _reader.Read(answers, _decoder.Run(answers), shown.Width, shown.Height);
    }

    public void Dispose()
    {
        _decoder?.Dispose();
        _reader.Dispose();
        network.Dispose();
    }

    /// <summary>Makes boxes of the answers for a picture, which the network may have given window by window.</summary>
    private sealed class Decoder : IDisposable
    {
        private readonly VariableStore _variables;
        private readonly CompiledGraph _compiled;
        private readonly Tensor _answers, _boxes;

        public Decoder(Device device, int height, int width, int channels)
        {
            var graph = new Graph(training: false);
            _answers = graph.Input("answers", new Shape(1, height, width, channels));
            _boxes = graph.Apply(new DecodeBoxes(Detectors.Cell), "boxes", _answers);
            _variables = new VariableStore(device, graph, seed: 0);
            _compiled = new CompiledGraph(graph, _variables, [_boxes]);
        }

        public bool IsFor(int height, int width) => (height, width) == (_answers.Shape.Height, _answers.Shape.Width);

        public float[] Run(float[] answers)
        {
            _compiled.Upload<float>(_answers, answers);
            _compiled.Run();
            return _compiled.Download<float>(_boxes);
        }

        public void Dispose()
        {
            _compiled.Dispose();
            _variables.Dispose();
        }
    }

    /// <summary>What was found in one picture.</summary>
    private sealed class Found : IPrediction
    {
        private readonly InputPicture _picture, _shown;
        private readonly Detection[] _detections;
        private readonly float[] _answers;
        private readonly IReadOnlyList<string> _classes;
        private readonly bool _isTexture;

        public Found(
            InputPicture picture, InputPicture shown, IReadOnlyList<Detection> detections, float[] answers, IReadOnlyList<string> classes, bool isTexture)
        {
            (_picture, _shown, _answers, _classes, _isTexture) = (picture, shown, answers, classes, isTexture);
            double wide = (double)picture.Width / shown.Width, high = (double)picture.Height / shown.Height;
            _detections =
            [
                .. detections.Select(d => d with { Box = new(d.Box.XMin * wide, d.Box.YMin * high, d.Box.XMax * wide, d.Box.YMax * high) })
                    .OrderBy(d => d.Box.XMin + d.Box.XMax).ThenBy(d => d.Box.YMin),
            ];
        }

        /// <summary>Of each cell the class that it is surest of, or one more than the last where it is surer that there is none.</summary>
        public byte[] Classes
        {
            get
            {
                int channels = Detectors.Sides + _classes.Count;
                byte[] classes = new byte[_answers.Length / channels];
                for (int cell = 0; cell < classes.Length; cell++)
                {
                    float best = 0;
                    classes[cell] = (byte)_classes.Count;
                    for (int k = 0; k < _classes.Count; k++)
                        if (_answers[cell * channels + Detectors.Sides + k] is var logit && logit > best) (best, classes[cell]) = (logit, (byte)k);
                }
                return classes;
            }
        }

        /// <summary>The classes from left to right: the number that digits spell.</summary>
        private string Reading => string.Join(_classes.All(name => name.Length == 1) ? "" : " ", _detections.Select(d => _classes[d.Class]));

        public IReadOnlyList<string> Lines
        {
            get
            {
                string count = _isTexture ? "nothing found: it is a texture, or noise"
                    : _detections.Length == 0 ? "nothing found" : $"{_detections.Length} found: {Reading}";
                string inverted = _picture.IsInverted ? ", inverted: dark ink on a light ground" : "";
                string scaled = _shown == _picture ? ""
                    : Invariant($", shown at {_shown.Width}×{_shown.Height}, scale {(double)_shown.Width / _picture.Width:G3}");
                return
                [
                    $"{_picture.Name} ({_picture.Width}×{_picture.Height}{inverted}{scaled}): {count}",
                    .. _detections.Select(d => Invariant($"  {_classes[d.Class]} {100 * d.Score:F1} % at x {d.Box.XMin:F1}..{d.Box.XMax:F1}, ")
                        + Invariant($"y {d.Box.YMin:F1}..{d.Box.YMax:F1}")),
                ];
            }
        }

        public JsonObject ToJson() => new()
        {
            ["picture"] = _picture.Name,
            ["width"] = _picture.Width,
            ["height"] = _picture.Height,
            ["inverted"] = _picture.IsInverted,
            ["scale"] = (double)_shown.Width / _picture.Width,
            ["reading"] = Reading,
            ["boxes"] = new JsonArray([.. _detections.Select(d => new JsonObject
            {
                ["class"] = _classes[d.Class], ["score"] = d.Score,
                ["xmin"] = d.Box.XMin, ["ymin"] = d.Box.YMin, ["xmax"] = d.Box.XMax, ["ymax"] = d.Box.YMax,
            })]),
        };

        public IReadOnlyList<Picture> Shown => [Input()];

        public Picture Input() => _shown.ToInput();

        public Picture Draw() => DetectionPicture.Draw(_picture.ToPicture(), _detections, _classes);
    }
}
