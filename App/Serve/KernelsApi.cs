using System.Reflection;
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

    // Peaks are measured once, when they are first asked for.
    private Task<Peak>? _peak;

    private sealed record Peak(double Gflops, double Gbps);

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
        var peak = await (_peak ??= device.Run(
            open => new Peak(Best("conv2d bench", open, r => r.GigaFlops), Best("skip_add bench", open, r => r.Gigabytes)), default));
        var results = await device.Run(open => CaseBenchmark.Measure(testCase, open, allVersions: true, Seconds), cancel);
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
            ["peak"] = new JsonObject { ["gflops"] = peak.Gflops, ["gbps"] = peak.Gbps },
        });
    }

    /// <summary>The best that any benchmark of a kind reaches here: what this engine has shown that the device can do.</summary>
    private static double Best(string prefix, Device open, Func<CaseBenchmark.Result, double> rate) =>
        OpCases.All.Where(c => c.IsBenchmark && c.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Max(c => CaseBenchmark.Measure(c, open, allVersions: false, Seconds).Max(rate));
}
