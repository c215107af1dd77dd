using System.CommandLine;
using FcnFromScratch.App.Runs;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Serve;

/// <summary>
/// Runs that were started from the page: one at a time, on a thread and a device of its own. They are runs like any other; who watches them reads their
/// folders.
/// </summary>
/// <param name="standing">Words of every run whose page does not say otherwise: the device and the threads that the server was given.</param>
internal sealed class Trainings(IReadOnlyList<ITask> tasks, IReadOnlyList<string> standing) : IDisposable
{
    private readonly object _gate = new();
    private (ReadyRun Ready, CancellationTokenSource Stop, Task Ends)? _current;
    private bool _isBeginning, _isClosed;
    private string? _failed;

    /// <summary>The folder of the run in progress; null where there is none.</summary>
    public string? Current
    {
        get
        {
            lock (_gate) return _current is { Ends.IsCompleted: false } current ? current.Ready.Folder.Path : null;
        }
    }

    /// <summary>How far it is, 0 … 1, and in words.</summary>
    public RunProgress Progress { get; private set; } = new(0, 0, 0, "");

    /// <summary>Why the last ended that failed.</summary>
    public string? Failure { get; private set; }

    /// <summary>The same where it was the run of that folder.</summary>
    public string? FailureOf(string folder) => _failed == folder ? Failure : null;

    /// <summary>Begins the first run, for whoever has no network yet; where that cannot be, says why.</summary>
    public void StartFirst(string taskName, IReadOnlyList<string> words)
    {
        try
        {
            Start(taskName, words);
        }
        catch (Exception e) when (e is UsageException or EngineException or DataException)
        {
            Failure = $"no first network: {e.Message}";
            Terminal.WriteMistake(Failure);
        }
    }

    /// <summary>Begins a run as <c>fcn train TASK</c> would.</summary>
    /// <param name="words">What follows the task's name.</param>
    /// <returns>The run's folder.</returns>
    /// <exception cref="ConflictException">Another is in progress.</exception>
    /// <exception cref="UsageException">It cannot be done so.</exception>
    public string Start(string taskName, IReadOnlyList<string> words)
    {
        var task = tasks.FirstOrDefault(t => t.Name == taskName)
            ?? throw new UsageException($"there is no task {ForeignText.Quoted(taskName)}; there are {string.Join(", ", tasks.Select(t => t.Name))}");
        var command = new Command(taskName);
        var asked = new NewRun(task, command);
        var others = standing.Chunk(2).Where(pair => !words.Contains(pair[0])).SelectMany(pair => pair);
        return Begin(() => asked.Prepare(Parsed(command, [.. words, .. others])));
    }

    /// <summary>Goes on with a run as <c>fcn resume RUN</c> would.</summary>
    /// <exception cref="ConflictException">Another is in progress, or there is nothing to go on with.</exception>
    public string Resume(string folder)
    {
        var command = new Command("resume");
        var asked = new ResumedRun(tasks, command);
        return Begin(() => asked.Prepare(Parsed(command, [folder]), (why, _, _) => throw new ConflictException(why))!);
    }

    private static ParseResult Parsed(Command command, IReadOnlyList<string> words)
    {
        command.SetAction(_ => { }); // one without any is taken for the name of a group
        var parsed = Words.Read(new RootCommand { command }, [command.Name, .. words]);
        return Mistakes.First(parsed) is { } mistake ? throw new UsageException(mistake) : parsed;
    }

    private string Begin(Func<ReadyRun> prepare)
    {
        lock (_gate)
        {
            if (_isBeginning) throw new ConflictException("a run is just being begun; wait for it");
            if (Current is { } running) throw new ConflictException($"'{running}' is being trained; stop it first, or wait for it");
            _isBeginning = true;
        }
        try
        {
            // Data is opened in seconds, in which others may ask how things stand.
            var ready = prepare();
            lock (_gate)
            {
                if (_isClosed)
                {
                    ready.Dispose();
                    throw new BusyException("the server is stopping");
                }
                var stop = new CancellationTokenSource();
                (Progress, Failure) = (new(0, 0, ready.Run.PlannedEpochs, "beginning"), null);
                _current = (ready, stop, Task.Factory.StartNew(() => Train(ready, stop.Token), TaskCreationOptions.LongRunning));
            }
            return ready.Folder.Path;
        }
        finally
        {
            lock (_gate) _isBeginning = false;
        }
    }

    private void Train(ReadyRun ready, CancellationToken stop)
    {
        using (ready)
            try
            {
                ready.Train(new Observer(this, ready.Run.PlannedEpochs), stop);
            }
            catch (Exception e)
            {
                (_failed, Failure) = (ready.Folder.Path, $"{ready.Folder.Path}: {e.Message}");
                Terminal.WriteMistake(Failure);
            }
    }

    /// <summary>Asks the run to stop after its step, and waits until it is saved.</summary>
    /// <param name="folder">If it is this one that is in progress.</param>
    /// <exception cref="ConflictException">It is not.</exception>
    public async Task Stop(string folder)
    {
        var current = _current;
        if (Current is not { } running || Path.GetFullPath(running) != Path.GetFullPath(folder))
            throw new ConflictException($"'{folder}' was not started here, or has ended; where it was started, Ctrl-C stops it");
        current!.Value.Stop.Cancel();
        await current.Value.Ends;
    }

    public void Dispose()
    {
        lock (_gate) _isClosed = true;
        if (_current is not { } current) return;
        current.Stop.Cancel();
        current.Ends.Wait();
    }

    private sealed class Observer(Trainings owner, int epochs) : IRunObserver
    {
        private int _epoch;

        public void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond)
        {
            int step = steps[^1].Step;
            owner.Progress = new((double)step / totalSteps, _epoch, epochs,
                FormattableString.Invariant($"step {step}/{totalSteps}, loss {steps[^1].Loss:F4}, {imagesPerSecond:F0} images/s"));
        }

        public void Epoch(EpochResult result, bool isBest) => _epoch = result.Epoch;

        public void Line(string text) { }
    }
}

/// <summary>How far a training is.</summary>
/// <param name="Share">Of its steps, 0 … 1.</param>
/// <param name="Epoch">Epochs done.</param>
internal sealed record RunProgress(double Share, int Epoch, int Epochs, string Text);
