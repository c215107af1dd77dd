using System.Text.Json.Nodes;
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

    /// <summary>What is measured after every epoch. By the first the best epoch is chosen.</summary>
    IReadOnlyList<Metric> Metrics { get; }

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

    /// <summary>The data that a run was told, divided; opened before anything else, so that nothing is left behind when it cannot be.</summary>
    /// <exception cref="DataException">It is missing or of no use.</exception>
    TaskData Open(Arguments arguments);

    /// <summary>Samples that need no data folder, to time networks with.</summary>
    ISampleSource Samples(int count);

    /// <inheritdoc cref="LossBuilder"/>
    Tensor Loss(Graph graph, Tensor output, IReadOnlyList<Tensor> targets);

    /// <summary>A network over these variables, ready to be measured.</summary>
    IEvaluator Evaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch);

    /// <summary>What there is to show of a run's test.</summary>
    /// <param name="test">With its details.</param>
    /// <param name="evaluator">Has the weights that were tested.</param>
    TaskReport Report(IScores test, IEvaluator evaluator, ISampleSource samples);

    /// <summary>A network over these variables, ready for pictures.</summary>
    /// <param name="arguments">Has the values of <see cref="PredictParameters"/>.</param>
    IPredictor Predictor(Model model, NetworkSettings settings, VariableStore variables, Arguments arguments);
}

/// <summary>A set of real data that a data folder may hold.</summary>
/// <param name="Next">What to do to get it into a folder.</param>
/// <param name="IsThere">Whether a folder holds it, or part of it.</param>
/// <param name="Describe">What is in it. Throws <see cref="DataException"/> where it cannot be used.</param>
public sealed record DataSet(string Name, Func<string, string> Next, Func<string, bool> IsThere, Func<string, DataSummary> Describe);

/// <summary>The data of a run.</summary>
public sealed record TaskData
{
    /// <summary>As reports name it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is and where it came from, for people.</summary>
    public required string Source { get; init; }

    /// <summary>Of the content, in lower-case hexadecimal; a run goes on with the same only.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Which of the set's samples are in each part.</summary>
    public required Split Split { get; init; }

    /// <summary>Some of the set's samples, by their numbers, as they are.</summary>
    public required Func<IReadOnlyList<int>, ISampleSource> Samples { get; init; }

    /// <summary>What is trained on: <see cref="Split.Train"/>, or what each epoch makes of it.</summary>
    public required ISampleSource Training { get; init; }

    /// <summary>What the network's outputs stand for, in order.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>What the network is told.</summary>
    public required NetworkSettings Settings { get; init; }

    /// <summary>Tells apart what training samples are made anew from; null where they are taken as they are.</summary>
    public string? Augmentation { get; init; }

    /// <summary>How samples are made anew, for people; empty where they are not.</summary>
    public string Remark { get; init; } = "";
}

/// <summary>A network compiled for evaluation.</summary>
public interface IEvaluator : IDisposable
{
    /// <summary>Runs all samples once.</summary>
    /// <param name="detailed">Also keeps what standard errors and ranks need.</param>
    IScores Evaluate(ISampleSource samples, bool detailed = false);
}

/// <summary>What an evaluation found.</summary>
public interface IScores
{
    double Loss { get; }

    /// <summary>In the order of <see cref="ITask.Metrics"/>.</summary>
    IReadOnlyList<double> Metrics { get; }

    /// <summary>The figures in one line.</summary>
    string Headline { get; }

    /// <summary>A table for people; its last line is the headline.</summary>
    IReadOnlyList<string> Lines { get; }

    /// <summary>As report.json's "test" and <c>fcn val --json</c> have it.</summary>
    JsonObject ToJson();
}
