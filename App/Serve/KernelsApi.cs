using System.Diagnostics;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary>Kernels: C# beside its translations, and what the versions of an op take on this device.</summary>
internal sealed class KernelsApi(DeviceThread device)
{
    private const double Seconds = 0.2;
    private const int Fewest = 5;

    /// <summary>What the roof is made of: the best that this engine has shown that a device can do, in sums and in bytes.</summary>
    private const string Computes = "conv2d bench 32x8x12 3x3 256->256", Moves = "skip_add bench";

    // Once there is a roof it stays.
    private (double Gflops, double Gbps)? _roof;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/kernels", () => Answers.Json(new JsonObject
        {
            ["kernels"] = Json.Array(KernelCatalog.All.OrderBy(k => k.Name, StringComparer.Ordinal)
                .Select(k => new JsonObject { ["name"] = k.Name, ["op"] = OpOf(k), ["file"] = k.SourceFile, ["line"] = k.SourceLine })),
        })).WithSummary("All kernels");
        routes.MapGet("/api/kernels/{name}", (string name) => Answers.Json(ToJson(name))).WithSummary("A kernel: C#, OpenCL C and CUDA C");
        routes.MapPost("/api/kernels/bench", (HttpRequest request) => Bench(request)).WithSummary("Times all versions of a case: ?case=NAME");
    }

    /// <summary>The op's folder is called as the class of its kernels, less that word.</summary>
    private static string OpOf(KernelInfo kernel)
    {
        string type = kernel.Name.Split('.')[0];
        return type.EndsWith("Kernels", StringComparison.Ordinal) ? type[..^"Kernels".Length] : type;
    }

    private static JsonObject ToJson(string name)
    {
        var kernel = KernelCatalog.All.FirstOrDefault(k => k.Name == name) ?? throw new NotFoundException($"there is no kernel {ForeignText.Quoted(name)}");
        return new JsonObject
        {
            ["name"] = kernel.Name,
            ["csharp"] = kernel.CSharp,
            ["opencl"] = kernel.OpenCl,
            ["cuda"] = kernel.Cuda,
            ["cases"] = Json.Array(OpCases.All.Where(c => c.Op.GetType().Name.StartsWith(OpOf(kernel), StringComparison.Ordinal)).Select(c => c.Name)),
        };
    }

    private async Task<IResult> Bench(HttpRequest request)
    {
        string name = $"{request.Query["case"]}";
        var testCase = OpCases.All.FirstOrDefault(c => c.Name == name) ?? throw new NotFoundException($"there is no case {ForeignText.Quoted(name)}");
        var cancel = request.HttpContext.RequestAborted;
        var expected = await Task.Run(() => CaseBenchmark.Expectation.Of(testCase), cancel);
        string[] versions = await device.Run(open => testCase.Op.Versions(open, testCase.Inputs).ToArray(), cancel);
        var timed = new List<(string, Timing)>();
        foreach (string version in versions) timed.Add((version, await Time(open => CaseBenchmark.Prepare(expected, open, version), cancel)));
        var results = CaseBenchmark.Compare(testCase, timed);
        var roof = _roof ??= ((await Best(Computes, cancel)).GigaFlops, (await Best(Moves, cancel)).Gigabytes);
        return Answers.Json(new JsonObject
        {
            ["case"] = name,
            ["device"] = device.Name,
            ["versions"] = Json.Array(results.Select(r => new JsonObject
            {
                ["name"] = r.Version,
                ["median_us"] = 1e6 * r.Time.Median,
                // Of a case that is done before the clock has moved there is no rate.
                ["gflops"] = r.GigaFlops > 0 ? Json.Number(r.GigaFlops) : null,
                ["gbps"] = Json.Number(r.Gigabytes),
                ["intensity"] = r.GigaFlops > 0 ? Json.Number(r.GigaFlops / r.Gigabytes) : null,
            })),
            ["peak"] = new JsonObject { ["gflops"] = roof.Gflops, ["gbps"] = roof.Gbps },
        });
    }

    /// <summary>How fast the device's own version of a case is. Tests know that it is right; to find that out anew takes many times as long.</summary>
    private async Task<CaseBenchmark.Result> Best(string prefix, CancellationToken cancel)
    {
        var testCase = OpCases.All.First(c => c.Name.StartsWith(prefix, StringComparison.Ordinal));
        var time = await Time(open => new PreparedCase(testCase, open, testCase.Op.Versions(open, testCase.Inputs)[0]), cancel);
        return CaseBenchmark.Compare(testCase, [("", time)])[0];
    }

    /// <summary>Run by run, so that predictions get their turn between two; one that takes long is not run as often.</summary>
    private async Task<Timing> Time(Func<Device, PreparedCase> prepare, CancellationToken cancel)
    {
        var prepared = await device.Run(prepare, cancel);
        try
        {
            var times = new List<double>();
            for (double spent = 0; (times.Count < Fewest || spent < Seconds) && spent < 5 * Seconds; spent = times.Sum())
                times.AddRange(await device.Run(Once, cancel));
            // The first finds nothing in the caches yet.
            return new Timing([.. times.Skip(times.Count > Fewest ? 1 : 0).Order()]);
        }
        finally
        {
            await device.Run(_ => Free(prepared), default);
        }

        double[] Once(Device open)
        {
            var some = new List<double>();
            for (long begin = Stopwatch.GetTimestamp(); some.Count == 0 || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 5;)
            {
                long start = Stopwatch.GetTimestamp();
                prepared.Run();
                open.Synchronize();
                some.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            return [.. some];
        }
    }

    private static int Free(PreparedCase prepared)
    {
        prepared.Dispose();
        return 0;
    }
}
