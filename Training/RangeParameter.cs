using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>A number or two, within limits: "3" for itself alone, "1..10" for all from 1 to 10.</summary>
public sealed record RangeParameter<T>(string Name, T Min, T Max, string Help) : Parameter<Interval<T>>(Name, Help) where T : struct, INumber<T>
{
    private const string Separator = "..";

    private readonly NumberParameter<T> _end = new(Name, Min, Max, Help);

    public override string Range => $"{_end.Range}, LOW..HIGH";
    public override string Limits => $"{_end.Limits}, or LOW..HIGH within these";

    public override object? Parse(string text)
    {
        int at = text.IndexOf(Separator, StringComparison.Ordinal);
        var (low, high) = at < 0 ? (text, text) : (text[..at], text[(at + Separator.Length)..]);
        if (high.StartsWith('.')) return null; // "0...3" may be meant either way
        return _end.Parse(low) is T first && _end.Parse(high) is T last && first <= last ? new Interval<T>(first, last) : null;
    }

    internal override object? FromJson(JsonNode node) => node.GetValueKind() == JsonValueKind.String ? Parse(node.GetValue<string>()) : null;

    internal override JsonNode? ToJson(object? value) => value?.ToString();
}

/// <summary>Width and height of a picture: "320x240", or "100" for a square.</summary>
public sealed record SizeParameter(string Name, int Min, int Max, string Help) : Parameter<CanvasSize>(Name, Help)
{
    private readonly NumberParameter<int> _side = new(Name, Min, Max, Help);

    public override string Range => $"{_side.Range}, WIDTHxHEIGHT";
    public override string Limits => $"{_side.Limits}, or WIDTHxHEIGHT of such numbers";

    public override object? Parse(string text) => text.Split('x') switch
    {
        [var side] when _side.Parse(side) is int both => new CanvasSize(both, both),
        [var first, var second] when _side.Parse(first) is int width && _side.Parse(second) is int height => new CanvasSize(width, height),
        _ => null,
    };

    internal override object? FromJson(JsonNode node) => node.GetValueKind() == JsonValueKind.String ? Parse(node.GetValue<string>()) : null;

    internal override JsonNode? ToJson(object? value) => value?.ToString();
}
