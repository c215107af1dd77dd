namespace FcnFromScratch.Data;

/// <summary>A digit in a picture: the box of its ink, both ends inside, and its pixels in MNIST's form, [28, 28].</summary>
public sealed record FoundDigit(int XMin, int YMin, int XMax, int YMax, byte[] Pixels);

/// <summary>What is written in a picture, and what was left out of it.</summary>
/// <param name="Digits">From left to right, then from top to bottom.</param>
/// <param name="Specks">Marks too small to be digits beside those that are there.</param>
/// <param name="Lines">Marks too long and thin.</param>
/// <param name="Textures">Marks of much ink and no stroke: noise, a pattern, cloth.</param>
public sealed record FoundDigits(IReadOnlyList<FoundDigit> Digits, int Specks = 0, int Lines = 0, int Textures = 0);

/// <summary>
/// Finds the digits in a picture of any size and brings each into MNIST's form. Ink that hangs together is a part of a digit; parts that lie one above the
/// other with little between them, as the bar of a 5 does, are one digit. Digits that touch are taken for one.
/// </summary>
public static class DigitFinder
{
    /// <summary>Digits of fewer pixels, along their longer side, cannot be told from dirt.</summary>
    public const int Smallest = 8;

    /// <param name="pixels">[height, width], light ink; is not changed.</param>
    /// <param name="keepGround">Whether it is as it should be: black.</param>
    public static FoundDigits Find(byte[] pixels, int width, bool keepGround)
    {
        var ink = InkLayer.Of(pixels, width, keepGround);
        byte[] isInk = Array.ConvertAll(ink.Pixels, pixel => (byte)(pixel > ink.Threshold ? 1 : 0));
        var parts = Region.Find(isInk, width, ground: 0);
        if (IsNoise(parts)) return new([], Textures: 1);
        Region[] strokes = [.. parts.Where(part => Wide(part) <= 8 * High(part))];
        if (strokes.Length == 0) return new([], Lines: parts.Count);
        double typical = TypicalSide(strokes);
        var digits = new List<FoundDigit>();
        // The bar of a 5 may be as flat as a line that is drawn under digits, but it is not as long.
        int specks = 0, lines = parts.Count(part => Wide(part) > 8 * High(part) && Wide(part) > 1.5 * typical), textures = 0;
        Region[] others = [.. parts.Where(part => Wide(part) <= 8 * High(part) || Wide(part) <= 1.5 * typical)];
        foreach (var (box, members) in Grouped(others, typical))
        {
            int side = Math.Max(Wide(box), High(box));
            if (side < Math.Max(Smallest, 0.3 * typical)) specks++;
            else if (Wide(box) > 3 * High(box) || High(box) > 12 * Wide(box)) lines++;
            else if (IsTexture(isInk, width, box)) textures++;
            else digits.Add(new(box.XMin, box.YMin, box.XMax, box.YMax, DigitForm.Of(CutOut(ink, isInk, box, members), Wide(box) + 2)));
        }
        return new([.. digits.OrderBy(d => d.XMin).ThenBy(d => d.YMin)], specks, lines, textures);
    }

    /// <summary>Whether much of the ink is in specks: dust beside digits is little of it.</summary>
    private static bool IsNoise(IReadOnlyList<Region> parts)
    {
        Region[] specks = [.. parts.Where(part => Math.Max(Wide(part), High(part)) < Smallest)];
        return specks.Length > 20 && 5 * specks.Sum(part => (long)part.Pixels) > parts.Sum(part => (long)part.Pixels);
    }

    /// <summary>
    /// Whether ink that fills much of its box has too much edge: strokes that cover a fifth of a box and cross it a few times are a fifteenth of its side
    /// wide or more, twice their ink by their edges.
    /// </summary>
    private static bool IsTexture(byte[] isInk, int width, Region box)
    {
        long ink = 0, edges = 0;
        for (int y = box.YMin; y <= box.YMax; y++)
            for (int x = box.XMin; x <= box.XMax; x++)
            {
                int at = y * width + x;
                ink += isInk[at];
                if (x > box.XMin && isInk[at] != isInk[at - 1]) edges++;
                if (y > box.YMin && isInk[at] != isInk[at - width]) edges++;
            }
        return 5 * ink > (long)Wide(box) * High(box) && 2.0 * ink / Math.Max(1, edges) < Math.Max(Wide(box), High(box)) / 25.0;
    }

    private static int Wide(Region region) => region.XMax - region.XMin + 1;

    private static int High(Region region) => region.YMax - region.YMin + 1;

    /// <summary>The longer side of the region that the middle pixel of all ink is in: specks are many, but have little ink.</summary>
    private static double TypicalSide(IReadOnlyList<Region> regions)
    {
        var bySide = regions.Select(r => (Side: Math.Max(Wide(r), High(r)), r.Pixels)).OrderBy(r => r.Side).ToArray();
        long half = bySide.Sum(r => (long)r.Pixels) / 2;
        int i = 0;
        while ((half -= bySide[i].Pixels) > 0) i++;
        return bySide[i].Side;
    }

    /// <summary>Joins the parts of a digit.</summary>
    private static List<(Region Box, List<Region> Members)> Grouped(IReadOnlyList<Region> parts, double typical)
    {
        var groups = parts.Select(part => (Box: part, Members: new List<Region> { part })).ToList();
        for (bool isJoined = true; isJoined;)
        {
            isJoined = false;
            for (int i = 0; i < groups.Count; i++)
                for (int j = groups.Count - 1; j > i; j--)
                    if (BelongTogether(groups[i].Box, groups[j].Box, typical))
                    {
                        groups[i] = (groups[i].Box.With(groups[j].Box), [.. groups[i].Members, .. groups[j].Members]);
                        groups.RemoveAt(j);
                        isJoined = true;
                    }
        }
        return groups;
    }

    private static bool BelongTogether(Region a, Region b, double typical)
    {
        int beside = Math.Min(a.XMax, b.XMax) - Math.Max(a.XMin, b.XMin) + 1, above = Math.Max(a.YMin, b.YMin) - Math.Min(a.YMax, b.YMax) - 1;
        var both = a.With(b);
        return beside >= 0.5 * Math.Min(Wide(a), Wide(b)) && above <= 0.25 * typical && Math.Max(Wide(both), High(both)) <= 1.4 * typical;
    }

    /// <summary>The ink of a digit's parts, and its soft edge, without what others have in its box: [height, width] of the box and a pixel around it.</summary>
    private static byte[] CutOut(InkLayer ink, byte[] isInk, Region box, List<Region> members)
    {
        int width = Wide(box), height = High(box), pictureHeight = ink.Pixels.Length / ink.Width;
        var cut = new byte[(width + 2) * (height + 2)];
        var seen = new bool[width * height];
        var boxes = members.ToHashSet();
        var part = new List<int>();
        for (int start = 0; start < seen.Length; start++)
        {
            if (seen[start] || !IsInk(start)) continue;
            // A flood, which takes the numbers of its pixels with it.
            part.Clear();
            Visit(start);
            var found = new Region(1, int.MaxValue, int.MaxValue, 0, 0, 0);
            for (int next = 0; next < part.Count; next++)
            {
                int x = part[next] % width, y = part[next] / width;
                found = found.With(new Region(1, box.XMin + x, box.YMin + y, box.XMin + x, box.YMin + y, 1));
                for (int v = Math.Max(0, y - 1); v <= Math.Min(height - 1, y + 1); v++)
                    for (int u = Math.Max(0, x - 1); u <= Math.Min(width - 1, x + 1); u++)
                        if (!seen[v * width + u] && IsInk(v * width + u)) Visit(v * width + u);
            }
            if (!boxes.Contains(found)) continue;
            foreach (int at in part)
            {
                int x = box.XMin + at % width, y = box.YMin + at / width;
                for (int v = Math.Max(0, y - 1); v <= Math.Min(pictureHeight - 1, y + 1); v++)
                    for (int u = Math.Max(0, x - 1); u <= Math.Min(ink.Width - 1, x + 1); u++)
                        cut[(v - box.YMin + 1) * (width + 2) + u - box.XMin + 1] = ink.Pixels[v * ink.Width + u];
            }
        }
        return cut;

        bool IsInk(int at) => isInk[(box.YMin + at / width) * ink.Width + box.XMin + at % width] != 0;

        void Visit(int at)
        {
            seen[at] = true;
            part.Add(at);
        }
    }
}
