using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Export;
using Google.Protobuf;
using Onnx;
using Xunit;
using Xunit.Abstractions;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>ONNX' own conformance models: each gives the outputs that come with it, or is refused in one line that names what we do not have.</summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    [OutsideFact(nameof(OutsideTool.NoConformance))]
    public void A_model_is_right_or_refused()
    {
        using var device = new CpuDevice(2);
        using var folder = new TempFolder();
        List<string> right = [], refused = [], wrong = [];
        foreach (string set in new[] { "node", "pytorch-converted", "pytorch-operator", "simple" })
            foreach (string test in Directory.GetDirectories(Path.Combine(OutsideTool.Conformance, set)).Order(StringComparer.Ordinal))
            {
                string name = $"{set}/{Path.GetFileName(test)}";
                try
                {
                    string? fault = Fault(test, folder["model.onnx"], device);
                    if (fault is null) right.Add(name);
                    else wrong.Add($"{name}: {fault}");
                }
                catch (Exception e) when (e is DataException or EngineException)
                {
                    Assert.DoesNotContain('\n', e.Message);
                    refused.Add($"{name}: {e.Message}");
                }
            }
        output.WriteLine($"{right.Count} right, {refused.Count} refused");
        foreach (string line in right.Concat(refused)) output.WriteLine(line);
        Assert.Empty(wrong);
        Assert.True(right.Count >= 86, $"{right.Count} models are right");
    }

    /// <summary>Runs a model on its first set of data: what comes first is its input, all else is known, as weights are.</summary>
    /// <returns>What is wrong with its outputs; null where nothing is.</returns>
    private static string? Fault(string test, string path, CpuDevice device)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(test, "model.onnx")));
        string data = Path.Combine(test, "test_data_set_0");
        var given = model.Graph.Input.ExceptBy(model.Graph.Initializer.Select(i => i.Name), i => i.Name).ToArray();
        TensorProto[] values = [.. given.Select((_, i) => TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(data, $"input_{i}.pb"))))];
        foreach (var (input, value) in given.Zip(values).Skip(1))
        {
            value.Name = input.Name;
            model.Graph.Initializer.Add(value);
        }
        using (var stream = File.Create(path)) model.WriteTo(stream);
        var reader = new OnnxReader("data", new GraphProto(), 17);
        var network = OnnxFile.Read(path).Build(_ => reader.Read(values[0]).Dims);
        float[][] results = network.Run(device, [.. network.Inputs.Select(_ => reader.Read(values[0]).Floats!)]);
        for (int i = 0; i < results.Length; i++)
        {
            var expected = reader.Read(TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(data, $"output_{i}.pb"))));
            if (!expected.Dims.SequenceEqual(network.Outputs[i].Dims)) return $"output {i} is [{string.Join(",", network.Outputs[i].Dims)}], not {expected}";
            for (int at = 0; at < results[i].Length; at++)
                if (!(Math.Abs(results[i][at] - expected.Floats![at]) <= 1e-6 + 1e-3 * Math.Abs(expected.Floats[at])))
                    return $"element {at} of output {i} is {results[i][at]}, not {expected.Floats[at]}";
        }
        return null;
    }
}
