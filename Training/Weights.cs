using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>Trained weights on a device, with all that their file says of them.</summary>
public sealed class Weights : IDisposable
{
    private Weights(ITask task, Model model, NetworkSettings settings, VariableStore variables) =>
        (Task, Model, Settings, Variables) = (task, model, settings, variables);

    public ITask Task { get; }
    public Model Model { get; }
    public NetworkSettings Settings { get; }
    public VariableStore Variables { get; }

    /// <param name="model">The network's name, where the file does not say; null takes the file's.</param>
    /// <exception cref="EngineException">The file does not say its model, or names one that there is not, or its tensors are another model's.</exception>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static Weights Open(string path, string? model, Device device, IReadOnlyList<ITask> tasks)
    {
        var metadata = SafetensorsFile.Read(path).Metadata;
        string name = model ?? metadata.GetValueOrDefault("model")
            ?? throw new EngineException($"'{path}' does not say which model it is of; name it by --model");
        var found = tasks.FindModel(name);
        // Weights of other classes than the task's own say theirs.
        var settings = metadata.GetValueOrDefault("classes") is { } classes
            ? found.Task.Settings with { Classes = classes.Split(',').Length }
            : found.Task.Settings;
        var variables = new VariableStore(device, found.Model.Network(1, training: false, settings).Graph, seed: 0);
        try
        {
            Checkpoint.Load(path, variables);
        }
        catch
        {
            variables.Dispose();
            throw;
        }
        return new Weights(found.Task, found.Model, settings, variables);
    }

    public void Dispose() => Variables.Dispose();
}

/// <summary>Looks into tables of tasks.</summary>
public static class TaskTable
{
    /// <summary>The network of that name, and its task.</summary>
    /// <exception cref="EngineException">There is none; lists those there are.</exception>
    public static (ITask Task, Model Model) FindModel(this IReadOnlyList<ITask> tasks, string name)
    {
        var all = tasks.SelectMany(task => task.Models, (task, model) => (Task: task, Model: model)).ToArray();
        return Array.Find(all, m => m.Model.Name == name) is { Task: not null } found ? found
            : throw new EngineException($"there is no model '{name}'; there are {string.Join(", ", all.Select(m => m.Model.Name))}");
    }
}
