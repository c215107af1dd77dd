using System.Net;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FcnFromScratch.App.Serve;

/// <summary>What a studio is told.</summary>
/// <param name="Port">0 takes any that is free.</param>
/// <param name="MostTogether">Predictions in a batch at most.</param>
/// <param name="Standing">Words of every run that it trains.</param>
internal sealed record StudioOptions(
    int Port, IReadOnlyList<string> Weights, string? DataFolder, string Drawings, int MostTogether, IReadOnlyList<string> Standing);

/// <summary>
/// The web studio: a page on which people draw digits and see what networks make of them, and the API behind it. It serves this machine alone.
/// </summary>
internal sealed class Studio : IAsyncDisposable
{
    private const string ContentPolicy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; object-src 'none'";

    /// <summary>A run's own page has its style and its pictures inside, and no script.</summary>
    private const string ReportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

    private static readonly TimeSpan s_headersWithin = TimeSpan.FromSeconds(10), s_keepAlive = TimeSpan.FromSeconds(130);

    private readonly WebApplication _app;
    private readonly DeviceThread _device;
    private readonly Shelf _shelf;
    private readonly Trainings _trainings;
    private readonly PictureBody _pictures = new();
    private readonly Meter _meter = new();
    private readonly CancellationTokenSource _stopping = new();

    private Studio(StudioOptions options, IReadOnlyList<ITask> tasks, Engine.Devices.Device device)
    {
        _device = new DeviceThread(device, options.MostTogether);
        (_shelf, _trainings) = (new Shelf(tasks, options.Weights), new Trainings(tasks, options.Standing));
        // Nothing from the environment or from files beside: what is served, and where, is what the command says.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, options.Port));
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenApi();
        _app = builder.Build();
        _app.Use(Count);
        _app.Use(Answers.CatchAsync);
        _app.Use(SameSite.CheckAsync);
        _app.Use(Secure);
        _app.UseRouting();
        PageFiles.Map(_app);
        new PredictApi(_device, _shelf, _pictures, _meter).Map(_app);
        new LookApi(_device, _shelf, _pictures).Map(_app);
        if (tasks.FirstOrDefault(task => task.KeepsDrawings) is { } learner) new DrawingApi(learner, _shelf, _pictures, options.Drawings).Map(_app);
        new ExampleApi(_device, _shelf, options.DataFolder).Map(_app);
        new RunsApi(tasks, _trainings, _stopping.Token).Map(_app);
        new KernelsApi(_device).Map(_app);
        _app.MapGet("/api/models", Models).WithSummary("The networks that can be asked, and the one that answers unless told otherwise");
        _app.MapGet("/api/health", Health).WithSummary("Whether there is a network to ask, and how far the first training is");
        _app.MapGet("/api/metrics", () => Results.Text(_meter.ToText(_device.Waiting), "text/plain; version=0.0.4"))
            .WithSummary("Counts and times, for Prometheus");
        _app.MapOpenApi();
    }

    /// <summary>Opens a studio on a device, which it owns from then on.</summary>
    /// <exception cref="EngineException">The port is taken or may not be used; or weights that were named are of no model.</exception>
    /// <exception cref="DataException">Weights that were named cannot be read.</exception>
    public static async Task<Studio> Open(StudioOptions options, IReadOnlyList<ITask> tasks, Engine.Devices.Device device)
    {
        var studio = new Studio(options, tasks, device);
        try
        {
            studio._shelf.ExpectNamed();
            await studio._app.StartAsync();
            return studio;
        }
        catch (Exception e)
        {
            await studio.DisposeAsync();
            if (e is not (IOException or System.Net.Sockets.SocketException)) throw;
            string why = e.InnerException is AddressInUseException ? "another program listens there" : e.Message;
            throw new EngineException($"port {options.Port} of 127.0.0.1 cannot be opened: {why}; choose another by --port, 0 takes any that is free", e);
        }
    }

    /// <summary>Where the page is.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Runs that were started from the page.</summary>
    public Trainings Trainings => _trainings;

    /// <summary>Whether there is a network to ask.</summary>
    public bool IsReady => _shelf.Default is not null;

    /// <summary>Serves until it is told to stop; then requests in flight are answered, and a run in progress is saved.</summary>
    public async Task Run(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource();
        await using var told = stop.Register(() => stopped.TrySetResult());
        await stopped.Task;
        await _stopping.CancelAsync(); // pages that watch a run would be waited for
        var saved = Task.Run(_trainings.Dispose, CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        await _app.StopAsync(patience.Token);
        await saved;
    }

    private static void Limit(KestrelServerOptions kestrel, int port)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(IPAddress.Loopback, port);
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = PictureBody.MostBytes;
        limits.MinRequestBodyDataRate = null; // a body has its time, whatever its pace
        limits.MaxConcurrentConnections = 512;
        limits.RequestHeadersTimeout = s_headersWithin;
        limits.KeepAliveTimeout = s_keepAlive;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestLineSize = 4 << 10;
    }

    private Task Secure(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/runs") ? ReportPolicy : ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return next(context);
    }

    private async Task Count(HttpContext context, RequestDelegate next)
    {
        await next(context);
        _meter.Request(context.Response.StatusCode);
    }

    private IResult Models() => Answers.Json(new JsonObject
    {
        ["default"] = _shelf.Default?.Id,
        ["models"] = Json.Array(_shelf.All.Select(w => w.ToJson())),
        ["colours"] = Json.Array(Enumerable.Range(0, 10).Select(k => Palette.Of(k).Hex)),
    });

    private IResult Health()
    {
        bool isReady = IsReady;
        var progress = _trainings.Progress;
        return Answers.Json(new JsonObject
        {
            ["status"] = isReady ? "ok" : "preparing",
            ["version"] = ProductVersion.Text,
            ["device"] = _device.Name,
            ["device_description"] = _device.Description,
            ["models"] = _shelf.All.Count,
            ["preparing"] = isReady ? null : new JsonObject
            {
                ["run"] = _trainings.Current is { } run ? $"{RunFolder.TaskOf(run)}/{Path.GetFileName(run)}" : null,
                ["epoch"] = progress.Epoch,
                ["epochs"] = progress.Epochs,
                ["share"] = progress.Share,
                ["text"] = progress.Text,
                ["failure"] = _trainings.Failure,
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        _trainings.Dispose();
        await _app.DisposeAsync();
        _device.Dispose();
        _shelf.Dispose();
        _pictures.Dispose();
        _stopping.Dispose();
    }
}
