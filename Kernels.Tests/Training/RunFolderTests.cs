using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Which folder a run takes that is not told where to go, and whose weights are taken where none are named.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    public RunFolderTests() => Environment.CurrentDirectory = $"{_folder}";

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [Fact]
    public void A_run_takes_the_first_name_that_neither_a_folder_nor_a_file_has()
    {
        _folder.Write("runs/segment/a/args.json", []);
        _folder.Write("runs/segment/a-2", []);
        using var next = RunFolder.Next("segment", "a");
        Assert.Equal(Path.Combine("runs", "segment", "a-3"), next.Path);
        using var free = RunFolder.Next("segment", "b");
        Assert.Equal(Path.Combine("runs", "segment", "b"), free.Path);
    }

    /// <summary>To look is to hold it for a moment.</summary>
    [Fact]
    public async Task Who_looks_whether_a_folder_is_held_keeps_nobody_from_holding_it()
    {
        _folder.Write("run/args.json", "{}"u8.ToArray());
        using var enough = new CancellationTokenSource();
        var looking = Task.Run(async () =>
        {
            for (; !enough.IsCancellationRequested; await Task.Delay(1)) RunFolder.IsHeld(_folder["run"]);
        });
        for (int i = 0; i < 300; i++) RunFolder.Open(_folder["run"]).Dispose();
        enough.Cancel();
        await looking;
        using var held = RunFolder.Open(_folder["run"]);
        Assert.True(RunFolder.IsHeld(_folder["run"]));
    }

    /// <summary>What a run of another model left, too.</summary>
    [Fact]
    public void A_run_that_takes_the_place_of_another_leaves_nothing_of_it()
    {
        string[] weights = [.. new[] { "last", "previous", "best", "solution" }.Select(name => _folder.Write($"run/weights/{name}.safetensors", []))];
        string[] files = [.. weights, .. new[] { "args.json", "report.json", "log.txt", "own.txt" }.Select(name => _folder.Write($"run/{name}", []))];
        string note = _folder.Write("run/note.txt", []);
        using var folder = RunFolder.Create(_folder["run"], existOk: true);
        folder.Clear(["own.txt"]);
        Assert.DoesNotContain(files, File.Exists);
        Assert.True(File.Exists(note));
    }

    /// <summary>The best of a run may be of its first epoch, and the last of a long one.</summary>
    [Fact]
    public void The_newest_weights_are_those_of_the_run_that_was_completed_last()
    {
        Run("long", completed: 3, best: 1);
        Run("short", completed: 2, best: 2);
        Run("stopped", completed: 4, best: 4, "false");
        Assert.Equal(Path.Combine("runs", "segment", "long", "weights/best.safetensors"), RunFolder.NewestWeights([SmallRuns.Task], null));
        Run("other", completed: 5, best: 0, model: "fcn8-slim");
        Assert.Equal(Path.Combine("runs", "segment", "long", "weights/best.safetensors"), RunFolder.NewestWeights([SmallRuns.Task], "fcn8"));
        Assert.Equal(Path.Combine("runs", "segment", "other", "weights/best.safetensors"), RunFolder.NewestWeights([SmallRuns.Task], null));
        Assert.Null(RunFolder.NewestWeights([SmallRuns.Task], "fcn8-2x2"));

        void Run(string name, int completed, int best, string complete = "true", string model = "fcn8")
        {
            string report = _folder.Write($"runs/segment/{name}/report.json", []), weights = _folder.Write($"runs/segment/{name}/weights/best.safetensors", []);
            File.WriteAllText(report, $$"""{"complete": {{complete}}, "model": "{{model}}"}""");
            File.SetLastWriteTimeUtc(report, DateTime.UnixEpoch.AddHours(completed));
            File.SetLastWriteTimeUtc(weights, DateTime.UnixEpoch.AddHours(best));
        }
    }
}
