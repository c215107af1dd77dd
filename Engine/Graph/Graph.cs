namespace FcnFromScratch.Engine;

/// <summary>
/// A network as a list of nodes in the order they run, built once for a batch shape. Building computes nothing:
/// <see cref="CompiledGraph"/> runs it on a device, <see cref="ReferenceRunner{T}"/> in plain loops.
/// </summary>
public sealed class Graph(bool training)
{
    private readonly List<Node> _nodes = [];
    private readonly List<Tensor> _inputs = [], _variables = [];
    private readonly Dictionary<string, int> _names = [];
    private Tensor? _step;

    /// <summary>Whether batch norm measures its batch and dropout drops.</summary>
    public bool Training { get; } = training;

    /// <summary>In an order in which each comes after what it reads.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>What is fed before a run.</summary>
    public IReadOnlyList<Tensor> Inputs => _inputs;

    /// <summary>Parameters and states in the order they were made.</summary>
    public IReadOnlyList<Tensor> Variables => _variables;

    /// <summary>Variables that training changes.</summary>
    public IEnumerable<Tensor> Parameters => _variables.Where(v => v.Role == TensorRole.Parameter);

    /// <summary>A tensor that the host writes before a step. Asking again for a name gives the same tensor.</summary>
    public Tensor Input(string name, TensorSpec spec)
    {
        if (_inputs.Find(i => i.Name == name) is { } known)
            return known.Spec == spec ? known : throw new ShapeException($"input '{name}' is {known.Spec} and was asked for as {spec}");
        var input = new Tensor(name, spec, TensorRole.Input);
        _inputs.Add(input);
        return input;
    }

    /// <summary>
    /// Which training step it is, from 1: an input I32 [1], made when it is first asked for and written by <see cref="CompiledGraph.BeginStep"/>.
    /// </summary>
    public Tensor Step => _step ??= Input("step", new TensorSpec(new Shape(1), ElementType.I32));

    internal bool UsesStep => _step is not null;

    /// <summary>Adds a variable that training changes.</summary>
    public Tensor Parameter(string name, Shape shape, Initializer initializer) => Variable(name, shape, initializer, TensorRole.Parameter, null);

    /// <param name="whole">What its elements may be; null for any number.</param>
    public Tensor State(string name, Shape shape, Initializer initializer, WholeNumbers? whole = null) =>
        Variable(name, shape, initializer, TensorRole.State, whole);

    private Tensor Variable(string name, Shape shape, Initializer initializer, TensorRole role, WholeNumbers? whole)
    {
        if (_variables.Exists(v => v.Name == name)) throw new EngineException($"two variables are named '{name}'");
        var variable = new Tensor(name, shape, role) { Initializer = initializer, Whole = whole };
        _variables.Add(variable);
        return variable;
    }

    /// <summary>Adds a node and returns its first output.</summary>
    public Tensor Apply(Op op, string name, params Tensor[] inputs) => ApplyNode(op, name, inputs).Output;

    /// <summary>Adds a node.</summary>
    /// <exception cref="ShapeException">The inputs do not fit the op; names the node.</exception>
    public Node ApplyNode(Op op, string name, params Tensor[] inputs)
    {
        int uses = _names[name] = _names.GetValueOrDefault(name) + 1;
        if (uses > 1) name = $"{name}#{uses}";
        TensorSpec[] specs;
        try
        {
            specs = op.Infer([.. inputs.Select(i => i.Spec)]);
        }
        catch (ShapeException e)
        {
            throw new ShapeException($"'{name}': {e.Message}");
        }
        var outputs = specs.Select((spec, i) => new Tensor(i == 0 ? name : $"{name}:{i}", spec)).ToArray();
        var node = new Node(op, name, inputs, outputs);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Replaces two neighbours, producer and its only reader, by one node; <see cref="Fusion"/> decides which.</summary>
    internal void Fuse(Node producer, Node reader, Op op)
    {
        var fused = new Node(op, producer.Name, [.. producer.Inputs], [.. reader.Outputs]);
        _nodes[_nodes.IndexOf(reader)] = fused;
        _nodes.Remove(producer);
    }

    /// <summary>Drops nodes whose outputs nobody needs. Nodes that update variables in place stay.</summary>
    internal void RemoveDead(IEnumerable<Tensor> needed)
    {
        var live = new HashSet<Tensor>(needed);
        var kept = new List<Node>();
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            var node = _nodes[i];
            bool updates = Enumerable.Range(0, node.Outputs.Count)
                .Any(o => node.Op.InPlaceInput(o) is >= 0 and var input && node.Inputs[input].Role != TensorRole.Intermediate);
            if (!updates && !node.Outputs.Any(live.Contains)) continue;
            live.UnionWith(node.Inputs);
            kept.Add(node);
        }
        kept.Reverse();
        _nodes.Clear();
        _nodes.AddRange(kept);
    }
}
