namespace FcnFromScratch.Engine.Devices;

/// <summary>How far a mistyped name is from one that exists.</summary>
public static class EditDistance
{
    /// <summary>The known word that is nearest, where it is so near that it may be what was meant; else null.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known.Select(k => (Word: k, Distance: Between(word, k, ignoreCase: true)))
        .Where(k => k.Distance <= Math.Min(Math.Max(2, word.Length / 3), word.Length / 2)).OrderBy(k => k.Distance).FirstOrDefault().Word;

    /// <summary>The fewest letters to insert, delete or replace that make one word the other (Levenshtein).</summary>
    public static int Between(string a, string b, bool ignoreCase = false)
    {
        if (ignoreCase) (a, b) = (a.ToLowerInvariant(), b.ToLowerInvariant());
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
