using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>What a file of weights says of the training that it comes from.</summary>
/// <param name="Arguments">Those that its numbers depend on, as args.json has them; what the file does not say is not there.</param>
/// <param name="Dataset">The name of the data.</param>
/// <param name="Sha256">Of the data's content.</param>
/// <param name="Before">Trainings that the weights came from when this one began, of which only the data and its division are known.</param>
public sealed record Origin(JsonObject Arguments, string? Dataset, string? Sha256, IReadOnlyList<Origin> Before)
{
    /// <summary>Of the metadata: the arguments as JSON.</summary>
    public const string ArgumentsKey = "arguments";

    /// <summary>Of the metadata: <see cref="Before"/> as JSON.</summary>
    public const string BeforeKey = "trained_before";

    /// <summary>Of the metadata: <see cref="Classes"/>, as <see cref="ToText"/> writes them.</summary>
    public const string ClassesKey = "classes";

    private const string RunsKey = "runs", ShaKey = "dataset_sha256";

    /// <summary>What the network's outputs stand for, in order; null where the file does not say.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Of a task whose classes are what they are.</summary>
    /// <exception cref="DataException">The file has other classes.</exception>
    public void ExpectClasses(IReadOnlyList<string> classes, string path)
    {
        if (Classes is { } named && !named.SequenceEqual(classes))
            throw new DataException(
                $"'{path}' tells apart {ForeignText.Quoted(string.Join(", ", named))}; networks of its task have {string.Join(", ", classes)}.");
    }

    /// <exception cref="DataException">The file cannot be read.</exception>
    public static Origin Read(string path) => Of(SafetensorsFile.Read(path).Metadata, path);

    /// <exception cref="DataException">The file's arguments cannot be read.</exception>
    public static Origin Of(IReadOnlyDictionary<string, string> metadata, string path)
    {
        JsonObject arguments = [];
        if (metadata.GetValueOrDefault(ArgumentsKey) is { } text)
            arguments = Json.Object(Encoding.UTF8.GetBytes(text), $"'{path}': '{ArgumentsKey}' of its metadata");
        // Before all arguments were kept, the seed was.
        else if (ulong.TryParse(metadata.GetValueOrDefault("seed"), CultureInfo.InvariantCulture, out ulong seed)) arguments[Parameters.Seed.Name] = seed;
        return new Origin(arguments, metadata.GetValueOrDefault("dataset"), metadata.GetValueOrDefault(ShaKey),
            metadata.GetValueOrDefault(BeforeKey) is { } runs ? ReadBefore(runs, $"'{path}': '{BeforeKey}' of its metadata") : [])
        {
            Classes = metadata.GetValueOrDefault(ClassesKey) is { } classes ? ReadClasses(classes, $"'{path}': '{ClassesKey}' of its metadata") : null,
        };
    }

    /// <summary>Names of classes as metadata has them: with commas between, or as JSON where a name has a comma or a bracket, with which JSON begins.</summary>
    public static string ToText(IReadOnlyList<string> classes) =>
        classes.Any(name => name.AsSpan().ContainsAny(",[")) ? Json.Array(classes).ToJsonString() : string.Join(',', classes);

    private static string[] ReadClasses(string text, string name)
    {
        string[] classes = text.Split(',');
        if (text.StartsWith('['))
        {
            var array = Json.Object(Encoding.UTF8.GetBytes($$"""{"classes":{{text}}}"""), name)["classes"] as JsonArray ?? [];
            classes = array.All(item => item is JsonValue value && value.TryGetValue(out string? _)) ? [.. array.Select(item => item!.GetValue<string>())]
                : throw new DataException($"{name} holds a class whose name is no text.");
        }
        return ClassNames.Fault(classes) is { } fault ? throw new DataException($"{name}: {fault}.") : classes;
    }

    /// <summary>As <see cref="Before"/> is kept.</summary>
    public static string ToJson(IEnumerable<Origin> before) => new JsonObject
    {
        [RunsKey] = Json.Array(before.Select(o => new JsonObject { [ShaKey] = o.Sha256, [ArgumentsKey] = o.Arguments.DeepClone() })),
    }.ToJsonString();

    private static Origin[] ReadBefore(string runs, string name) =>
        Json.Object(Encoding.UTF8.GetBytes(runs), name)[RunsKey] is JsonArray all
            ? [.. all.Select(run => run is JsonObject o && o[ArgumentsKey] is JsonObject arguments && o[ShaKey] is JsonValue value
                && value.TryGetValue(out string? sha256) ? new Origin(arguments, null, sha256, [])
                : throw new DataException($"{name} holds a run without its data or its arguments."))]
            : throw new DataException($"{name} holds no runs.");

    /// <summary>This training and those before it, each with no more than how its data was divided.</summary>
    /// <param name="ofSplit">The parameters that divide it.</param>
    public IEnumerable<Origin> Divisions(IEnumerable<Parameter> ofSplit)
    {
        var division = ofSplit.Where(Knows).Select(p => KeyValuePair.Create(p.Name, Arguments[p.Name]?.DeepClone()));
        return Before.Prepend(new Origin(new JsonObject(division), Dataset, Sha256, []));
    }

    /// <summary>Whether the file says what a parameter was.</summary>
    public bool Knows(Parameter parameter) => Arguments.ContainsKey(parameter.Name);

    /// <summary>The first argument that was another in training; null where all that the file says agrees.</summary>
    /// <param name="now">As <see cref="Training.Arguments.ToJson(IEnumerable{Parameter})"/> gives them.</param>
    public (string Name, string Trained, string Now)? Difference(JsonObject now)
    {
        foreach (var (name, value) in now)
            if (Arguments.TryGetPropertyValue(name, out var trained) && Text(trained) != Text(value)) return (name, Text(trained), Text(value));
        return null;

        static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
    }
}
