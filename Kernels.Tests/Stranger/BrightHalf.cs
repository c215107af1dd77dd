using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Stranger;

/// <summary>Says which half of a small picture is the brighter one. Its pictures are noise; the fewer mistakes, the better.</summary>
public sealed class BrightHalf : ITask
{
    private const int Side = 8, Pictures = 400;

    public static NumberParameter<int> Contrast { get; } = new("contrast", 1, 127, "how much brighter the brighter half is") { Default = 60 };

    private static NumberParameter<int> Epochs { get; } =
        Parameters.Epochs with { Default = null, Recipe = a => a.Get(Parameters.Steps) > 0 ? 1 : 3 };

    public static NumberParameter<int> Tries { get; } = new("tries", 1, 9, "say it so many times") { Default = 1 };

    public string Name => "bright-half";
    public string Does => "says which half is brighter";
    public string Title => "the brighter half";
    public string OutputForm => "logits [batch, classes, height, width]";

    public IReadOnlyList<Model> Models { get; } =
    [
        new("squares", "bright-half", "squares of a dense layer", new InputSize(Side, Side), (graph, image, settings) =>
        {
            var weight = graph.Parameter("hidden.weight", new Shape(Side, Side, 1, 6), new Initializer.HeNormal(Side * Side));
            var hidden = graph.Apply(new Square(), "square", graph.Apply(new Conv2d(Padding.Valid), "hidden", image, weight));
            return graph.Linear(graph.Dropout(hidden, "drop", settings.Dropout, seed: 1), "logits", settings.Classes);
        }),
    ];

    public IReadOnlyList<Metric> Metrics { get; } = [new("error", "error", HigherIsBetter: false), new("accuracy", "accuracy")];
    public IReadOnlyList<Parameter> DataParameters { get; } = [Contrast];
    public IReadOnlyList<Parameter> TrainingParameters { get; } = [Epochs, Parameters.LearningRate with { Default = 0.01 }];
    public IReadOnlyList<Parameter> PredictParameters { get; } = [Tries];
    public IReadOnlyList<(string Line, string Does)> Examples { get; } = [("fcn train bright-half --contrast 20", "a hard one")];
    public IReadOnlyList<DataSet> DataSets { get; } = [];
    public string DrawnData => "halves";
    public DataSummary DescribeDrawn() => new([$"{Pictures} pictures of noise"], new JsonObject { ["count"] = Pictures });
    public IReadOnlyList<string> ReportFiles { get; } = ["mistakes.txt"];
    public NetworkSettings Settings { get; } = new() { Classes = 2, Dropout = 0.1f };

    public NetworkSettings SettingsOf(Origin origin, string path) => Settings;

    public TaskData Open(Arguments arguments)
    {
        int contrast = arguments.Get(Contrast);
        var split = Split.BySeed(Pictures, arguments.Get(Parameters.Seed));
        return new TaskData
        {
            Name = "halves",
            Source = $"noise with a contrast of {contrast}",
            Sha256 = $"{contrast:x64}",
            Split = split,
            Samples = indices => new Halves(indices, contrast, everAnew: false),
            Training = new Halves(split.Train, contrast, everAnew: true),
            Classes = ["left", "right"],
            Settings = Settings,
            Augmentation = "noise",
        };
    }

    public ISampleSource Samples(int count) => new Halves([.. Enumerable.Range(0, count)], contrast: 60, everAnew: false);

    public Tensor Loss(Graph graph, Tensor output, IReadOnlyList<Tensor> targets) => graph.Apply(new SoftmaxCrossEntropy(), "loss", output, targets[0]);

    public IEvaluator Evaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch) =>
        new Judge(model, settings, variables, samples, batch);

    public Truth TruthOf(ISampleSource samples, int position)
    {
        var sample = new Batch(samples.Spec, 1);
        sample.Read(samples, 0, [position]);
        return new Truth(sample.Targets[0].Ints[0] == 0 ? "left" : "right", null);
    }

    public TaskReport Report(IScores test, IEvaluator evaluator, ISampleSource samples) => new()
    {
        Headline = Invariant($"{test.Metrics[0]:P1}"),
        Meaning = "of the test pictures are mistaken",
        Cards = [new Card("right", Invariant($"{test.Metrics[1]:P1}"))],
        Sections = [new Section("Left or right", "Told by noise.", "<p>There is no more to see.</p>")],
        Files = [("mistakes.txt", [.. Invariant($"{test.Metrics[0]}").Select(c => (byte)c)])],
    };

    public IPredictor Predictor(Model model, NetworkSettings settings, VariableStore variables, Arguments arguments) =>
        new Reader(new Inference(model, settings, variables), arguments.Get(Tries));

    /// <summary>Pictures of noise, a half of each brighter; new ones in every epoch, if they are asked for.</summary>
    private sealed class Halves(IReadOnlyList<int> indices, int contrast, bool everAnew) : ISampleSource
    {
        public int Count => indices.Count;
        public SampleSpec Spec { get; } = new(Side, Side, 1, new TargetSpec("half", TargetType.Int32, 1, 1));

        public void Read(int epoch, int position, Sample sample)
        {
            var random = new CounterRandom(1, RandomStream.Scene, everAnew ? (uint)epoch + 1 : 0, (uint)indices[position]);
            int half = sample.Ints(0)[0] = random.NextInt(2);
            var pixels = sample.Pixels;
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(random.NextInt(128) + (i % Side / (Side / 2) == half ? contrast : 0));
        }
    }

    private sealed class Judge : IEvaluator
    {
        private readonly Tensor _image, _output, _loss;
        private readonly Tensor[] _targets;
        private readonly CompiledGraph _compiled;
        private readonly int _batch;

        public Judge(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch)
        {
            _batch = batch;
            (var graph, _image, _output) = model.Network(batch, training: false, settings);
            _targets = TrainingStep.Targets(graph, samples, batch);
            _loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", _output, _targets[0]);
            _compiled = new CompiledGraph(graph, variables, [_output, _loss]);
        }

        public IScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default)
        {
            using var loader = new BatchLoader(samples, _batch, BatchOrder.Evaluation);
            double loss = 0;
            int wrong = 0;
            for (int b = 0; b < loader.BatchesPerEpoch; b++)
            {
                var batch = loader.Next();
                cancel.ThrowIfCancellationRequested();
                TrainingStep.Upload(_compiled, batch, _image, _targets);
                _compiled.Run();
                loss += _compiled.Download<float>(_loss)[0] * (double)batch.Count;
                float[] logits = _compiled.Download<float>(_output);
                for (int i = 0; i < batch.Count; i++)
                    if ((logits[2 * i + 1] > logits[2 * i] ? 1 : 0) != batch.Targets[0].Ints[i]) wrong++;
            }
            return new Scores(samples.Count, wrong, loss / samples.Count);
        }

        public void Dispose() => _compiled.Dispose();
    }

    private sealed record Scores(int Count, int Wrong, double Loss) : IScores
    {
        public IReadOnlyList<double> Metrics => [Wrong / (double)Count, 1 - Wrong / (double)Count];
        public string Headline => Invariant($"error {Metrics[0]:F4}");
        public IReadOnlyList<string> Lines => [$"{Wrong} of {Count} are wrong", Headline];
        public JsonObject ToJson() => new() { ["images"] = Count, ["loss"] = Json.Number(Loss), ["error"] = Metrics[0], ["accuracy"] = Metrics[1] };
    }

    private sealed class Reader(Inference network, int tries) : IPredictor
    {
        public PredictionSizes Sizes(int height, int width) => new([2], []);

        public IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures, IPredictionObserver? observer)
        {
            var answers = new IPrediction[pictures.Count];
            network.Run(pictures, (n, at, logits) =>
            {
                answers[n] = new Answer(pictures[n], logits[1] > logits[0] ? "right" : "left", tries);
                observer?.Output(n, at, logits);
            });
            return answers;
        }

        public void Dispose() => network.Dispose();
    }

    private sealed record Answer(InputPicture Picture, string Half, int Tries) : IPrediction
    {
        public IReadOnlyList<string> Lines => [$"{Picture.Name}:{string.Concat(Enumerable.Repeat($" {Half}", Tries))}"];
        public JsonObject ToJson() => new() { ["picture"] = Picture.Name, ["half"] = Half };
        public Picture Input() => Picture.ToInput();
        public IReadOnlyList<Picture> Shown => [Input()];
        public Picture Draw() => Picture.ToPicture();
        public byte[] Classes => [(byte)(Half == "right" ? 1 : 0)];
    }
}
