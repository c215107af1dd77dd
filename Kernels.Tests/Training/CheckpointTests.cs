using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>How variables of whole numbers lie in a file.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    private VariableStore Variable(int min, int max, params float[] values)
    {
        var graph = new Graph(training: false);
        graph.State("n", new Shape(values.Length), Initializer.Zeros, new WholeNumbers(min, max));
        return new VariableStore(_device, graph, seed: null) { ["n"] = values };
    }

    [Theory]
    [InlineData(-128, 127, TensorType.I8), InlineData(0, 127, TensorType.I8), InlineData(0, 255, TensorType.U8), InlineData(0, 128, TensorType.U8)]
    [InlineData(-1, 128, TensorType.F32), InlineData(0, 256, TensorType.F32)]
    public void Whole_numbers_are_as_short_as_they_can_be(int min, int max, TensorType type)
    {
        float[] values = [min, max, min + 1, max - 1];
        using (var variables = Variable(min, max, values)) Checkpoint.Save(_folder["w"], variables, new Dictionary<string, string>());
        Assert.Equal(type, SafetensorsFile.Read(_folder["w"]).Find("n")!.Type);
        using var again = Variable(min, max, 0, 0, 0, 0);
        Checkpoint.Load(_folder["w"], again);
        Assert.Equal(values, again["n"]);
    }

    [Theory]
    [InlineData(128), InlineData(-129), InlineData(0.5f), InlineData(float.NaN)]
    public void What_is_none_of_them_is_not_saved(float value)
    {
        using var variables = Variable(-128, 127, 1, value);
        var error = Assert.Throws<EngineException>(() => Checkpoint.Save(_folder["w"], variables, new Dictionary<string, string>()));
        Assert.Contains("; whole numbers from -128 to 127 were expected", error.Message);
        Assert.False(File.Exists(_folder["w"]));
    }
}
