using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>Adds a loss to a graph.</summary>
/// <param name="output">What the network gave.</param>
/// <param name="targets">Inputs [batch, …], in the order of <see cref="SampleSpec.Targets"/>.</param>
/// <returns>A scalar [1] to minimize.</returns>
public delegate Tensor LossBuilder(Graph graph, Tensor output, IReadOnlyList<Tensor> targets);

/// <summary>
/// A network, its loss and an optimizer, compiled together: the one place where they meet. A batch goes in, the variables change, and the loss stays on
/// the device until <see cref="Losses"/> reads the last few back, so that the host never holds the device up.
/// </summary>
public sealed class TrainingStep : IDisposable
{
    /// <summary>So many losses are kept; read them back before there are more.</summary>
    public const int LossesKept = 20;

    private readonly Tensor _image, _losses;
    private readonly Tensor[] _targets;
    private readonly float[] _lossRing = new float[LossesKept];

    /// <param name="samples">What each sample of a batch is made of; its targets become inputs of the graph.</param>
    /// <param name="seed">Of the variables' first values.</param>
    /// <exception cref="DeviceMemoryException">The batch does not fit.</exception>
    public TrainingStep(
        Model model, NetworkSettings settings, SampleSpec samples, LossBuilder loss, IOptimizer optimizer, int batch, Device device, ulong seed = 0)
    {
        (var graph, _image, var output) = model.For(samples.Height, samples.Width).Network(batch, training: true, settings);
        _targets = Targets(graph, samples, batch);
        _losses = graph.Input("losses", new Shape(LossesKept));
        var minimized = loss(graph, output, _targets);
        graph.Apply(new RingWrite(), "log", minimized, graph.Step, _losses);
        Variables = new VariableStore(device, graph, seed);
        try
        {
            Compiled = new CompiledGraph(graph, Variables, [], minimized, optimizer);
        }
        catch
        {
            Variables.Dispose();
            throw;
        }
    }

    public VariableStore Variables { get; }
    public CompiledGraph Compiled { get; }

    /// <summary>The parameters' moving average, flat as the store has them; null where the optimizer keeps none.</summary>
    public Tensor? Average => Compiled.Moments.GetValueOrDefault(Averaged.Moment);

    /// <summary>The inputs of a graph for a batch of targets, named as they are.</summary>
    public static Tensor[] Targets(Graph graph, SampleSpec samples, int batch) =>
    [
        .. from target in samples.Targets
           let type = target.Type == TargetType.Int32 ? ElementType.I32 : ElementType.F32
           select graph.Input(target.Name, new TensorSpec(new Shape([batch, .. target.Shape]), type)),
    ];

    /// <summary>Uploads a batch to a graph that has these inputs.</summary>
    public static void Upload(CompiledGraph compiled, Batch batch, Tensor image, IReadOnlyList<Tensor> targets)
    {
        compiled.Upload<float>(image, batch.Images);
        for (int i = 0; i < targets.Count; i++)
            if (batch.Targets[i].Spec.Type == TargetType.Int32) compiled.Upload<int>(targets[i], batch.Targets[i].Ints);
            else compiled.Upload<float>(targets[i], batch.Targets[i].Floats);
    }

    /// <summary>Queues one step: forward, backward, update.</summary>
    /// <param name="step">Its number, from 1: dropout, moving averages and the optimizer depend on it.</param>
    public void Run(Batch batch, int step, double learningRate)
    {
        Feed(batch, step, learningRate);
        Compiled.Run();
    }

    /// <summary>What <see cref="Run"/> does before it runs, for those who run the nodes one by one.</summary>
    public void Feed(Batch batch, int step, double learningRate)
    {
        Upload(Compiled, batch, _image, _targets);
        Compiled.BeginStep(step, learningRate);
    }

    /// <summary>
    /// The losses of the steps that ended with <paramref name="step"/>, oldest first, at most <see cref="LossesKept"/>. Waits for the device.
    /// </summary>
    public double[] Losses(int step, int count)
    {
        Compiled.Device.Download(Compiled.View<float>(_losses), _lossRing.AsSpan());
        return [.. Enumerable.Range(step - count + 1, count).Select(s => (double)_lossRing[s % LossesKept])];
    }

    public void Dispose()
    {
        Compiled.Dispose();
        Variables.Dispose();
    }
}
