using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>
/// What a run leaves behind: args.json, results.csv (a line for each epoch), steps.csv (a line for each step), log.txt, report.json, the pictures
/// and weights/. Whole files are written beside and renamed; the tables only ever grow. One process at a time holds a folder.
/// </summary>
public sealed class RunFolder : IDisposable
{
    public const string ReportFile = "report.json";

    /// <summary>Where runs go that are not told where.</summary>
    public const string Home = "runs";

    /// <summary>Where the best weights of a run are in its folder.</summary>
    public const string BestFile = "weights/best.safetensors";
    public const string ArgumentsFile = "args.json", LogFile = "log.txt";
    private const string LockFile = ".lock";

    private readonly FileStream _lock;
    private readonly bool _isNew;

    private RunFolder(string path, string advice)
    {
        Path = path;
        _isNew = !Directory.Exists(path);
        try
        {
            Directory.CreateDirectory(Weights);
            // The system gives the lock back however the process ends.
            _lock = Lock(At(LockFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = File.Exists(At(LockFile)) ? "another process is at work in it, or it cannot be written to" : "it cannot be made";
            throw new EngineException($"run folder '{path}': {why} ({e.Message.TrimEnd('.')}); {advice}", e);
        }
    }

    /// <summary>Tries for a moment: somebody may just be looking whether the folder is held (<see cref="IsHeld"/>).</summary>
    private static FileStream Lock(string path)
    {
        for (int tries = 1; ; tries++)
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (tries < 5)
            {
                Thread.Sleep(20);
            }
    }

    public string Path { get; }
    public string Weights => At("weights");
    public string Best => At(BestFile);
    public string Last => At("weights/last.safetensors");

    /// <summary>The last checkpoint but one: what a run goes on from where the last cannot be read.</summary>
    public string Previous => At("weights/previous.safetensors");

    /// <summary>What a solver has found so far: what it goes on from.</summary>
    public string Solution => At("weights/solution.safetensors");

    /// <summary>The folder that was asked for.</summary>
    /// <exception cref="EngineException">It exists and holds files, and <paramref name="existOk"/> does not allow that; or it cannot be made.</exception>
    public static RunFolder Create(string path, bool existOk)
    {
        if (!existOk && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new EngineException($"run folder '{path}' exists and is not empty; choose another --out, or write into it with --exist-ok");
        return new RunFolder(path, "choose another by --out");
    }

    /// <summary>The first free of runs/task/name, runs/task/name-2, …</summary>
    public static RunFolder Next(string task, string name)
    {
        string path = System.IO.Path.Combine(Home, task, name);
        for (int i = 2; Directory.Exists(path) || File.Exists(path); i++) path = System.IO.Path.Combine(Home, task, $"{name}-{i}");
        return Create(path, existOk: false);
    }

    /// <summary>The runs under runs/, complete or not, by task and name.</summary>
    public static IReadOnlyList<(ITask Task, string Name, string Path)> Known(IEnumerable<ITask> tasks) =>
        [.. Folders(tasks).Where(run => File.Exists(System.IO.Path.Combine(run.Path, ArgumentsFile)))];

    private static IEnumerable<(ITask Task, string Name, string Path)> Folders(IEnumerable<ITask> tasks) =>
        from task in tasks
        let home = System.IO.Path.Combine(Home, task.Name)
        where Directory.Exists(home)
        from run in Directory.EnumerateDirectories(home).Order(StringComparer.Ordinal)
        select (task, System.IO.Path.GetFileName(run), run);

    /// <summary>The name of the task that a run under runs/ is of.</summary>
    public static string? TaskOf(string path) => System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(path));

    /// <summary>The best weights of the run under runs/ that was completed last.</summary>
    /// <param name="model">If it is to be of one network only, its name.</param>
    /// <returns>Their path; null where there is none.</returns>
    public static string? NewestWeights(IEnumerable<ITask> tasks, string? model)
    {
        return Folders(tasks).Select(run => run.Path)
            .Where(IsNewest).OrderByDescending(run => File.GetLastWriteTimeUtc(System.IO.Path.Combine(run, ReportFile)))
            .Select(run => System.IO.Path.Combine(run, BestFile)).FirstOrDefault();

        bool IsNewest(string run) => CompleteReport(run) is { } report && (model is null || report["model"]?.ToString() == model);
    }

    /// <summary>The weights that a path names: a file, or those of a run folder.</summary>
    /// <exception cref="EngineException">It is a run folder that has none yet.</exception>
    public static string WeightsAt(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, ArgumentsFile))) return path;
        string best = System.IO.Path.Combine(path, BestFile);
        return File.Exists(best) ? best : throw new EngineException($"the run in '{path}' has no weights yet; 'fcn resume {path}' goes on with it");
    }

    /// <summary>The report of the run that weights are of; null where they lie in no run folder, or in one without a report.</summary>
    public static JsonObject? ReportBeside(string weights)
    {
        string report = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(weights))!, "..", ReportFile);
        try
        {
            return File.Exists(report) ? Training.Json.Object(InputFile.Read(report), report) : null;
        }
        catch (DataException)
        {
            return null; // a file of that name that is no report
        }
    }

    /// <summary>Whether a process is at work in a folder, this one or another.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using var free = new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.Open, FileAccess.Write, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false; // from a time before there were locks, or gone
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is IOException;
        }
    }

    /// <summary>Whether the run came to its end, and its weights are there.</summary>
    public bool IsComplete => CompleteReport(Path) is not null;

    /// <summary>SHA-256 of the data that the run's weights say they are of; null where none says so.</summary>
    public string? DataSha256
    {
        get
        {
            foreach (string file in new[] { Last, Best, Solution }.Where(File.Exists))
                try
                {
                    if (Origin.Read(file).Sha256 is { } sha256) return sha256;
                }
                catch (DataException)
                {
                    // The next may be whole.
                }
            return null;
        }
    }

    private static JsonObject? CompleteReport(string run)
    {
        try
        {
            var report = Training.Json.Object(InputFile.Read(System.IO.Path.Combine(run, ReportFile)), run);
            bool isWhole = File.Exists(System.IO.Path.Combine(run, BestFile)) && report["complete"]?.ToString() == "true";
            return isWhole ? report : null;
        }
        catch (DataException)
        {
            return null; // a run that goes on, or none
        }
    }

    /// <summary>The folder of a run that was begun before. What a killed process left half-written is removed.</summary>
    /// <exception cref="EngineException">It is not there or holds no run.</exception>
    public static RunFolder Open(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, ArgumentsFile)))
            throw new EngineException($"'{path}' holds no run: it has no {ArgumentsFile}; name a run folder, such as runs/TASK/NAME");
        var folder = new RunFolder(path, "wait for it, or copy the folder");
        foreach (string home in new[] { path, folder.Weights })
            foreach (string left in Directory.EnumerateFiles(home, ".*.tmp")) File.Delete(left);
        return folder;
    }

    public string At(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Whether the folder holds a run: one that can be resumed.</summary>
    public bool HasBegun => File.Exists(At(ArgumentsFile));

    /// <summary>How the run was asked for.</summary>
    /// <exception cref="DataException">args.json cannot be read.</exception>
    public JsonObject Arguments => Json(ArgumentsFile);

    /// <summary>Where they are.</summary>
    public string ArgumentsPath => At(ArgumentsFile);

    /// <inheritdoc cref="Training.Json.Object"/>
    public JsonObject Json(string file) => Training.Json.Object(InputFile.Read(At(file)), $"'{At(file)}'");

    public void WriteJson(string file, JsonObject content) =>
        AtomicFile.Write(At(file), stream => stream.Write(Encoding.UTF8.GetBytes(content.ToJsonString(Training.Json.Indented) + "\n")));

    /// <summary>
    /// Empties the folder of an earlier run, args.json first: a process that is killed from here to <see cref="Begin"/> leaves no run at all, rather than
    /// old arguments beside new weights.
    /// </summary>
    /// <param name="reportFiles">What its report may have left.</param>
    public void Clear(IEnumerable<string> reportFiles)
    {
        string[] files = [At(ArgumentsFile), At(ReportFile), At(LogFile), Last, Previous, Best, Solution, .. reportFiles.Select(At)];
        foreach (string file in files) File.Delete(file);
    }

    /// <summary>
    /// Puts the arguments in force, which makes the folder one of a run: its first checkpoint is there, or the one to go on from was found to fit.
    /// The report of before goes, since it may say that the run is complete.
    /// </summary>
    public void Begin(JsonObject arguments)
    {
        File.Delete(At(ReportFile));
        WriteJson(ArgumentsFile, arguments);
    }

    /// <summary>A line of the run's log.</summary>
    public void Log(string line) => AppendLine(LogFile, line);

    /// <summary>
    /// Adds to a file, and waits until the disk has it: a checkpoint that follows must not know more than the tables, whatever the power does.
    /// </summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void AppendLine(string file, string line)
    {
        try
        {
            using var stream = new FileStream(At(file), FileMode.Append, FileAccess.Write, FileShare.Read);
            stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"cannot write '{At(file)}': {e.Message}", e);
        }
    }

    /// <summary>Lets other processes in. A folder that was made for a run that never began is taken away.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (_isNew && !HasBegun) Directory.Delete(Path, recursive: true);
    }
}
