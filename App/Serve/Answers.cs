using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using Microsoft.AspNetCore.Http;

namespace FcnFromScratch.App.Serve;

/// <summary>How the server answers: JSON, and of whatever goes wrong one line with a status.</summary>
internal static class Answers
{
    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IResult Json(JsonNode node, HttpStatusCode status = HttpStatusCode.OK) =>
        Results.Text(node.ToJsonString(s_readable), "application/json", Encoding.UTF8, (int)status);

    /// <summary>Turns what the rest of the pipeline throws into an answer.</summary>
    public static async Task CatchAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null } && context.Response.ContentType is null)
                await Tell(context, context.Response.StatusCode, Reason(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var (status, message) = Of(e);
            if (status == 503) context.Response.Headers.RetryAfter = "1";
            await Tell(context, status, message);
        }
    }

    private static (int Status, string Message) Of(Exception e)
    {
        switch (e)
        {
            case RefusedException refused: return (refused.Status, refused.Message);
            case NotFoundException: return (404, e.Message);
            case ConflictException: return (409, e.Message);
            case BusyException: return (503, e.Message);
            case BadHttpRequestException bad: return (bad.StatusCode, bad.Message);
            case DeviceMemoryException: return (413, e.Message);
            case UsageException or DataException or EngineException: return (400, e.Message);
            case IOException or UnauthorizedAccessException: return (500, e.Message);
        }
        // A fault of this program: its place is for whoever runs the server.
        Console.Error.WriteLine($"fcn: a request failed: {ForeignText.OneLine($"{e.GetType().Name}: {e.Message}")} {e.StackTrace?.Split('\n')[0].Trim()}");
        return (500, "the server failed at this request; its terminal says more");
    }

    private static string Reason(HttpContext context) => context.Response.StatusCode switch
    {
        404 => $"there is nothing at {ForeignText.Quoted(context.Request.Path)}",
        405 => $"{context.Request.Method} is not for {ForeignText.Quoted(context.Request.Path)}; it takes {context.Response.Headers.Allow}",
        415 => $"a body of type {ForeignText.Quoted($"{context.Request.ContentType}")} is not taken here; send {string.Join(", ", PictureBody.Types)}",
        var status => $"refused with status {status}",
    };

    private static Task Tell(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return Json(new JsonObject { ["error"] = ForeignText.OneLine(message) }, (HttpStatusCode)status).ExecuteAsync(context);
    }
}
