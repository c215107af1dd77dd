using System.Diagnostics;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary><c>POST /api/look</c>: what a network was given, what each of its layers made of it, and which pixels speak for a class.</summary>
internal sealed class LookApi(DeviceThread device, Shelf shelf, PictureBody pictures)
{
    private const string Model = "model", Class = "class", Digit = "digit", Width = "width", Height = "height";

    /// <summary>All layers of a picture are held at once: those of fcn8-fine take 300 MB at this many pixels.</summary>
    private const int MostPixels = 1 << 18;

    private const int MostShown = 64, Columns = 8;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/look", (HttpRequest request) => Answer(request))
        .WithSummary("What a network was given of a picture, the activations of its layers, and which pixels speak for a class")
        .Accepts<byte[]>(PictureBody.Types[0], [.. PictureBody.Types[1..]]).Produces(200, contentType: "application/json");

    private Task<IResult> Answer(HttpRequest request)
    {
        long start = Stopwatch.GetTimestamp();
        string? id = request.Query.TryGetValue(Model, out var named) ? $"{named}" : null;
        var shelved = shelf.Find(id);
        var arguments = QueryParameters.Into(new Arguments(shelved.Task), shelved.Task.PredictParameters, request,
            Model, Class, Digit, Width, Height, InputPicture.Invert.Name, InputPicture.KeepGround.Name);
        int? classNumber = request.Query.TryGetValue(Class, out var asked) ? ClassOf(shelved, $"{asked}") : null;
        int which = !request.Query.TryGetValue(Digit, out var digit) ? 0
            : int.TryParse($"{digit}", out int number) && number >= 0 ? number
            : throw new UsageException($"digit is {ForeignText.Quoted($"{digit}")}; it counts from 0");
        return pictures.With(request, async picture =>
        {
            var answer = await device.Run(open => Look(open, shelved, arguments, picture, which, classNumber), request.HttpContext.RequestAborted);
            answer["milliseconds"] = Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 3);
            return Answers.Json(answer);
        });
    }

    private static int ClassOf(ShelvedWeights shelved, string name)
    {
        int index = shelved.Classes.ToList().IndexOf(name);
        return index >= 0 ? index
            : throw new UsageException($"there is no class {ForeignText.Quoted(name)}; there are {ForeignText.Quoted(string.Join(", ", shelved.Classes))}");
    }

    private JsonObject Look(Device open, ShelvedWeights shelved, Arguments arguments, InputPicture picture, int which, int? classNumber)
    {
        var weights = shelf.Open(shelved, open);
        var shown = weights.Predictor(arguments).Predict([picture])[0].Shown;
        if (shown.Count == 0) return new JsonObject { ["shown"] = 0, ["input"] = null, ["layers"] = new JsonArray(), ["evidence"] = null };
        if (which >= shown.Count) throw new UsageException($"digit is {which}; the picture has {shown.Count}, counted from 0");
        var input = shown[which];
        if (input.Width * input.Height > MostPixels)
            throw new RefusedException(413,
                $"the network was given {input.Width}×{input.Height} pixels; its layers are shown for up to {MostPixels}. Send a smaller picture");
        var look = weights.Look(input);
        var layers = look.Layers(input);
        int speaksFor = classNumber ?? look.Strongest(shelved.Classes.Count);
        var evidence = look.EvidenceOf(speaksFor, input);
        return new JsonObject
        {
            ["shown"] = shown.Count,
            ["input"] = PredictApi.DataUrl(input),
            ["layers"] = Json.Array(layers.Select(ToJson)),
            ["evidence"] = evidence is null ? null : new JsonObject
            {
                ["class"] = shelved.Classes[speaksFor],
                ["score"] = evidence.Score,
                ["picture"] = PredictApi.DataUrl(evidence.Draw(input)),
                ["width"] = input.Width,
                ["height"] = input.Height,
            },
        };
    }

    private static JsonObject ToJson(LayerOutput layer)
    {
        int channels = Math.Min(layer.Channels, MostShown);
        return new JsonObject
        {
            ["name"] = layer.Name,
            ["op"] = layer.Op,
            ["height"] = layer.Height,
            ["width"] = layer.Width,
            ["channels"] = layer.Channels,
            ["shown"] = channels,
            ["columns"] = Math.Min(channels, Columns),
            ["min"] = layer.Values.Min(),
            ["max"] = layer.Values.Max(),
            ["sheet"] = PredictApi.DataUrl(Sheet(layer, channels, Math.Min(channels, Columns))),
        };
    }

    /// <summary>Channels as tiles, one pixel apart; each from its least value, black, to its largest, white.</summary>
    private static Picture Sheet(LayerOutput layer, int channels, int columns)
    {
        int rows = (channels + columns - 1) / columns;
        var sheet = new Picture(columns * (layer.Width + 1) - 1, rows * (layer.Height + 1) - 1, 1);
        for (int channel = 0; channel < channels; channel++)
        {
            float least = float.PositiveInfinity, most = float.NegativeInfinity;
            for (int i = channel; i < layer.Values.Length; i += layer.Channels) 
                (least, most) = (Math.Min(least, layer.Values[i]), Math.Max(most, layer.Values[i]));
            float scale = most > least ? 255 / (most - least) : 0;
            int left = channel % columns * (layer.Width + 1), top = channel / columns * (layer.Height + 1);
            for (int y = 0; y < layer.Height; y++)
                for (int x = 0; x < layer.Width; x++)
                    sheet.Pixels[(top + y) * sheet.Width + left + x] =
                        (byte)Math.Round((layer.Values[(y * layer.Width + x) * layer.Channels + channel] - least) * scale);
        }
        return sheet;
    }
}
