using System.Globalization;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>The moving average of the weights: what it is, where it is kept, and that training goes its way without it.</summary>
public sealed class AverageTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(2);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    private Arguments Asked(int steps) => SmallRuns.Arguments(_device)
        .With(Parameters.Epochs, 1).With(Parameters.Steps, steps).With(Parameters.Schedule, "constant").With(Parameters.LearningRate, 0.02);

    private void Run(string name, Arguments arguments)
    {
        using var folder = RunFolder.Create(_folder[name], existOk: false);
        Assert.NotNull(new Run(arguments, SmallRuns.Open(arguments), folder).Train(new SmallRuns.Observer()));
    }

    private SafetensorsFile Weights(string run, string which) => SafetensorsFile.Read(_folder[$"{run}/weights/{which}.safetensors"]);

    [Fact]
    public void The_best_weights_are_the_average_of_the_steps_and_the_last_are_the_steps_own()
    {
        for (int steps = 1; steps <= 4; steps++) Run($"{steps}", Asked(steps));
        Run("averaged", Asked(4).With(Parameters.Average, 0.15));
        SafetensorsFile best = Weights("averaged", "best"), last = Weights("averaged", "last"), without = Weights("4", "last");
        var states = new List<string>();
        bool isOther = false;
        foreach (var tensor in without.Tensors.Where(t => !t.Name.StartsWith("optimizer.", StringComparison.Ordinal)))
        {
            // Training itself does not know of it.
            float[] live = tensor.ToFloats(), average = best.Find(tensor.Name)!.ToFloats();
            Assert.Equal(live, last.Find(tensor.Name)!.ToFloats());
            if (last.Find($"optimizer.average.{tensor.Name}") is not { } kept)
            {
                states.Add(tensor.Name);
                Assert.Equal(live, average);
                continue;
            }
            Assert.Equal(average, kept.ToFloats());
            isOther |= !average.SequenceEqual(live);
            float[][] at = [.. Enumerable.Range(1, 4).Select(step => Weights($"{step}", "last").Find(tensor.Name)!.ToFloats())];
            for (int i = 0; i < live.Length; i++)
            {
                double expected = at[0][i];
                foreach (var (decay, step) in new[] { (0.1, 1), (0.15, 2), (0.15, 3) }) expected = decay * expected + (1 - decay) * at[step][i];
                Assert.Equal(expected, average[i], 1e-6 * Math.Max(1, Math.Abs(expected)));
            }
        }
        Assert.True(isOther);
        Assert.NotEmpty(states);
        Assert.All(states, name => Assert.Contains(".running_", name));
        Assert.DoesNotContain(without.Tensors, t => t.Name.Contains("average", StringComparison.Ordinal));
    }

    [Fact]
    public void Validation_and_test_are_of_the_average()
    {
        var arguments = Asked(7).With(Parameters.Average, 0.9);
        Run("run", arguments);
        using var weights = FcnFromScratch.Training.Weights.Open(
            _folder["run/weights/best.safetensors"], SmallRuns.Narrow.Name, _device, [SmallRuns.Task]);
        var data = SmallRuns.Open(arguments);
        using var evaluator = new SegmentationEvaluator(weights.Model, data.Settings, weights.Variables, data.Training.Spec, 4);
        string[] names = File.ReadLines(_folder["run/results.csv"]).First().Split(','), row = File.ReadLines(_folder["run/results.csv"]).Last().Split(',');
        double told = double.Parse(row[Array.IndexOf(names, "val/loss")], CultureInfo.InvariantCulture);
        Assert.Equal(evaluator.Evaluate(data.Samples(data.Split.Validation)).Loss, told, 1e-12);

        // Another than that of the weights themselves.
        Checkpoint.Load(_folder["run/weights/last.safetensors"], weights.Variables);
        Assert.NotEqual(told, evaluator.Evaluate(data.Samples(data.Split.Validation)).Loss, 1e-6);
    }

    [Fact]
    public void Before_the_first_step_the_average_is_the_weights()
    {
        Run("begun", Asked(0).With(Parameters.Epochs, 0).With(Parameters.Average, 0.9));
        Run("without", Asked(0).With(Parameters.Epochs, 0));
        foreach (var tensor in Weights("without", "best").Tensors)
            Assert.Equal(tensor.ToFloats(), Weights("begun", "best").Find(tensor.Name)!.ToFloats());
    }
}
