using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>Keeps drawings as digits to learn from: a folder as <see cref="OwnDigits"/> reads it.</summary>
public static class DigitCollection
{
    /// <summary>Digits of a drawing at most.</summary>
    public const int MostDigits = 20;

    /// <summary>
    /// Finds the digits of a drawing as <c>fcn predict</c> does, from left to right, and writes each in MNIST's form, light on black, into the folder of what
    /// it is: FOLDER/7/….png. A file is named by its pixels: the same drawing twice is kept once, under the label that was given last.
    /// </summary>
    /// <param name="label">What was drawn: "735".</param>
    /// <param name="folder">Made where it is missing.</param>
    /// <returns>Pictures of each digit, 0 … 9, that the folder now has.</returns>
    /// <exception cref="DataException">The label is not 1 to 20 digits or not as many as are found, then nothing is kept; or the disk refuses.</exception>
    public static IReadOnlyList<int> Keep(InputPicture drawing, string label, string folder)
    {
        if (label.Length is 0 or > MostDigits || !label.All(char.IsAsciiDigit))
            throw new DataException($"the label {ForeignText.Quoted(label)} says no digits; give 1 to {MostDigits} of them, such as 735.");
        var found = PictureDigits.Of(drawing).Digits;
        if (found.Count != label.Length)
            throw new DataException($"the drawing has {found.Count} digits that are found, and the label {label} has {label.Length}; "
                + "draw them apart, or mend the label.");
        foreach (var (digit, form) in label.Zip(found))
        {
            string home = OwnDigits.FolderOf(folder, digit - '0'), name = $"{ContentHash.Of(form.Pixels)[..32]}.png";
            AtomicFile.MakeFolder(home);
            Png.Write(Path.Combine(home, name), new Picture(DigitImages.Side, DigitImages.Side, 1, form.Pixels));
            for (int other = 0; other < 10; other++)
                if (other != digit - '0') Delete(Path.Combine(OwnDigits.FolderOf(folder, other), name));
        }
        return [.. Enumerable.Range(0, 10).Select(digit => OwnDigits.FolderOf(folder, digit))
            .Select(home => InputFile.IsFolder(home) ? OwnDigits.Entries(home).Count() : 0)];
    }

    private static void Delete(string path)
    {
        try
        {
            if (File.Exists(path)) File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{path}' is of another label and cannot be deleted: {e.Message}", e);
        }
    }
}
