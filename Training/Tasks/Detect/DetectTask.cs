using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using FcnFromScratch.Training.Tasks.Segment;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>The finding of several digits in a picture: scenes that are drawn from single ones, M2NIST, or pictures with boxes of somebody else's.</summary>
/// <param name="models">Networks that can be trained for it.</param>
public sealed class DetectTask(IReadOnlyList<Model> models) : ITask
{
    /// <summary>Scenes to validate and to test on; digits at most that are held back to draw the first from.</summary>
    private const int ValidationScenes = 500, TestScenes = 2000, HeldBack = 5000;

    /// <summary>Digits of the procedural set to train and to test on, and the seed that makes them: as many as MNIST has.</summary>
    private const int ProceduralTrain = 60_000, ProceduralTest = 10_000, ProceduralSeed = 1;
    private const string Drawn = "scenes of procedural digits (name real data by --data DIR or FCN_DATA)";

    /// <summary>Cells that answer for a digit lie so many cells from its centre at most, as in FCOS.</summary>
    private const float Radius = 1.5f;

    /// <summary>Of the loss of boxes against that of classes, as in VarifocalNet.</summary>
    private const float BoxWeight = 2;

    public DetectTask() : this(Layers.Models.Of("detect")) { }

    public string Name => "detect";
    public string Does => "finds digits and their boxes";
    public string Title => "detection of handwritten digits";
    public IReadOnlyList<Model> Models => models;
    public string OutputForm { get; } =
        Invariant($"logits [batch, {Detectors.Sides} + classes, rows, columns], one place for each {Detectors.Cell}×{Detectors.Cell} pixels: ")
        + Invariant($"with d = {Detectors.Cell} · softplus(channels 0 … 3) and the centre of row i, column j at x = {Detectors.Cell} (j + ½), ")
        + Invariant($"y = {Detectors.Cell} (i + ½) its box is x - d0, y - d1, x + d2, y + d3 in pixels; sigmoid of the other channels is how sure ")
        + "it is of each class; of boxes of one class that overlap the surest counts";
    public IReadOnlyList<Metric> Metrics { get; } = [new("mAP@.5:.95", "map50_95"), new("mAP@.5", "map50"), new("F1", "f1")];
    public IReadOnlyList<Parameter> DataParameters { get; } = [DetectParameters.Set, DetectParameters.Scenes, .. DetectParameters.OfScenes];

    public IReadOnlyList<Parameter> TrainingParameters { get; } =
    [
        DetectParameters.Epochs, DetectParameters.LearningRate, DetectParameters.Average, DetectParameters.Augment, DetectParameters.Curriculum,
        DetectParameters.Backbone, DetectParameters.Freeze, DetectParameters.Thaw,
    ];

    public IReadOnlyList<Parameter> PredictParameters { get; } = [DetectParameters.Score, DetectParameters.Suppress, DetectParameters.Zoom];

    public IReadOnlyList<(string Line, string Does)> Examples { get; } =
    [
        ("fcn train detect --data DIR", "a detector for scenes of the MNIST in DIR"),
        ("fcn train detect --digits 3..5 --overlap 0 --noise 0 --clutter 0 --epochs 5", "for clean scenes of a few digits"),
        ("fcn train detect --curriculum --backbone CNN.safetensors", "from easy scenes to hard ones, on the first layers of the classifier cnn-slim"),
    ];

    public IReadOnlyList<DataSet> DataSets { get; } =
    [
        new("mnist", folder => $"fcn data get mnist --out {folder}", folder => MnistData.Locate(folder).Count > 0, SetSummaries.Mnist),
        new("scenes", folder => $"fcn data make scenes --out {folder}", CocoSet.IsThere, SetSummaries.Scenes),
    ];

    public string DrawnData => "procedural-scenes";

    public DataSummary DescribeDrawn() => new(
        [Invariant($"scenes: {ValidationScenes} to validate on, {TestScenes} to test on, as many as are asked for to train, drawn by the program")],
        new JsonObject { ["validation"] = ValidationScenes, ["test"] = TestScenes, ["seed"] = ProceduralSeed });

    public IReadOnlyList<string> ReportFiles { get; } = [DetectionGallery.File, .. DetectReport.Files];

    public NetworkSettings Settings { get; } = new() { Classes = SceneSource.DigitNames.Count, ClassNames = SceneSource.DigitNames };

    public NetworkSettings SettingsOf(Origin origin, string path) => origin.Classes is { } classes ? SettingsOf(classes) : Settings;

    private NetworkSettings SettingsOf(IReadOnlyList<string> classes) => Settings with { Classes = classes.Count, ClassNames = classes };

    public TaskData Open(Arguments arguments)
    {
        bool isM2nist = arguments.Get(DetectParameters.Set) == "m2nist";
        if (arguments.Find(Parameters.Data) is not { } folder)
        {
            if (isM2nist) throw new DataException($"{DetectParameters.Set.Flag} m2nist needs a folder that has it; name it by {Parameters.Data.Flag}.");
            var digits = ProceduralDigits.Make(ProceduralTrain + ProceduralTest, ProceduralSeed);
            return OpenScenes(digits, ProceduralTrain, "procedural scenes", Drawn, arguments);
        }
        if (isM2nist)
        {
            var data = M2nist.Load(folder);
            return OpenPictures(data.Name, $"M2NIST in {folder}", data.Sha256, data.Count, indices => new M2nistScenes(data, indices), arguments);
        }
        if (CocoSet.IsThere(folder))
        {
            var set = CocoSet.Read(folder);
            int crowds = set.Images.Sum(image => image.Objects.Count(o => o.IsCrowd));
            string remark = crowds == 0 ? "" : $"; {crowds} crowds, which the loss takes for ground and the figures leave out";
            return OpenPictures("boxes", $"pictures with boxes in {folder}", set.Sha256, set.Images.Count, indices => new CocoSource(set, indices), arguments)
                with { Remark = remark };
        }
        var mnist = MnistData.Load(folder);
        return OpenScenes(mnist.All(), mnist.Train.Count, "mnist scenes", $"scenes of the MNIST in {folder}", arguments);
    }

    /// <summary>
    /// Scenes of any digits. Those to train, to validate and to test on are drawn from different digits; the first are new in every epoch.
    /// </summary>
    /// <param name="train">So many of the first digits are to train and to validate on, the others to test on.</param>
    public TaskData OpenScenes(DigitImages digits, int train, string name, string source, Arguments arguments)
    {
        ulong seed = arguments.Get(Parameters.Seed);
        int scenes = arguments.Get(DetectParameters.Scenes), most = arguments.Get(SceneParameters.Digits).High;
        if (most == 0) throw new EngineException($"{SceneParameters.Digits.Flag} is 0, and scenes without a digit teach nothing; ask for some");
        var options = SceneParameters.Options(arguments);
        var warped = options with { Warp = arguments.Get(DetectParameters.Augment) };
        var curriculum = arguments.Get(DetectParameters.Curriculum) ? new Curriculum(warped, arguments.Get(Parameters.Epochs)) : null;
        var of = Split.HoldOut(train, Math.Min(HeldBack, train / 5), digits.Count - train, seed);
        DigitImages training = digits.Select(name, of.Train), validation = digits.Select(name, of.Validation), test = digits.Select(name, of.Test);
        new SceneMaker(training, seed).ExpectRoom(options);
        var split = new Split([.. Enumerable.Range(0, scenes)], [.. Enumerable.Range(scenes, ValidationScenes)],
            [.. Enumerable.Range(scenes + ValidationScenes, TestScenes)]);
        return With(arguments, new TaskData
        {
            Name = name,
            Source = source,
            Sha256 = digits.Fingerprint,
            Split = split,
            HasOwnTest = true,
            Training = new SceneSource(training, curriculum is null ? _ => warped : curriculum.Of, split.Train, most, seed),
            Samples = Fixed,
            Classes = SceneSource.DigitNames,
            Settings = Settings,
            Augmentation = digits.Fingerprint,
            Stages = curriculum?.Stages ?? [],
            Remark = Invariant($"; {options.Digits} digits to a scene of {options.Canvas} pixels, every epoch new ones to train on"),
        });

        ISampleSource Fixed(IReadOnlyList<int> indices)
        {
            var pools = new[] { training, validation, test }.Zip([split.Train, split.Validation, split.Test]);
            return new JoinedScenes([.. pools.Select(pool => SceneSource.Fixed(pool.First, options, [.. indices.Intersect(pool.Second)], most, seed))]);
        }
    }

    private TaskData OpenPictures(
        string name, string source, string sha256, int count, Func<IReadOnlyList<int>, ISceneSource> samples, Arguments arguments)
    {
        // A few pictures, labelled by hand, can be measured all the same.
        var split = count < Split.Smallest ? new Split([], [], [.. Enumerable.Range(0, count)]) : Split.BySeed(count, arguments.Get(Parameters.Seed));
        var training = samples(split.Train);
        return With(arguments, new TaskData
        {
            Name = name,
            Source = source,
            Sha256 = sha256,
            Split = split,
            Training = training,
            Samples = samples,
            Classes = training.Classes,
            Settings = SettingsOf(training.Classes),
        });
    }

    /// <summary>The data with what the network is to begin with.</summary>
    private static TaskData With(Arguments arguments, TaskData data)
    {
        if (arguments.Find(DetectParameters.Backbone) is not { } path) return data;
        int freeze = arguments.Get(DetectParameters.Freeze);
        double thaw = arguments.Get(DetectParameters.Thaw);
        var layers = Transfer.Of(path, arguments.Model, data.Settings);
        return data with { Values = layers, Held = new HeldBack(layers.Keys.ToHashSet(), epoch => epoch < freeze ? 0 : thaw) };
    }

    public ISampleSource Samples(int count) =>
        SceneSource.Fixed(ProceduralDigits.Source, new SceneOptions(), [.. Enumerable.Range(0, count)], new SceneOptions().Digits.High, ProceduralSeed);

    public Tensor Loss(Graph graph, Tensor output, IReadOnlyList<Tensor> targets) => LossOf(graph, output, targets).Loss;

    /// <summary>What cells that answer for a digit say of its place, and what all say of classes, and which digit each answers for.</summary>
    internal static (Tensor Loss, Tensor Assigned) LossOf(Graph graph, Tensor output, IReadOnlyList<Tensor> targets)
    {
        var (boxes, classes) = (targets[0], targets[1]);
        var assigned = graph.Apply(new AssignCells(output.Shape.Height, output.Shape.Width, Detectors.Cell, Radius), "assigned", boxes, classes);
        var decoded = graph.Apply(new DecodeBoxes(Detectors.Cell), "decoded", output);
        var places = graph.ApplyNode(new BoxLoss(BoxWeight), "places", decoded, assigned, boxes);
        var kinds = graph.Apply(new VarifocalLoss(Detectors.Sides), "kinds", output, assigned, classes, places.Outputs[1]);
        return (graph.Apply(new SkipAdd(), "loss", places.Outputs[0], kinds), assigned);
    }

    public IEvaluator Evaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch) =>
        new DetectionEvaluator(model, settings, variables, samples, batch);

    public int ChannelOf(int classNumber) => Detectors.Sides + classNumber;

    public Truth TruthOf(ISampleSource samples, int position)
    {
        var scenes = (ISceneSource)samples;
        return Truth.Of(scenes.Objects(0, position).Select(o => (scenes.Classes[o.Class], o.Box)));
    }

    public TaskReport Report(IScores test, IEvaluator evaluator, ISampleSource samples)
    {
        var scores = (DetectionScores)test;
        var (report, gallery) = (new DetectReport(scores).Of(), new DetectionGallery(scores, samples));
        return report with { Sections = [gallery.Section, .. report.Sections], Files = [(DetectionGallery.File, gallery.Sheet()), .. report.Files] };
    }

    public void SaveResults(string path, IScores scores, ISampleSource samples)
    {
        if (samples is not CocoSource coco)
            throw new EngineException("results are saved of pictures with boxes in COCO's form, which another program has too; "
                + "'fcn data make scenes' writes scenes in it");
        CocoResults.Write(path, ((DetectionScores)scores).Pictures, position => coco.Image(position).Id, coco.CategoryIds);
    }

    public bool Compares(ITask other) => other is DetectTask or SegmentTask;

    public IEvaluator Contender(Weights weights, SampleSpec samples, int batch) => weights.Task is SegmentTask segment
        ? new RegionEvaluator(weights.Model, weights.Settings, weights.Variables, RegionLimits.Of(new Arguments(segment)), batch)
        : Evaluator(weights.Model, weights.Settings, weights.Variables, samples, batch);

    public ModelComparison Compare(IReadOnlyList<Contestant> contestants, ISampleSource samples) => new DetectComparison(contestants, samples).Comparison;

    public IPredictor Predictor(Model model, NetworkSettings settings, VariableStore variables, Arguments arguments) =>
        new DetectionPredictor(new Inference(model, settings, variables), variables.Device, model.Input, settings.ClassNames!, arguments);
}
