using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary><c>fcn serve</c> as a process of its own: as its help says to type it, and ended while it works.</summary>
[Collection(StudioHouse.Name)]
public sealed partial class ServeProcessTests(StudioHouse house)
{
    public static TheoryData<string> Lines => [.. ExampleTests.OfServe];

    private Process Start(string folder, params string[] words) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fcn.dll"), "serve", .. words, "--port", "0", "--device", "cpu"])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;

    private static async Task<Uri> Address(Process process)
    {
        string? line = await process.StandardOutput.ReadLineAsync();
        return line is not null && Studio().Match(line) is { Success: true } match ? new Uri(match.Groups[1].Value)
            : throw new InvalidOperationException($"{line}{await process.StandardError.ReadToEndAsync()}");
    }

    private static async Task<(int Code, TimeSpan After)> Terminated(Process process)
    {
        var clock = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, clock.Elapsed);
    }

    [LinuxTheory]
    [MemberData(nameof(Lines))]
    public async Task What_the_help_says_to_type_serves(string line)
    {
        File.Copy("runs/detect/grid/weights/best.safetensors", house.Folder["GRID.safetensors"], overwrite: true);
        string[] words = [.. PortOption().Replace(line["serve".Length..], "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        using var process = Start($"{house.Folder}", words);
        using var client = new HttpClient { BaseAddress = await Address(process) };
        Assert.Equal("ok", (string)(await client.GetFromJsonAsync<JsonObject>("/api/health"))!["status"]!);
        Assert.Equal(0, (await Terminated(process)).Code);
    }

    /// <summary>In a folder without a network the first is trained; whoever ends that finds it saved, and whoever was promised an answer gets it.</summary>
    [LinuxFact]
    public async Task Ended_while_it_trains_and_predicts_it_saves_and_answers()
    {
        using var folder = new TempFolder();
        File.Copy("runs/detect/grid/weights/best.safetensors", folder["GRID.safetensors"]);
        using var process = Start($"{folder}", "--weights", "GRID.safetensors");
        using var client = new HttpClient { BaseAddress = await Address(process) };
        var begun = await client.PostAsJsonAsync("/api/runs", new JsonObject
        {
            ["task"] = "classify",
            ["name"] = "long",
            ["options"] = new JsonObject
            {
                ["model"] = "cnn-slim", ["data"] = house.Folder["data"], ["epochs"] = "100000", ["batch"] = "8", ["validation"] = "20",
            },
        });
        Assert.True(begun.IsSuccessStatusCode, await begun.Content.ReadAsStringAsync());
        while (!File.Exists(folder["runs/classify/long/args.json"])) await Task.Delay(50);
        Assert.Contains("\"device\": \"cpu\"", File.ReadAllText(folder["runs/classify/long/args.json"])); // the server's own
        var asked = Enumerable.Range(0, 30).Select(i => client.PostAsync("/api/predict?invert=no", StudioHouse.Body(house.Drawing(i), "image/png"))).ToArray();
        await asked[0];
        var (code, after) = await Terminated(process);
        Assert.Equal(0, code);
        Assert.InRange(after.TotalSeconds, 0, 10);
        foreach (var answer in asked)
            try
            {
                Assert.True((await answer).IsSuccessStatusCode || (int)(await answer).StatusCode == 503);
            }
            catch (HttpRequestException)
            {
                // It came when nobody listened any more.
            }
        string log = File.ReadLines(folder["runs/classify/long/log.txt"]).Last();
        Assert.Matches("^stopped after step [1-9][0-9]*; 'fcn resume runs/classify/long' goes on$", log);
        Assert.True(File.Exists(folder["runs/classify/long/weights/last.safetensors"]));
    }

    /// <summary>Where the first network cannot be trained, the page says so and takes what is put there later.</summary>
    [LinuxFact]
    public async Task It_serves_though_nothing_can_be_trained()
    {
        using var folder = new TempFolder();
        folder.Write("runs", "a file where the folder would be"u8.ToArray());
        using var process = Start($"{folder}");
        using var client = new HttpClient { BaseAddress = await Address(process) };
        Assert.Contains("no first network: ", await process.StandardError.ReadLineAsync());
        Assert.Contains("no first network: ", (string)(await client.GetFromJsonAsync<JsonObject>("/api/health"))!["preparing"]!["failure"]!);
        Assert.Equal(0, (await Terminated(process)).Code);
    }

    [LinuxFact]
    public async Task A_port_that_is_taken_is_said_to_be_so()
    {
        string port = $"{house.Client.BaseAddress!.Port}";
        var result = await Task.Run(() => CommandRun.Run("serve", "--port", port, "--device", "cpu"));
        Assert.Equal(1, result.Code);
        Assert.Contains($"port {port} of 127.0.0.1 cannot be opened: another program listens there; choose another by --port, 0 takes any", result.Error);
        CommandRun.Refused(1, "'none.safetensors' does not exist.", "serve", "--weights", "none.safetensors");
        house.Folder.Write("damaged.safetensors", "no weights"u8.ToArray());
        CommandRun.Refused(1, "'damaged.safetensors' ", "serve", "--weights", "damaged.safetensors", "--port", "0");
        CommandRun.Refused(2, "--port is '70000'; it must be a whole number from 0 to 65535", "serve", "--port", "70000");
    }

    [GeneratedRegex(@"^studio: (http://127\.0\.0\.1:\d+) ")]
    private static partial Regex Studio();

    [GeneratedRegex(@"--port \d+")]
    private static partial Regex PortOption();
}
