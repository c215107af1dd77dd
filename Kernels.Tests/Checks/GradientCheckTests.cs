using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Checks;

/// <summary>The verb check on gradients: it tells a right one from a wrong one, and both from none.</summary>
public sealed class GradientCheckTests
{
    /// <summary>y = a + b, with the gradients it is told.</summary>
    private sealed class Sum(Func<Graph, Tensor, Tensor?[]> gradient) : Op
    {
        public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];
        public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) => gradient(graph, dy[0]!);
        public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y) => new SkipAdd().Reference(x, y);
        public override void Record(Recorder r) => throw new NotSupportedException();
    }

    private static Comparison Check(Func<Graph, Tensor, Tensor?[]> gradient, params int[] constants) =>
        GradientCheck.Check(OpCase.Of("sum", new Sum(gradient), 2, (new Shape(5), Fill.Default), (new Shape(5), Fill.Default)) with { Constants = constants });

    [Fact]
    public void A_gradient_that_is_right_holds() => Assert.True(Check((_, dy) => [dy, dy]).Holds);

    [Fact]
    public void A_gradient_that_is_wrong_fails_and_is_named()
    {
        var comparison = Check((graph, dy) => [dy, graph.Apply(new SkipAdd(), "twice", dy, dy)]);
        Assert.False(comparison.Holds);
        Assert.StartsWith("x1[", comparison.Message);
    }

    [Fact]
    public void A_gradient_that_is_no_number_fails_and_is_named()
    {
        float[] none = [.. Enumerable.Repeat(float.NaN, 5)];
        var comparison = Check((graph, dy) => [dy, graph.Parameter("none", new Shape(5), new Initializer.Values(none))]);
        Assert.False(comparison.Holds);
        Assert.StartsWith("x1[", comparison.Message);
    }

    [Fact]
    public void A_gradient_that_is_missing_fails()
    {
        var comparison = Check((_, dy) => [dy, null]);
        Assert.False(comparison.Holds);
        Assert.Equal("x1 has no gradient", comparison.Message);
        Assert.True(Check((_, dy) => [dy, null], constants: 1).Holds);
    }

    [Fact]
    public void A_check_of_nothing_fails() => Assert.False(Check((_, _) => [null, null], 0, 1).Holds);

    [Fact]
    public void A_parameter_that_the_loss_does_not_reach_fails()
    {
        var graph = new Graph(training: true);
        graph.Parameter("idle", new Shape(2), Initializer.Ones);
        var used = graph.Parameter("used", new Shape(1), Initializer.Ones);
        var loss = graph.Apply(new SkipAdd(), "loss", used, used);
        var comparison = GradientCheck.Check(graph, loss, _ => { });
        Assert.False(comparison.Holds);
        Assert.Equal("idle has no gradient", comparison.Message);
    }
}
