using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>The reading of single digits: MNIST, pictures of one's own, or digits that the program draws.</summary>
/// <param name="models">Networks that can be trained for it.</param>
public sealed class ClassifyTask(IReadOnlyList<Model> models) : ITask
{
    /// <summary>Digits of the procedural set to train and to test on, as many as MNIST has, and the seed that makes them.</summary>
    private const int ProceduralTrain = 60_000, ProceduralTest = 10_000, ProceduralSeed = 1;
    private const string Drawn = "procedural digits (name real data by --data DIR or FCN_DATA)";

    public ClassifyTask() : this(Layers.Models.Of("classify")) { }

    public string Name => "classify";
    public string Does => "reads single digits";
    public string Title => "reading of handwritten digits";
    public IReadOnlyList<Model> Models => models;
    public string OutputForm => "logits [batch, classes]: the class is that of the largest, softmax over the classes gives shares";
    public IReadOnlyList<Metric> Metrics { get; } = [new("accuracy", "accuracy"), new("F1", "f1_macro")];

    // Of 5000 digits a few more are read right by luck: the best of twenty epochs' accuracies is hardly ever the best network's.
    public Metric Choice => Metric.Loss;
    public IReadOnlyList<Parameter> DataParameters { get; } = [ClassifyParameters.Validation];

    public IReadOnlyList<Parameter> TrainingParameters { get; } =
        [
            ClassifyParameters.Data, ClassifyParameters.Epochs, ClassifyParameters.Batch, ClassifyParameters.LearningRate, ClassifyParameters.Average,
            ClassifyParameters.Dropout, ClassifyParameters.Augment, ClassifyParameters.Rehearse, ClassifyParameters.Settle, ClassifyParameters.Neighbours,
            ClassifyParameters.Ties, ClassifyParameters.Deskew, ClassifyParameters.C, ClassifyParameters.Gamma, ClassifyParameters.Virtual,
            ClassifyParameters.Tolerance, ClassifyParameters.Iterations,
        ];

    public IReadOnlyList<Parameter> PredictParameters { get; } = [];

    public IReadOnlyList<(string Line, string Does)> Examples { get; } =
    [
        ("fcn train classify --data DIR", "a CNN on the MNIST in DIR"),
        ("fcn train classify --init CNN.safetensors --model cnn-slim --data MINE", "goes on from weights with pictures of one's own: MINE/0 … MINE/9"),
        ("fcn train classify --model mlp --epochs 10 --augment 0", "fully connected layers, on digits as they are"),
    ];

    public IReadOnlyList<DataSet> DataSets { get; } =
    [
        new("mnist", folder => $"fcn data get mnist --out {folder}", folder => MnistData.Locate(folder).Count > 0, SetSummaries.Mnist),
        new("own-digits", folder => $"save pictures of digits in {OwnDigits.FolderOf(folder, 0)} … {OwnDigits.FolderOf(folder, 9)}", OwnDigits.AreIn,
            OwnDigits.Describe),
    ];

    public string DrawnData => "procedural-digits";

    public DataSummary DescribeDrawn() => new(
        [Invariant($"single digits: {ProceduralTrain} to train, {ProceduralTest} to test, drawn by the program")],
        new JsonObject { ["train"] = ProceduralTrain, ["test"] = ProceduralTest, ["seed"] = ProceduralSeed });

    public IReadOnlyList<string> ReportFiles => ClassifyReport.Files;

    public NetworkSettings Settings { get; } = new() { Classes = 10, Dropout = 0.4f, Kept = 10_000 };

    public NetworkSettings SettingsOf(Origin origin, string path)
    {
        origin.ExpectClasses(ClassificationScores.ClassNames, path);
        return SettingsOf(new Arguments(this).WithJson(
            origin.Arguments, [ClassifyParameters.Neighbours, ClassifyParameters.Ties, ClassifyParameters.Deskew],
            $"'{path}': '{Origin.ArgumentsKey}' of its metadata"));
    }

    private NetworkSettings SettingsOf(Arguments arguments) => Settings with
    {
        Neighbours = arguments.Get(ClassifyParameters.Neighbours),
        Ties = arguments.Get(ClassifyParameters.Ties) == "nearest" ? TieRule.Nearest : TieRule.Smallest,
        Deskew = arguments.Get(ClassifyParameters.Deskew),
    };

    public TaskData Open(Arguments arguments)
    {
        if (arguments.Find(Parameters.Data) is { } folder)
        {
            if (OwnDigits.AreTaken(folder)) return OpenOwn(folder, arguments);
            if (MnistData.Locate(folder).Count == 0)
                throw new DataException($"no digits in '{folder}': MNIST's four files were expected, which 'fcn data get mnist' fetches, or folders 0 to 9 "
                    + "with pictures of one's own.");
            var mnist = MnistData.Load(folder);
            return Open(mnist.All(), mnist.Train.Count, "mnist", $"MNIST in {folder}", arguments, null)
                with { LeftOut = OwnDigits.AreIn(folder) ? [$"'{folder}': {OwnDigits.MnistIsTaken}"] : [] };
        }
        var digits = ProceduralDigits.Make(ProceduralTrain + ProceduralTest, ProceduralSeed);
        return Open(digits, ProceduralTrain, "procedural digits", Drawn, arguments, ProceduralDigits.Source);
    }

    private TaskData OpenOwn(string folder, Arguments arguments)
    {
        var (digits, leftOut) = OwnDigits.Read(folder);
        ulong seed = arguments.Get(Parameters.Seed);
        // A few, drawn by hand, can be measured all the same.
        var split = digits.Count < Split.Smallest ? new Split([], [], [.. Enumerable.Range(0, digits.Count)])
            : Split.Fifths(digits.Count, arguments.Get(ClassifyParameters.Validation), seed);
        var data = Open(digits, split, digits.Name, $"own digits in {folder}", arguments, null);
        return data with
        {
            HasOwnTest = false, LeftOut = leftOut, Remark = leftOut.Count == 0 ? data.Remark : Invariant($"; {leftOut.Count} pictures left out{data.Remark}"),
        };
    }

    /// <summary>Any digits.</summary>
    /// <param name="train">So many of the first are to train and to validate on, the others to test on.</param>
    /// <param name="source">What they are and where they came from, for people.</param>
    /// <param name="fresh">Where more digits like those to train on come from, if they do.</param>
    public TaskData Open(DigitImages digits, int train, string name, string source, Arguments arguments, IDigitSource? fresh)
    {
        int validation = Math.Min(arguments.Get(ClassifyParameters.Validation), train / 5);
        return Open(digits, Split.HoldOut(train, validation, digits.Count - train, arguments.Get(Parameters.Seed)), name, source, arguments, fresh);
    }

    private TaskData Open(DigitImages digits, Split split, string name, string source, Arguments arguments, IDigitSource? fresh)
    {
        if (!arguments.Model.FollowsGradients && (arguments.Get(Parameters.Epochs) > 0 || arguments.Get(Parameters.Extend).Count > 0))
            throw new EngineException($"{arguments.Model.Name} keeps its digits and learns nothing in epochs, and is told to train for some");
        ulong seed = arguments.Get(Parameters.Seed);
        if (ClassifyParameters.Neighbours.IsFor(arguments.Model) && arguments.Get(ClassifyParameters.Neighbours) is var k
            && split.Train.Length is > 0 and var train && k > train)
            throw new EngineException($"{ClassifyParameters.Neighbours.Flag} is {k}, and there are {train} digits that can be neighbours");
        double share = arguments.Get(ClassifyParameters.Augment);
        int settle = arguments.Get(ClassifyParameters.Settle), epochs = arguments.Get(Parameters.Epochs);
        if (settle > epochs) throw new EngineException($"{ClassifyParameters.Settle.Flag} is {settle}, and there are {epochs} epochs; give no more than these");
        if (settle > 0 && share == 0) throw new EngineException($"{ClassifyParameters.Settle.Flag} is {settle}, and {ClassifyParameters.Augment.Flag} is 0, "
            + "which cannot go down; leave one of them out");
        // What the program draws is replaced by more of it; what somebody wrote stands beside it.
        double rehearsed = fresh is null ? arguments.Get(ClassifyParameters.Rehearse) : 0, renewed = fresh is null ? rehearsed : share;
        var drawn = fresh ?? ProceduralDigits.Source;
        ISampleSource training = new DigitSource(digits, split.Train);
        if (renewed > 0) training = new FreshDigits(training, drawn, renewed, seed);
        if (share > 0) training = new WarpedDigits(training, Share, seed);
        string[] made = [.. share > 0 ? ["warped"] : Array.Empty<string>(), .. renewed > 0 ? [drawn.Fingerprint] : Array.Empty<string>()];
        return new TaskData
        {
            Name = name,
            Source = source,
            Sha256 = digits.Fingerprint,
            Split = split,
            HasOwnTest = true,
            Training = training,
            Samples = indices => new DigitSource(digits, indices),
            Classes = ClassificationScores.ClassNames,
            Settings = SettingsOf(arguments) with { Dropout = arguments.Get(ClassifyParameters.Dropout), Kept = split.Train.Length },
            Values = arguments.Model.Name != "knn" ? new Dictionary<string, Func<float[]>>() : new Dictionary<string, Func<float[]>>
            {
                ["samples"] = () => Vectors(digits, split.Train, arguments), ["labels"] = () => Array.ConvertAll(split.Train, i => (float)digits.Labels[i]),
            },
            Solver = !ClassifyParameters.IsSvm(arguments.Model) ? null : () => new SupportVectorSolver(SupportVectorOptions.Of(arguments), arguments.Device,
                Vectors(digits, split.Train, arguments), Array.ConvertAll(split.Train, i => (int)digits.Labels[i]), ClassificationScores.ClassNames.Count),
            Augmentation = made.Length > 0 ? string.Join(' ', made) : null,
            Remark = (rehearsed > 0 ? Invariant($"; the program draws {rehearsed:P0} of every epoch") : "") + (share == 0 ? ""
                : Invariant($"; every epoch warps {share:P0} of the training digits anew") + (settle > 0 ? Invariant($", the last {settle} fewer") : "")),
        };

        double Share(int epoch) => share * Math.Clamp(EpochsLeft(arguments, epoch) / (settle + 1.0), 0, 1);
    }

    /// <summary>Epochs until the end of the schedule's cycle that an epoch, counted from 0, is in; itself is one of them.</summary>
    private static int EpochsLeft(Arguments arguments, int epoch)
    {
        int end = arguments.Get(Parameters.Epochs);
        foreach (int extension in arguments.Get(Parameters.Extend))
            if (epoch >= end) end += extension;
        return end - epoch;
    }

    /// <summary>Digits as models that compare pixels take them, [digits, pixels]: made by the same layers as those of what they are asked.</summary>
    private float[] Vectors(DigitImages digits, int[] indices, Arguments arguments)
    {
        const int batch = 500;
        var graph = new Graph(training: false);
        var image = graph.Input("image", new Shape(batch, DigitImages.Side, DigitImages.Side, 1));
        var pixels = Classifiers.Pixels(graph, image, SettingsOf(arguments));
        using var variables = new VariableStore(arguments.Device, graph, seed: 0);
        using var compiled = new CompiledGraph(graph, variables, [pixels]);
        var samples = new DigitSource(digits, indices);
        var read = new Batch(samples.Spec, batch);
        var values = new float[indices.Length * DigitImages.Area];
        float[] part = new float[batch * DigitImages.Area];
        for (int first = 0; first < indices.Length; first += batch)
        {
            int count = Math.Min(batch, indices.Length - first);
            read.Read(samples, 0, [.. Enumerable.Range(first, count)]);
            compiled.Upload<float>(image, read.Images);
            compiled.Run();
            compiled.Download<float>(pixels, part);
            part.AsSpan(0, count * DigitImages.Area).CopyTo(values.AsSpan(first * DigitImages.Area));
        }
        return values;
    }

    public ISampleSource Samples(int count) => new DigitSource(ProceduralDigits.Make(count, ProceduralSeed), [.. Enumerable.Range(0, count)]);

    public Tensor Loss(Graph graph, Tensor output, IReadOnlyList<Tensor> targets) => graph.Apply(new SoftmaxCrossEntropy(), "loss", output, targets[0]);

    public IEvaluator Evaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch) =>
        new ClassificationEvaluator(model, settings, variables, samples, batch);

    public Truth TruthOf(ISampleSource samples, int position)
    {
        var sample = new Batch(samples.Spec, 1);
        sample.Read(samples, 0, [position]);
        return new Truth(ClassificationScores.ClassNames[sample.Targets[0].Ints[0]], null);
    }

    public IReadOnlyList<string> Quickest { get; } = ["--model", "cnn-slim", "--epochs", "3", "--validation", "2000"];

    public bool KeepsDrawings => true;

    public (int Kept, int Total) Keep(InputPicture drawing, string label, string folder) =>
        (label.Length, DigitCollection.Keep(drawing, label, folder).Sum());

    public TaskReport Report(IScores test, IEvaluator evaluator, ISampleSource samples) => new ClassifyReport((ClassificationScores)test).Of(samples);

    public bool Compares(ITask other) => other.Name == Name;

    public ModelComparison Compare(IReadOnlyList<Contestant> contestants, ISampleSource samples) => new ClassifyComparison(contestants, samples).Comparison;

    public IPredictor Predictor(Model model, NetworkSettings settings, VariableStore variables, Arguments arguments) =>
        new ClassificationPredictor(new Inference(model, settings, variables), settings.Classes);
}
