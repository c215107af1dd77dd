using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary><c>GET /api/example</c>: a test picture of a network's data, with what it shows.</summary>
/// <param name="dataFolder">Where data lies of weights whose run does not say; null for what the program draws.</param>
internal sealed class ExampleApi(DeviceThread device, Shelf shelf, string? dataFolder)
{
    // Data is opened in seconds, and once for all networks of one division.
    private readonly ConcurrentDictionary<string, Lazy<Task<TaskData>>> _opened = [];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/example", (HttpRequest request) => Example(request))
        .WithSummary("A random test picture of a model's data with its truth; ?number= takes a certain one");

    private async Task<IResult> Example(HttpRequest request)
    {
        var shelved = shelf.Find(request.Query.TryGetValue("model", out var named) ? $"{named}" : null);
        var arguments = Arguments(shelved);
        string key = arguments.ToJson().ToJsonString();
        var data = await _opened.GetOrAdd(key, _ => new(() => Task.Run(() => shelved.Task.Open(arguments)))).Value;
        var samples = data.Samples(data.Split.Test);
        if (samples.Count == 0) throw new NotFoundException($"{data.Source} has no test pictures");
        int number = !request.Query.TryGetValue("number", out var asked) ? Random.Shared.Next(samples.Count)
            : int.TryParse($"{asked}", out int given) && given >= 0 && given < samples.Count ? given
            : throw new UsageException($"number is {ForeignText.Quoted($"{asked}")}; the test pictures are 0 … {samples.Count - 1}");
        var sample = new Batch(samples.Spec, 1);
        sample.Read(samples, 0, [number]);
        var picture = new Picture(samples.Spec.Width, samples.Spec.Height, 1, sample.PixelsOf(0).ToArray());
        var truth = shelved.Task.TruthOf(samples, number);
        return Answers.Json(new JsonObject
        {
            ["number"] = number,
            ["of"] = samples.Count,
            ["picture"] = PredictApi.DataUrl(picture),
            ["width"] = picture.Width,
            ["height"] = picture.Height,
            ["inverted"] = false,
            ["truth"] = new JsonObject
            {
                ["reading"] = truth.Reading,
                ["boxes"] = truth.Objects is not { } objects ? null : Json.Array(objects.Select(o => new JsonObject
                {
                    ["class"] = o.Class, ["xmin"] = o.Box.XMin, ["ymin"] = o.Box.YMin, ["xmax"] = o.Box.XMax, ["ymax"] = o.Box.YMax,
                })),
            },
        });
    }

    /// <summary>As the weights' training divided its data.</summary>
    private Arguments Arguments(ShelvedWeights shelved)
    {
        var (task, path) = (shelved.Task, shelved.Path);
        var arguments = new Arguments(task).WithJson(shelved.Origin.Arguments, Parameters.OfSplit(task), $"'{path}', trained with")
            .On(device.Device).With(Parameters.Model, shelved.Model.Name);
        string run = Path.Combine(Path.GetDirectoryName(path)!, "..", RunFolder.ArgumentsFile);
        bool isOfRun = InputFile.Exists(run);
        var data = isOfRun ? Json.Object(InputFile.Read(run), run)[Parameters.Data.Name] : null;
        return arguments.WithParsed(Parameters.Data, isOfRun ? data?.ToString() : dataFolder);
    }
}
