using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>What a training run is, apart from its data and device.</summary>
public sealed record TrainingOptions
{
    public required Model Model { get; init; }
    public int Epochs { get; init; } = 10;

    /// <summary>Epochs added to a run later, each time with a schedule of their own.</summary>
    public IReadOnlyList<int> Extensions { get; init; } = [];

    /// <summary>Stops after this many steps; 0 runs all epochs.</summary>
    public int Steps { get; init; }
    public int Batch { get; init; } = 16;
    public double LearningRate { get; init; } = 1.6e-2;
    public string Schedule { get; init; } = "one-cycle";
    public string Optimizer { get; init; } = "adam";
    public float Dropout { get; init; } = 0.5f;
    public ulong Seed { get; init; }
    public bool Sequential { get; init; }

    /// <summary>The share of training images, 0 … 1, that every epoch composes anew from single digits.</summary>
    public double Augment { get; init; }

    /// <summary>Stops after this many epochs without a better validation; 0 never does.</summary>
    public int Patience { get; init; }

    /// <summary>Starts the last biases at the logarithm of the classes' shares, so that the net need not first learn that most pixels are background.</summary>
    public bool PriorBias { get; init; } = true;

    /// <summary>Whether each epoch ends with the validation images and the run with the test images; off for timing and step-by-step comparisons.</summary>
    public bool Evaluate { get; init; } = true;

    /// <summary>How many nodes of the first steps are recomputed by the double reference; the first mismatch stops the run.</summary>
    public int VerifyKernels { get; init; }

    /// <summary>A safetensors file to start from.</summary>
    public string? Init { get; init; }

    /// <summary>The learning rate over the run: one cycle for the epochs it began with, another for each extension.</summary>
    public Schedule Schedules(int stepsPerEpoch)
    {
        long all = (long)Epochs * stepsPerEpoch;
        long[] cycles = [Steps > 0 ? Math.Min(Steps, all) : all, .. Extensions.Select(e => (long)e * stepsPerEpoch)];
        return cycles.Sum() <= int.MaxValue ? new Schedule(Schedule, LearningRate, [.. cycles.Select(c => (int)c)])
            : throw new EngineException($"{Epochs + Extensions.Sum(e => (long)e):N0} epochs of {stepsPerEpoch:N0} steps are {cycles.Sum():N0} steps; at most {int.MaxValue:N0} can be counted: choose fewer --epochs or a larger --batch");
    }

    /// <summary>The epoch after which the cycle of the schedule that <paramref name="epoch"/> ends in began.</summary>
    internal int CycleStart(int epoch)
    {
        int start = 0, end = Epochs;
        foreach (int extension in Extensions)
            if (epoch >= end) (start, end) = (end, end + extension);
        return start;
    }
}
