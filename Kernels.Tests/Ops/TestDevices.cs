using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>The devices that the suite runs on, each opened once: cpu, emulator and every OpenCL and CUDA device of this machine.</summary>
public static class TestDevices
{
    private static readonly Lazy<IReadOnlyList<Device>> Opened = new(() =>
        [.. DeviceList.Describe().Where(d => d.Available).Select(d => DeviceList.Open(d.Name))]);

    public static IReadOnlyList<Device> All => Opened.Value;

    public static Device Find(string name) => All.First(d => d.Name == name);
}
