using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// Something a run can be told: a flag of the command, a key of args.json, its limits, its default and its help, all in one place.
/// Whoever needs its value asks <see cref="Arguments.Get"/> for it.
/// </summary>
public abstract record Parameter(string Name, string Help)
{
    public string Flag => $"--{Name}";

    /// <summary>Whether it can be typed; what cannot is kept in args.json alone.</summary>
    public bool IsFlag { get; init; } = true;

    /// <summary>
    /// Whether args.json of older runs may lack it, and its default holds for them: to be set where a parameter is added to a task that has runs.
    /// </summary>
    public bool IsNewerThanRuns { get; init; }

    /// <summary>Whether test samples are the same whatever it is.</summary>
    public bool IsOfTraining { get; init; }

    /// <summary>Whether a run may go on with another value, since no number depends on it, or since <c>fcn resume</c> has a flag for it.</summary>
    public bool MayChange { get; init; }

    /// <summary>The name of another without which it means nothing, and so is refused; null where it stands alone.</summary>
    public string? With { get; init; }

    /// <summary>Says of which models it changes anything; given for another it is refused. Null where it does of all.</summary>
    public Func<Model, bool>? For { get; init; }

    /// <summary>
    /// With which other arguments it changes anything, and what these are for, in words; given with others it is refused. Null where it always does.
    /// </summary>
    public (Func<Arguments, bool> Holds, string What)? Only { get; init; }

    /// <summary>What holds for every run that was not told otherwise; null where the recipe chooses, or where it may be left out.</summary>
    public object? Default { get; init; }

    /// <summary>Chooses the default of a run by its other arguments; null where <see cref="Default"/> serves all.</summary>
    public Func<Arguments, object>? Recipe { get; init; }

    /// <summary>The words that it may be; null where it is none of a few words.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The limits in short, as help shows them in brackets; empty where there are none.</summary>
    public virtual string Range => Words is null ? "" : string.Join(", ", Words);

    /// <summary>What a value may be, as errors say it: "a number from 0 to 1".</summary>
    public abstract string Limits { get; }

    /// <summary>Whether it changes anything of a model.</summary>
    public bool IsFor(Model model) => For?.Invoke(model) ?? true;

    /// <summary>The value of a text, or null where it is none.</summary>
    public abstract object? Parse(string text);

    /// <summary>The value of a JSON node that is not null, or null where it is none.</summary>
    internal abstract object? FromJson(JsonNode node);

    internal abstract JsonNode? ToJson(object? value);
}

/// <summary>Values of parameters, by whatever way they were told.</summary>
public interface IParameterValues
{
    T Get<T>(Parameter<T> parameter);
}

/// <summary>A parameter whose values are of a type.</summary>
public abstract record Parameter<T>(string Name, string Help) : Parameter(Name, Help);

/// <summary>A number with a range, both ends inside. Without a default it may be left out.</summary>
public sealed record NumberParameter<T>(string Name, T Min, T Max, string Help) : Parameter<T>(Name, Help) where T : struct, INumber<T>
{
    // Thousands separators are not let in: "0,016" would be read as 16.
    private static readonly NumberStyles s_style = default(T) is float or double
        ? NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent
        : NumberStyles.AllowLeadingSign;

    public override string Range => string.Create(CultureInfo.InvariantCulture, $"{Min} … {Max}");
    public override string Limits =>
        string.Create(CultureInfo.InvariantCulture, $"{(default(T) is float or double ? "a number" : "a whole number")} from {Min} to {Max}");

    public override object? Parse(string text) =>
        T.TryParse(text, s_style, CultureInfo.InvariantCulture, out var value) && value >= Min && value <= Max ? value : null;

    internal override object? FromJson(JsonNode node) => node.GetValueKind() == JsonValueKind.Number ? Parse(node.ToJsonString()) : null;

    internal override JsonNode? ToJson(object? value) => value is null ? null : JsonValue.Create((T)value);
}

/// <summary>A text that is not empty, or one of a few words. Without a default it may be left out.</summary>
public sealed record TextParameter(string Name, string Help) : Parameter<string>(Name, Help)
{
    /// <summary>Whether it names a file: it is made full, so that it means the same from elsewhere.</summary>
    public bool IsPath { get; init; }

    public override string Limits => Words is null ? "a text that is not empty" : $"one of {string.Join(", ", Words)}";

    public override object? Parse(string text) => text.Length > 0 && Words?.Contains(text) != false ? text : null;

    internal override object? FromJson(JsonNode node) => node.GetValueKind() == JsonValueKind.String ? Parse(node.GetValue<string>()) : null;

    internal override JsonNode? ToJson(object? value) => (string?)value;
}

/// <summary>Something that is so or not; off unless given.</summary>
public sealed record SwitchParameter : Parameter<bool>
{
    public SwitchParameter(string name, string help) : base(name, help) => Default = false;

    public override string Limits => "true or false";

    public override object? Parse(string text) => bool.TryParse(text, out bool value) ? value : null;

    internal override object? FromJson(JsonNode node) =>
        node.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? node.GetValue<bool>() : null;

    internal override JsonNode? ToJson(object? value) => (bool)value!;
}

/// <summary>Whole numbers from 1 on, none unless given; kept in args.json.</summary>
public sealed record ListParameter : Parameter<IReadOnlyList<int>>
{
    private readonly int _max;

    public ListParameter(string name, int max, string help) : base(name, help) => (_max, Default, IsFlag) = (max, Array.Empty<int>(), false);

    public override string Limits => $"a list of numbers from 1 to {_max}";

    public override object? Parse(string text) => null;

    internal override object? FromJson(JsonNode node)
    {
        bool IsNumber(JsonNode? item) => item is JsonValue value && value.TryGetValue(out int number) && number >= 1 && number <= _max;
        return node is JsonArray items && items.All(IsNumber) ? items.Select(item => item!.GetValue<int>()).ToArray() : null;
    }

    internal override JsonNode? ToJson(object? value) => new JsonArray([.. ((IReadOnlyList<int>)value!).Select(number => JsonValue.Create(number))]);
}
