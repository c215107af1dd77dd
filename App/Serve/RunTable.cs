using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Serve;

/// <summary>A table of a run, from a place of its file on, as far as it goes.</summary>
/// <param name="Rows">Numbers by column; NaN for what is none.</param>
/// <param name="End">The place after them: half a line is left for the next time.</param>
internal sealed record RunTable(string[] Columns, IReadOnlyList<double[]> Rows, long End)
{
    private static readonly RunTable s_empty = new([], [], 0);

    /// <param name="header">What its first line is to be; of another table there are no rows.</param>
    public static RunTable Read(string path, string header, long from)
    {
        if (!File.Exists(path)) return s_empty;
        using var file = Open(path);
        using var text = new StreamReader(file);
        if (text.ReadLine() != header) return s_empty;
        string[] columns = header.Split(',');
        var (lines, end) = Lines(path, from);
        return new(columns, [.. lines.Where(line => line != header).Select(Numbers).Where(row => row.Length == columns.Length)], end);
    }

    /// <summary>The whole lines from a place on, from the beginning where the file has become shorter since, and the place after them.</summary>
    public static (string[] Lines, long End) Lines(string path, long from)
    {
        using var file = Open(path);
        if (file.Length < from) from = 0;
        file.Position = from;
        var bytes = new byte[file.Length - from];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false), end = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        string text = Encoding.UTF8.GetString(bytes, 0, end);
        return (text.Length == 0 ? [] : text[..^1].Split('\n'), from + end);
    }

    /// <summary>The rows as objects; what is no number is null.</summary>
    public IEnumerable<JsonObject> ToJson() =>
        Rows.Select(row => new JsonObject(Columns.Zip(row, (name, value) => KeyValuePair.Create(name, Json.Number(value)))));

    private static double[] Numbers(string line) =>
        [.. line.Split(',').Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];

    /// <summary>While a run writes to it.</summary>
    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
