using FcnFromScratch.App.Serve;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Export;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>Weights that the server was given: no others answer in their place.</summary>
public sealed class ShelfTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_that_were_named_and_are_damaged_are_said_to_be_so()
    {
        string path = _folder["W.safetensors"];
        using (var device = new CpuDevice(1))
        using (var weights = RandomWeights.Of("cnn-slim", device))
            Checkpoint.Save(path, weights.Variables, weights.Metadata);
        using var shelf = new Shelf(Tasks.All, [path]);
        Assert.Equal(path, shelf.Find(null).Id);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1000]);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        Thread.Sleep(TimeSpan.FromSeconds(1.1)); // what there is is looked up once a second
        foreach (string? id in new[] { null, path })
            Assert.Contains("W.safetensors", Assert.Throws<DataException>(() => shelf.Find(id)).Message);
        Assert.DoesNotContain(shelf.All, w => w.Id == path);
        Assert.Throws<NotFoundException>(() => shelf.Find("another"));
    }
}
