namespace FcnFromScratch.Data;

/// <summary>Which images train, validate and test: indices, each list ascending, together all images once.</summary>
public sealed record Split(int[] Train, int[] Validation, int[] Test)
{
    /// <summary>Images that can be divided at least: of fewer a part of the smallest share could be empty.</summary>
    public const int Smallest = 25;

    /// <summary>70 / 10 / 20 % by a permutation of the seed: 3500 / 500 / 1000 of 5000.</summary>
    public static Split BySeed(int count, ulong seed) => Divide(count, seed, trainPercent: 70, testPercent: 20);

    /// <summary>80 / 16 / 4 % by a permutation of the seed: 4000 / 800 / 200 of 5000, the sizes of the reference notebooks.</summary>
    public static Split Reference(int count, ulong seed) => Divide(count, seed, trainPercent: 80, testPercent: 4);

    /// <summary>The first <paramref name="train"/> images, less some by a permutation of the seed that validate, and all that come after to test.</summary>
    /// <exception cref="DataException">Nothing would be left to train on.</exception>
    public static Split HoldOut(int train, int validation, int test, ulong seed)
    {
        if (validation >= train) throw new DataException($"{validation} of {train} training images are held back for validation; leave some to train on.");
        var order = Permutation(train, seed);
        return Sorted(order[validation..], order[..validation], [.. Enumerable.Range(train, test)]);
    }

    /// <summary>A fifth by a permutation of the seed to test on, and of the others so many to validate on, at most a fifth of them.</summary>
    /// <exception cref="DataException">They are too few.</exception>
    public static Split Fifths(int count, int validation, ulong seed)
    {
        ExpectEnough(count);
        var order = Permutation(count, seed);
        int test = count / 5, held = Math.Min(validation, (count - test) / 5);
        return Sorted(order[(test + held)..], order[test..(test + held)], order[..test]);
    }

    private static Split Divide(int count, ulong seed, int trainPercent, int testPercent)
    {
        ExpectEnough(count);
        var order = Permutation(count, seed);
        int train = (int)((long)count * trainPercent / 100), test = (int)((long)count * testPercent / 100);
        return Sorted(order[..train], order[train..^test], order[^test..]);
    }

    private static void ExpectEnough(int count)
    {
        if (count < Smallest) throw new DataException($"{count} images are too few to split; at least {Smallest} are needed.");
    }

    private static int[] Permutation(int count, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        var random = new CounterRandom(seed, RandomStream.Split);
        random.Shuffle<int>(order);
        return order;
    }

    private static Split Sorted(int[] train, int[] validation, int[] test)
    {
        Split split = new(train, validation, test);
        Array.Sort(split.Train);
        Array.Sort(split.Validation);
        Array.Sort(split.Test);
        return split;
    }
}
