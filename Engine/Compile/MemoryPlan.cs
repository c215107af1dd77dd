namespace FcnFromScratch.Engine;

/// <summary>
/// Places blocks of known lifetime in one arena so that blocks alive at the same time never overlap. Largest first, each at the lowest
/// offset that is free for all its life: greedy by size (Pisarchyk and Lee 2020, section 4.2).
/// </summary>
internal static class MemoryPlan
{
    /// <summary>A block in bytes, alive from step <paramref name="First"/> to step <paramref name="Last"/>, both included.</summary>
    public readonly record struct Block(long Bytes, int First, int Last);

    /// <returns>The offset of each block, and the size of the arena.</returns>
    public static (long[] Offsets, long Bytes) Place(IReadOnlyList<Block> blocks, int alignment)
    {
        var offsets = new long[blocks.Count];
        long end = 0;
        var placed = new List<int>(); // by offset
        foreach (int i in Enumerable.Range(0, blocks.Count).OrderByDescending(i => blocks[i].Bytes).ThenBy(i => i))
        {
            long offset = 0;
            foreach (int j in placed)
            {
                if (blocks[j].Last < blocks[i].First || blocks[j].First > blocks[i].Last) continue;
                if (offset + blocks[i].Bytes <= offsets[j]) break;
                offset = Math.Max(offset, Align(offsets[j] + blocks[j].Bytes, alignment));
            }
            offsets[i] = offset;
            int position = placed.FindIndex(j => offsets[j] > offset);
            placed.Insert(position < 0 ? placed.Count : position, i);
            end = Math.Max(end, offset + blocks[i].Bytes);
        }
        return (offsets, end);
    }

    public static long Align(long bytes, int alignment) => (bytes + alignment - 1) / alignment * alignment;
}
