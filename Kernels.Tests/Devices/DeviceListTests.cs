using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Devices;

public sealed class DeviceListTests
{
    [Theory]
    [InlineData("emulater", "unknown device 'emulater'; did you mean 'emulator'? There are cpu, emulator, opencl[:i], cuda[:i], auto")]
    [InlineData("opencI:1", "unknown device 'opencI:1'; did you mean 'opencl'? There are cpu, emulator, opencl[:i], cuda[:i], auto")]
    [InlineData("cpu:0", "unknown device 'cpu:0': there is one 'cpu', without a number")]
    [InlineData("cuda:x", "unknown device 'cuda:x': after the colon goes a number from 0, as in 'cuda:0'")]
    [InlineData("opencl:-1", "unknown device 'opencl:-1': after the colon goes a number from 0, as in 'opencl:0'")]
    [InlineData("cuda:-1", "unknown device 'cuda:-1': after the colon goes a number from 0, as in 'cuda:0'")]
    public void An_unknown_name_gets_its_nearest_match(string name, string message) =>
        Assert.Equal(message, Assert.Throws<EngineException>(() => DeviceList.Open(name)).Message);

    [Theory, InlineData("opencl:99"), InlineData("cuda:99")]
    public void A_device_that_is_not_there_says_why_and_what_is(string name)
    {
        string message = Assert.Throws<DeviceException>(() => DeviceList.Open(name)).Message;
        Assert.StartsWith($"device '{name}' is not there: ", message);
        Assert.Contains("There are: cpu, emulator", message);
    }

    /// <summary>They are numbered from 0, so the number behind the last is their count.</summary>
    [Theory, InlineData("opencl"), InlineData("cuda")]
    public void The_number_behind_the_last_device_is_not_there(string family)
    {
        string next = $"{family}:{DeviceList.Describe().Count(entry => entry.Name.StartsWith($"{family}:"))}";
        Assert.StartsWith($"device '{next}' is not there: ", DeviceList.WhyMissing(next));
        Assert.StartsWith($"device '{next}' is not there: ", Assert.Throws<DeviceException>(() => DeviceList.Open(next)).Message);
    }

    [Fact]
    public void The_list_has_every_family_and_a_reason_for_what_is_missing()
    {
        var entries = DeviceList.Describe();
        foreach (string family in (string[])["cpu", "emulator", "opencl", "cuda"])
            Assert.Contains(entries, entry => entry.Name.Split(':')[0] == family);
        Assert.All(entries, entry => Assert.Equal(entry.Available, entry.Reason is null));
    }

    [Fact]
    public void Auto_takes_the_best_and_says_why()
    {
        using var device = DeviceList.Open("auto");
        Assert.StartsWith($"{device.Name} (", DeviceList.Choice);
        Assert.EndsWith(device.Kind switch { DeviceKind.Cuda => ")", DeviceKind.OpenCl => ", no CUDA", _ => ", no GPU" }, DeviceList.Choice);
        Assert.DoesNotContain('\n', DeviceList.Choice);
    }
}
