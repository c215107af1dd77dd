namespace FcnFromScratch.Data;

/// <summary>
/// Lines that paper has before anything is written on it and that hang together: squares, rules with a margin, a frame around what is written.
/// A mark of them is as large as the page and would be taken for one digit, or for a part of every digit that lies in it.
/// </summary>
internal static class Ruling
{
    /// <summary>Pieces of like size that a mark leaves of its box: an 8 leaves eight (two holes, four corners, two waists).</summary>
    private const int LeastPieces = 9;

    /// <summary>Of the parts of a picture, those that are ruling.</summary>
    public static HashSet<Region> Of(InkLayer ink, IReadOnlyList<Region> parts)
    {
        var rulings = new HashSet<Region>();
        // The largest first, and no more of them than a few looks at the whole picture take.
        long budget = 8L * ink.Pixels.Length;
        foreach (var part in parts.Where(MayBe).OrderByDescending(part => part.Area))
        {
            if ((budget -= part.Area) < 0) break;
            if (IsFrame(ink, part, parts) || HasSquares(ink, part)) rulings.Add(part);
        }
        return rulings;
    }

    /// <summary>Large, of thin lines, and not long and thin itself.</summary>
    private static bool MayBe(Region part) => Math.Min(part.Width, part.Height) >= 2 * DigitFinder.Smallest && part.Pixels < 0.5 * part.Area;

    /// <summary>Whether it runs around all of its box, as no written 0 does, and something lies in it that is large enough to be a digit.</summary>
    private static bool IsFrame(InkLayer ink, Region part, IReadOnlyList<Region> parts)
    {
        int least = Math.Max(DigitFinder.Smallest, Math.Min(part.Width, part.Height) / 16);
        return parts.Any(inside => Math.Max(inside.Width, inside.Height) >= least && inside.XMin > part.XMin && inside.YMin > part.YMin
            && inside.XMax < part.XMax && inside.YMax < part.YMax) && Outline.Of(ink, part).Count >= 0.88 * part.Area;
    }

    /// <summary>Whether it cuts most of its box into many pieces, the ninth of them no smaller than an eighth of the first.</summary>
    private static bool HasSquares(InkLayer ink, Region part)
    {
        // Its box turned around: what is no ink there are the pieces.
        var ground = new byte[part.Width * part.Height];
        for (int i = 0; i < ground.Length; i++)
            ground[i] = (byte)(1 - ink.IsInk[(part.YMin + i / part.Width) * ink.Width + part.XMin + i % part.Width]);
        int[] pieces = [.. Region.Find(ground, part.Width, ground: 0).Select(piece => piece.Pixels).OrderDescending()];
        return pieces.Length >= LeastPieces && pieces[LeastPieces - 1] >= pieces[0] / 8
            && pieces.Where(piece => piece >= pieces[0] / 8).Sum() >= 0.5 * part.Area;
    }
}
