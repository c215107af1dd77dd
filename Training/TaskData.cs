using FcnFromScratch.Data;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>A set of real data that a data folder may hold.</summary>
/// <param name="Next">What to do to get it into a folder.</param>
/// <param name="IsThere">Whether a folder holds it, or part of it.</param>
/// <param name="Describe">What is in it. Throws <see cref="DataException"/> where it cannot be used.</param>
public sealed record DataSet(string Name, Func<string, string> Next, Func<string, bool> IsThere, Func<string, DataSummary> Describe);

/// <summary>Layers that learn at a share of the learning rate.</summary>
/// <param name="Variables">Their names; the first of the network.</param>
/// <param name="Share">Of an epoch, counted from 0: 0 … 1.</param>
public sealed record HeldBack(IReadOnlySet<string> Variables, Func<int, double> Share);

/// <summary>The data of a run.</summary>
public sealed record TaskData
{
    /// <summary>As reports name it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is and where it came from, for people.</summary>
    public required string Source { get; init; }

    /// <summary>What lies among the data and is not taken, each in a line that says why.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Of the content, in lower-case hexadecimal; a run goes on with the same only.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Which of the set's samples are in each part.</summary>
    public required Split Split { get; init; }

    /// <exception cref="DataException">There is nothing to train on.</exception>
    public void ExpectTraining()
    {
        if (Split.Train.Length == 0)
            throw new DataException($"{Source} has {Split.Test.Length} images, too few to split; at least {Split.Smallest} are needed to train on.");
    }

    /// <summary>Whether test samples are a set of their own, which no way of dividing the others touches.</summary>
    public bool HasOwnTest { get; init; }

    /// <summary>Some of the set's samples, by their numbers, as they are.</summary>
    public required Func<IReadOnlyList<int>, ISampleSource> Samples { get; init; }

    /// <summary>What is trained on: <see cref="Split.Train"/>, or what each epoch makes of it.</summary>
    public required ISampleSource Training { get; init; }

    /// <summary>What the network's outputs stand for, in order.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>What the network is told.</summary>
    public required NetworkSettings Settings { get; init; }

    /// <summary>First values of variables that are made of the data itself, by name.</summary>
    public IReadOnlyDictionary<string, Func<float[]>> Values { get; init; } = new Dictionary<string, Func<float[]>>();

    /// <summary>What begins with values that are good already, and is to be changed less than the rest; null where all learn alike.</summary>
    public HeldBack? Held { get; init; }

    /// <summary>Makes what finds the variables in the data where nothing is trained; null where there is nothing to find.</summary>
    public Func<ISolver>? Solver { get; init; }

    /// <summary>Tells apart what training samples are made anew from; null where they are taken as they are.</summary>
    public string? Augmentation { get; init; }

    /// <summary>What training goes through, from the easy to the hard, each with the epochs before it; empty where it is the same all along.</summary>
    public IReadOnlyList<(string Name, double From)> Stages { get; init; } = [];

    /// <summary>How samples are made anew, for people; empty where they are not.</summary>
    public string Remark { get; init; } = "";
}
