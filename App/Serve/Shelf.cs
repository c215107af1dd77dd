using System.Diagnostics;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Serve;

/// <summary>Trained weights that can be asked.</summary>
/// <param name="Id">Of a run TASK/NAME; of a file that was named its path.</param>
/// <param name="IsTrained">Whether it is no file of a run that has just begun.</param>
/// <param name="Changed">When the file was written: a run that is trained again is another network.</param>
internal sealed record ShelvedWeights(string Id, string Path, ITask Task, Model Model, Origin Origin, long Parameters, bool IsTrained, DateTime Changed)
{
    public IReadOnlyList<string> Classes => Origin.Classes ?? [.. Enumerable.Range(0, Task.Settings.Classes).Select(k => $"{k}")];

    /// <summary>What its run's test gave of the task's first metric; null where no report says so.</summary>
    public double? Score =>
        (RunFolder.ReportBeside(Path)?["test"] as JsonObject)?[Task.Metrics[0].Key] is JsonValue value && value.TryGetValue(out double score) ? score : null;

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["task"] = Task.Name,
        ["title"] = Task.Title,
        ["model"] = Model.Name,
        ["classes"] = Json.Array(Classes),
        ["parameters"] = Parameters,
        ["file"] = Path,
        ["dataset"] = Origin.Dataset,
        ["score"] = Score is { } score ? new JsonObject { ["name"] = Task.Metrics[0].Name, ["value"] = score } : null,
    };
}

/// <summary>
/// The weights that were named, and the best of each run under runs/. Which there are is looked up when somebody asks; a few are kept ready on the
/// device, those that were asked last.
/// </summary>
/// <param name="named">Files, or run folders.</param>
internal sealed class Shelf(IReadOnlyList<ITask> tasks, IReadOnlyList<string> named) : IDisposable
{
    private const int MostOpen = 4, MostPredictors = 4;

    /// <summary>Folders are looked through so often at most: requests come by the hundred.</summary>
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ShelvedWeights> _known = [];
    private IReadOnlyList<ShelvedWeights> _all = [];
    private long _looked;
    private readonly List<ReadyWeights> _open = []; // used by the device's thread alone; what was used last comes last

    /// <summary>Looks whether what was named can be asked.</summary>
    /// <exception cref="DataException">A file cannot be read, or does not say which model it is of.</exception>
    /// <exception cref="EngineException">It is of no model.</exception>
    public void ExpectNamed()
    {
        foreach (string name in named) _ = Read(name, RunFolder.WeightsAt(name));
    }

    /// <summary>Whether the server was given it by name.</summary>
    public bool IsNamed(ShelvedWeights weights) => named.Contains(weights.Id);

    /// <summary>Those that were named first, then runs by task and name; as they were a second ago.</summary>
    public IReadOnlyList<ShelvedWeights> All
    {
        get
        {
            lock (_gate) return _looked == 0 || Stopwatch.GetElapsedTime(_looked) > s_lookEvery ? Anew() : _all;
        }
    }

    private IReadOnlyList<ShelvedWeights> Anew()
    {
        lock (_gate)
        {
            (_all, _looked) = (Look(), Stopwatch.GetTimestamp());
            return _all;
        }
    }

    private IReadOnlyList<ShelvedWeights> Look()
    {
        var files = named.Select(path => (Id: path, Path: Directory.Exists(path) ? Path.Combine(path, RunFolder.BestFile) : path))
            .Concat(RunFolder.Known(tasks).Select(run => (Id: $"{run.Task.Name}/{run.Name}", Path: Path.Combine(run.Path, RunFolder.BestFile))));
        return
        [
            .. files.Where(file => File.Exists(file.Path)).DistinctBy(file => InputFile.RealPath(file.Path))
                .Select(file => Of(file.Id, file.Path)).OfType<ShelvedWeights>(),
        ];
    }

    /// <summary>
    /// What answers unless told otherwise: the first that was named, or else of the first task from behind that has any, the one that was trained last: a
    /// detector before a reader before what labels pixels.
    /// </summary>
    public ShelvedWeights? Default
    {
        get
        {
            var all = All;
            return named.Count > 0 ? all.FirstOrDefault(IsNamed)
                : all.OrderByDescending(w => tasks.Index().First(t => t.Item == w.Task).Index).ThenByDescending(w => w.Changed).FirstOrDefault();
        }
    }

    /// <summary>The weights of an id, or the default where none is given.</summary>
    /// <exception cref="NotFoundException">There are none.</exception>
    /// <exception cref="BusyException">There are no weights at all yet.</exception>
    /// <exception cref="DataException">They were named, and cannot be read any more.</exception>
    public ShelvedWeights Find(string? id)
    {
        var found = id is null ? Default : All.FirstOrDefault(w => w.Id == id) ?? Anew().FirstOrDefault(w => w.Id == id);
        if (found is not null) return found;
        string? lost = id is null ? named.FirstOrDefault() : named.FirstOrDefault(name => name == id);
        return lost is not null ? Read(lost, RunFolder.WeightsAt(lost))
            : id is null ? throw new BusyException("there is no trained network yet; the first is being trained")
            : throw new NotFoundException($"there is no model {ForeignText.Quoted(id)}; /api/models lists those there are");
    }

    /// <summary>What a file says of itself, read once; null of one that is being replaced, damaged, or of a model that this version does not have.</summary>
    private ShelvedWeights? Of(string id, string path)
    {
        try
        {
            var changed = File.GetLastWriteTimeUtc(path);
            if (!_known.TryGetValue(path, out var known) || known.Changed != changed) known = _known[path] = Read(id, path);
            return known.IsTrained || IsNamed(known) ? known : null;
        }
        catch (Exception e) when (e is DataException or EngineException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private ShelvedWeights Read(string id, string path)
    {
        var changed = File.GetLastWriteTimeUtc(path);
        var file = SafetensorsFile.Read(path);
        if (file.Metadata.GetValueOrDefault("model") is not { } name) throw new DataException($"'{path}' does not say which model it is of");
        var (task, model) = tasks.FindModel(name);
        long parameters = file.Tensors.Sum(t => t.Shape.Aggregate(1L, (count, side) => count * side));
        // A run that has just begun holds weights that know nothing.
        bool isTrained = !model.FollowsGradients || file.Metadata.GetValueOrDefault("epoch") != "0";
        return new(id, path, task, model, Origin.Of(file.Metadata, path), parameters, isTrained, changed);
    }

    /// <summary>The weights on the device. For the device's thread alone.</summary>
    public ReadyWeights Open(ShelvedWeights shelved, Device device)
    {
        if (_open.Find(open => open.Shelved == shelved) is { } found)
        {
            _open.Remove(found);
            _open.Add(found);
            return found;
        }
        while (_open.Count >= MostOpen || _open.Exists(open => open.Shelved.Path == shelved.Path))
        {
            var old = _open.Find(open => open.Shelved.Path == shelved.Path) ?? _open[0];
            _open.Remove(old);
            old.Dispose();
        }
        var opened = new ReadyWeights(shelved, Weights.Open(shelved.Path, shelved.Model.Name, device, tasks), MostPredictors);
        _open.Add(opened);
        return opened;
    }

    public void Dispose()
    {
        foreach (var open in _open) open.Dispose();
    }
}

/// <summary>Weights on the device with what was made ready for them.</summary>
internal sealed class ReadyWeights(ShelvedWeights shelved, Weights weights, int mostPredictors) : IDisposable
{
    private readonly List<(string Told, IPredictor Predictor)> _predictors = [];
    private Look? _look;

    public ShelvedWeights Shelved => shelved;
    public Weights Weights => weights;

    /// <summary>A predictor that was told so.</summary>
    /// <param name="arguments">Of <see cref="ITask.PredictParameters"/>.</param>
    public IPredictor Predictor(Arguments arguments)
    {
        string told = arguments.ToJson(weights.Task.PredictParameters).ToJsonString();
        var found = _predictors.Find(p => p.Told == told);
        if (found.Predictor is not null) return found.Predictor;
        if (_predictors.Count == mostPredictors)
        {
            _predictors[0].Predictor.Dispose();
            _predictors.RemoveAt(0);
        }
        var made = weights.Task.Predictor(weights.Model, weights.Settings, weights.Variables, arguments);
        _predictors.Add((told, made));
        return made;
    }

    /// <summary>The network opened up for a picture's size; the last is kept.</summary>
    public Look Look(Picture picture)
    {
        if (_look?.IsFor(picture) == true) return _look;
        _look?.Dispose();
        return _look = new Look(weights, picture.Height, picture.Width);
    }

    public void Dispose()
    {
        _look?.Dispose();
        foreach (var (_, predictor) in _predictors) predictor.Dispose();
        weights.Dispose();
    }
}
