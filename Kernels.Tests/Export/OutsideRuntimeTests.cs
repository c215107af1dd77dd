using System.Runtime.InteropServices;
using FcnFromScratch.Kernels.Tests.Docs;
using Xunit;
using Xunit.Abstractions;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>Every model's files before judges that we did not write: ONNX' own checker, ONNX Runtime and PyTorch.</summary>
public sealed class OutsideRuntimeTests(ExportedModels models, ITestOutputHelper output) : IClassFixture<ExportedModels>
{
    /// <summary>Of a logit.</summary>
    private const double Tolerance = 1e-4;

    [OutsideFact(nameof(OutsideTool.NoChecker))]
    public void The_checker_accepts_every_file()
    {
        const string check = "import onnx, sys\nfor path in sys.argv[1:]: onnx.checker.check_model(onnx.load(path), full_check=True)";
        OutsideTool.RunPython(check, [.. ExportedModels.Runs.Select(ExportedModels.FileOf).Distinct().Select(file => models[$"{file}.onnx"])]);
    }

    [OutsideFact(nameof(OutsideTool.NoRuntime))]
    public void Onnx_Runtime_gives_our_logits()
    {
        string script = Page.InRepository("Kernels.Tests/Export/run_onnx.js");
        OutsideTool.Run("node", [script, .. ExportedModels.Runs.SelectMany(run => new[]
        {
            models[$"{ExportedModels.FileOf(run)}.onnx"], models[$"{run}.bin"], models[$"{run}.ort"], string.Join(',', models.Sizes(run)),
        })]);
        Compare("ort", ExportedModels.Runs);
    }

    [OutsideFact(nameof(OutsideTool.NoTorch))]
    public void PyTorch_gives_our_logits()
    {
        const string run = """
            import importlib.util, sys, numpy, torch
            torch.manual_seed(0)
            for script, pixels, out, sizes in zip(*[iter(sys.argv[1:])] * 4):
                spec = importlib.util.spec_from_file_location("net", script)
                net = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(net)
                x = torch.from_numpy(numpy.fromfile(pixels, "<f4").reshape([int(s) for s in sizes.split(",")]))
                with torch.no_grad():
                    net.network()(x).numpy().tofile(out)
            """;
        string[] runs = [.. ExportedModels.Runs.Where(run => !run.EndsWith("-fold", StringComparison.Ordinal))];
        OutsideTool.RunPython(run, [.. runs.SelectMany(name => new[]
        {
            models[$"{ExportedModels.FileOf(name)}.py"], models[$"{name}.bin"], models[$"{name}.torch"], string.Join(',', models.Sizes(name)),
        })]);
        Compare("torch", runs);
    }

    /// <summary>One model of each kind; the rest differs in sizes.</summary>
    [OutsideFact(nameof(OutsideTool.NoWebRuntime))]
    public void A_browser_gives_our_logits()
    {
        string[] runs = ["cnn-slim", "grid-odd", "knn", "svm"];
        foreach (string run in runs)
            OutsideTool.Run("node", Page.InRepository("Kernels.Tests/Export/run_web.js"), "/usr/bin/chromium",
                models[$"{ExportedModels.FileOf(run)}.onnx"], models[$"{run}.bin"], models[$"{run}.web"], string.Join(',', models.Sizes(run)));
        Compare("web", runs);
    }

    private void Compare(string ending, IReadOnlyList<string> runs)
    {
        foreach (string run in runs)
        {
            float[] theirs = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(models[$"{run}.{ending}"])).ToArray(), ours = models.Logits(run);
            Assert.Equal(ours.Length, theirs.Length);
            double worst = ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Aggregate(0.0, Math.Max);
            output.WriteLine(FormattableString.Invariant($"{run,-16} largest difference {worst:g3}, largest logit {ours.Max(Math.Abs):g3}"));
            Assert.True(worst <= Tolerance, $"{run}: a logit differs by {worst}");
            Assert.True(ours.Max() - ours.Min() > 0.1, $"{run}: all logits are alike");
        }
    }
}
