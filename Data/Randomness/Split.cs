namespace FcnFromScratch.Data;

/// <summary>Which images train, validate and test: indices, each list ascending, together all images once.</summary>
public sealed record Split(int[] Train, int[] Validation, int[] Test)
{
    private const int Smallest = 25; // below it a part of the smallest share could be empty

    /// <summary>70 / 10 / 20 % by a permutation of the seed: 3500 / 500 / 1000 of 5000.</summary>
    public static Split BySeed(int count, ulong seed) => Divide(count, seed, trainPercent: 70, testPercent: 20);

    /// <summary>80 / 16 / 4 % by a permutation of the seed: 4000 / 800 / 200 of 5000, the sizes of the reference notebooks.</summary>
    public static Split Reference(int count, ulong seed) => Divide(count, seed, trainPercent: 80, testPercent: 4);

    private static Split Divide(int count, ulong seed, int trainPercent, int testPercent)
    {
        if (count < Smallest) throw new DataException($"{count} images are too few to split; at least {Smallest} are needed.");
        var order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        var random = new CounterRandom(seed, RandomStream.Split);
        random.Shuffle<int>(order);

        int train = (int)((long)count * trainPercent / 100), test = (int)((long)count * testPercent / 100);
        Split split = new(order[..train], order[train..^test], order[^test..]);
        Array.Sort(split.Train);
        Array.Sort(split.Validation);
        Array.Sort(split.Test);
        return split;
    }
}
