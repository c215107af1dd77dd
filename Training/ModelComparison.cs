using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training;

/// <summary>What a task has to say of several models on the same samples.</summary>
public sealed record ModelComparison
{
    /// <summary>The figure at the head of the page, and what it is.</summary>
    public required string Headline { get; init; }
    public required string Meaning { get; init; }

    /// <summary>The same figure of each model.</summary>
    public required IReadOnlyList<Card> Cards { get; init; }

    /// <summary>A table for people.</summary>
    public required IReadOnlyList<string> Lines { get; init; }
    public required IReadOnlyList<Section> Sections { get; init; }
    public required JsonObject Json { get; init; }

    public const string PageFile = "comparison.html", JsonFile = "comparison.json";

    /// <summary>Writes the page and its figures, each whole or not at all.</summary>
    /// <param name="title">What was compared.</param>
    /// <param name="where">On what data and what device, in words.</param>
    /// <exception cref="DataException">The folder is missing or read-only, or the disk is full.</exception>
    public void Write(string folder, string title, string where)
    {
        var page = new Page("FcnFromScratch · comparison", title);
        page.Headline(Headline, "");
        page.Lead(Markup.Escape($"{Meaning} {where}"));
        page.Cards(Cards);
        foreach (var section in Sections) page.Section(section);
        Put(PageFile, page.End());
        Put(JsonFile, Json.ToJsonString(Training.Json.Indented) + "\n");

        void Put(string file, string text) => AtomicFile.Write(Path.Combine(folder, file), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }
}
