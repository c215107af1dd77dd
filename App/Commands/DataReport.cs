using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary>What a data folder holds of the sets that tasks train on; what is missing comes with the command that gets it.</summary>
internal sealed class DataReport
{
    private readonly List<string> _lines = [];

    private DataReport() { }

    /// <summary>What is there and cannot be used, with the reason, in one line; null if all is sound.</summary>
    public string? Problem { get; private set; }

    public IReadOnlyList<string> Lines => _lines;

    public JsonObject Json { get; } = [];

    /// <param name="folder">A data folder, or a set in one file; null for what the program draws itself.</param>
    /// <exception cref="DataException">It is neither.</exception>
    public static DataReport Of(string? folder, IReadOnlyList<ITask> tasks)
    {
        var report = new DataReport();
        report.Json["folder"] = folder;
        if (folder is null)
        {
            foreach (var task in tasks) report.Add(task.DrawnData, task.DescribeDrawn());
            return report;
        }
        var sets = tasks.SelectMany(task => task.DataSets).DistinctBy(set => set.Name).ToArray();
        bool isFile = Npz.Is(folder);
        if (!isFile && InputFile.Exists(folder)) throw new DataException($"'{folder}' is no folder and no .npz; name the folder that it lies in.");
        report._lines.Add($"data {(isFile ? "file" : "folder")} {folder}");
        foreach (var set in sets)
        {
            report._lines.Add("");
            report.Add(set, folder);
        }
        return report;
    }

    private void Add(DataSet set, string folder)
    {
        if (!set.IsThere(folder))
        {
            _lines.Add($"{set.Name}: not there; get it: {set.Next(Npz.FolderOf(folder))}");
            Json[set.Name] = null;
            return;
        }
        try
        {
            Add(set.Name, set.Describe(folder));
        }
        catch (DataException e)
        {
            string problem = $"{set.Name} cannot be used: {e.Message}";
            Problem = Problem is null ? problem : $"{Problem.TrimEnd('.')}; {problem}";
            _lines.Add($"{set.Name}: cannot be used");
            Json[set.Name] = new JsonObject { ["error"] = e.Message };
        }
    }

    private void Add(string name, DataSummary summary)
    {
        _lines.AddRange(summary.Lines);
        Json[name] = summary.Json;
    }
}
