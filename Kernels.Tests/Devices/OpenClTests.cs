using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.OpenCl;
using FcnFromScratch.Engine.Kernels;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Devices;

public sealed class OpenClTests
{
    private static OpenClDeviceInfo Info => OpenClDeviceInfo.Discover(out _)[0];

    private static OpenClDevice Open(KernelCache? cache = null, OpenClDeviceInfo? info = null) => new(info ?? Info, cache ?? new KernelCache(null));

    [DeviceFact("opencl")]
    public void A_view_that_is_not_aligned_is_refused()
    {
        using var device = Open();
        using var memory = device.Allocate(1024, "memory");
        var view = new ArrayView<float>(memory, 4, 8);
        Assert.Equal($"opencl:0: a view of 'memory' begins at byte 4; as a kernel argument it must begin at a multiple of {device.AlignmentInBytes}",
            Assert.Throws<EngineException>(() => device.Prepare([new AffineLaunch(view, view, default, 8)])).Message);
    }

    [DeviceFact("opencl")]
    public void A_kernel_with_warps_is_refused()
    {
        using var device = Open();
        var launch = new TextLaunch("", KernelFeatures.Warp, LaunchSize.Explicit(new KernelConfig(1, 32)));
        string message = Assert.Throws<EngineException>(() => device.Prepare([launch])).Message;
        Assert.StartsWith("kernel 'Test.Text' uses Warp, which OpenCL 1.2 does not have", message);
    }

    [DeviceFact("opencl")]
    public void A_failed_call_names_call_error_and_purpose()
    {
        using var device = Open();
        var launch = new TextLaunch("kernel void Another(int x) { }", KernelFeatures.None, LaunchSize.Implicit(1));
        Assert.Equal("opencl:0: clCreateKernel failed with CL_INVALID_KERNEL_NAME while looking for 'Test_Text', the entry point of kernel 'Test.Text'",
            Assert.Throws<DeviceException>(() => device.Prepare([launch])).Message);
    }

    [DeviceFact("opencl")]
    public void A_kernel_is_compiled_once_and_then_comes_from_the_disk()
    {
        using var folder = new TempFolder();
        Assert.Equal(0, Hits($"{folder}"));
        Assert.Equal(1, Hits($"{folder}"));
    }

    [DeviceFact("opencl")]
    public void Another_driver_device_or_platform_compiles_a_kernel_of_its_own()
    {
        using var folder = new TempFolder();
        OpenClDeviceInfo[] infos = [Info, Info with { Versions = "OpenCL 1.2, driver 9" }, Info with { Hardware = "another" }, Info with { Platform = "new" }];
        Assert.Equal([0, 0, 0, 0], infos.Select(info => Hits($"{folder}", info)));
        Assert.Equal([1, 1, 1, 1], infos.Select(info => Hits($"{folder}", info)));
    }

    [Fact]
    public void Parts_of_a_key_do_not_run_into_each_other()
    {
        Assert.NotEqual(KernelCache.Key("ab", "c"), KernelCache.Key("a", "bc"));
        Assert.NotEqual(KernelCache.Key("a", ""), KernelCache.Key("a"));
        Assert.Equal(KernelCache.Key("a", "bc"), KernelCache.Key("a", "bc"));
    }

    [DeviceTheory("opencl"), InlineData(0, true), InlineData(10, false), InlineData(-1, false)]
    public void A_cache_entry_that_is_corrupt_is_compiled_again(int length, bool checksumOnly)
    {
        using var folder = new TempFolder();
        Hits($"{folder}");
        string file = Assert.Single(Directory.GetFiles($"{folder}"));
        byte[] bytes = File.ReadAllBytes(file);
        if (checksumOnly) bytes[^1] ^= 1;
        File.WriteAllBytes(file, checksumOnly ? bytes : bytes[..(length < 0 ? bytes.Length + length : length)]);
        Assert.Equal(0, Hits($"{folder}"));
        Assert.Equal(1, Hits($"{folder}"));
    }

    [DeviceFact("opencl")]
    public void A_binary_that_the_driver_refuses_is_compiled_again()
    {
        using var folder = new TempFolder();
        Hits($"{folder}");
        var cache = new KernelCache($"{folder}");
        string key = Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles($"{folder}")));
        cache.Write(key, "not a program"u8);
        Assert.Equal(1, Hits($"{folder}"));
        Assert.NotEqual("not a program"u8.ToArray(), cache.Read(key));
    }

    /// <summary>Runs one kernel on a fresh device over the cache, checks its result, and says how often the cache had the kernel.</summary>
    private static int Hits(string folder, OpenClDeviceInfo? info = null)
    {
        var cache = new KernelCache(folder);
        using var device = Open(cache, info);
        using var memory = device.Allocate(2048, "memory");
        var (x, y) = (new ArrayView<float>(memory, 0, 3), new ArrayView<float>(memory, 1024, 3));
        device.Upload<float>([1, 2, 3], x);
        using var list = device.Prepare([new PowerLaunch(y, x, 3, 3), new PowerLaunch(y, x, 3, 3)]);
        list.Run();
        var result = new float[3];
        device.Download(y, result.AsSpan());
        Assert.Equal([1, 8, 27], result);
        return cache.Hits;
    }
}
