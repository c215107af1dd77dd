using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>Runs as the studio shows, starts and stops them.</summary>
[Collection(StudioHouse.Name)]
public sealed class StudioRunTests(StudioHouse house)
{
    private JsonObject Small(string name, int epochs) => new()
    {
        ["task"] = "classify",
        ["name"] = name,
        ["options"] = new JsonObject
        {
            ["model"] = "cnn-slim", ["data"] = house.Folder["data"], ["epochs"] = $"{epochs}", ["batch"] = "8", ["validation"] = "20", ["device"] = "cpu",
            ["threads"] = "1", ["no-eval"] = false,
        },
    };

    [Fact]
    public async Task A_run_is_started_watched_and_asked()
    {
        var small = Small("mine", 2);
        small["options"]!["init"] = "runs/classify/cnn-slim";
        var started = await house.Client.PostAsJsonAsync("/api/runs", small);
        Assert.Equal(HttpStatusCode.Created, started.StatusCode);
        Assert.Equal("classify/mine", (string)(await started.Content.ReadFromJsonAsync<JsonObject>())!["path"]!);

        var events = await Watched("classify/mine");
        Assert.Equal(["running", "complete"], events.Where(e => e.Kind == "state").Select(e => (string)e.Data["state"]!));
        Assert.Equal([1, 2], events.Where(e => e.Kind == "epoch").Select(e => (int)(double)e.Data["epoch"]!));
        int[] steps = [.. events.Where(e => e.Kind == "steps").SelectMany(e => e.Data["step"]!.AsArray()).Select(step => (int)(double)step!)];
        Assert.Equal(Enumerable.Range(1, steps.Length), steps);
        Assert.Contains(events, e => e.Kind == "log" && ((string)e.Data["line"]!).StartsWith("epoch 2/2 "));
        Assert.Equal("state", events[^1].Kind); // nothing of a run comes after it is said to be complete

        var run = await house.Get("/api/runs/classify/mine");
        Assert.Equal(("complete", steps.Length), ((string)run["state"]!, run["steps"]!["step"]!.AsArray().Count));
        Assert.Equal([1, 2], run["epochs"]!.AsArray().Select(e => (int)(double)e!["epoch"]!));
        Assert.Equal("cnn-slim", (string)run["arguments"]!["model"]!);
        Assert.Null(run["report"]!["split"]);
        foreach (var file in run["files"]!.AsArray())
        {
            byte[] content = File.ReadAllBytes(Path.Combine("runs", "classify", "mine", (string)file!));
            Assert.Equal(content, await house.Client.GetByteArrayAsync($"/runs/classify/mine/{file}"));
        }
        Assert.Contains("report.html", run["files"]!.AsArray().Select(f => (string)f!));
        Assert.Single((await house.Post("/api/predict?model=classify/mine", house.Drawing(1)))["pictures"]!.AsArray());
    }

    /// <summary>What can only be known once the run has begun: its folder is gone again, and whoever watches is told why.</summary>
    [Fact]
    public async Task A_run_that_fails_says_so_to_whoever_watches()
    {
        string other = house.Folder.Write("other.safetensors", File.ReadAllBytes("runs/segment/fcn8-slim/weights/best.safetensors"));
        var small = Small("failing", 2);
        small["options"]!["init"] = other;
        Assert.Equal(HttpStatusCode.Created, (await house.Client.PostAsJsonAsync("/api/runs", small)).StatusCode);
        var (kind, last) = (await Watched("classify/failing"))[^1];
        Assert.Equal(("state", "gone"), (kind, (string)last["state"]!));
        Assert.Contains("other.safetensors", (string)last["failure"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await house.Client.GetAsync("/api/runs/classify/failing")).StatusCode);
    }

    [Fact]
    public async Task One_is_trained_at_a_time_and_stopped_and_gone_on_with()
    {
        Assert.Equal(HttpStatusCode.Created, (await house.Client.PostAsJsonAsync("/api/runs", Small("long", 100_000))).StatusCode);
        var second = await house.Client.PostAsJsonAsync("/api/runs", Small("other", 1));
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("is being trained; stop it first", await second.Content.ReadAsStringAsync());
        Assert.False(Directory.Exists("runs/classify/other"));

        // Another run's name stops nothing.
        Assert.Equal(HttpStatusCode.Conflict, (await house.Client.PostAsync("/api/runs/classify/cnn-slim/stop", null)).StatusCode);
        Assert.Equal("running", State(await house.Get("/api/runs/classify/long")));
        await house.Post("/api/runs/classify/long/stop", []);
        Assert.Equal("stopped", State(await house.Get("/api/runs/classify/long")));
        int steps = File.ReadAllLines("runs/classify/long/steps.csv").Length;

        await house.Post("/api/runs/classify/long/resume", []);
        while (File.ReadAllLines("runs/classify/long/steps.csv").Length <= steps) await Task.Delay(50);
        await house.Post("/api/runs/classify/long/stop", []);
        string[] rows = File.ReadAllLines("runs/classify/long/steps.csv");
        Assert.Equal(Enumerable.Range(1, rows.Length - 1).Select(i => $"{i}"), rows.Skip(1).Select(row => row.Split(',')[0]));

        var complete = await house.Client.PostAsync("/api/runs/classify/cnn-slim/resume", null);
        Assert.Equal(HttpStatusCode.Conflict, complete.StatusCode);
        Assert.Contains("is complete", await complete.Content.ReadAsStringAsync());

        static string State(JsonObject run) => (string)run["state"]!;
    }

    /// <summary>A run of another process: all that is seen of it is its files and its lock.</summary>
    [Fact]
    public async Task A_run_in_another_terminal_is_seen()
    {
        using (var folder = RunFolder.Open("runs/segment/fcn8-slim"))
        {
            File.Move(folder.At("report.json"), folder.At("kept.json"));
            Assert.Equal("running", (string)(await house.Get("/api/runs/segment/fcn8-slim"))["state"]!);
        }
        Assert.Equal("stopped", (string)(await house.Get("/api/runs/segment/fcn8-slim"))["state"]!);
        File.Move("runs/segment/fcn8-slim/kept.json", "runs/segment/fcn8-slim/report.json");
        Assert.Equal("complete", (string)(await house.Get("/api/runs/segment/fcn8-slim"))["state"]!);
    }

    /// <summary>Files of runs may be of another version, half written, or edited by hand.</summary>
    [Fact]
    public async Task Damaged_files_of_a_run_hide_nothing_else()
    {
        const string Run = "runs/classify/damaged";
        Directory.CreateDirectory($"{Run}/weights");
        try
        {
            File.Copy("runs/classify/cnn-slim/args.json", $"{Run}/args.json");
            File.WriteAllText($"{Run}/steps.csv", $"{RunTables.StepsHeader}\n1,2.5,0.001\nhalf,a\n2,x");
            File.WriteAllText($"{Run}/results.csv", "epoch,of,another,table\n1,2,3,4\n");
            File.WriteAllText($"{Run}/report.json", """{"test": 5, "complete": "perhaps"}""");
            File.WriteAllText($"{Run}/weights/best.safetensors", "no weights");
            var run = await house.Get("/api/runs/classify/damaged");
            Assert.Equal("stopped", (string)run["state"]!);
            Assert.Empty(run["epochs"]!.AsArray());
            Assert.Equal("""{"step":[1],"loss":[2.5]}""", run["steps"]!.ToJsonString());
            Assert.Null(run["score"]);
            Assert.Contains("classify/damaged", (await house.Get("/api/runs"))["runs"]!.AsArray().Select(r => (string)r!["path"]!));
            var models = (await house.Get("/api/models"))["models"]!.AsArray().Select(m => (string)m!["id"]!).ToArray();
            Assert.Contains("classify/cnn-slim", models);
            Assert.DoesNotContain("classify/damaged", models);

            // Weights that are whole, with a report that is not of this version.
            File.Copy("runs/classify/cnn-slim/weights/best.safetensors", $"{Run}/weights/best.safetensors", overwrite: true);
            Assert.Equal("classify/damaged", (string)(await house.Post("/api/predict?model=classify/damaged", house.Drawing(1)))["model"]!);
        }
        finally
        {
            Directory.Delete(Run, recursive: true);
        }
    }

    /// <summary>A run that begins or goes on writes other weights into the same file.</summary>
    [Fact]
    public async Task The_weights_that_a_run_has_now_are_asked()
    {
        const string Run = "runs/detect/later", Best = $"{Run}/weights/best.safetensors", Finder = "runs/detect/grid/weights/best.safetensors";
        Directory.CreateDirectory($"{Run}/weights");
        try
        {
            File.Copy("runs/detect/grid/args.json", $"{Run}/args.json");
            var file = SafetensorsFile.Read(Finder);
            Put([.. file.Metadata.Select(entry => entry.Key == "epoch" ? new("epoch", "0") : entry)], 1);
            Assert.Equal(("detect/grid", false), await Known()); // it has only just begun
            Put(file.Metadata, 2);
            Assert.Equal(("detect/later", true), await Known());
            Assert.Equal("detect/later", (string)(await house.Post("/api/predict", house.Drawing(1)))["model"]!);
            File.Copy("runs/classify/cnn-slim/weights/best.safetensors", Best, overwrite: true);
            File.SetLastWriteTimeUtc(Best, DateTime.UtcNow.AddSeconds(3));
            await Known();
            Assert.NotNull((await house.Post("/api/predict?model=detect/later", house.Drawing(1)))["pictures"]![0]!["digits"]);

            void Put(IEnumerable<KeyValuePair<string, string>> metadata, int second)
            {
                SafetensorsFile.Write(Best, file.Tensors, metadata.ToDictionary());
                File.SetLastWriteTimeUtc(Best, DateTime.UtcNow.AddSeconds(second));
            }
        }
        finally
        {
            Directory.Delete(Run, recursive: true);
            await Known();
        }

        // Who asks for what is not known has the folders looked through anew.
        async Task<(string, bool)> Known()
        {
            await house.Client.PostAsync("/api/predict?model=none", StudioHouse.Body([1], "image/png"));
            var models = await house.Get("/api/models");
            return ((string)models["default"]!, models["models"]!.AsArray().Any(m => (string)m!["id"]! == "detect/later"));
        }
    }

    [Fact]
    public async Task Data_that_could_not_be_opened_is_tried_again()
    {
        const string Run = "runs/classify/moved";
        Directory.CreateDirectory($"{Run}/weights");
        try
        {
            var arguments = JsonNode.Parse(File.ReadAllText("runs/classify/cnn-slim/args.json"))!;
            arguments["data"] = house.Folder["away"];
            File.WriteAllText($"{Run}/args.json", arguments.ToJsonString());
            File.Copy("runs/classify/cnn-slim/weights/best.safetensors", $"{Run}/weights/best.safetensors");
            var refused = await house.Client.GetAsync("/api/example?model=classify/moved");
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Directory.Move(house.Folder["data"], house.Folder["away"]);
            Assert.Equal(60, (int)(await house.Get("/api/example?model=classify/moved"))["of"]!);
        }
        finally
        {
            if (Directory.Exists(house.Folder["away"])) Directory.Move(house.Folder["away"], house.Folder["data"]);
            Directory.Delete(Run, recursive: true);
        }
    }

    [Fact]
    public async Task So_many_pages_watch_at_most_and_who_leaves_makes_room()
    {
        var watching = new List<HttpResponseMessage>();
        do watching.Add(await Watch());
        while (watching[^1].IsSuccessStatusCode);
        Assert.InRange(watching.Count, 1, 33);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (watching[^1].StatusCode, $"{watching[^1].Headers.RetryAfter}"));
        Assert.Contains("32 pages watch runs already", await watching[^1].Content.ReadAsStringAsync());
        foreach (var answer in watching) answer.Dispose();
        // The server finds out when it next writes, of each for itself.
        for (int tries = 0; tries < 100; tries++)
        {
            HttpResponseMessage[] again = [await Watch(), await Watch(), await Watch()];
            bool hasRoom = again.All(answer => answer.IsSuccessStatusCode);
            foreach (var answer in again) answer.Dispose();
            await Task.Delay(hasRoom ? 1500 : 100);
            if (hasRoom) return;
        }
        Assert.Fail("nobody may watch any more");

        Task<HttpResponseMessage> Watch() => house.Client.GetAsync("/api/runs/classify/cnn-slim/events", HttpCompletionOption.ResponseHeadersRead);
    }

    [Fact]
    public async Task A_run_that_is_not_gone_on_with_is_let_go()
    {
        Assert.Equal(HttpStatusCode.Conflict, (await house.Client.PostAsync("/api/runs/classify/cnn-slim/resume", null)).StatusCode);
        Assert.False(RunFolder.IsHeld("runs/classify/cnn-slim"));
    }

    [Fact]
    public async Task What_a_run_is_told_is_short_whether_its_length_is_said_or_not()
    {
        foreach (bool isChunked in new[] { false, true })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/api/runs") { Content = StudioHouse.Body(new byte[70_000], "application/json") };
            request.Headers.TransferEncodingChunked = isChunked;
            var answer = await house.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Contains("at most 65536 bytes", await answer.Content.ReadAsStringAsync());
        }
    }

    /// <summary>A report has its style inside, which the studio's own pages may not; no script is let in by either.</summary>
    [Fact]
    public async Task A_report_is_shown_with_its_style()
    {
        var report = await house.Client.GetAsync("/runs/classify/cnn-slim/report.html");
        string policy = report.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; style-src 'unsafe-inline'", policy);
        Assert.DoesNotContain("script-src", policy);
        Assert.DoesNotContain("unsafe", (await house.Client.GetAsync("/")).Headers.GetValues("Content-Security-Policy").Single());
    }

    [Theory]
    [InlineData("""{"task":"none"}""", 400, "there is no task 'none'; there are segment, classify, detect")]
    [InlineData("""{"name":"x"}""", 400, "'task' is missing")]
    [InlineData("""{"task":"classify","name":"../x"}""", 400, "the name '../x' is none")]
    [InlineData("""{"task":"classify","options":{"out":"/tmp/x"}}""", 400, "classify has no option 'out'")]
    [InlineData("""{"task":"classify","options":{"epochs":"many"}}""", 400, "--epochs is 'many'; it must be a whole number from 0 to 100000")]
    [InlineData("""{"task":"classify","options":{"model":"cnn","k":3}}""", 400, "--k means nothing to the model cnn")]
    [InlineData("""{"task":"classify","options":{"data":"nowhere"}}""", 400, "--data names 'nowhere', and there is no such folder or file")]
    [InlineData("""{"task":"classify","options":5}""", 400, "'options' is no object")]
    [InlineData("""{"task":"classify","optoins":{"epochs":1}}""", 400, "there is no 'optoins': did you mean 'options'?")]
    [InlineData("""["task"]""", 400, "the body cannot be read")]
    [InlineData("""{"task":1}""", 400, "'task' is no text")]
    public async Task A_run_that_cannot_be_is_refused_as_the_command_refuses_it(string body, int status, string message)
    {
        int before = Directory.GetDirectories("runs/classify").Length;
        var answer = await house.Client.PostAsync("/api/runs", new StringContent(body, null, "application/json"));
        Assert.Contains(message, (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["error"]!);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(before, Directory.GetDirectories("runs/classify").Length);
    }

    [Fact]
    public async Task Tasks_say_what_their_training_can_be_told()
    {
        var tasks = (await house.Get("/api/tasks"))["tasks"]!.AsArray();
        Assert.Equal(["segment", "classify", "detect"], tasks.Select(t => (string)t!["name"]!));
        var parameters = tasks[1]!["parameters"]!.AsArray().ToDictionary(p => (string)p!["name"]!, p => p!);
        Assert.Equal(["knn"], parameters["k"]["models"]!.AsArray().Select(m => (string)m!));
        Assert.Equal(["one-cycle", "cosine", "constant"], parameters["schedule"]["words"]!.AsArray().Select(w => (string)w!));
        Assert.DoesNotContain("command", parameters.Keys);
    }

    private async Task<List<(string Kind, JsonObject Data)>> Watched(string run)
    {
        using var stream = new StreamReader(await house.Client.GetStreamAsync($"/api/runs/{run}/events"));
        var events = new List<(string, JsonObject)>();
        string? kind = null;
        while (await stream.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("event: ")) kind = line["event: ".Length..];
            if (!line.StartsWith("data: ")) continue;
            var data = JsonNode.Parse(line["data: ".Length..])!.AsObject();
            events.Add((kind!, data));
            if (kind == "state" && (string)data["state"]! != "running") break;
        }
        return events;
    }
}
