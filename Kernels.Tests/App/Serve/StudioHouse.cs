using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Serve;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>A studio in a folder that has a run of each task, all trained for a moment.</summary>
public sealed class StudioHouse : IDisposable
{
    /// <summary>The tests that share one: it takes seconds to make.</summary>
    public const string Name = "studio";

    private readonly string _before = Environment.CurrentDirectory;
    private readonly Studio _studio;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public StudioHouse() : this(null, null) { }

    /// <param name="more">Words of a run that there is to be beside them.</param>
    /// <param name="named">Weights that are named, and so asked first.</param>
    internal StudioHouse(string[]? more, string? named)
    {
        Environment.CurrentDirectory = $"{Folder}";
        Folder.Digits("data", ProceduralDigits.Make(300, seed: 5), Digits);
        Folder.Pictures();
        string[] brief = ["--data", Folder["data"], "--device", "cpu", "--epochs", "1", "--batch", "8"];
        Trained(["train", "classify", "--model", "cnn-slim", "--validation", "20", .. brief]);
        Trained("train", "classify", "--model", "knn", "--validation", "20", "--data", Folder["data"], "--device", "cpu");
        Trained(["train", "detect", "--scenes", "100", "--canvas", "48", "--digits", "1..2", "--steps", "2", "--no-eval", .. brief]);
        Trained(["train", "segment", "--model", "fcn8-slim", "--steps", "2", .. brief]);
        if (more is not null) Trained(more);
        _studio = Open(mostTogether: 32, named is null ? [] : [named]);
        _serving = _studio.Run(_stop.Token);
        Client = new HttpClient { BaseAddress = new Uri(_studio.Address) };
    }

    internal TempFolder Folder { get; } = new();
    public DigitImages Digits { get; } = ProceduralDigits.Make(60, seed: 6);
    public HttpClient Client { get; }

    internal static Studio Open(int mostTogether, params string[] named) =>
        Studio.Open(new(Port: 0, named, null, "drawings", mostTogether, []), Tasks.All, new CpuDevice(2)).GetAwaiter().GetResult();

    private static void Trained(params string[] words)
    {
        var run = CommandRun.Run([.. words, "--quiet"]);
        Assert.True(run.Code == 0, $"{string.Join(' ', words)}: {run.Error}");
    }

    /// <summary>Digits side by side, each twice as large as MNIST has them, light on black.</summary>
    public byte[] Drawing(params int[] numbers)
    {
        int side = 2 * DigitImages.Side, width = numbers.Length * side;
        var page = new Picture(width, side, 1);
        for (int i = 0; i < page.Pixels.Length; i++)
        {
            int x = i % width, y = i / width;
            page.Pixels[i] = Digits.Image(numbers[x / side])[y / 2 * DigitImages.Side + x % side / 2];
        }
        return Png.Encode(page);
    }

    public async Task<JsonObject> Get(string path)
    {
        var answer = await Client.GetAsync(path);
        var content = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {content}");
        return content!;
    }

    public async Task<JsonObject> Post(string path, byte[] body, string type = "image/png")
    {
        var answer = await Client.PostAsync(path, Body(body, type));
        var content = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {content}");
        return content!;
    }

    public static ByteArrayContent Body(byte[] body, string? type)
    {
        var content = new ByteArrayContent(body);
        if (type is not null) content.Headers.ContentType = new(type);
        return content;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _serving.GetAwaiter().GetResult();
        _studio.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Client.Dispose();
        _stop.Dispose();
        Environment.CurrentDirectory = _before;
        Folder.Dispose();
    }
}

[CollectionDefinition(StudioHouse.Name, DisableParallelization = true)]
public sealed class StudioCollection : ICollectionFixture<StudioHouse>;
