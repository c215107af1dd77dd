using System.CommandLine;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Runs;

/// <summary>What <c>fcn train TASK</c> is told, from its words to a run that is ready to begin.</summary>
internal sealed class NewRun
{
    private static readonly TextParameter Out = new("out", "run folder at this very path");
    private static readonly SwitchParameter ExistOk = CommonParameters.ExistOk with { Help = "write into a run folder that exists" };
    private static readonly SwitchParameter Json = CommonParameters.Json with { Help = "print report.json at the end, and nothing else" };

    private readonly ITask _task;
    private readonly IReadOnlyList<Parameter> _known;
    private readonly TextParameter _name;
    private readonly Options _options;

    /// <param name="command">Gets the options.</param>
    public NewRun(ITask task, Command command)
    {
        (_task, _known) = (task, Parameters.Of(task));
        _name = new TextParameter("name", $"run folder runs/{task.Name}/NAME, then NAME-2, …; default the model's name");
        _options = new Options(command, [.. _known.Select(p => Told(p, task.Models)), _name, Out, ExistOk, CommonParameters.Quiet, Json]);
    }

    /// <summary>Opens the device, the data and the folder.</summary>
    /// <exception cref="UsageException">Something that was told is no good.</exception>
    /// <exception cref="DataException">The data cannot be used.</exception>
    public ReadyRun Prepare(ParseResult parsed)
    {
        var given = _options.Of(parsed);
        if (given.Has(_name) && given.Has(Out)) throw new UsageException("--name and --out both say where the run goes; give one");
        given.ExpectMeant(_known, _task, given.Into(new Arguments(_task), [Parameters.Model]).Model);
        var begins = _known.OfType<TextParameter>().Where(p => p.IsPath && given.Has(p));
        if (given.Find(Out) is { } replaced && begins.FirstOrDefault(p => InputFile.LiesIn(replaced, given.Find(p)!)) is { } lost)
            throw new UsageException(
                $"{lost.Flag} '{given.Find(lost)}' lies in the run folder '{replaced}', whose files are replaced; copy it elsewhere first");
        var device = given.OpenDevice();
        try
        {
            string? data = given.DataFolder();
            var told = given.Into(new Arguments(_task), _known).On(device);
            if (told.Find(Parameters.Init) is { } begun) told = told.WithParsed(Parameters.Init, RunFolder.WeightsAt(begun));
            var arguments = told
                .With(Parameters.Command, Typed([.. parsed.Tokens.Select(t => t.Value)], data))
                .WithParsed(Parameters.Data, data is null ? null : Path.GetFullPath(data))
                .WithParsed(Parameters.InitSha256, told.Find(Parameters.Init) is { } init ? Weights.Sha256(init) : null);
            given.ExpectMeant(_known, arguments);
            var opened = _task.OpenAloud(arguments);
            opened.ExpectTraining();
            var folder = given.Find(Out) is { } path
                ? RunFolder.Create(path, given.Get(ExistOk))
                : RunFolder.Next(_task.Name, given.Find(_name) ?? arguments.Model.Name);
            // Where the device or the recipe was chosen for the user, the choice says so.
            string where = given.Get(Parameters.Device) == "auto" ? $"{DeviceList.Choice} ('fcn devices' has all)" : $"{device} ({device.Description})";
            if (arguments.Model.FollowsGradients && !given.Has(Parameters.Epochs))
                where += $"; {arguments.Get(Parameters.Epochs)} epochs, as suits it (--epochs N)";
            return new ReadyRun(new Run(arguments, opened, folder), folder, device, where, IsResumed: false, given);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>A parameter whose help says for which models it is, if not for all.</summary>
    private static Parameter Told(Parameter parameter, IReadOnlyList<Layers.Model> models) =>
        models.All(parameter.IsFor) ? parameter : parameter with { Help = $"{parameter.Help}; for {Given.Names(models.Where(parameter.IsFor))}" };

    /// <summary>The command as a shell takes it, with the data that FCN_DATA named.</summary>
    private static string Typed(string[] words, string? data)
    {
        if (data is not null && !words.Contains(Parameters.Data.Flag)) words = [.. words, Parameters.Data.Flag, data];
        return $"fcn {string.Join(' ', words.Select(ShellText.Quoted))}";
    }
}
