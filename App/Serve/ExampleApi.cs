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
    /// <summary>Sets that are kept open: MNIST takes 50 MB.</summary>
    private const int MostOpen = 3;

    // Data is opened in seconds, and once for all networks of one division. What was asked last comes last.
    private readonly List<(string Key, Task<TaskData> Data)> _opened = [];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/example", (HttpRequest request) => Example(request))
        .WithSummary("A random test picture of a model's data with its truth; ?number= takes a certain one");

    private async Task<IResult> Example(HttpRequest request)
    {
        var shelved = shelf.Find(request.Query.TryGetValue("model", out var named) ? $"{named}" : null);
        var arguments = Arguments(shelved);
        var data = await Opened(shelved.Task, arguments);
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
                ["reading"] = truth.Names,
                ["boxes"] = truth.Objects is not { } objects ? null : Json.Array(objects.Select(o => new JsonObject
                {
                    ["class"] = o.Class, ["xmin"] = o.Box.XMin, ["ymin"] = o.Box.YMin, ["xmax"] = o.Box.XMax, ["ymax"] = o.Box.YMax,
                })),
            },
        });
    }

    private Task<TaskData> Opened(ITask task, Arguments arguments)
    {
        string key = $"{task.Name} {arguments.ToJson([Parameters.Data, .. Parameters.OfSplit(task)]).ToJsonString()}";
        lock (_opened)
        {
            var found = _opened.Find(set => set.Key == key && !set.Data.IsFaulted);
            _opened.RemoveAll(set => set.Key == key);
            if (found.Data is null)
            {
                if (_opened.Count == MostOpen) _opened.RemoveAt(0);
                found = (key, Task.Run(() => task.Open(arguments)));
            }
            _opened.Add(found);
            return found.Data;
        }
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
