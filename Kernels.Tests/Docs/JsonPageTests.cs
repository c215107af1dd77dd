using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.App;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>docs/command.md shows the JSON of every command that has <c>--json</c>: the same keys with values of the same kind come out.</summary>
public sealed class JsonPageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Each block of JSON after a block with the command alone.</summary>
    public static TheoryData<string, string> Examples()
    {
        var examples = new TheoryData<string, string>();
        string? command = null;
        foreach (var (language, code, _) in Page.At("docs/command.md").CodeBlocks)
        {
            if (language == "json") examples.Add(command!, code);
            command = language == "sh" ? code.Trim() : null;
        }
        return examples;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void A_command_prints_the_keys_of_its_example(string command, string example)
    {
        string[] words = [.. CommandLineParser.SplitCommandLine(command)];
        Assert.Equal(["./fcn", "--json"], [words[0], words[^1]]);
        if (words.Contains("W.safetensors")) words = [.. words.Select(w => w == "W.safetensors" ? _folder.InitialWeights() : w)];
        if (words[1] == "val") words = [.. words, "--data", _folder["data"]];
        Png.Write(_folder["photo.png"], new Picture(84, 64, 1));
        words = [.. words.Select(w => w == "photo.png" ? _folder["photo.png"] : w)];
        var result = CommandRun.Run(words[1..]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        SameKeys(JsonNode.Parse(example), JsonNode.Parse(result.Out), command);
    }

    private static void SameKeys(JsonNode? expected, JsonNode? actual, string where)
    {
        // null stands for a number or a word that is not there.
        if (expected is null || actual is null) return;
        Assert.True(expected.GetValueKind() == actual.GetValueKind(), $"{where} is {actual.GetValueKind()}, in the example {expected.GetValueKind()}");
        if (expected is JsonObject wanted)
        {
            string[] keys = [.. actual.AsObject().Select(p => p.Key)];
            Assert.True(wanted.Select(p => p.Key).SequenceEqual(keys), $"{where} has the keys {string.Join(", ", keys)}");
            foreach (var (key, value) in wanted) SameKeys(value, actual[key], $"{where}.{key}");
        }
        else if (expected is JsonArray { Count: > 0 } items && actual is JsonArray { Count: > 0 } some) SameKeys(items[0], some[0], $"{where}[0]");
    }
}
