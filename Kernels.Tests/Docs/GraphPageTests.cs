using System.Globalization;
using System.Text.RegularExpressions;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>The figures of docs/graph.md, computed again.</summary>
public sealed partial class GraphPageTests
{
    private const int Batch = 16;

    public static IEnumerable<object[]> Rows() =>
        Row().Matches(Page.At("docs/graph.md").Text).Select(m => new object[] { m.Groups["model"].Value, m.Groups["what"].Value });

    [Theory]
    [MemberData(nameof(Rows))]
    public void Memory_is_as_the_page_says(string model, string what)
    {
        var row = Row().Matches(Page.At("docs/graph.md").Text).Single(m => m.Groups["model"].Value == model && m.Groups["what"].Value == what);
        double Figure(string name) => double.Parse(row.Groups[name].Value, CultureInfo.InvariantCulture);
        bool training = what == "training";
        var (graph, _, logits) = Models.All.Single(m => m.Name == model).Network(Batch, training, new NetworkSettings { Classes = 11 });
        var labels = graph.Input("labels", new TensorSpec(new Shape(Batch, logits.Shape.Height, logits.Shape.Width), ElementType.I32));
        var loss = training ? graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, labels) : null;
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 0);
        using var compiled = new CompiledGraph(graph, variables, training ? [] : [logits], loss, training ? new Adam() : null);
        string measured = string.Create(CultureInfo.InvariantCulture,
            $"{compiled.UnsharedBytes / 1048576.0:F1} MB apart, {compiled.ArenaBytes / 1048576.0:F1} MB planned, {compiled.Launches.Count} launches");
        Assert.True(Near(Figure("apart"), compiled.UnsharedBytes) && Near(Figure("planned"), compiled.ArenaBytes),
            $"docs/graph.md, {model}, {what}: measured {measured}");
    }

    private static bool Near(double megabytes, long bytes) => Math.Abs(megabytes * 1048576 / bytes - 1) < 0.02;

    [GeneratedRegex(@"^\| `(?<model>[\w-]+)` \| (?<what>training|inference) \| (?<apart>[\d.]+) \| (?<planned>[\d.]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
