using System.Diagnostics;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary><c>POST /api/predict</c>: what <c>fcn predict --json</c> says of a picture.</summary>
internal sealed class PredictApi(DeviceThread device, Shelf shelf, PictureBody pictures, Meter meter)
{
    private const string Model = "model", Mask = "mask", Width = "width", Height = "height";

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/predict", (HttpRequest request) => Predict(request))
        .WithSummary("What a network sees in a picture: the body is a PNG, JPEG, BMP or PNM file, or grey pixels with ?width=&height=")
        .Accepts<byte[]>(PictureBody.Types[0], [.. PictureBody.Types[1..]]).Produces(200, contentType: "application/json");

    private Task<IResult> Predict(HttpRequest request)
    {
        long start = Stopwatch.GetTimestamp();
        string? id = request.Query.TryGetValue(Model, out var named) ? $"{named}" : null;
        var shelved = shelf.Find(id);
        var parameters = shelved.Task.PredictParameters;
        var arguments = QueryParameters.Into(new Arguments(shelved.Task), parameters, request,
            Model, Mask, Width, Height, InputPicture.Invert.Name, InputPicture.KeepGround.Name);
        bool wantsMask = $"{request.Query[Mask]}" switch
        {
            "" or "0" => false,
            "1" => true,
            var other => throw new UsageException($"{Mask} is {ForeignText.Quoted(other)}; it must be 0 or 1"),
        };
        return pictures.With(request, async picture =>
        {
            var (prediction, waited, network) = await Predicted(shelved, arguments, picture, request.HttpContext.RequestAborted);
            double all = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            meter.Predicted(shelved, all, network);
            return Answers.Json(new JsonObject
            {
                ["pictures"] = new JsonArray(prediction.ToJson()),
                ["errors"] = new JsonArray(),
                ["model"] = shelved.Id,
                ["device"] = device.Name,
                ["milliseconds"] = Milliseconds(waited, network, all),
                ["mask"] = wantsMask && prediction.Classes.Length == picture.Width * picture.Height
                    ? DataUrl(new Picture(picture.Width, picture.Height, 1, prediction.Classes)) : null,
            });
        });
    }

    /// <summary>A prediction made with whatever else waits for the same network, how long it waited, and what its share of the batch took.</summary>
    public async Task<(IPrediction Prediction, double Waited, double Network)> Predicted(
        ShelvedWeights shelved, Arguments arguments, InputPicture picture, CancellationToken cancel)
    {
        long asked = Stopwatch.GetTimestamp();
        string told = arguments.ToJson(shelved.Task.PredictParameters).ToJsonString();
        return await device.Together<(InputPicture Picture, long Asked, CancellationToken Cancel), (IPrediction, double, double)>(
            (shelved, told, picture.Width, picture.Height), (picture, asked, cancel), (open, together) =>
        {
            long begun = Stopwatch.GetTimestamp();
            var patience = new Patience([.. together.Select(t => t.Cancel)]);
            var predictions = shelf.Open(shelved, open).Predictor(arguments).Predict([.. together.Select(t => t.Picture)], patience);
            double each = Stopwatch.GetElapsedTime(begun).TotalMilliseconds / together.Count;
            return [.. predictions.Zip(together, (prediction, t) => (prediction, Stopwatch.GetElapsedTime(t.Asked, begun).TotalMilliseconds, each))];
        }, cancel);
    }

    /// <summary>A large picture is read part by part: after each it is asked whether anybody still waits, and whether others would wait too long.</summary>
    private sealed class Patience(CancellationToken[] waiting) : IPredictionObserver
    {
        /// <summary>Of a picture as large as is taken; enlarged it may have many times as many.</summary>
        private const int MostParts = 40;

        public bool TakesOutput => false;
        public void Output(int picture, long at, ReadOnlySpan<float> values) { }

        public void Progress(int done, int parts)
        {
            if (waiting.All(w => w.IsCancellationRequested)) throw new OperationCanceledException(waiting[0]);
            if (parts > MostParts * waiting.Length)
                throw new RefusedException(413,
                    $"at that scale the picture is read in {parts} parts; at most {MostParts} are done here. Send a smaller one, or enlarge it less");
        }
    }

    public static JsonObject Milliseconds(double waited, double network, double all) => new()
    {
        ["waited"] = Math.Round(waited, 3), ["network"] = Math.Round(network, 3), ["all"] = Math.Round(all, 3),
    };

    public static string DataUrl(Picture picture) => $"data:image/png;base64,{Convert.ToBase64String(Png.Encode(picture))}";
}
