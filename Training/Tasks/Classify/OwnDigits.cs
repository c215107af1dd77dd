using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>
/// Pictures of digits of one's own: a folder with folders 0 to 9, any of them, that hold pictures of one digit each, of any size. Each digit is brought into
/// MNIST's form as <c>fcn predict</c> does it.
/// </summary>
/// <param name="Digits">By digit, then by the names of their files.</param>
/// <param name="LeftOut">What lies there and is not taken, each in a line that says why.</param>
public sealed record OwnDigits(DigitImages Digits, IReadOnlyList<string> LeftOut)
{
    private const int Classes = 10;

    /// <summary>Where pictures of a digit are.</summary>
    internal static string FolderOf(string folder, int digit) => Path.Combine(folder, Invariant($"{digit}"));

    /// <summary>Whether a folder has folders of digits.</summary>
    /// <exception cref="DataException">The system does not say.</exception>
    public static bool AreIn(string folder) => Enumerable.Range(0, Classes).Any(digit => InputFile.IsFolder(FolderOf(folder, digit)));

    /// <summary>Whether it is these that training on a folder takes: where it has MNIST too, that is taken.</summary>
    /// <param name="folder">null for what the program draws itself.</param>
    /// <exception cref="DataException">The system does not say.</exception>
    public static bool AreTaken(string? folder) => folder is not null && AreIn(folder) && MnistData.Locate(folder).Count == 0;

    /// <exception cref="DataException">A folder cannot be read, or there is no picture that is of use.</exception>
    public static OwnDigits Read(string folder)
    {
        List<byte> labels = [];
        List<byte[]> forms = [];
        List<string> leftOut = [];
        Dictionary<string, string> seen = [];
        foreach (string home in Entries(folder).Where(path => Path.GetFileName(path).All(char.IsAsciiDigit)))
        {
            if (Path.GetFileName(home) is not [var digit] || !InputFile.IsFolder(home))
                leftOut.Add($"'{home}' is no folder of a digit; these are called 0 to 9");
            else
                foreach (string path in Entries(home)) Take(path, (byte)(digit - '0'));
        }
        if (forms.Count > 0) return new OwnDigits(new DigitImages("own digits", [.. forms.SelectMany(form => form)], [.. labels]), leftOut);
        string first = leftOut.Count == 0 ? "" : Invariant($"; {leftOut.Count} left out, the first: {leftOut[0].TrimEnd('.')}");
        throw new DataException($"'{folder}': its folders 0 to 9 hold no picture of one digit{first}. Save pictures there, each in the folder of its digit.");

        void Take(string path, byte digit)
        {
            try
            {
                var found = PictureDigits.Of(InputPicture.Read(path, "auto", keepGround: false)).Digits;
                if (found.Count != 1) throw new DataException($"'{path}' shows {found.Count} digits; pictures to learn from show one.");
                byte[] form = found[0].Pixels;
                // Counted twice it could be trained on and tested on.
                string hash = ContentHash.Of(form);
                if (!seen.TryAdd(hash, path)) throw new DataException($"'{path}' shows the very digit of '{seen[hash]}'.");
                forms.Add(form);
                labels.Add(digit);
            }
            catch (DataException e)
            {
                leftOut.Add(e.Message);
            }
        }
    }

    /// <summary>For people and for programs.</summary>
    /// <exception cref="DataException">They cannot be read.</exception>
    public static DataSummary Describe(string folder)
    {
        var own = Read(folder);
        int[] counts = Counts(own.Digits);
        string[] besides = MnistData.Locate(folder).Count == 0 ? [] : [$"  {MnistIsTaken}"];
        return new DataSummary(
            [
                Invariant($"own digits: {own.Digits.Count} pictures, {own.LeftOut.Count} left out"),
                .. besides,
                $"  {"digit",-8}{Row(Enumerable.Range(0, Classes))}",
                $"  {"pictures",-8}{Row(counts)}",
                .. own.LeftOut.Select(line => $"  left out: {line}"),
                $"  SHA-256 {own.Digits.Fingerprint}",
            ],
            new JsonObject
            {
                ["count"] = own.Digits.Count,
                ["by_digit"] = Json.Array(counts),
                ["left_out"] = Json.Array(own.LeftOut),
                ["sha256"] = own.Digits.Fingerprint,
            });
    }

    /// <summary>Said of a folder that has both.</summary>
    internal const string MnistIsTaken = "MNIST lies beside the folders 0 to 9 and is what is taken; move these to a folder of their own to learn from them";

    /// <summary>What lies in a folder, by name, but for what is hidden by a dot.</summary>
    internal static IEnumerable<string> Entries(string folder)
    {
        try
        {
            return [.. Directory.GetFileSystemEntries(folder).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{folder}' cannot be read: {e.Message}", e);
        }
    }

    private static int[] Counts(DigitImages digits)
    {
        var counts = new int[Classes];
        foreach (byte label in digits.Labels) counts[label]++;
        return counts;
    }

    private static string Row(IEnumerable<int> values) => string.Concat(values.Select(v => Invariant($"{v,9}")));
}
