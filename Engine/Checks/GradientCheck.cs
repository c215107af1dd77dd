namespace FcnFromScratch.Engine;

/// <summary>
/// Holds analytic gradients against central differences, both by the double reference: (L(x + ε) − L(x − ε)) / 2ε, ε = 1e-6,
/// accepted within 1e-5 + 1e-3 · |difference|. A gradient that is not there fails, and so does a check of none.
/// </summary>
public static class GradientCheck
{
    /// <summary>The step of the central difference, and by how much gradients may differ: in any case, and relative to the larger.</summary>
    public const double Epsilon = 1e-6, Absolute = 1e-5, Relative = 1e-3;

    /// <summary>Checks an op alone: L = Σ r · y over its first float output, r random, for every float input but the case's constants.</summary>
    /// <param name="perInput">Elements of each input to vary; the rest are skipped.</param>
    public static Comparison Check(OpCase testCase, int perInput = 40)
    {
        var graph = new Graph(training: true);
        var inputs = testCase.Inputs.Select((spec, i) => graph.Input($"x{i}", spec)).ToArray();
        var node = graph.ApplyNode(testCase.Op, "op", inputs);
        var seed = graph.Input("r", node.Output.Spec);
        var targets = inputs.Where((input, i) => input.Spec.Type == ElementType.F32 && !testCase.Constants.Contains(i)).ToArray();
        var gradients = graph.Gradients(new Dictionary<Tensor, Tensor> { [node.Output] = seed }, targets);

        var runner = new ReferenceRunner<double>(graph);
        var values = CaseRunner.Inputs(testCase);
        for (int i = 0; i < inputs.Length; i++) runner[inputs[i]].CopyFrom(values[i]);
        var random = new Random(2);
        for (int i = 0; i < runner[seed].Values.Length; i++) runner[seed].Values[i] = random.NextDouble() * 2 - 1;
        double[] r = runner[seed].Values;
        runner.Run();

        return Compare(
            [.. targets.Select((input, i) => (input.Name, runner[input].Values, Copy(runner, gradients[i])))],
            () =>
            {
                var y = CaseRunner.Reference(testCase, [.. inputs.Select(i => runner[i])]);
                return y[0].Values.Zip(r, (a, b) => a * b).Sum();
            },
            perInput);
    }

    /// <summary>Checks a whole network: the gradient of a scalar loss for some elements of every parameter.</summary>
    /// <param name="prepare">Fills the inputs of the graph.</param>
    public static Comparison Check(Graph graph, Tensor loss, Action<ReferenceRunner<double>> prepare, int perParameter = 2, ulong seed = 1)
    {
        var parameters = graph.Parameters.ToArray();
        int forward = graph.Nodes.Count;
        var one = graph.Input("loss.gradient", loss.Spec);
        var gradients = graph.Gradients(new Dictionary<Tensor, Tensor> { [loss] = one }, parameters);
        var runner = new ReferenceRunner<double>(graph, seed);
        prepare(runner);
        runner[one].Values[0] = 1;
        runner.Run();
        double[]?[] analytic = [.. gradients.Select(g => Copy(runner, g))];
        return Compare(
            [.. parameters.Select((p, i) => (p.Name, runner[p].Values, analytic[i]))],
            () =>
            {
                runner.Run(forward);
                return runner[loss].Values[0];
            },
            perParameter);
    }

    private static double[]? Copy(ReferenceRunner<double> runner, Tensor? gradient) => gradient is null ? null : [.. runner[gradient].Values];

    private static Comparison Compare(IReadOnlyList<(string Name, double[] Values, double[]? Analytic)> variables, Func<double> loss, int perVariable)
    {
        if (variables.Count == 0) return new Comparison(double.PositiveInfinity, "there is nothing to differentiate by");
        var random = new Random(3);
        var worst = new Comparison(0, "");
        foreach (var (name, values, analytic) in variables)
        {
            if (analytic is null) return new Comparison(double.PositiveInfinity, $"{name} has no gradient");
            for (int k = 0; k < Math.Min(perVariable, values.Length); k++)
            {
                int i = values.Length <= perVariable ? k : random.Next(values.Length);
                double kept = values[i];
                values[i] = kept + Epsilon;
                double above = loss();
                values[i] = kept - Epsilon;
                double below = loss();
                values[i] = kept;
                double numeric = (above - below) / (2 * Epsilon);
                double share = Math.Abs(analytic[i] - numeric) / (Absolute + Relative * Math.Abs(numeric));
                if (!(share <= worst.Share))
                    worst = new Comparison(
                        double.IsNaN(share) ? double.PositiveInfinity : share, $"{name}[{i}]: gradient {analytic[i]:G9}, difference {numeric:G9}");
            }
        }
        return worst;
    }
}
