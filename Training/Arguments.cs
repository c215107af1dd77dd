using System.Numerics;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// What a run was told, by parameter; what it was not told is the parameter's default or the recipe's choice. args.json holds all of it, chosen or
/// given, so that a run that goes on is the same run. Values are within their limits. An instance does not change.
/// </summary>
public sealed class Arguments : IParameterValues
{
    private readonly Device? _device;
    private readonly Dictionary<string, object?> _given;

    private Arguments(ITask task, Device? device, Dictionary<string, object?> given) => (Task, _device, _given) = (task, device, given);

    public Arguments(ITask task) : this(task, null, []) { }

    public ITask Task { get; }

    /// <summary>The device that was opened for the run; recipes ask it what it can do.</summary>
    public Device Device => _device ?? throw new InvalidOperationException("the arguments were asked for a device before one was opened");

    /// <summary>The network that was asked for.</summary>
    public Model Model => Task.Models.First(model => model.Name == Get(Parameters.Model));

    /// <summary>The value in force.</summary>
    /// <exception cref="InvalidOperationException">It was left out, as only what <see cref="Find"/> reads may be.</exception>
    public T Get<T>(Parameter<T> parameter) =>
        (T)(Value(parameter) ?? throw new InvalidOperationException($"{parameter.Flag} was not given and has no default"));

    /// <summary>The text in force; null where it was left out.</summary>
    public string? Find(TextParameter parameter) => (string?)Value(parameter);

    /// <summary>The number in force; null where it was left out.</summary>
    public T? Find<T>(NumberParameter<T> parameter) where T : struct, INumber<T> => (T?)Value(parameter);

    /// <summary>The same but for a value.</summary>
    public Arguments With<T>(Parameter<T> parameter, T value) => WithParsed(parameter, value);

    /// <summary>The same but for a value that <see cref="Parameter.Parse"/> gave; null for a text that is left out.</summary>
    public Arguments WithParsed(Parameter parameter, object? value) => new(Task, _device, new(_given) { [parameter.Name] = value });

    /// <summary>The same on a device. Its name is kept, never "auto".</summary>
    public Arguments On(Device device) => new(Task, device, new(_given) { [Parameters.Device.Name] = device.Name });

    /// <summary>The content of args.json: every parameter of the task.</summary>
    public JsonObject ToJson() => ToJson(Parameters.Of(Task));

    /// <summary>The part of <see cref="ToJson"/> that a run must go on with as it began: all that its numbers depend on.</summary>
    public JsonObject ToFixedJson() => ToJson(Parameters.Of(Task).Where(p => !p.MayChange));

    /// <summary>Some parameters' values.</summary>
    public JsonObject ToJson(IEnumerable<Parameter> parameters) => new(parameters.Select(p => KeyValuePair.Create(p.Name, p.ToJson(Value(p)))));

    private object? Value(Parameter parameter)
    {
        if (_given.TryGetValue(parameter.Name, out object? value)) return value;
        // A task may choose for a parameter that all tasks have.
        var own = Parameters.Of(Task).FirstOrDefault(p => p.Name == parameter.Name) ?? parameter;
        return own.Recipe is { } recipe ? recipe(this) : own.Default;
    }

    /// <summary>
    /// Reads what <see cref="ToJson"/> wrote. Every key must be there, but those that are newer than some runs: a default that were taken instead
    /// would go on with other numbers, and say nothing.
    /// </summary>
    /// <param name="path">For messages.</param>
    /// <exception cref="DataException">A key is missing or unknown, or a value is none of its parameter's.</exception>
    public static Arguments FromJson(JsonObject json, string path, IReadOnlyList<ITask> tasks)
    {
        // Runs of before there were several tasks do not name theirs: the first.
        string name = json[Parameters.Task.Name] is JsonValue value && value.TryGetValue(out string? text) ? text : tasks[0].Name;
        var task = tasks.FirstOrDefault(t => t.Name == name)
            ?? throw Error($"there is no task {ForeignText.Quoted(name)}; there are {string.Join(", ", tasks.Select(t => t.Name))}");
        var known = Parameters.Of(task);
        if (json.FirstOrDefault(item => known.All(p => p.Name != item.Key)).Key is { } unknown)
            throw Error($"{ForeignText.Quoted(unknown)} is none of {task.Name}'s");
        if (known.FirstOrDefault(p => !p.IsNewerThanRuns && !json.ContainsKey(p.Name)) is { } missing) throw Error($"'{missing.Name}' is missing");
        return new Arguments(task).WithJson(json, known, $"'{path}' are no arguments of 'fcn train'");

        DataException Error(string what) => new($"'{path}' are no arguments of 'fcn train': {what}");
    }

    /// <summary>The same but for those of some parameters that an object of JSON has.</summary>
    /// <param name="what">Begins the messages.</param>
    /// <exception cref="DataException">A value is none of its parameter's.</exception>
    public Arguments WithJson(JsonObject json, IEnumerable<Parameter> parameters, string what)
    {
        var given = new Dictionary<string, object?>(_given);
        foreach (var parameter in parameters)
        {
            if (!json.TryGetPropertyValue(parameter.Name, out var node)) continue;
            object? value = node is null ? null : parameter.FromJson(node);
            bool mayBeNull = parameter.Default is null && parameter.Recipe is null;
            if (value is null && !(node is null && mayBeNull))
                throw new DataException($"{what}: '{parameter.Name}' is {node?.ToJsonString() ?? "null"}; it must be {parameter.Limits}");
            given[parameter.Name] = value;
        }
        return new Arguments(Task, _device, given);
    }
}
