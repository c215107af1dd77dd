using FcnFromScratch.Data;

namespace FcnFromScratch.App.Shell;

/// <summary>What a call names as pictures: files, folders of them, and <see cref="StandardInput"/>.</summary>
internal static class PictureInputs
{
    public const string StandardInput = "-";

    /// <summary>Whether a word stands for several pictures.</summary>
    public static bool IsFolder(string path) => path != StandardInput && InputFile.IsFolder(path);

    /// <summary>The files in a folder, by name; not those in folders within it, nor those that are hidden by a dot.</summary>
    /// <exception cref="DataException">There are none, or the folder cannot be read.</exception>
    public static IEnumerable<string> InFolder(string path)
    {
        try
        {
            string[] files = [.. Directory.GetFiles(path).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)];
            return files.Length > 0 ? files : throw new DataException($"'{path}' is a folder without files; name one that holds pictures");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <exception cref="UsageException">Standard input is a terminal.</exception>
    public static void ExpectRedirected()
    {
        if (!Console.IsInputRedirected) throw new UsageException("'-' is standard input, which is a terminal; send a picture into it, or name a file");
    }

    /// <summary>Takes what comes on standard input, if that is meant.</summary>
    /// <exception cref="DataException">It cannot be read, keeps silent or does not end.</exception>
    public static void Receive(string path)
    {
        if (path == StandardInput) InputFile.Deliver(path, Console.OpenStandardInput());
    }
}
