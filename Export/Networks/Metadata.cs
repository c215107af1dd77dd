using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.Export;

/// <summary>What a file says of itself, beside its network: all that the weights say, how their output is read, and which program wrote it.</summary>
public static class Metadata
{
    /// <summary>How a picture becomes the input, a formula of <see cref="Preprocessing"/>.</summary>
    public const string PreprocessingKey = "preprocessing";

    public const string ModelKey = "model";

    /// <summary>The picture that it was trained on.</summary>
    private const string InputKey = "input";

    /// <summary>How the output is read. It and the next two are of the file and not of the weights.</summary>
    public const string OutputKey = "output";

    private const string ExporterKey = "exported_by", FoldedKey = "folded";

    public static Dictionary<string, string> Of(Weights weights, bool isFolded)
    {
        var all = new Dictionary<string, string>(weights.Metadata)
        {
            ["task"] = weights.Task.Name, [ModelKey] = weights.Model.Name, [PreprocessingKey] = Preprocessing.Formula,
            [OutputKey] = weights.Task.OutputForm, [ExporterKey] = ProductVersion.Text,
        };
        all.TryAdd(InputKey, $"{weights.Model.Input}");
        if (weights.Settings.ClassNames is { } names) all.TryAdd(Origin.ClassesKey, Origin.ToText(names));
        if (isFolded) all[FoldedKey] = "batch norm into convolutions";
        return all;
    }

    /// <summary>[1, C, H, W] of the picture that the network was trained on; null where the file does not say.</summary>
    public static int[]? InputOf(IReadOnlyDictionary<string, string> metadata)
    {
        int[] sides = [.. metadata.GetValueOrDefault(InputKey, "").Split('x').Select(side => int.TryParse(side, out int size) && size > 0 ? size : 0)];
        return sides is [> 0, > 0, > 0] ? [1, sides[2], sides[0], sides[1]] : null;
    }

    /// <exception cref="DataException">A network takes its pictures otherwise than ours do.</exception>
    public static void ExpectOurs(string preprocessing, string file)
    {
        if (preprocessing != Preprocessing.Formula)
            throw new DataException(
                $"'{file}' wants pictures as {ForeignText.Quoted(preprocessing)}; ours are '{Preprocessing.Formula}'. Give it f32 by --input.");
    }

    /// <summary>Whether what the file has are not the weights as they were trained.</summary>
    public static bool IsFolded(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey(FoldedKey);

    /// <summary>What the weights said of themselves.</summary>
    public static Dictionary<string, string> OfWeights(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Where(entry => entry.Key is not (OutputKey or ExporterKey or FoldedKey)).ToDictionary();
}
