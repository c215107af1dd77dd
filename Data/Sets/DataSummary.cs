using System.Text.Json.Nodes;

namespace FcnFromScratch.Data;

/// <summary>What a set of data holds: for people in lines, for programs as JSON.</summary>
public sealed record DataSummary(IReadOnlyList<string> Lines, JsonObject Json);
