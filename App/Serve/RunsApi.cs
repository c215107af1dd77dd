using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary>
/// Runs: what their folders hold, what is added to it while they go on, and their start and stop. A run in another terminal is seen like one that was
/// started here, since all there is to see is its files.
/// </summary>
internal sealed partial class RunsApi(IReadOnlyList<ITask> tasks, Trainings trainings, CancellationToken stopping)
{
    private const int MostBody = 1 << 16, MostWatchers = 32;

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(500);

    private int _watchers;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/tasks", () => Answers.Json(new JsonObject { ["tasks"] = Json.Array(tasks.Select(ToJson)) }))
            .WithSummary("What can be trained, and what each training can be told");
        routes.MapGet("/api/runs", () => Answers.Json(new JsonObject
        {
            ["runs"] = Json.Array(Known().Select(run => Files(run.Task, run.Path).Summary())),
        })).WithSummary("All runs under runs/");
        routes.MapGet("/api/runs/{task}/{name}", (string task, string name) => Answers.Json(Find(task, name).ToJson()))
            .WithSummary("One run: arguments, epochs, steps, log, report");
        routes.MapGet("/api/runs/{task}/{name}/events", Watch).WithSummary("What is added to a run, as server-sent events");
        routes.MapGet("/runs/{task}/{name}/{file}", File).WithSummary("A file of a run that its report names");
        routes.MapPost("/api/runs", Start).Accepts<JsonObject>("application/json").WithSummary("Begins a run: {task, name, options}");
        routes.MapPost("/api/runs/{task}/{name}/stop", Stop).WithSummary("Stops a run that was started here; it is saved");
        routes.MapPost("/api/runs/{task}/{name}/resume", (string task, string name) =>
        {
            trainings.Resume(Find(task, name).Path);
            return Answers.Json(new JsonObject { ["state"] = "running" }, HttpStatusCode.Accepted);
        }).WithSummary("Goes on with a run that was stopped");
    }

    /// <summary>The runs under runs/, and the one that is just being begun here, whose folder does not say so yet.</summary>
    private IEnumerable<(ITask Task, string Name, string Path)> Known()
    {
        var known = RunFolder.Known(tasks);
        return trainings.Current is { } path && known.All(run => run.Path != path) && tasks.FirstOrDefault(t => t.Name == RunFolder.TaskOf(path)) is { } task
            ? known.Append((task, Path.GetFileName(path), path)) : known;
    }

    private RunFiles Files(ITask task, string path) => new(task, path, trainings.Current is { } here && Path.GetFullPath(here) == Path.GetFullPath(path));

    private RunFiles Find(string taskName, string name)
    {
        // The name goes into a path: it must be one that is there, not one that leads elsewhere.
        var found = Known().FirstOrDefault(run => run.Task.Name == taskName && run.Name == name);
        return found.Path is null ? throw new NotFoundException($"there is no run {ForeignText.Quoted($"{taskName}/{name}")}") : Files(found.Task, found.Path);
    }

    private static JsonObject ToJson(ITask task) => new()
    {
        ["name"] = task.Name,
        ["title"] = task.Title,
        ["models"] = Json.Array(task.Models.Select(m => m.Name)),
        ["parameters"] = Json.Array(Parameters.Of(task).Where(p => p.IsFlag && p != Parameters.Task).Select(p => new JsonObject
        {
            ["name"] = p.Name,
            ["help"] = p.Help,
            ["default"] = p.Default is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value}") : null,
            ["range"] = p.Range,
            ["words"] = p.Words is { } words ? Json.Array(words) : null,
            ["switch"] = p is SwitchParameter,
            ["models"] = task.Models.All(p.IsFor) ? null : Json.Array(task.Models.Where(p.IsFor).Select(m => m.Name)),
        })),
    };

    private IResult File(string task, string name, string file)
    {
        var run = Find(task, name);
        if (!run.Names.Contains(file)) throw new NotFoundException($"the run {ForeignText.Quoted($"{task}/{name}")} has no file {ForeignText.Quoted(file)}");
        string type = Path.GetExtension(file) switch
        {
            ".html" => "text/html; charset=utf-8", ".svg" => "image/svg+xml", ".png" => "image/png", ".json" => "application/json",
            _ => "text/plain; charset=utf-8",
        };
        return Results.File(InputFile.Read(Path.Combine(run.Path, file)), type);
    }

    private async Task<IResult> Start(HttpRequest request)
    {
        var asked = Json.Object(await RequestBody.Read(request, MostBody), "the body");
        if (asked.FirstOrDefault(entry => entry.Key is not ("task" or "name" or "options")).Key is { } unknown)
            throw new UsageException($"there is no {ForeignText.Quoted(unknown)}{Nearest.Of(unknown, ["task", "name", "options"])}");
        string task = Text(asked, "task") ?? throw new UsageException("'task' is missing; it is the name of a task");
        var words = new List<string>();
        if (Text(asked, "name") is { } name)
        {
            if (!PlainName().IsMatch(name))
                throw new UsageException($"the name {ForeignText.Quoted(name)} is none; take letters, digits, '.', '_' and '-', at most 64");
            words.AddRange(["--name", name]);
        }
        foreach (var (key, value) in asked["options"] switch { null => [], JsonObject told => told, _ => throw new UsageException("'options' is no object") })
        {
            // What says where files go, or how it is told, is no matter of the page.
            if (tasks.FirstOrDefault(t => t.Name == task) is { } known && Parameters.Of(known).All(p => !p.IsFlag || p.Name != key))
                throw new UsageException($"{task} has no option {ForeignText.Quoted(key)}");
            if (value?.GetValueKind() == JsonValueKind.False) continue;
            words.Add($"--{key}");
            if (value?.GetValueKind() != JsonValueKind.True) words.Add(value?.ToString() ?? "");
        }
        string folder = await Task.Run(() => trainings.Start(task, words));
        return Answers.Json(new JsonObject { ["path"] = $"{task}/{Path.GetFileName(folder)}" }, HttpStatusCode.Created);
    }

    private static string? Text(JsonObject asked, string key) => asked[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => throw new UsageException($"'{key}' is no text"),
    };

    private async Task<IResult> Stop(string task, string name)
    {
        var run = Find(task, name);
        await trainings.Stop(run.Path);
        return Answers.Json(new JsonObject { ["state"] = Files(run.Task, run.Path).State }, HttpStatusCode.Accepted);
    }

    private async Task Watch(HttpContext context, string task, string name)
    {
        var run = Find(task, name);
        if (Interlocked.Increment(ref _watchers) > MostWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            throw new BusyException($"{MostWatchers} pages watch runs already");
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var feed = new RunFeed(run);
            string? state = null;
            while (!end.IsCancellationRequested)
            {
                // The state is looked up before the files: what a run wrote until it was complete is told before it is said to be so.
                bool isThere = Directory.Exists(run.Path);
                string now = isThere ? Files(run.Task, run.Path).State : "gone";
                var news = isThere ? feed.News() : [];
                if (state != now) news.Add(("state", new JsonObject { ["state"] = state = now, ["failure"] = trainings.FailureOf(run.Path) }));
                foreach (var (kind, data) in news) await context.Response.WriteAsync($"event: {kind}\ndata: {data.ToJsonString()}\n\n", end.Token);
                if (news.Count == 0) await context.Response.WriteAsync(": still here\n\n", end.Token); // finds out whether anybody is
                await context.Response.Body.FlushAsync(end.Token);
                if (!isThere) return;
                await Task.Delay(s_lookEvery, end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page has gone, or the server goes.
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex PlainName();
}
