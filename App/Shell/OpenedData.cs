using FcnFromScratch.Data;
using FcnFromScratch.Training;
using static System.FormattableString;

namespace FcnFromScratch.App.Shell;

/// <summary>Opens data for a command, which says on standard error what of it is not taken.</summary>
internal static class OpenedData
{
    /// <summary>Lines at most: of a folder of other things there would be no end.</summary>
    private const int MostLines = 20;

    /// <inheritdoc cref="ITask.Open"/>
    public static TaskData OpenAloud(this ITask task, Arguments arguments)
    {
        var data = task.Open(arguments);
        foreach (string line in data.LeftOut.Take(MostLines)) Console.Error.WriteLine($"fcn: left out: {ForeignText.OneLine(line)}");
        if (data.LeftOut.Count - MostLines is > 0 and var more) Console.Error.WriteLine(Invariant($"fcn: left out: {more} more; 'fcn data info' names all"));
        return data;
    }
}
