using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>A network compiled for evaluation.</summary>
public interface IEvaluator : IDisposable
{
    /// <summary>Runs all samples once.</summary>
    /// <param name="detailed">Also keeps what standard errors and ranks need.</param>
    /// <exception cref="OperationCanceledException">It was cancelled between two batches.</exception>
    IScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default);
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
