using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training;

/// <summary>What a task has to show of a run: the figure at the head of the page, more figures, sections, and files beside the page.</summary>
public sealed record TaskReport
{
    /// <summary>The figure that the run is known by.</summary>
    public required string Headline { get; init; }

    /// <summary>One standard error of it; empty where it has none.</summary>
    public string PlusMinus { get; init; } = "";

    /// <summary>What the figure is, in a sentence or two.</summary>
    public required string Meaning { get; init; }

    public IReadOnlyList<Card> Cards { get; init; } = [];
    public IReadOnlyList<Section> Sections { get; init; } = [];

    /// <summary>Names are among <see cref="ITask.ReportFiles"/>.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Files { get; init; } = [];
}
