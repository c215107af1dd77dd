using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>The options of a command, made from parameters: names, help, defaults and errors are theirs.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, (Parameter Parameter, Option Option)> _options = [];

    /// <summary>Adds an option for each parameter to a command; of several with one name the first.</summary>
    /// <param name="required">Names of those that must be given.</param>
    public Options(Command command, IEnumerable<Parameter> parameters, params ReadOnlySpan<string> required)
    {
        foreach (var parameter in parameters.Where(p => p.IsFlag))
        {
            if (!_options.TryAdd(parameter.Name, default)) continue;
            Option option = parameter is SwitchParameter ? new Option<bool>(parameter.Flag) { Description = parameter.Help } : Valued(parameter);
            option.Required = required.Contains(parameter.Name);
            _options[parameter.Name] = (parameter, option);
            command.Options.Add(option);
        }
    }

    /// <summary>What was typed.</summary>
    /// <exception cref="UsageException">Something was that means nothing without something else.</exception>
    public Given Of(ParseResult parsed)
    {
        var given = new Given(_options, parsed);
        foreach (var (parameter, _) in _options.Values)
            if (parameter.With is { } other && given.Has(parameter) && !given.Has(_options[other].Parameter))
                throw new UsageException($"{parameter.Flag} means nothing without --{other}; give both or none");
        return given;
    }

    private static Option<string> Valued(Parameter parameter)
    {
        var option = new Option<string>(parameter.Flag)
        {
            Description = parameter.Range.Length == 0 ? parameter.Help : $"{parameter.Help} [{parameter.Range}]",
        };
        if (parameter.Default is { } value) option.DefaultValueFactory = _ => string.Create(CultureInfo.InvariantCulture, $"{value}");
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [{ Value: var text }] || parameter.Parse(text) is not null) return;
            result.AddError(text.Length == 0
                ? $"{parameter.Flag} is empty; give it a value or leave it out"
                : $"{parameter.Flag} is '{text}'; it must be {parameter.Limits}{(parameter.Words is { } words ? Nearest.Of(text, words) : "")}");
        });
        return option;
    }
}

/// <summary>The options of one call.</summary>
internal sealed class Given(IReadOnlyDictionary<string, (Parameter Parameter, Option Option)> options, ParseResult parsed) : IParameterValues
{
    /// <summary>Whether the command has such an option.</summary>
    public bool Knows(Parameter parameter) => options.ContainsKey(parameter.Name);

    public bool Has(Parameter parameter) => parsed.GetResult(options[parameter.Name].Option) is { Implicit: false };

    /// <summary>What was given, or else the default.</summary>
    public T Get<T>(Parameter<T> parameter) => (T)Value(parameter)!;

    /// <summary>What was given, or else the default; null where there is none.</summary>
    public string? Find(TextParameter parameter) => (string?)Value(parameter);

    /// <summary>As text what was given, or else the default.</summary>
    public string Text(Parameter parameter) => string.Create(CultureInfo.InvariantCulture, $"{Value(parameter)}");

    /// <summary>A path made full, so that it means the same from elsewhere.</summary>
    public string? Path(TextParameter parameter) => Find(parameter) is { } path ? System.IO.Path.GetFullPath(path) : null;

    /// <summary>The folder that --data or else FCN_DATA names; null for what the program draws itself.</summary>
    /// <exception cref="UsageException">There is nothing of that name.</exception>
    public string? DataFolder()
    {
        string? typed = Find(Parameters.Data), folder = DataFolder(typed);
        if (folder is not null && !InputFile.Exists(folder) && !InputFile.IsFolder(folder))
            throw new UsageException($"{(typed is null ? "FCN_DATA" : Parameters.Data.Flag)} names '{folder}', and there is no such folder or file; "
                + $"'fcn data get mnist --out {folder}' makes one");
        return folder;
    }

    /// <inheritdoc cref="DataFolder()"/>
    public static string? DataFolder(string? option) =>
        option ?? (Environment.GetEnvironmentVariable("FCN_DATA") is { Length: > 0 } named ? named : null);

    /// <summary>The arguments with those of some parameters that were given.</summary>
    public Arguments Into(Arguments arguments, IEnumerable<Parameter> parameters) =>
        parameters.Where(p => p.IsFlag && Has(p))
            .Aggregate(arguments, (a, p) => a.WithParsed(p, p is TextParameter { IsPath: true } file ? Path(file) : Value(p)));

    /// <summary>Throws where something was given that only other tasks know.</summary>
    /// <param name="all">What the command takes for any task.</param>
    public void ExpectKnown(IEnumerable<Parameter> all, IEnumerable<Parameter> ofTask, string task)
    {
        var known = ofTask.Select(p => p.Name).ToHashSet();
        if (all.FirstOrDefault(p => Has(p) && !known.Contains(p.Name)) is { } foreign)
            throw new UsageException($"{foreign.Flag} means nothing to '{task}', which these weights are trained for; leave it out");
    }

    /// <summary>Throws where something was given that changes nothing of a model.</summary>
    /// <param name="parameters">Those of the command that may be of some models only.</param>
    /// <exception cref="UsageException">It names the models that it is for.</exception>
    public void ExpectMeant(IEnumerable<Parameter> parameters, ITask task, Model model)
    {
        if (parameters.FirstOrDefault(p => p.IsFlag && Has(p) && !p.IsFor(model)) is not { } foreign) return;
        Model[] models = [.. task.Models.Where(foreign.IsFor)];
        throw new UsageException($"{foreign.Flag} means nothing to the model {model.Name}"
            + (models.Length == 0 ? "; leave it out" : $", it is for {Names(models)}; leave it out"));
    }

    /// <summary>Throws where something was given that changes nothing of what else was.</summary>
    /// <exception cref="UsageException">It says what it is for.</exception>
    public void ExpectMeant(IEnumerable<Parameter> parameters, Arguments arguments)
    {
        if (parameters.FirstOrDefault(p => p.IsFlag && Has(p) && p.Only is { } only && !only.Holds(arguments)) is { Only.What: var what } idle)
            throw new UsageException($"{idle.Flag} is for {what}; leave it out");
    }

    /// <exception cref="UsageException">The weights in a file tell other classes apart than data has.</exception>
    public static void ExpectClasses(Origin origin, string file, TaskData data)
    {
        if (origin.Classes is { } classes && !classes.SequenceEqual(data.Classes))
            throw new UsageException($"'{file}' tells apart {ForeignText.Quoted(string.Join(", ", classes))}, and {data.Source} has "
                + $"{ForeignText.Quoted(string.Join(", ", data.Classes))}; name data with the same classes");
    }

    /// <summary>In words: "a, b and c".</summary>
    public static string Names(IEnumerable<Model> models)
    {
        string[] names = [.. models.Select(model => model.Name)];
        return names is [.. var others, var last] && others.Length > 0 ? $"{string.Join(", ", others)} and {last}" : string.Join(", ", names);
    }

    /// <summary>The file that --weights names, or else the best weights of the newest complete run, which is said on standard error.</summary>
    /// <param name="model">Where it is given, of that network.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public string WeightsFile(TextParameter model, IReadOnlyList<ITask> tasks)
    {
        if (Find(CommonParameters.Weights) is { } named) return RunFolder.WeightsAt(named);
        string? name = Find(model), newest = RunFolder.NewestWeights(tasks, name);
        if (newest is null)
        {
            string of = name is null ? "" : $" of {name}", train = name is null ? "fcn train" : $"fcn train {tasks.FindModel(name).Task.Name} --model {name}";
            throw new UsageException($"no --weights are given, and '{RunFolder.Home}' holds no complete run{of} to take them from; '{train}' makes one");
        }
        Console.Error.WriteLine($"fcn: weights of the newest complete run: {newest}");
        return newest;
    }

    /// <summary>Trained weights.</summary>
    /// <param name="model">Names the network where the file does not.</param>
    /// <exception cref="UsageException">Neither does.</exception>
    public Weights OpenWeights(string path, TextParameter model, Device device, IReadOnlyList<ITask> tasks)
    {
        string name = Find(model) ?? Weights.ModelOf(path)
            ?? throw new UsageException($"'{path}' does not say which model it is of; name it by {model.Flag}");
        return Weights.Open(path, name, device, tasks);
    }

    /// <summary>The device that --device names.</summary>
    /// <exception cref="UsageException">There is no such kind of device.</exception>
    public Device OpenDevice() => OpenDevice(Get(Parameters.Device), Get(Parameters.Threads));

    /// <inheritdoc cref="OpenDevice()"/>
    public static Device OpenDevice(string name, int threads)
    {
        try
        {
            return DeviceList.Open(name, threads);
        }
        catch (EngineException e) when (e is not DeviceException)
        {
            throw new UsageException(e.Message);
        }
    }

    private object? Value(Parameter parameter)
    {
        var option = options[parameter.Name].Option;
        if (option is Option<bool> flag) return parsed.GetValue(flag);
        return Has(parameter) ? parameter.Parse(parsed.GetValue((Option<string>)option)!) : parameter.Default;
    }
}
