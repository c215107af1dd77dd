using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>Trained weights on a device, with their network and its task.</summary>
public sealed class Weights : IDisposable
{
    private readonly string _path;

    private Weights(ITask task, Model model, NetworkSettings settings, VariableStore variables, string path, IReadOnlyDictionary<string, string> metadata) =>
        (Task, Model, Settings, Variables, _path, Metadata) = (task, model, settings, variables, path, metadata);

    public ITask Task { get; }
    public Model Model { get; }
    public NetworkSettings Settings { get; }
    public VariableStore Variables { get; }

    /// <summary>What the file says of itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc cref="Origin.Of"/>
    public Origin Origin => Origin.Of(Metadata, _path);

    /// <summary>The name of the network that a file is of; null where it does not say.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static string? ModelOf(string path) => SafetensorsFile.Read(path).Metadata.GetValueOrDefault("model");

    /// <summary>SHA-256 of a file, in lower-case hexadecimal.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static string Sha256(string path)
    {
        using var file = InputFile.Open(path);
        return ContentHash.Of(file);
    }

    /// <param name="model">The network's name.</param>
    /// <exception cref="EngineException">There is no such network, or the file's tensors are another's.</exception>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static Weights Open(string path, string model, Device device, IReadOnlyList<ITask> tasks)
    {
        tasks.FindModel(model);
        return Of(SafetensorsFile.Read(path), path, model, device, tasks);
    }

    /// <inheritdoc cref="Open"/>
    /// <param name="path">What the file is called in messages.</param>
    public static Weights Of(SafetensorsFile file, string path, string model, Device device, IReadOnlyList<ITask> tasks)
    {
        var found = tasks.FindModel(model);
        var settings = found.Task.SettingsOf(Origin.Of(file.Metadata, path), path);
        if (found.Model.Kept is { } kept && file.Find(kept)?.Shape is [var count and > 0 and <= int.MaxValue, ..])
            settings = settings with { Kept = (int)count };
        var variables = new VariableStore(device, Network(), seed: null);
        try
        {
            Checkpoint.Load(file, path, variables, training: null);
            return new Weights(found.Task, found.Model, settings, variables, path, file.Metadata);
        }
        catch
        {
            variables.Dispose();
            throw;
        }

        Graph Network()
        {
            try
            {
                return found.Model.Network(1, training: false, settings).Graph;
            }
            catch (ShapeException e)
            {
                throw new DataException($"'{path}': the network cannot be built as the file says: {e.Message}", e);
            }
        }
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
            : throw new EngineException($"there is no model {ForeignText.Quoted(name)}; there are {string.Join(", ", all.Select(m => m.Model.Name))}");
    }
}
