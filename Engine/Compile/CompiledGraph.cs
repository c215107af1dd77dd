using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine;

/// <summary>
/// A graph made ready for a device: fused, differentiated if there is a loss, its memory planned by liveness into one arena,
/// its launches recorded and bound. <see cref="Run"/> replays them: it allocates nothing and does not wait for the device.
/// </summary>
public sealed class CompiledGraph : IDisposable
{
    private readonly Dictionary<Tensor, Storage> _storage = [];
    private readonly List<MemoryBuffer> _owned = [];
    private readonly CommandList _commands;
    private readonly Tensor? _step;
    private IOptimizer? _optimizer;
    private Tensor? _rates;

    /// <param name="graph">Is changed: fused, and given backward nodes.</param>
    /// <param name="outputs">Tensors that can be downloaded after a run.</param>
    /// <param name="loss">A scalar [1] to minimize, or null to compile inference.</param>
    /// <param name="optimizer">Updates the parameters by the loss' gradient; null only computes the gradients.</param>
    public CompiledGraph(Graph graph, VariableStore variables, IReadOnlyList<Tensor> outputs, Tensor? loss = null, IOptimizer? optimizer = null)
    {
        Graph = graph;
        Device = variables.Device;
        Tensor[] needed = loss is null ? [.. outputs] : [.. outputs, loss];
        Fusion.Apply(graph, needed);
        foreach (var variable in graph.Variables) _storage[variable] = variables.StorageOf(variable);
        try
        {
            if (loss is not null) needed = [.. needed, .. AddBackward(loss, variables, optimizer)];
            _step = graph.UsesStep ? graph.Step : null;
            graph.RemoveDead(needed);
            Allocate(needed);
            Nodes = [.. graph.Nodes.Select(Record)];
            _commands = Device.Prepare(Launches = [.. Nodes.SelectMany(n => n.Launches)]);
        }
        catch
        {
            foreach (var buffer in _owned) buffer.Dispose();
            throw;
        }
    }

    /// <summary>What was compiled.</summary>
    public Graph Graph { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>The nodes in the order they run, each of which can also be run alone.</summary>
    public IReadOnlyList<CompiledNode> Nodes { get; }

    /// <summary>The flat list that a run replays.</summary>
    public IReadOnlyList<Launch> Launches { get; }

    /// <summary>Bytes of the arena that intermediate tensors and scratch share.</summary>
    public long ArenaBytes { get; private set; }

    /// <summary>What the arena would be if no two tensors shared memory.</summary>
    public long UnsharedBytes { get; private set; }

    /// <summary>The gradient of each parameter, when compiled with a loss.</summary>
    public IReadOnlyDictionary<string, Tensor> ParameterGradients { get; private set; } = new Dictionary<string, Tensor>();

    /// <summary>The optimizer's moments by name, flat over all parameters.</summary>
    public IReadOnlyDictionary<string, Tensor> Moments { get; private set; } = new Dictionary<string, Tensor>();

    /// <summary>
    /// Says which training step, from 1, the next run is and at what learning rate, to all that ask: the readers of <see cref="Graph.Step"/> and the
    /// optimizer. Allocates nothing.
    /// </summary>
    public void BeginStep(int step, double learningRate)
    {
        if (_step is not null) Upload(_step, [step]);
        if (_optimizer is null) return;
        Span<float> rates = stackalloc float[IOptimizer.RateCount];
        _optimizer.Rates(rates, step, learningRate);
        Upload<float>(_rates!, rates);
    }

    /// <summary>Queues one run. A training step takes a <see cref="BeginStep"/> first.</summary>
    public void Run() => _commands.Run();

    /// <summary>The memory of a tensor on the device.</summary>
    public ArrayView<T> View<T>(Tensor tensor) where T : unmanaged =>
        _storage.TryGetValue(tensor, out var storage) ? storage.View<T>()
            : throw new EngineException($"'{tensor.Name}' has no memory in this graph: name it as an output when compiling");

    /// <summary>Copies from the host into a tensor, in queue order.</summary>
    public void Upload<T>(Tensor input, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (values.Length != input.Shape.Count)
            throw new EngineException($"input '{input.Name}' {input.Spec} takes {input.Shape.Count} values and was given {values.Length}");
        Device.Upload(values, View<T>(input));
    }

    /// <summary>Waits for the queue and copies a tensor to the host.</summary>
    public T[] Download<T>(Tensor tensor) where T : unmanaged
    {
        var values = new T[tensor.Shape.Count];
        Download<T>(tensor, values);
        return values;
    }

    /// <summary>Downloads into an array of the caller's, as long as the tensor has elements.</summary>
    public void Download<T>(Tensor tensor, Span<T> values) where T : unmanaged => Device.Download(View<T>(tensor), values);

    /// <summary>Runs node by node and finds the first with an output that is no number; null if there is none.</summary>
    public CompiledNode? FirstNonFinite()
    {
        foreach (var node in Nodes)
        {
            node.Run();
            if (node.Outputs().Any(o => o.Values.Any(v => !double.IsFinite(v)))) return node;
        }
        return null;
    }

    /// <summary>Throws where a value that a run gave is no number, and names the layer where the first such came from.</summary>
    /// <param name="what">What the values are, for the message.</param>
    /// <exception cref="EngineException">There is one.</exception>
    public void ExpectFinite(ReadOnlySpan<float> values, string what)
    {
        foreach (float value in values)
            if (!float.IsFinite(value))
                throw new EngineException(FirstNonFinite() is { Node: var node }
                    ? $"{what} is no number: the first value that is none came out of '{node.Name}' ({node.Op.Name}); these weights are of no use"
                    : $"{what} is no number, though each layer alone gives numbers; run 'fcn check --device {Device}'");
    }

    private IEnumerable<Tensor> AddBackward(Tensor loss, VariableStore variables, IOptimizer? optimizer)
    {
        if (loss.Shape.Count != 1) throw new ShapeException($"the loss '{loss.Name}' is {loss.Spec}; it must be a scalar [1]");
        var parameters = Graph.Parameters.ToArray();
        var one = Bind("loss.gradient", loss.Spec, isOne: true);
        Upload<float>(one, [1]);
        var gradients = Graph.Gradients(new Dictionary<Tensor, Tensor> { [loss] = one }, parameters);
        var all = Bind("gradients", variables.AllParameters.Spec);
        for (int i = 0; i < parameters.Length; i++)
        {
            if (gradients[i] is not { Role: TensorRole.Intermediate } gradient || _storage.ContainsKey(gradient))
                throw new EngineException($"the loss does not depend on parameter '{parameters[i].Name}' through a gradient of its own");
            _storage[gradient] = _storage[all] with { OffsetInBytes = variables.StorageOf(parameters[i]).OffsetInBytes, Spec = gradient.Spec };
        }
        ParameterGradients = parameters.Zip(gradients).ToDictionary(p => p.First.Name, p => p.Second!);
        if (optimizer is not null)
        {
            var flat = new Tensor("parameters", variables.AllParameters.Spec, TensorRole.Bound);
            _storage[flat] = variables.AllParameters;
            Moments = optimizer.Moments.ToDictionary(name => name, name => Bind(name, flat.Spec));
            (_optimizer, _rates) = (optimizer, Bind("rates", new Shape(IOptimizer.RateCount)));
            optimizer.Apply(Graph, flat, all, [.. optimizer.Moments.Select(m => Moments[m])], _rates);
        }
        return gradients!;
    }

    private Tensor Bind(string name, TensorSpec spec, bool isOne = false)
    {
        var tensor = new Tensor(name, spec, TensorRole.Bound) { IsOne = isOne };
        _storage[tensor] = new Storage(Own(spec.Bytes, name), 0, spec);
        return tensor;
    }

    private MemoryBuffer Own(long bytes, string name)
    {
        var buffer = Device.Allocate(Math.Max(bytes, 4), name);
        _owned.Add(buffer);
        return buffer;
    }

    private readonly Dictionary<Node, Storage[]> _scratch = [];

    private void Allocate(IReadOnlyCollection<Tensor> needed)
    {
        foreach (var input in Graph.Inputs) _storage[input] = new Storage(Own(input.Spec.Bytes, input.Name), 0, input.Spec);

        var blocks = new List<MemoryPlan.Block>();
        var block = new Dictionary<Tensor, int>();
        var scratch = new List<(Node Node, int Index, long Bytes)>();
        for (int step = 0; step < Graph.Nodes.Count; step++)
        {
            var node = Graph.Nodes[step];
            foreach (var input in node.Inputs)
                if (block.TryGetValue(input, out int used)) blocks[used] = blocks[used] with { Last = Math.Max(blocks[used].Last, step) };
            for (int o = 0; o < node.Outputs.Count; o++)
            {
                var output = node.Outputs[o];
                if (_storage.ContainsKey(output)) continue;
                if (node.Op.InPlaceInput(o) is >= 0 and var updated)
                {
                    if (_storage.TryGetValue(node.Inputs[updated], out var same)) _storage[output] = same;
                    else
                    {
                        int shared = block[output] = block[node.Inputs[updated]];
                        if (needed.Contains(output)) blocks[shared] = blocks[shared] with { Last = int.MaxValue };
                    }
                    continue;
                }
                block[output] = blocks.Count;
                blocks.Add(new MemoryPlan.Block(output.Spec.Bytes, step, needed.Contains(output) ? int.MaxValue : step));
            }
            foreach (long bytes in RecordNode(node, null).ScratchBytes)
            {
                scratch.Add((node, blocks.Count, bytes));
                blocks.Add(new MemoryPlan.Block(bytes, step, step));
            }
        }

        var (offsets, arenaBytes) = MemoryPlan.Place(blocks, Device.AlignmentInBytes);
        ArenaBytes = arenaBytes;
        UnsharedBytes = blocks.Sum(b => b.Bytes);
        MemoryBuffer arena;
        try
        {
            arena = Own(arenaBytes, "activations");
        }
        catch (DeviceMemoryException e)
        {
            var largest = block.GroupBy(b => b.Value).Select(g => g.First().Key).OrderByDescending(t => t.Spec.Bytes).Take(3);
            throw new DeviceMemoryException(
                $"{e.Message}; the largest tensors in it are {string.Join(", ", largest.Select(t => $"{t} ({t.Spec.Bytes / 1e6:N0} MB)"))}", e.Asked, e.Free);
        }
        foreach (var (tensor, index) in block) _storage[tensor] = new Storage(arena, offsets[index], tensor.Spec);
        foreach (var group in scratch.GroupBy(s => s.Node))
            _scratch[group.Key] = [.. group.Select(s => new Storage(arena, offsets[s.Index], new Shape((int)(s.Bytes / sizeof(float)))))];
    }

    private CompiledNode Record(Node node)
    {
        var launches = RecordNode(node, _scratch.GetValueOrDefault(node, [])).Launches;
        foreach (var launch in launches) launch.NodeName = node.Name;
        return new CompiledNode(Device, node, launches, [.. node.Inputs.Select(i => _storage[i])], [.. node.Outputs.Select(o => _storage[o])]);
    }

    private Recorder RecordNode(Node node, IReadOnlyList<Storage>? scratch)
    {
        Storage Of(Tensor t) => _storage.TryGetValue(t, out var storage) ? storage : new Storage(null, 0, t.Spec);
        string version = node.Op.Versions(Device, [.. node.Inputs.Select(i => i.Spec)])[0];
        var recorder = new Recorder(Device, version, [.. node.Inputs.Select(Of)], [.. node.Outputs.Select(Of)], scratch);
        node.Op.Record(recorder);
        return recorder;
    }

    /// <summary>Frees the memory of the graph; that of the variables belongs to their store.</summary>
    public void Dispose()
    {
        _commands.Dispose();
        foreach (var buffer in _owned) buffer.Dispose();
    }
}
