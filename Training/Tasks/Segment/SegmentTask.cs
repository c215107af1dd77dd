using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>Segmentation of handwritten digits: each pixel is one of ten digits or background. M2NIST, or pictures that the program draws.</summary>
/// <param name="models">Networks that can be trained for it.</param>
public sealed class SegmentTask(IReadOnlyList<Model> models) : ITask
{
    /// <summary>Images of the procedural set, and the seed that makes them: as many as M2NIST has.</summary>
    private const int ProceduralImages = 5000, ProceduralSeed = 1;
    private const string Drawn = "procedural digits (name real data by --data DIR or FCN_DATA)";

    public SegmentTask() : this(Layers.Models.Of("segment")) { }

    public string Name => "segment";
    public string Does => "labels each pixel";
    public string Title => "segmentation of handwritten digits";
    public IReadOnlyList<Model> Models => models;
    public string OutputForm => "logits [batch, classes, height, width]: the class of a pixel is that of the largest, softmax over the classes gives shares";
    public IReadOnlyList<Metric> Metrics { get; } = [new("mIoU", "miou_digits"), new("dice", "dice_digits")];
    public IReadOnlyList<Parameter> DataParameters { get; } = [SegmentParameters.Split];

    public IReadOnlyList<Parameter> TrainingParameters { get; } =
        [SegmentParameters.Epochs, SegmentParameters.LearningRate, SegmentParameters.Dropout, SegmentParameters.Augment, SegmentParameters.NoPrior];

    public IReadOnlyList<Parameter> PredictParameters { get; } =
        [SegmentParameters.MinPixels, SegmentParameters.MaxPixels, SegmentParameters.Scale, SegmentParameters.Mask];

    public IReadOnlyList<(string Line, string Does)> Examples { get; } =
    [
        ("fcn train segment --model fcn8 --data DIR --epochs 10", "FCN-8 with its coarse decoder on the M2NIST in DIR"),
        ("fcn train segment --data DIR --epochs 40 --augment 0.5", "the best recipe known: half of the images composed anew in every epoch"),
        ("fcn train segment --model fcn8-slim --epochs 5", "the smallest network, for five epochs"),
    ];

    public IReadOnlyList<DataSet> DataSets { get; } =
    [
        new("mnist", folder => $"fcn data get mnist --out {folder}", folder => MnistData.Locate(folder).Count > 0, SetSummaries.Mnist),
        new("m2nist", folder => $"fcn data get m2nist --out {folder}, or compose one: fcn data make m2nist --out {folder}",
            folder => Npz.Is(folder) || M2nist.Locate(folder) is { Images: not null } or { Masks: not null }, SetSummaries.M2nist),
    ];

    public string DrawnData => "procedural";

    public DataSummary DescribeDrawn()
    {
        var summary = SetSummaries.Of(M2nistComposer.Procedural(ProceduralImages, ProceduralSeed));
        return summary with { Lines = [Drawn, .. summary.Lines] };
    }

    public IReadOnlyList<string> ReportFiles => SegmentReport.Files;

    public NetworkSettings Settings { get; } = new() { Classes = SegmentationData.Classes };

    public NetworkSettings SettingsOf(Origin origin, string path)
    {
        origin.ExpectClasses(SegmentationScores.ClassNames, path);
        return Settings;
    }

    public TaskData Open(Arguments arguments) => arguments.Find(Parameters.Data) is { } folder
        ? Open(M2nist.Load(folder), $"M2NIST in {folder}", arguments, (data, held) => M2nist.FreeDigits(MnistData.Load(folder), data, held))
        : Open(M2nistComposer.Procedural(ProceduralImages, ProceduralSeed), Drawn, arguments, (_, _) => ProceduralDigits.Source);

    /// <summary>Any pictures whose pixels have classes.</summary>
    /// <param name="source">What they are and where they came from, for people.</param>
    /// <param name="digitsExcept">Digits to compose new pictures from; none that some of the pictures show.</param>
    public TaskData Open(SegmentationData data, string source, Arguments arguments, Func<SegmentationData, IEnumerable<int>, IDigitSource> digitsExcept)
    {
        ulong seed = arguments.Get(Parameters.Seed);
        var split = arguments.Get(SegmentParameters.Split) == "reference" ? Split.Reference(data.Count, seed) : Split.BySeed(data.Count, seed);
        ISampleSource training = new SegmentationSource(data, split.Train);
        IDigitSource? digits = null;
        double share = arguments.Get(SegmentParameters.Augment);
        if (share > 0)
        {
            digits = digitsExcept(data, split.Validation.Concat(split.Test));
            training = new AugmentedSource(training, digits, share, seed);
        }
        return new TaskData
        {
            Name = data.Name,
            Source = source,
            Sha256 = data.Sha256,
            Split = split,
            Training = training,
            Samples = indices => new SegmentationSource(data, indices),
            Classes = SegmentationScores.ClassNames,
            Settings = Settings with
            {
                Dropout = arguments.Get(SegmentParameters.Dropout),
                ClassPrior = arguments.Get(SegmentParameters.NoPrior) ? null : Prior(data, split),
            },
            Augmentation = digits?.Fingerprint,
            Remark = digits is null ? "" : FormattableString.Invariant($"; every epoch composes {share:P0} of the training images anew"),
        };
    }

    public ISampleSource Samples(int count) => new SegmentationSource(M2nistComposer.Procedural(count, ProceduralSeed), [.. Enumerable.Range(0, count)]);

    public Tensor Loss(Graph graph, Tensor output, IReadOnlyList<Tensor> targets) => graph.Apply(new SoftmaxCrossEntropy(), "loss", output, targets[0]);

    public IEvaluator Evaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch) =>
        new SegmentationEvaluator(model, settings, variables, samples, batch);

    public Truth TruthOf(ISampleSource samples, int position)
    {
        var sample = new Batch(samples.Spec, 1);
        sample.Read(samples, 0, [position]);
        byte[] mask = Array.ConvertAll(sample.Targets[0].Ints, label => (byte)label);
        return Truth.Of(Region.Find(mask, samples.Spec.Width, SegmentationData.Background)
            .Select(r => (SegmentationScores.ClassNames[r.Class], new Box(r.XMin, r.YMin, r.XMax + 1, r.YMax + 1))));
    }

    public TaskReport Report(IScores test, IEvaluator evaluator, ISampleSource samples) =>
        new SegmentReport((SegmentationScores)test).Of((SegmentationEvaluator)evaluator, samples);

    public IPredictor Predictor(Model model, NetworkSettings settings, VariableStore variables, Arguments arguments)
    {
        int least = arguments.Get(SegmentParameters.MinPixels), most = arguments.Get(SegmentParameters.MaxPixels);
        return least <= most ? new SegmentationPredictor(new Inference(model, settings, variables), model.Input, settings.Classes, arguments)
            : throw new EngineException(
                $"{SegmentParameters.MinPixels.Flag} {least} is more than {SegmentParameters.MaxPixels.Flag} {most}: nothing would be listed");
    }

    /// <summary>
    /// The share of each class among the pixels of the training images. One is added to each count: a class that never occurs must not have the bias −∞.
    /// </summary>
    private static float[] Prior(SegmentationData data, Split split)
    {
        var counts = new long[SegmentationData.Classes];
        Array.Fill(counts, 1);
        foreach (int image in split.Train)
            foreach (byte label in data.Mask(image)) counts[label]++;
        double total = counts.Sum();
        return [.. counts.Select(c => (float)(c / total))];
    }
}
