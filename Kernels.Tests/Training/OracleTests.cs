using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Ten training steps of a tiny FCN-8 against the losses that PyTorch gives for the same weights and batches.</summary>
public sealed class OracleTests
{
    // Printed by Bench/peers/tiny_oracle.py with PyTorch 1.13.1 on the CPU. The formulas below are those of the script.
    private static readonly double[] PyTorch =
        [2.4120383, 2.4091773, 2.4045885, 2.4057817, 2.4056971, 2.4048002, 2.4037027, 2.4024310, 2.4010806, 2.3998549];

    private const int Batch = 2, Height = 32, Width = 52, Classes = 11;

    public static TheoryData<string> Devices() => [.. TestDevices.All.Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Ten_steps_give_the_losses_of_an_independent_implementation(string device)
    {
        var graph = new Graph(training: true);
        var image = graph.Input("image", new Shape(Batch, Height, Width, 1));
        var logits = Fcn8.Build(graph, image, new Fcn8Options { Filters = [4, 6, 8, 8, 8], HeadFilters = 8 },
            new NetworkSettings { Classes = Classes, Dropout = 0 });
        var labels = graph.Input("labels", new TensorSpec(new Shape(Batch, Height, Width), ElementType.I32));
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, labels);
        using var variables = new VariableStore(TestDevices.Find(device), graph, seed: 0);
        using var compiled = new CompiledGraph(graph, variables, [], loss, new Adam(epsilon: 1e-3f));
        int t = 0;
        foreach (var parameter in graph.Parameters)
        {
            var shape = parameter.Shape;
            double scale = shape.Rank == 1 ? 0.1 : Math.Sqrt(2.0 / (shape.Count / shape[^1]));
            double mean = parameter.Name.EndsWith("norm.weight") ? 1 : 0;
            variables[parameter.Name] = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (float)(mean + scale * Math.Sin(1 + 0.7 * i + 3.1 * t)))];
            t++;
        }
        var pixels = Enumerable.Range(0, Batch * Height * Width);
        compiled.Upload<float>(image, [.. pixels.Select(p => (float)Math.Sin(0.37 * p))]);
        compiled.Upload<int>(labels, [.. pixels.Select(p => (7 * p + p / 13) % Classes)]);
        // The emulator, a thread for each work item, takes half a minute for a step.
        int steps = device == "emulator" ? 2 : PyTorch.Length;
        for (int step = 1; step <= steps; step++)
        {
            compiled.BeginStep(step, 1e-3);
            compiled.Run();
            float ours = compiled.Download<float>(loss)[0];
            double tolerance = step == 1 ? 1e-6 : 1e-5;
            Assert.True(Math.Abs(ours - PyTorch[step - 1]) <= tolerance * PyTorch[step - 1], $"step {step}: {ours}, PyTorch {PyTorch[step - 1]}");
        }
    }
}
