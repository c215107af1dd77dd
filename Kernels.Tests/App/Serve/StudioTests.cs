using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>What the studio's API answers, and what it refuses.</summary>
[Collection(StudioHouse.Name)]
public sealed class StudioTests(StudioHouse house)
{
    private const string Reader = "classify/cnn-slim", Finder = "detect/grid", Painter = "segment/fcn8-slim";

    [Theory]
    [InlineData(Reader)]
    [InlineData("classify/knn")]
    [InlineData(Finder)]
    [InlineData(Painter)]
    public async Task It_answers_what_the_command_does(string model)
    {
        byte[] drawing = house.Drawing(3, 14, 15);
        string file = house.Folder.Write("drawing.png", drawing);
        var command = CommandRun.Run("predict", file, "--weights", $"runs/{model}", "--device", "cpu", "--json");
        Assert.Equal((0, ""), (command.Code, command.Error));
        var expected = JsonNode.Parse(command.Out)!["pictures"]![0]!.AsObject();
        expected.Remove("drawn");
        expected["picture"] = "picture";
        var answer = await house.Post($"/api/predict?model={model}", drawing);
        Assert.Equal(expected.ToJsonString(), answer["pictures"]![0]!.ToJsonString());
        Assert.Equal((model, "cpu"), ((string)answer["model"]!, (string)answer["device"]!));
        Assert.InRange((double)answer["milliseconds"]!["network"]!, 0.001, (double)answer["milliseconds"]!["all"]!);
    }

    [Fact]
    public async Task Grey_pixels_are_a_picture_too()
    {
        byte[] drawing = house.Drawing(1, 2);
        var picture = PictureFile.ReadGrey("", drawing, int.MaxValue);
        var packed = await house.Post($"/api/predict?model={Reader}&invert=no", drawing);
        string sides = $"width={picture.Width}&height={picture.Height}";
        var plain = await house.Post($"/api/predict?model={Reader}&invert=no&{sides}", picture.Pixels, "application/x-fcn-grey");
        Assert.Equal(packed["pictures"]!.ToJsonString(), plain["pictures"]!.ToJsonString());
        Assert.Equal(2, packed["pictures"]![0]!["digits"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_mask_has_the_class_of_each_pixel()
    {
        byte[] drawing = house.Drawing(1, 2);
        Assert.Null((await house.Post($"/api/predict?model={Painter}", drawing))["mask"]);
        Assert.Null((await house.Post($"/api/predict?model={Reader}&mask=1", drawing))["mask"]);
        string url = (string)(await house.Post($"/api/predict?model={Painter}&mask=1", drawing))["mask"]!;
        var mask = PictureFile.ReadGrey("", Convert.FromBase64String(url.Split(',')[1]), int.MaxValue);
        Assert.Equal((112, 56), (mask.Width, mask.Height));
        Assert.All(mask.Pixels, label => Assert.InRange(label, 0, 10));
    }

    /// <summary>Whoever asks at the same time shares a batch, and still gets an answer of their own: to the bit the one of a picture alone.</summary>
    [Theory]
    [InlineData(Reader)]
    [InlineData(Finder)]
    public async Task Each_of_many_that_ask_at_once_gets_the_answer_to_its_own_picture(string model)
    {
        int[] numbers = [.. Enumerable.Range(0, 24)];
        var alone = new List<string>();
        foreach (int number in numbers) alone.Add((await Ask(number))["pictures"]!.ToJsonString());
        var together = await Task.WhenAll(numbers.Concat(numbers).Select(Ask));
        Assert.Equal(alone.Concat(alone), together.Select(answer => answer["pictures"]!.ToJsonString()));
        Assert.True(alone.Distinct().Count() > numbers.Length / 2, "the pictures are too much alike to show anything");

        Task<JsonObject> Ask(int number) => house.Post($"/api/predict?model={model}&invert=no", house.Drawing(number, (number + 7) % 60));
    }

    /// <summary>Only what was asked alike is done together.</summary>
    [Fact]
    public async Task Who_asks_at_once_for_something_else_gets_that()
    {
        byte[][] drawings = [house.Drawing(1), house.Drawing(1, 2)];
        var answers = await Task.WhenAll(Enumerable.Range(0, 48).Select(async i =>
        {
            var answer = await house.Post($"/api/predict?model={Painter}&min-pixels={i % 3 + 1}", drawings[i % 2]);
            return answer["pictures"]![0]!;
        }));
        foreach (var (i, answer) in answers.Index())
            Assert.Equal((i % 3 + 1, 56 * (i % 2 + 1)), ((int)answer["min_pixels"]!, (int)answer["width"]!));
    }

    [Fact]
    public async Task Parameters_of_the_command_mean_the_same_in_a_query()
    {
        byte[] drawing = house.Drawing(3, 4, 5);
        Assert.Empty((await house.Post($"/api/predict?model={Painter}&min-pixels=1000&max-pixels=100000", drawing))["pictures"]![0]!["digits"]!.AsArray());
        Assert.Equal(1000, (int)(await house.Post($"/api/predict?model={Painter}&min-pixels=1000&max-pixels=100000", drawing))["pictures"]![0]!["min_pixels"]!);
        Assert.True((bool)(await house.Post($"/api/predict?model={Painter}&invert=yes&keep-ground=1", drawing))["pictures"]![0]!["inverted"]!);
    }

    [Theory]
    [InlineData("/api/predict?model=none/such", "image/png", 404, "there is no model 'none/such'")]
    [InlineData($"/api/predict?model={Painter}&min-pixels=0", "image/png", 400, "min-pixels is '0'; it must be a whole number from 1")]
    [InlineData($"/api/predict?model={Painter}&min-pixel=3", "image/png", 400, "there is no parameter 'min-pixel': did you mean 'min-pixels'?")]
    [InlineData($"/api/predict?model={Reader}&invert=perhaps", "image/png", 400, "invert is 'perhaps'; it must be one of auto, yes, no")]
    [InlineData($"/api/predict?model={Reader}", "text/html", 415, "a body of type 'text/html' is not taken here")]
    [InlineData($"/api/predict?model={Reader}", "application/x-fcn-grey", 400, "width is ''; grey pixels need width and height")]
    [InlineData($"/api/predict?model={Reader}&width=7&height=9", "application/x-fcn-grey", 400, "7×9 pixels have 63 bytes, and the body has")]
    [InlineData($"/api/predict?model={Reader}&width=99999999999&height=9", "application/x-fcn-grey", 400, "width is '99999999999'")]
    [InlineData($"/api/predict?model={Finder}&zoom=200", "image/png", 413, "at that scale the picture is read in ")]
    [InlineData($"/api/predict?model={Reader}&mask=2", "image/png", 400, "mask is '2'; it must be 0 or 1")]
    [InlineData($"/api/predict?model={Reader}&width=7", "image/png", 400, "width is for grey pixels")]
    [InlineData($"/api/look?model={Reader}&class=x", "image/png", 400, "there is no class 'x'")]
    [InlineData($"/api/look?model={Reader}&digit=-1", "image/png", 400, "digit is '-1'; it counts from 0")]
    [InlineData($"/api/look?model={Reader}&digit=1", "image/png", 400, "digit is 1; the picture has 1, counted from 0")]
    public async Task What_is_asked_wrongly_is_refused_in_a_line(string path, string type, int status, string message) =>
        await Refused(await house.Client.PostAsync(path, StudioHouse.Body(house.Drawing(1), type)), status, message);

    [Theory]
    [InlineData("", 400, "the body is empty")]
    [InlineData("this is no picture", 400, "'picture' is no picture that is read")]
    [InlineData("\u0089PNG\r\n\u001a\n and then nothing of it", 400, "'picture' has a chunk")]
    [InlineData("GIF89a", 400, "'picture' is a GIF file; convert it to PNG.")]
    [InlineData("P5 5000 5000 255\n", 400, "'picture' has 5000×5000 pixels; 1 to 16777216 are read.")]
    public async Task What_is_no_picture_is_refused_in_a_line(string body, int status, string message) =>
        await Refused(
            await house.Client.PostAsync($"/api/predict?model={Reader}", StudioHouse.Body(Encoding.Latin1.GetBytes(body), "image/png")), status, message);

    [Theory]
    [InlineData("GET", "/api/predict", 405, "GET is not for '/api/predict'; it takes POST")]
    [InlineData("POST", "/api/models", 405, "POST is not for '/api/models'; it takes GET")]
    [InlineData("GET", "/api/none", 404, "there is nothing at '/api/none'")]
    [InlineData("GET", "/../../etc/passwd", 404, "there is nothing at")]
    [InlineData("GET", "/runs/classify/..%2f..%2fdata/args.json", 404, "there is no run")]
    [InlineData("GET", "/runs/classify/cnn-slim/..%2f..%2f..%2fdrawing.png", 404, "has no file")]
    [InlineData("GET", "/runs/classify/cnn-slim/weights%2fbest.safetensors", 404, "has no file")]
    [InlineData("GET", "/api/runs/classify/none", 404, "there is no run 'classify/none'")]
    [InlineData("GET", "/api/kernels/None.Such", 404, "there is no kernel 'None.Such'")]
    [InlineData("POST", "/api/kernels/bench?case=none", 404, "there is no case 'none'")]
    [InlineData("GET", $"/api/example?model={Reader}&number=60", 400, "number is '60'; the test pictures are 0 … 59")]
    public async Task What_is_not_there_is_said_to_be_so(string method, string path, int status, string message) =>
        await Refused(await house.Client.SendAsync(new HttpRequestMessage(new(method), path)), status, message);

    [Fact]
    public async Task A_body_is_read_up_to_a_limit_whether_its_length_is_said_or_not()
    {
        var endless = new HttpRequestMessage(HttpMethod.Post, "/api/predict") { Content = StudioHouse.Body(new byte[(16 << 20) + 1], "image/png") };
        endless.Headers.TransferEncodingChunked = true;
        await Refused(await house.Client.SendAsync(endless), 413, "16777216");
        var streamed = new HttpRequestMessage(HttpMethod.Post, "/api/predict") { Content = StudioHouse.Body(house.Drawing(1), "image/png") };
        streamed.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.OK, (await house.Client.SendAsync(streamed)).StatusCode);
        var large = new HttpRequestMessage(HttpMethod.Post, "/api/predict") { Content = StudioHouse.Body(new byte[(16 << 20) + 1], "image/png") };
        large.Headers.ExpectContinue = true; // so that it is refused before it is sent
        await Refused(await house.Client.SendAsync(large), 413, "at most 16777216");
    }

    /// <summary>More than may be held at once: each gives back what it took.</summary>
    [Fact]
    public async Task Large_pictures_in_small_files_are_read_one_after_the_other()
    {
        byte[] black = Png.Encode(new Picture(1100, 1000, 1));
        for (int i = 0; i < 6; i++)
            Assert.Empty((await house.Post($"/api/predict?model={Reader}&invert=no", black))["pictures"]![0]!["digits"]!.AsArray());
    }

    [Theory]
    [InlineData("Host", "digits.example:80")]
    [InlineData("Host", "127.0.0.1.example")]
    [InlineData("Host", "192.168.0.7")]
    [InlineData("Origin", "https://elsewhere.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_page_of_another_site_is_refused(string header, string value)
    {
        (HttpMethod, string)[] asked = [(HttpMethod.Post, $"/api/predict?model={Reader}"), (HttpMethod.Get, "/api/models"), (HttpMethod.Post, "/api/runs")];
        foreach (var (method, path) in asked)
        {
            var request = new HttpRequestMessage(method, path);
            if (method == HttpMethod.Post) request.Content = StudioHouse.Body(house.Drawing(1), "image/png");
            request.Headers.TryAddWithoutValidation(header, value);
            var answer = await house.Client.SendAsync(request);
            await Refused(answer, 403, "");
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Theory]
    [InlineData("Origin")]
    [InlineData("Sec-Fetch-Site")]
    public async Task Its_own_page_is_served(string header)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/predict?model={Reader}") { Content = StudioHouse.Body(house.Drawing(1), "image/png") };
        request.Headers.Add(header, header == "Origin" ? house.Client.BaseAddress!.OriginalString.TrimEnd('/') : "same-origin");
        Assert.Equal(HttpStatusCode.OK, (await house.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_link_from_elsewhere_may_open_the_page()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");
        Assert.Equal(HttpStatusCode.OK, (await house.Client.SendAsync(request)).StatusCode);

        // A form of theirs navigates too, and does something.
        var form = new HttpRequestMessage(HttpMethod.Post, "/api/runs/classify/cnn-slim/stop");
        form.Headers.Add("Sec-Fetch-Site", "cross-site");
        form.Headers.Add("Sec-Fetch-Mode", "navigate");
        await Refused(await house.Client.SendAsync(form), 403, "another site's page may not use this server");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/studio.js")]
    [InlineData("/api/models")]
    [InlineData("/api/none")]
    [InlineData("/runs/classify/cnn-slim/args.json")]
    public async Task No_answer_is_taken_for_another_type_or_shown_to_another_site(string path)
    {
        var headers = (await house.Client.GetAsync(path)).Headers;
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task A_look_inside_has_every_layer_and_what_speaks_for_a_class()
    {
        var look = await house.Post($"/api/look?model={Reader}&class=4", house.Drawing(3, 4));
        Assert.Equal(2, (int)look["shown"]!);
        var layers = look["layers"]!.AsArray();
        Assert.Equal(("stem.conv", 28, 28, 16), Form(layers[0]!));
        Assert.Equal(("logits", 1, 1, 10), Form(layers[^1]!));
        var sheet = Picture(layers[0]!["sheet"]!);
        Assert.Equal((8 * 29 - 1, 2 * 29 - 1), (sheet.Width, sheet.Height));
        var input = Picture(look["input"]!);
        Assert.Equal((28, 28), (input.Width, input.Height));
        Assert.Equal("4", (string)look["evidence"]!["class"]!);

        // A tile for each channel, from its least value to its largest.
        using var device = new CpuDevice(2);
        using var weights = Weights.Open($"runs/{Reader}/weights/best.safetensors", "cnn-slim", device, Tasks.All);
        using var opened = new Look(weights, 28, 28);
        var stem = opened.Layers(input)[0];
        for (int channel = 0; channel < 16; channel++)
        {
            float[] values = [.. Enumerable.Range(0, 28 * 28).Select(i => stem.Values[i * 16 + channel])];
            float least = values.Min(), span = Math.Max(values.Max() - least, float.Epsilon);
            for (int i = 0; i < values.Length; i++)
            {
                int x = channel % 8 * 29 + i % 28, y = channel / 8 * 29 + i / 28;
                Assert.InRange(sheet.Pixels[y * sheet.Width + x] - 255 * (values[i] - least) / span, -1, 1);
            }
        }

        // The second digit is another picture, and the class that is asked for unless told is the one that was answered.
        Assert.NotEqual(input.Pixels, Picture((await house.Post($"/api/look?model={Reader}&digit=1", house.Drawing(3, 4)))["input"]!).Pixels);
        var answer = await house.Post($"/api/predict?model={Reader}", house.Drawing(3));
        var own = await house.Post($"/api/look?model={Reader}", house.Drawing(3));
        Assert.Equal($"{answer["pictures"]![0]!["digits"]![0]!["digit"]}", (string)own["evidence"]!["class"]!);

        // What compares pictures has no gradient; where nothing is drawn there is nothing to look into.
        Assert.Null((await house.Post("/api/look?model=classify/knn", house.Drawing(3)))["evidence"]);
        Assert.Equal(0, (int)(await house.Post($"/api/look?model={Reader}&invert=no", Png.Encode(new(40, 40, 1))))["shown"]!);
        foreach (string model in new[] { Finder, Painter })
            Assert.NotNull((await house.Post($"/api/look?model={model}", house.Drawing(3, 4)))["evidence"]!["score"]);
    }

    [Fact]
    public async Task An_example_comes_with_its_truth()
    {
        for (int number = 0; number < 5; number++)
        {
            var example = await house.Get($"/api/example?model={Reader}&number={number}");
            Assert.Equal((number, 60), ((int)example["number"]!, (int)example["of"]!));
            Assert.Equal(house.Digits.Image(number).ToArray(), Picture(example["picture"]!).Pixels);
            Assert.Equal($"{house.Digits.Labels[number]}", (string)example["truth"]!["reading"]!);
        }
        foreach (string model in new[] { Finder, Painter })
        {
            var truth = (await house.Get($"/api/example?model={model}"))["truth"]!;
            Assert.Equal((string)truth["reading"]!, string.Concat(truth["boxes"]!.AsArray().Select(box => (string)box!["class"]!)));
            Assert.NotEmpty(truth["boxes"]!.AsArray());
        }
    }

    [Fact]
    public async Task A_drawing_is_kept_to_learn_from()
    {
        var kept = await house.Post("/api/drawings?label=35&invert=no", house.Drawing(3, 5));
        Assert.Equal((2, "drawings", 2), ((int)kept["saved"]!, (string)kept["folder"]!, (int)kept["total"]!));
        Assert.Matches("^fcn train classify --model cnn-slim --init runs/classify/[a-z-]+/weights/best.safetensors --data drawings$", (string)kept["next"]!);
        Assert.Single(Directory.GetFiles("drawings/3"));
        Assert.Single(Directory.GetFiles("drawings/5"));
        var drawing = StudioHouse.Body(house.Drawing(3, 5), "image/png");
        await Refused(await house.Client.PostAsync("/api/drawings?label=3", drawing), 400, "2 digits that are found");
        await Refused(await house.Client.PostAsync("/api/drawings?label=x", drawing), 400, "the label 'x' says no digits");
        Assert.Equal(2, Directory.GetFiles("drawings", "*.png", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Models_are_listed_with_what_they_scored()
    {
        var models = await house.Get("/api/models");
        Assert.Equal(Finder, (string)models["default"]!);
        string[] listed = [.. models["models"]!.AsArray().Select(m => (string)m!["id"]!)];
        Assert.Equal([Painter, Reader, "classify/knn", Finder], listed.Intersect([Painter, Reader, "classify/knn", Finder]));
        var reader = models["models"]!.AsArray().Single(m => (string)m!["id"]! == Reader)!;
        Assert.Equal(("accuracy", 145242), ((string)reader["score"]!["name"]!, (int)reader["parameters"]!));
        Assert.Equal("ok", (string)(await house.Get("/api/health"))["status"]!);
    }

    [Fact]
    public async Task Answers_are_counted()
    {
        await house.Post($"/api/predict?model={Reader}", house.Drawing(1));
        string before = await house.Client.GetStringAsync("/api/metrics");
        await house.Post($"/api/predict?model={Reader}", house.Drawing(1));
        string after = await house.Client.GetStringAsync("/api/metrics");
        string counter = $"fcn_prediction_milliseconds_count{{model=\"{Reader}\"}}";
        Assert.Equal(Value(before) + 1, Value(after));
        // As Prometheus has it, what took at most 10 ms took at most 20.
        string bucket = $"fcn_prediction_milliseconds_bucket{{model=\"{Reader}\",le=\"";
        int[] within = [.. after.Split('\n').Where(line => line.StartsWith(bucket, StringComparison.Ordinal)).Select(line => int.Parse(line.Split(' ')[1]))];
        Assert.Equal(12, within.Length);
        Assert.Equal(within.Order(), within);
        Assert.Equal(Value(after), within[^1]);

        counter = "fcn_requests_total{status=\"405\"}";
        await house.Client.GetAsync("/api/predict");
        before = await house.Client.GetStringAsync("/api/metrics");
        await house.Client.GetAsync("/api/predict");
        Assert.Equal(Value(before) + 1, Value(await house.Client.GetStringAsync("/api/metrics")));

        int Value(string text) => int.Parse(text.Split('\n').Single(line => line.StartsWith(counter, StringComparison.Ordinal)).Split(' ')[1]);
    }

    [Fact]
    public async Task A_kernel_is_shown_in_three_languages_and_its_versions_are_timed()
    {
        var kernels = await house.Get("/api/kernels");
        Assert.Contains(kernels["kernels"]!.AsArray(), k => (string)k!["name"]! == "SkipAddKernels.Add" && (string)k["op"]! == "SkipAdd");
        var kernel = await house.Get("/api/kernels/SkipAddKernels.Add");
        Assert.StartsWith("[Kernel]\npublic static void Add(", (string)kernel["csharp"]!);
        Assert.Contains("__kernel void", (string)kernel["opencl"]!);
        Assert.Contains("__global__ void", (string)kernel["cuda"]!);
        Assert.Contains("skip_add", kernel["cases"]!.AsArray().Select(c => (string)c!));
        var bench = await house.Post("/api/kernels/bench?case=skip_add", []);
        Assert.Superset(new HashSet<string> { "kernel", "simd" }, bench["versions"]!.AsArray().Select(v => (string)v!["name"]!).ToHashSet());
        Assert.All(bench["versions"]!.AsArray(), v => Assert.InRange((double)v!["median_us"]!, 0, 1e6));
        Assert.InRange((double)bench["peak"]!["gflops"]!, 1, 1e6);
        Assert.InRange((double)bench["peak"]!["gbps"]!, 0.1, 1e5);
        Assert.Equal((string[])["C#", "OpenCL C", "CUDA C"], (await house.Get("/openapi/v1.json"))["paths"]!["/api/kernels/{name}"]!["get"]!["summary"]!
            .ToString().Split(": ")[1].Split([", ", " and "], default));
    }

    /// <summary>By the name of its class: whoever looks at a kernel can time what it is for.</summary>
    [Fact]
    public async Task Every_kernel_has_cases()
    {
        var without = new List<string>();
        foreach (var kernel in (await house.Get("/api/kernels"))["kernels"]!.AsArray())
            if ((await house.Get($"/api/kernels/{kernel!["name"]}"))["cases"]!.AsArray().Count == 0) without.Add($"{kernel["name"]}");
        Assert.Equal(["PixelProductsKernels.Norms"], without); // a part of two ops, and timed with them
    }

    private static (string, int, int, int) Form(JsonNode layer) =>
        ((string)layer["name"]!, (int)layer["height"]!, (int)layer["width"]!, (int)layer["channels"]!);

    private static Picture Picture(JsonNode url) => PictureFile.ReadGrey("", Convert.FromBase64String(((string)url!).Split(',')[1]), int.MaxValue);

    private static async Task Refused(HttpResponseMessage answer, int status, string message)
    {
        var content = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Contains(message, (string)content!["error"]!);
        Assert.DoesNotContain('\n', (string)content["error"]!);
        Assert.Equal(status, (int)answer.StatusCode);
    }
}
