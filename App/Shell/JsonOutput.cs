using System.Text.Json.Nodes;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>A result for programs: one JSON value on standard output and nothing else. docs/command.md has each command's keys.</summary>
public static class JsonOutput
{
    public static void Print(JsonNode value) => Console.WriteLine(value.ToJsonString(Json.Indented));
}
