using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training;

/// <summary>
/// Finds the variables of a model from the data by a method of its own, where steps along a gradient are none: what is solved is then saved, measured and used
/// as trained weights are. It goes on from where it was stopped.
/// </summary>
public interface ISolver
{
    /// <summary>Parts that are solved, of <see cref="Parts"/>.</summary>
    int Solved { get; }

    int Parts { get; }

    /// <summary>That it took to solve them.</summary>
    double Seconds { get; }

    /// <summary>Solves the next part.</summary>
    /// <returns>What came of it, in a line.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of the part is kept.</exception>
    string SolveNext(CancellationToken cancel);

    /// <summary>All that is solved, to go on from.</summary>
    IReadOnlyList<SafetensorsTensor> Progress { get; }

    /// <summary>Goes on from <see cref="Progress"/> that was saved.</summary>
    /// <exception cref="DataException">It is none of this problem's.</exception>
    void Restore(SafetensorsFile progress, string path);

    /// <summary>The data with the model that was found in it, once all parts are solved.</summary>
    TaskData With(TaskData data);

    /// <summary>Where the solution is not as good as was asked for, in words; null where it is.</summary>
    string? Shortfall { get; }

    /// <summary>As report.json's "solution" has it.</summary>
    JsonObject ToJson();

    /// <summary>For the page of the run.</summary>
    Section Section { get; }
}
