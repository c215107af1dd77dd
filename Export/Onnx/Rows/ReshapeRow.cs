using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>What gives the same elements in the same order other dimensions, or changes nothing after training. Nothing of ours is computed for it.</summary>
internal sealed class ReshapeRow : OnnxRow
{
    public override IReadOnlyList<string> Reads => ["Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Dropout"];

    public override Operand Read(OnnxNode node)
    {
        var x = node.Value(0);
        int rank = x.Dims.Length;
        switch (node.Type)
        {
            case "Flatten":
                // A negative one counts from the end; the end itself is the rank.
                long given = node.Whole("axis", 1);
                int axis = given == rank ? rank : (int)Axis(given, rank);
                return x with { Dims = [Product(x.Dims[..axis]), Product(x.Dims[axis..])] };
            case "Reshape":
                return x with { Dims = Reshaped(node, x, node.Longs(1), node.Whole("allowzero", 0) != 0) };
            case "Squeeze":
                var gone = Axes()?.Select(a => Axis(a, rank)).ToHashSet() ?? [.. Enumerable.Range(0, rank).Where(i => x.Dims[i] == 1).Select(i => (long)i)];
                if (gone.Any(a => x.Dims[a] != 1)) throw node.Refused($"it drops an axis of {x} that has more than one place");
                return x with { Dims = [.. x.Dims.Where((_, i) => !gone.Contains(i))] };
            case "Unsqueeze":
                long[] axes = Axes() ?? throw node.Refused("it names no axes");
                var added = axes.Select(a => Axis(a, rank + axes.Length)).ToHashSet();
                if (added.Count != axes.Length) throw node.Refused("it names an axis twice");
                var left = new Queue<int>(x.Dims);
                return x with { Dims = [.. Enumerable.Range(0, rank + axes.Length).Select(i => added.Contains(i) ? 1 : left.Dequeue())] };
            case "Dropout":
                node.ExpectTrained();
                node.Ignore("ratio");
                node.Ignore("seed");
                if (node.Has(1)) node.Constant(1);
                if (node.Has(2) && node.Constant(2).Longs is not [0]) throw node.Refused("it is in training");
                return x;
            default:
                return x;
        }

        // An input since opset 13, an attribute before.
        long[]? Axes() => node.Opset >= 13 ? node.Has(1) ? node.Longs(1) : null : node.Wholes("axes");

        long Axis(long named, int count) => named < -count || named >= count ? throw node.Refused($"axis {named} is none of {count}")
            : named < 0 ? named + count : named;
    }

    private static int[] Reshaped(OnnxNode node, Value x, long[] dims, bool zeroIsZero)
    {
        long[] sizes = [.. dims.Select((size, i) => size == 0 && !zeroIsZero ? i < x.Dims.Length ? x.Dims[i] : -2 : size)];
        long count = x.Tensor.Shape.Count, known = 1;
        foreach (long size in sizes)
            if (size != -1) known = size < 0 || (size > 0 && known > int.MaxValue / size) ? -1 : known * size;
        int open = Array.IndexOf(sizes, -1);
        if (open >= 0 && known > 0 && count % known == 0) (sizes[open], known) = (count / known, count);
        bool fits = known == count && sizes.All(size => size is >= 0 and <= int.MaxValue);
        return fits ? Array.ConvertAll(sizes, size => (int)size) : throw node.Refused($"[{string.Join(",", dims)}] is not {x} in another form");
    }

    private static int Product(ReadOnlySpan<int> sizes)
    {
        int product = 1;
        foreach (int size in sizes) product *= size;
        return product;
    }
}
