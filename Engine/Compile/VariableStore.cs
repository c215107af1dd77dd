using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine;

/// <summary>
/// The parameters and states of a network on a device. Graphs compiled for training and for evaluation share one store by name.
/// All parameters lie in one buffer, so that the optimizer is one launch; the gaps that alignment leaves stay zero.
/// </summary>
public sealed class VariableStore : IDisposable
{
    private readonly Dictionary<string, Storage> _storage = [];
    private readonly MemoryBuffer? _parameters, _states;

    /// <summary>Makes the variables of <paramref name="graph"/>.</summary>
    /// <param name="seed">Of the initializers that fill them; null where they are about to be loaded, and hold zeros until then.</param>
    public VariableStore(Device device, Graph graph, ulong? seed)
    {
        Device = device;
        Variables = [.. graph.Variables];
        try
        {
            _parameters = Place(TensorRole.Parameter, "parameters");
            _states = Place(TensorRole.State, "states");
            if (seed is not { } known) return;
            foreach (var variable in Variables)
            {
                var values = new float[variable.Shape.Count];
                (variable.Initializer ?? Initializer.Zeros).Initialize(values, variable.Name, known);
                this[variable.Name] = values;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the variables are.</summary>
    public Device Device { get; }

    /// <summary>In the order the graph made them.</summary>
    public IReadOnlyList<Tensor> Variables { get; }

    /// <summary>All parameters as one flat tensor, alignment gaps included.</summary>
    public Storage AllParameters => new(_parameters, 0, new Shape((int)((_parameters?.LengthInBytes ?? 0) / sizeof(float))));

    /// <summary>Where a variable lies.</summary>
    public Storage StorageOf(Tensor variable) =>
        _storage.TryGetValue(variable.Name, out var storage) && storage.Spec == variable.Spec
            ? storage
            : throw new EngineException($"variable '{variable.Name}' {variable.Spec} is not in the store of this network");

    /// <summary>A variable's values, row-major, copied from or to the device.</summary>
    public float[] this[string name]
    {
        get
        {
            var values = new float[Find(name).Spec.Shape.Count];
            Device.Download(Find(name).View<float>(), values.AsSpan());
            return values;
        }
        set
        {
            var storage = Find(name);
            if (value.Length != storage.Spec.Shape.Count)
                throw new EngineException($"variable '{name}' {storage.Spec} has {storage.Spec.Shape.Count} values and was given {value.Length}");
            Device.Upload<float>(value, storage.View<float>());
        }
    }

    private Storage Find(string name) => _storage.TryGetValue(name, out var storage) ? storage
        : throw new EngineException($"the network has no variable '{name}'");

    private MemoryBuffer? Place(TensorRole role, string name)
    {
        long end = 0;
        var offsets = new List<(Tensor Variable, long Offset)>();
        foreach (var variable in Variables.Where(v => v.Role == role))
        {
            offsets.Add((variable, end));
            end += MemoryPlan.Align(variable.Spec.Bytes, Device.AlignmentInBytes);
        }
        if (end == 0) return null;
        var buffer = Device.Allocate(end, name);
        foreach (var (variable, offset) in offsets) _storage.Add(variable.Name, new Storage(buffer, offset, variable.Spec));
        return buffer;
    }

    /// <summary>Frees the memory of all variables.</summary>
    public void Dispose()
    {
        _parameters?.Dispose();
        _states?.Dispose();
    }
}
