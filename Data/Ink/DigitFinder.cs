namespace FcnFromScratch.Data;

/// <summary>A digit in a picture: the box of its ink, both ends inside, and its pixels in MNIST's form, [28, 28].</summary>
public sealed record FoundDigit(int XMin, int YMin, int XMax, int YMax, byte[] Pixels);

/// <summary>What is written in a picture, and what was left out of it.</summary>
/// <param name="Digits">From left to right, then from top to bottom.</param>
/// <param name="Specks">Marks too small to be digits beside those that are there.</param>
/// <param name="Lines">Marks too long and thin, and the lines of squared paper and frames.</param>
/// <param name="Textures">Marks of much ink and no stroke: noise, a pattern, cloth.</param>
/// <param name="Typical">
/// Pixels along the longer side of the digit that the middle pixel of all digits' ink is in; of the mark, where all were left out; 0 where there is none.
/// </param>
public sealed record FoundDigits(IReadOnlyList<FoundDigit> Digits, int Specks = 0, int Lines = 0, int Textures = 0, double Typical = 0);

/// <summary>
/// Finds the digits in a picture of any size and brings each into MNIST's form. Ink that hangs together is a part of a digit; parts that lie one above the
/// other with little between them, as the bar of a 5 does, are one digit. Digits that touch are taken for one.
/// </summary>
public static class DigitFinder
{
    /// <summary>Digits of fewer pixels, along their longer side, cannot be told from dirt.</summary>
    public const int Smallest = 8;

    /// <summary>More parts are no page of digits: what there is of dust is left out at once, and more than this without it is a pattern.</summary>
    private const int MostParts = 1 << 15;

    /// <summary>Runs of ink in the rows that so many digits have, and that fit into memory.</summary>
    private const int MostRuns = 64 * MostParts;

    /// <param name="pixels">[height, width], light ink; is changed.</param>
    /// <param name="keepGround">Whether it is as it should be: black.</param>
    public static FoundDigits Find(byte[] pixels, int width, bool keepGround) => Find(pixels, width, keepGround, isSheet: false);

    private static FoundDigits Find(byte[] pixels, int width, bool keepGround, bool isSheet)
    {
        var ink = InkLayer.Of(pixels, width, keepGround);
        byte[] isInk = ink.IsInk;
        if (Runs(isInk) > MostRuns) return new([], Textures: 1);
        var parts = Region.Find(isInk, width, ground: 0);
        if (!isSheet && parts.Count > 0 && OnSheet(ink, parts.MaxBy(part => part.Pixels), keepGround) is { Digits.Count: > 0 } onSheet) return onSheet;
        if (IsNoise(parts)) return new([], Textures: 1);
        int specks = 0;
        if (parts.Count > MostParts)
        {
            Region[] large = [.. parts.Where(part => Math.Max(part.Width, part.Height) >= Smallest)];
            specks = parts.Count - large.Length;
            parts = large;
        }
        if (parts.Count > MostParts) return new([], specks, Textures: 1);
        var rulings = Ruling.Of(ink, parts);
        parts = [.. parts.Where(part => !rulings.Contains(part))];
        Region[] strokes = [.. parts.Where(part => part.Width <= 8 * part.Height)];
        if (strokes.Length == 0) return new([], specks, Lines: rulings.Count + parts.Count);
        double typical = TypicalSide(strokes);
        var digits = new List<FoundDigit>();
        var boxes = new List<Region>();
        // The bar of a 5 may be as flat as a line that is drawn under digits, but it is not as long.
        int lines = rulings.Count + parts.Count(part => part.Width > 8 * part.Height && part.Width > 1.5 * typical), textures = 0;
        Region[] others = [.. parts.Where(part => part.Width <= 8 * part.Height || part.Width <= 1.5 * typical)];
        foreach (var (box, members) in Grouped(others, typical))
        {
            int side = Math.Max(box.Width, box.Height);
            if (side < Math.Max(Smallest, 0.3 * typical)) specks++;
            else if (box.Width > 3 * box.Height || box.Height > 12 * box.Width) lines++;
            else if (IsPatch(isInk, width, box)) textures++;
            else
            {
                boxes.Add(box);
                digits.Add(new(box.XMin, box.YMin, box.XMax, box.YMax, DigitForm.Of(CutOut(ink, box, members), box.Width + 2)));
            }
        }
        return new([.. digits.OrderBy(d => d.XMin).ThenBy(d => d.YMin)], specks, lines, textures, boxes.Count == 0 ? typical : TypicalSide(boxes));
    }

    /// <summary>
    /// What is written on a sheet that lies on another ground, such as paper on a table: a mark whose box is a quarter of the picture and
    /// whose outline, from the first to the last pixel of each row and column, fills that box but for a few corners, as no digit's does, and is nearly full of
    /// it. Its writing is the ground that shows through.
    /// </summary>
    /// <returns>null where the mark is no sheet.</returns>
    private static FoundDigits? OnSheet(InkLayer ink, Region sheet, bool keepGround)
    {
        int width = sheet.Width, height = sheet.Height;
        if (4 * sheet.Area < ink.Pixels.Length || sheet.Pixels < 0.75 * sheet.Area || Math.Min(width, height) < 4 * Smallest) return null;
        var outline = Outline.Of(ink, sheet);
        if (outline.Count < 0.88 * sheet.Area || sheet.Pixels < 0.85 * outline.Count) return null;
        var levels = new long[256];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) levels[ink.Pixels[At(x, y)]]++;
        int paper = 255;
        for (long above = levels[255]; above <= width * (long)height / 2; above += levels[paper]) paper--;
        var writing = new byte[width * height];
        const int edge = 3; // it is soft
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                if (outline.Has(x, y, edge)) writing[y * width + x] = (byte)Math.Max(0, paper - ink.Pixels[At(x, y)]);
        var found = Find(writing, width, keepGround, isSheet: true);
        return found with
        {
            Digits = [.. found.Digits.Select(d => d with
            {
                XMin = d.XMin + sheet.XMin, YMin = d.YMin + sheet.YMin, XMax = d.XMax + sheet.XMin, YMax = d.YMax + sheet.YMin,
            })],
        };

        int At(int x, int y) => (sheet.YMin + y) * ink.Width + sheet.XMin + x;
    }

    private static int Runs(byte[] isInk)
    {
        int runs = isInk[0];
        for (int i = 1; i < isInk.Length; i++) runs += isInk[i] & ~isInk[i - 1];
        return runs;
    }

    /// <summary>Whether much of the ink is in specks: dust beside digits is little of it.</summary>
    private static bool IsNoise(IReadOnlyList<Region> parts)
    {
        long specks = 0, inSpecks = 0, all = 0;
        foreach (var part in parts)
        {
            all += part.Pixels;
            if (Math.Max(part.Width, part.Height) >= Smallest) continue;
            specks++;
            inSpecks += part.Pixels;
        }
        return specks > 20 && 5 * inSpecks > all;
    }

    /// <summary>
    /// Whether a mark is no stroke. Ink that fills much of its box has too much edge, as noise and cloth have: strokes that cover a fifth of a box and cross
    /// it a few times are a twenty-fifth of its side wide or more, twice their ink by their edges. Or a square of half of the box's longer side fits into
    /// it, as into a disc or a filled box: no stroke is so wide.
    /// </summary>
    private static bool IsPatch(byte[] isInk, int width, Region box)
    {
        // In cells of which 32 or more make the longer side, so that the grain of chalk or paper is no edge.
        int longer = Math.Max(box.Width, box.Height), cell = Math.Max(1, longer / 32);
        int columns = (box.Width + cell - 1) / cell, rows = (box.Height + cell - 1) / cell, ink = 0, edges = 0, largest = 0;
        int[] above = new int[columns + 1], squares = new int[columns + 1]; // the sides of the largest squares of ink that end at a cell
        for (int y = 0; y < rows; y++, (above, squares) = (squares, above))
            for (int x = 0; x < columns; x++)
            {
                bool isFull = IsFull(x, y);
                if (isFull) ink++;
                if (x > 0 && isFull != squares[x] > 0) edges++;
                if (y > 0 && isFull != above[x + 1] > 0) edges++;
                squares[x + 1] = isFull ? 1 + Math.Min(above[x], Math.Min(above[x + 1], squares[x])) : 0;
                largest = Math.Max(largest, squares[x + 1]);
            }
        int side = Math.Max(columns, rows);
        return largest >= 0.5 * side || 5 * ink > columns * rows && 2.0 * ink / Math.Max(1, edges) < side / 25.0;

        bool IsFull(int column, int row)
        {
            int left = box.XMin + column * cell, right = Math.Min(left + cell, box.XMax + 1), sum = 0;
            int top = box.YMin + row * cell, bottom = Math.Min(top + cell, box.YMax + 1);
            for (int y = top; y < bottom; y++)
                for (int x = left; x < right; x++) sum += isInk[y * width + x];
            return 2 * sum >= (right - left) * (bottom - top);
        }
    }

    /// <summary>The longer side of the region that the middle pixel of all ink is in: specks are many, but have little ink.</summary>
    private static double TypicalSide(IReadOnlyList<Region> regions)
    {
        var bySide = regions.Select(r => (Side: Math.Max(r.Width, r.Height), r.Pixels)).OrderBy(r => r.Side).ToArray();
        long half = bySide.Sum(r => (long)r.Pixels) / 2;
        int i = 0;
        while ((half -= bySide[i].Pixels) > 0) i++;
        return bySide[i].Side;
    }

    /// <summary>Joins the parts of a digit until no two belong together. They are sorted by their left ends, so those that overlap are near.</summary>
    private static List<(Region Box, List<Region> Members)> Grouped(IReadOnlyList<Region> parts, double typical)
    {
        var groups = parts.Select(part => (Box: part, Members: new List<Region> { part })).ToList();
        for (int before = int.MaxValue; groups.Count < before;)
        {
            before = groups.Count;
            for (int i = 0; i < groups.Count; i++)
                for (int j = i + 1; groups[i].Members.Count > 0 && j < groups.Count && groups[j].Box.XMin <= groups[i].Box.XMax; j++)
                    if (groups[j].Members.Count > 0 && BelongTogether(groups[i].Box, groups[j].Box, typical))
                    {
                        groups[i].Members.AddRange(groups[j].Members);
                        groups[i] = (groups[i].Box.With(groups[j].Box), groups[i].Members);
                        groups[j].Members.Clear();
                    }
            groups.RemoveAll(group => group.Members.Count == 0);
        }
        return groups;
    }

    private static bool BelongTogether(Region a, Region b, double typical)
    {
        int beside = Math.Min(a.XMax, b.XMax) - Math.Max(a.XMin, b.XMin) + 1, above = Math.Max(a.YMin, b.YMin) - Math.Min(a.YMax, b.YMax) - 1;
        var both = a.With(b);
        return beside >= 0.5 * Math.Min(a.Width, b.Width) && above <= 0.25 * typical && Math.Max(both.Width, both.Height) <= 1.4 * typical;
    }

    /// <summary>The ink of a digit's parts, and its soft edge, without what others have in its box: [height, width] of the box and a pixel around it.</summary>
    private static byte[] CutOut(InkLayer ink, Region box, List<Region> members)
    {
        int width = box.Width, height = box.Height, pictureHeight = ink.Pixels.Length / ink.Width;
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

        bool IsInk(int at) => ink.IsInk[(box.YMin + at / width) * ink.Width + box.XMin + at % width] != 0;

        void Visit(int at)
        {
            seen[at] = true;
            part.Add(at);
        }
    }
}
