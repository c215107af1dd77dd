using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>What several commands can be told beside the parameters of training.</summary>
internal static class CommonParameters
{
    public static readonly SwitchParameter Json = new("json", "print one JSON value and nothing else");
    public static readonly SwitchParameter Quiet = new("quiet", "print the result only");
    public static readonly SwitchParameter ExistOk = new("exist-ok", "replace what is there");
    public static readonly TextParameter Weights = new("weights", "safetensors file; else those of the newest complete run under runs/");

    /// <summary>A network of any task, by its name.</summary>
    public static TextParameter Model(IReadOnlyList<ITask> tasks, string help) =>
        Parameters.Model with { Help = help, Words = [.. tasks.SelectMany(task => task.Models).Select(model => model.Name)] };

    /// <summary>What tasks are told about their data, each name once.</summary>
    public static IEnumerable<Parameter> DataParameters(IReadOnlyList<ITask> tasks) => tasks.SelectMany(task => task.DataParameters).DistinctBy(p => p.Name);
}
