using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// What networks are trained for: its data, its loss, its figures, its pictures. The rest of the house (trainer, runs, reports, the command) knows
/// a task through this alone; a new one is a folder in Tasks/ and a row of its table.
/// </summary>
public interface ITask
{
    /// <summary>As the command takes it: <c>fcn train NAME</c>; also the folder runs/NAME.</summary>
    string Name { get; }

    /// <summary>What a network does, as in "Train a network that …".</summary>
    string Does { get; }

    /// <summary>What it is about, as a page's heading.</summary>
    string Title { get; }

    /// <summary>Networks that can be trained for it, the one to take unless told otherwise first.</summary>
    IReadOnlyList<Model> Models { get; }

    /// <summary>How a network's output is read, for those who have it in a file and not this program; channels come first there.</summary>
    string OutputForm { get; }

    /// <summary>What is measured after every epoch.</summary>
    IReadOnlyList<Metric> Metrics { get; }

    /// <summary>By what the best epoch is chosen: the first of the metrics, or <see cref="Metric.Loss"/>.</summary>
    Metric Choice => Metrics[0];

    /// <summary>What only this task is told about its data, in training and in <c>fcn val</c>.</summary>
    IReadOnlyList<Parameter> DataParameters { get; }

    /// <summary>What only this task's training is told; one with the name of a common parameter stands in for it, with a recipe of its own.</summary>
    IReadOnlyList<Parameter> TrainingParameters { get; }

    /// <summary>What only this task is told by <c>fcn predict</c>.</summary>
    IReadOnlyList<Parameter> PredictParameters { get; }

    /// <summary>Lines to type and what they do, for the help of <c>fcn train NAME</c>.</summary>
    IReadOnlyList<(string Line, string Does)> Examples { get; }

    /// <summary>The sets of real data that it trains on, or draws from.</summary>
    IReadOnlyList<DataSet> DataSets { get; }

    /// <summary>What the data is called that the program draws itself where there is no folder.</summary>
    string DrawnData { get; }

    /// <summary>What is in it.</summary>
    DataSummary DescribeDrawn();

    /// <summary>The files that its reports leave in a run folder, beside those that all runs leave.</summary>
    IReadOnlyList<string> ReportFiles { get; }

    /// <summary>What a network is told where nothing is known of the data: for summaries and benchmarks.</summary>
    NetworkSettings Settings { get; }

    /// <summary>What trained weights were told, as far as their answers depend on it.</summary>
    /// <param name="path">Their file, for messages.</param>
    /// <exception cref="DataException">What their file says of it is none of its values.</exception>
    NetworkSettings SettingsOf(Origin origin, string path);

    /// <summary>The data that a run was told, divided; opened before anything else, so that nothing is left behind when it cannot be.</summary>
    /// <exception cref="DataException">It is missing or of no use.</exception>
    TaskData Open(Arguments arguments);

    /// <summary>Samples that need no data folder, to time networks with.</summary>
    ISampleSource Samples(int count);

    /// <inheritdoc cref="LossBuilder"/>
    Tensor Loss(Graph graph, Tensor output, IReadOnlyList<Tensor> targets);

    /// <summary>A network over these variables, ready to be measured.</summary>
    IEvaluator Evaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch);

    /// <summary>The channel of the network's output that speaks for a class, the larger the more.</summary>
    int ChannelOf(int classNumber) => classNumber;

    /// <summary>What a sample shows, as a person would say it.</summary>
    Truth TruthOf(ISampleSource samples, int position);

    /// <summary>What to tell <c>fcn train NAME</c> to have something of use within a minute; null where there is no such way.</summary>
    IReadOnlyList<string>? Quickest => null;

    /// <summary>Whether it learns from drawings that were kept.</summary>
    bool KeepsDrawings => false;

    /// <summary>Keeps a drawing in a folder that the task can be trained on.</summary>
    /// <param name="label">What it shows.</param>
    /// <returns>Samples that this drawing gave, and those that the folder now has.</returns>
    /// <exception cref="EngineException">The task learns from no drawings.</exception>
    /// <exception cref="DataException">The drawing does not show that, or the folder cannot be written.</exception>
    (int Kept, int Total) Keep(InputPicture drawing, string label, string folder) => throw new EngineException($"{Name} learns from no drawings");

    /// <summary>What there is to show of a run's test.</summary>
    /// <param name="test">With its details.</param>
    /// <param name="evaluator">Has the weights that were tested.</param>
    TaskReport Report(IScores test, IEvaluator evaluator, ISampleSource samples);

    /// <summary>Writes what was found, picture by picture, in a form that other programs measure.</summary>
    /// <param name="scores">With their details.</param>
    /// <exception cref="EngineException">There is no such form for this task or these samples.</exception>
    /// <exception cref="DataException">The file cannot be written.</exception>
    void SaveResults(string path, IScores scores, ISampleSource samples) =>
        throw new EngineException($"{Name} has no results that other programs measure");

    /// <summary>Whether networks of a task, this one or another, can be compared on this one's samples.</summary>
    bool Compares(ITask other) => false;

    /// <summary>A network of such a task, ready to be measured as this one's are.</summary>
    IEvaluator Contender(Weights weights, SampleSpec samples, int batch) => Evaluator(weights.Model, weights.Settings, weights.Variables, samples, batch);

    /// <summary>What there is to say of several networks on the same samples.</summary>
    /// <param name="contestants">Two or more, their scores with details.</param>
    ModelComparison Compare(IReadOnlyList<Contestant> contestants, ISampleSource samples) => throw new NotSupportedException($"{Name} compares no models");

    /// <summary>A network over these variables, ready for pictures.</summary>
    /// <param name="arguments">Has the values of <see cref="PredictParameters"/>.</param>
    IPredictor Predictor(Model model, NetworkSettings settings, VariableStore variables, Arguments arguments);
}
