using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Serve;
using FcnFromScratch.Data;
using Xunit;
using Xunit.Abstractions;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>Many that ask at once, and many that mean no good. FCN_REQUESTS says how many requests: a few hundred unless told.</summary>
[Collection(StudioHouse.Name)]
public sealed class StudioStressTests(StudioHouse house, ITestOutputHelper output)
{
    private const string Reader = "classify/cnn-slim";

    private static readonly int s_requests = int.TryParse(Environment.GetEnvironmentVariable("FCN_REQUESTS"), out int asked) ? asked : 400;

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task No_answer_of_64_clients_is_lost_or_wrong(int mostTogether)
    {
        await using var studio = StudioHouse.Open(mostTogether);
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };
        byte[][] drawings = [.. Enumerable.Range(0, 40).Select(i => house.Drawing(i, i + 10, i + 20))];
        var right = new string[drawings.Length];
        for (int i = 0; i < right.Length; i++) right[i] = await Ask(i);
        double[] times = new double[s_requests];
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < s_requests;)
            {
                long asked = Stopwatch.GetTimestamp();
                string answer = await Ask(i % drawings.Length);
                times[i] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                Assert.Equal(right[i % drawings.Length], answer);
            }
        }));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(times);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s_requests} predictions of 3 digits, up to {mostTogether} together: "
            + $"{s_requests / seconds:F0} a second, median {times[times.Length / 2]:F1} ms, 99th percentile {times[(int)(times.Length * 0.99)]:F1} ms"));

        async Task<string> Ask(int i)
        {
            var answer = await client.PostAsync($"/api/predict?model={Reader}&invert=no", StudioHouse.Body(drawings[i], "image/png"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["pictures"]!.ToJsonString();
        }
    }

    /// <summary>Requests made of good ones by chance: whatever is wrong with them is said in a line, and is never the server's fault.</summary>
    [Fact]
    public async Task Mutated_requests_are_answered_or_refused_in_a_line()
    {
        var random = new Random(7);
        byte[] drawing = house.Drawing(1, 2, 3), run = """{"task":"classify","name":"x","options":{"model":"cnn-slim","epochs":"0x"}}"""u8.ToArray();
        string[] paths =
        [
            $"/api/predict?model={Reader}", "/api/predict?model=detect/grid&conf=0.3", "/api/look?class=3", "/api/runs", "/api/drawings?label=12",
            "/api/kernels/bench?case=skip", "/runs/classify/cnn-slim/report.html", "/api/example?number=1", "/api/runs/classify/cnn-slim",
            $"/api/predict?model={Reader}&width=40&height=30&invert=no", "/index.html", "/api/models", "/openapi/v1.json",
        ];
        string[] methods = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "BREW"];
        string[] types = ["image/png", "application/octet-stream", "application/json", "application/x-fcn-grey", "text/plain", "multipart/form-data"];
        var told = new SortedDictionary<int, int>();
        for (int i = 0; i < s_requests; i++)
        {
            string path = Mutated(random, paths[random.Next(paths.Length)]), method = methods[random.Next(methods.Length)];
            var exactly = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
            var request = new HttpRequestMessage(new(method), new Uri(house.Client.BaseAddress + path.TrimStart('/'), exactly));
            byte[] body = random.Next(4) switch { 0 => Mutated(random, run), 1 => new byte[random.Next(3000)], _ => Mutated(random, drawing) };
            if (method is "POST" or "PUT" or "PATCH") request.Content = StudioHouse.Body(body, types[random.Next(types.Length)]);
            var answer = await house.Client.SendAsync(request);
            int status = (int)answer.StatusCode;
            told[status] = told.GetValueOrDefault(status) + 1;
            string content = await answer.Content.ReadAsStringAsync();
            Assert.True(status is < 500 or 503, $"{method} {path}: {status} {content}");
            if (status >= 400 && method != "HEAD" && content.Length > 0)
                Assert.DoesNotContain('\n', (string)JsonNode.Parse(content)!["error"]!);
        }
        output.WriteLine(string.Join(", ", told.Select(t => $"{t.Value} × {t.Key}")));
        Assert.Equal("ok", (string)(await house.Get("/api/health"))["status"]!);
    }

    [Fact]
    public async Task Who_sends_slowly_or_half_keeps_nobody_else_waiting()
    {
        var address = house.Client.BaseAddress!;
        var open = new List<TcpClient>();
        for (int i = 0; i < 40; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port);
            string head = (i % 4) switch
            {
                0 => "",
                1 => "POST /api/pre",
                2 => $"POST /api/predict?model={Reader} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: image/png\r\nContent-Length: 4000\r\n\r\nabc",
                _ => $"POST /api/predict HTTP/1.1\r\nHost: {address.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
            };
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(head));
            open.Add(client);
        }
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 10; i++) await house.Post($"/api/predict?model={Reader}", house.Drawing(i));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        foreach (var client in open) client.Dispose();
        Assert.Equal("ok", (string)(await house.Get("/api/health"))["status"]!);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400")]
    [InlineData("GET /../../../etc/passwd HTTP/1.1\r\nHost: HERE\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET /runs/classify/%2e%2e/%2e%2e/etc HTTP/1.1\r\nHost: HERE\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: HERE\r\n\r\n", "400")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("POST /api/predict HTTP/1.1\r\nHost: HERE\r\nContent-Type: image/png\r\nContent-Length: 99999999999\r\n\r\n", "413")]
    [InlineData("POST /api/predict HTTP/1.1\r\nHost: HERE\r\nContent-Length: -1\r\n\r\n", "400")]
    public async Task Raw_requests_are_refused(string request, string status)
    {
        var address = house.Client.BaseAddress!;
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request.Replace("HERE", address.Authority)));
        using var reader = new StreamReader(client.GetStream());
        string? line = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(15));
        Assert.StartsWith($"HTTP/1.1 {status}", line);
    }

    /// <summary>Small files that claim to be large: neither time nor memory is spent on the claim.</summary>
    [Fact]
    public async Task Bombs_take_no_memory()
    {
        byte[] bomb = Png.Encode(new Picture(12_000, 12_000, 1)); // 144 million pixels in 140 kB
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(_ => house.Client.PostAsync($"/api/predict?model={Reader}", StudioHouse.Body(bomb, "image/png"))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 << 20);
    }

    private static string Mutated(Random random, string text) => random.Next(2) == 0 ? text
        : Uri.EscapeDataString(Encoding.Latin1.GetString(Mutated(random, Encoding.Latin1.GetBytes(text)))).Replace("%2F", "/").Replace("%3F", "?");

    private static byte[] Mutated(Random random, byte[] bytes)
    {
        byte[] mutated = [.. bytes];
        for (int n = random.Next(4); n > 0; n--)
        {
            int at = random.Next(mutated.Length), length = random.Next(Math.Min(40, mutated.Length - at));
            mutated = random.Next(4) switch
            {
                0 => [.. mutated[..at], (byte)random.Next(256), .. mutated[(at + 1)..]],
                1 => mutated[..Math.Max(1, at)],
                2 => [.. mutated[..at], .. mutated[(at + length)..], 1],
                _ => [.. mutated[..at], .. mutated[at..(at + length)], .. mutated[at..]],
            };
        }
        return mutated;
    }
}
