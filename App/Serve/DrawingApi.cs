using System.Text.Json.Nodes;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary><c>POST /api/drawings</c>: keeps a drawing with what it shows, so that a network can learn somebody's hand.</summary>
/// <param name="learner">A task that learns from drawings.</param>
/// <param name="folder">Where they are kept.</param>
internal sealed class DrawingApi(ITask learner, Shelf shelf, PictureBody pictures, string folder)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/drawings", (HttpRequest request) => pictures.With(request, picture =>
    {
        var (kept, total) = learner.Keep(picture, $"{request.Query["label"]}", folder);
        return Task.FromResult(Answers.Json(new JsonObject { ["saved"] = kept, ["folder"] = folder, ["total"] = total, ["next"] = Next }));
    })).WithSummary("Keeps the digits of a drawing under ?label= for training").Accepts<byte[]>(PictureBody.Types[0], [.. PictureBody.Types[1..]]);

    /// <summary>What to type to train on them: from the network that reads best, where there is one.</summary>
    private string Next
    {
        get
        {
            // What the server was given goes before runs that may have been trials.
            var able = shelf.All.Where(w => w.Task == learner && w.Model.FollowsGradients);
            var best = able.OrderByDescending(w => shelf.IsNamed(w)).ThenByDescending(w => w.Score ?? 0).FirstOrDefault();
            string from = best is null ? "" : $" --model {best.Model.Name} --init {ShellText.Quoted(best.Path)}";
            return $"fcn train {learner.Name}{from} --data {ShellText.Quoted(folder)}";
        }
    }
}
