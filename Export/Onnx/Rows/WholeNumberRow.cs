using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>What computes with sizes: done while a file is read, since a graph of ours is made for one size.</summary>
internal sealed class WholeNumberRow : OnnxRow
{
    public override IReadOnlyList<string> Reads => ["Shape", "Constant", "Neg", "Mod", "Div", "Concat"];

    public override Operand Read(OnnxNode node) => Computed(node);

    /// <exception cref="Data.DataException">It computes with something else than known whole numbers.</exception>
    public static HostTensor Computed(OnnxNode node)
    {
        switch (node.Type)
        {
            case "Constant":
                return node.Given();
            case "Shape":
                int[] dims = node.Value(0).Dims;
                int rank = dims.Length, start = Place(node.Whole("start", 0)), end = Place(node.Whole("end", rank));
                return Vector([.. dims.Skip(start).Take(end - start).Select(size => (long)size)]);

                int Place(long named) => (int)Math.Clamp(named < 0 ? named + rank : named, 0, rank);
            case "Neg":
                return Each(node.Longs(0), [0], (a, _) => -a);
            case "Add":
                return Each(node.Longs(0), node.Longs(1), (a, b) => a + b);
            case "Div":
                return Each(node.Longs(0), node.Longs(1), (a, b) => b == 0 ? throw node.Refused("it divides by 0") : b == -1 ? -a : a / b);
            case "Mod":
                node.Expect("fmod", 0);
                return Each(node.Longs(0), node.Longs(1), (a, b) => b == 0 ? throw node.Refused("it divides by 0") : b == -1 ? 0 : (a % b + b) % b);
            default:
                if (node.Whole("axis", 0) is not (0 or -1)) throw node.Refused("its axis is not 0");
                return Vector([.. Enumerable.Range(0, node.InputCount).SelectMany(node.Longs)]);
        }

        HostTensor Each(long[] a, long[] b, Func<long, long, long> f)
        {
            int count = Math.Max(a.Length, b.Length);
            if (a.Length != count && a.Length != 1 || b.Length != count && b.Length != 1) throw node.Refused($"it joins {a.Length} numbers to {b.Length}");
            return Vector([.. Enumerable.Range(0, count).Select(i => f(a[a.Length == 1 ? 0 : i], b[b.Length == 1 ? 0 : i]))]);
        }

        static HostTensor Vector(long[] values) => new([values.Length], null, values);
    }
}
