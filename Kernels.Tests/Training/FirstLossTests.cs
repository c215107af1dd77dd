using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using FcnFromScratch.Training.Tasks.Classify;
using FcnFromScratch.Training.Tasks.Detect;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>
/// The first losses of every network by its recipe, as they always were: another constant of a layer, another initialisation, other data or another order
/// of it, and they are others. They are known to rounding, which differs from machine to machine.
/// </summary>
public sealed class FirstLossTests
{
    /// <summary>Of the first three steps: the second knows the gradients, the third the optimizer too.</summary>
    private static readonly Dictionary<string, double[]> s_losses = new()
    {
        ["fcn8-fine"] = [0.3599780, 0.3265068, 0.6806435],
        ["fcn8"] = [0.3599780, 0.3369280, 0.4903492],
        ["fcn8-slim"] = [0.3599780, 0.3316690, 0.5648996],
        ["fcn8-2x2"] = [0.4825915, 0.4164984, 0.6961956],
        ["cnn"] = [3.054101, 3.690835, 2.984853],
        ["cnn-slim"] = [3.355926, 2.203351, 3.398341],
        ["mlp"] = [3.906517, 2.409889, 3.315596],
        ["grid"] = [2.169162, 2.074933, 2.071657],
        ["grid-wide"] = [2.063764, 1.974508, 2.018803],
    };

    /// <summary>All that learn.</summary>
    public static TheoryData<string> Networks => [.. Models.All.Where(model => model.Kept is null).Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_begins_as_it_always_did(string model)
    {
        using var device = new CpuDevice(2);
        ITask task = Tasks.All.Single(task => task.Models.Any(m => m.Name == model));
        var arguments = new Arguments(task).On(device).With(Parameters.Model, model).With(Parameters.Batch, 8).With(Parameters.Seed, 1UL);
        // 25 pictures of 36 are trained on, or 24 digits of 40, or 24 scenes: three steps an epoch.
        var data = task switch
        {
            SegmentTask segment => segment.Open(M2nistComposer.Procedural(36, seed: 3), "tests", arguments, (_, _) => ProceduralDigits.Source),
            ClassifyTask classify => classify.Open(ProceduralDigits.Make(40, 3), 30, "tests", "tests", arguments, ProceduralDigits.Source),
            DetectTask detect => detect.OpenScenes(ProceduralDigits.Make(40, 3), 30, "tests", "tests", arguments.With(DetectParameters.Scenes, 24)),
            _ => throw new NotSupportedException($"give {task.Name} a few pictures of its own here"),
        };
        using var trainer = new Trainer(arguments, data, device);
        using var source = new CancellationTokenSource();
        var observer = new FirstEpoch(source);
        trainer.Run(observer, source.Token);
        double[] before = s_losses[model];
        // Without AVX2 the losses of all others differ by 1e-5 at most, and the cnn's by 9e-5.
        double tolerance = model == "cnn" ? 1e-3 : 1e-4;
        Assert.True(
            observer.Losses.Count == before.Length && before.Zip(observer.Losses).All(pair => Math.Abs(pair.Second - pair.First) <= tolerance * pair.First),
            $"{string.Join(' ', observer.Losses)}; they always were {string.Join(' ', before)}");
    }

    private sealed class FirstEpoch(CancellationTokenSource source) : SmallRuns.Observer
    {
        public override void Epoch(EpochResult result, bool isBest)
        {
            base.Epoch(result, isBest);
            source.Cancel();
        }
    }
}
