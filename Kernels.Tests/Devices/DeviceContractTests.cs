using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Devices;

/// <summary>What every device promises, on every device that is there. Buffers are counted process-wide, so these tests run alone.</summary>
[Collection(AloneCollection.Name)]
public sealed class DeviceContractTests
{
    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => 0.5f * i - 3)];

    private static T[] Read<T>(Device device, ArrayView<T> view) where T : unmanaged
    {
        var host = new T[view.Length];
        device.Download(view, host.AsSpan());
        return host;
    }

    private static void Run(Device device, params Launch[] launches)
    {
        using var list = device.Prepare(launches);
        list.Run();
        device.Synchronize();
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void Memory_begins_as_zero_and_keeps_what_is_uploaded(string name)
    {
        using var device = DeviceList.Open(name);
        using var buffer = device.Allocate(1003 * sizeof(int), "numbers");
        var view = new ArrayView<int>(buffer, 0, 1003);
        Assert.All(Read(device, view), value => Assert.Equal(0, value));
        int[] numbers = [.. Enumerable.Range(7, 1003)];
        device.Upload<int>(numbers, view);
        int[] sent = [.. numbers];
        Array.Clear(numbers);
        Assert.Equal(sent, Read(device, view));
        Assert.Equal(sent[500..600], Read(device, view.SubView(500, 100)));
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void Uploads_larger_than_the_staging_blocks_arrive_whole(string name)
    {
        using var device = DeviceList.Open(name);
        int count = (22 << 20) / sizeof(int) + 5;
        using var buffer = device.Allocate((long)count * sizeof(int), "large");
        var view = new ArrayView<int>(buffer, 0, count);
        var numbers = new int[count];
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < count; i++) numbers[i] = i * 31 + round;
            device.Upload<int>(numbers, view);
            Assert.True(numbers.AsSpan().SequenceEqual(Read(device, view)));
        }
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void A_kernel_sees_views_at_offsets_structs_and_values(string name)
    {
        using var device = DeviceList.Open(name);
        const int count = 1000;
        int aligned = device.AlignmentInBytes / sizeof(float);
        using var buffer = device.Allocate((count + 4 * aligned) * 2 * sizeof(float), "both");
        var all = new ArrayView<float>(buffer, 0, buffer.LengthInBytes / sizeof(float));
        var x = all.SubView(aligned, count);
        var y = all.SubView((aligned + count + aligned - 1) / aligned * aligned, count);
        device.Upload<float>(Numbers(count), x);
        Run(device, new AffineLaunch(y, x, new Affine(2, 1), count));
        Assert.Equal(Numbers(count).Select(v => 2 * v + 1), Read(device, y));
        Assert.Equal(Numbers(count), Read(device, x));
        Assert.Equal(0, Read(device, all)[y.OffsetInBytes / sizeof(float) + count]);
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void Specialised_values_make_kernels_of_their_own(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(3 * 1024, "memory");
        var (x, square, cube) = (new ArrayView<float>(memory, 0, 10), new ArrayView<float>(memory, 1024, 10), new ArrayView<float>(memory, 2048, 10));
        device.Upload<float>(Numbers(10), x);
        Run(device, new PowerLaunch(square, x, 2, 10), new PowerLaunch(cube, x, 3, 10));
        Assert.Equal(Numbers(10).Select(v => v * v), Read(device, square));
        Assert.Equal(Numbers(10).Select(v => v * v * v), Read(device, cube));
    }

    [Theory, OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void Groups_share_memory_and_meet_at_barriers(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(2 * 1024, "memory");
        var (x, y) = (new ArrayView<float>(memory, 0, 48), new ArrayView<float>(memory, 1024, 48));
        device.Upload<float>(Numbers(48), x);
        Run(device, new ReverseLaunch(y, x, new KernelConfig(3, 16)));
        var numbers = Numbers(48);
        Assert.Equal([.. numbers[..16].Reverse(), .. numbers[16..32].Reverse(), .. numbers[32..].Reverse()], Read(device, y));
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void Every_item_of_a_grid_of_three_dimensions_runs_at_its_place(string name)
    {
        using var device = DeviceList.Open(name);
        const int width = 2 * 4, height = 3 * 5, depth = 4 * 2;
        using var memory = device.Allocate(width * height * depth * sizeof(int), "memory");
        var y = new ArrayView<int>(memory, 0, width * height * depth);
        Run(device, new PlacesLaunch(y, new KernelConfig((2, 3, 4), (4, 5, 2))));
        var places =
            from z in Enumerable.Range(0, depth) from row in Enumerable.Range(0, height) from x in Enumerable.Range(0, width)
            select 1_000_000 * (x % 4 + 4 * (row % 5 + 5 * (z % 2)))
                + 100_000 * (x / 4) + 10_000 * (row / 5) + 1000 * (z / 2) + 100 * (x % 4) + 10 * (row % 5) + z % 2;
        Assert.Equal(places, Read(device, y));
    }

    [Theory, OnDevice("emulator"), OnDevice("cuda")]
    public void The_lanes_of_a_warp_exchange_values(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(2 * 1024, "memory");
        var (x, y) = (new ArrayView<int>(memory, 0, 128), new ArrayView<int>(memory, 1024, 128));
        int[] numbers = [.. Enumerable.Range(1, 128)];
        device.Upload<int>(numbers, x);
        Run(device, new WarpSumLaunch(y, x, new KernelConfig(2, 64)));
        Assert.Equal(numbers.Chunk(32).SelectMany(warp => Enumerable.Repeat(warp.Sum(), 32)), Read(device, y));
    }

    [Theory, OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void An_allocation_beyond_the_device_names_what_and_how_much(string name)
    {
        using var device = DeviceList.Open(name);
        string message = Assert.Throws<DeviceMemoryException>(() => device.Allocate(1L << 50, "huge")).Message;
        Assert.Contains("'huge'", message);
        Assert.Contains("1,125,899,906,842,624 bytes", message);
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void A_list_runs_in_order_again_and_again(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(2 * 1024, "memory");
        var (x, y) = (new ArrayView<float>(memory, 0, 4), new ArrayView<float>(memory, 1024, 4));
        using var list = device.Prepare([new AffineLaunch(y, x, new Affine(1, 1), 4), new AffineLaunch(x, y, new Affine(2, 0), 4)]);
        for (int run = 0; run < 4; run++) list.Run();
        Assert.Equal(Enumerable.Repeat(30f, 4), Read(device, x));
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void A_launch_of_no_items_does_nothing(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(0, "nothing");
        var none = new ArrayView<float>(memory, 0, 0);
        Run(device, new AffineLaunch(none, none, default, 0));
        Assert.Empty(Read(device, none));
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void A_copy_that_does_not_fit_says_so(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(4 * sizeof(float), "small");
        var view = new ArrayView<float>(memory, 0, 4);
        Assert.Equal($"{device.Name}: 5 Single do not fit into 4 (copying to or from 'small')",
            Assert.Throws<EngineException>(() => device.Upload<float>(new float[5], view)).Message);
        Assert.Equal($"{device.Name}: 4 Single do not fit into 3 (copying to or from 'small')",
            Assert.Throws<EngineException>(() => device.Download(view, new float[3].AsSpan())).Message);
    }

    [Theory, OnDevice("opencl"), OnDevice("cuda")]
    public void Memory_of_another_device_is_refused(string name)
    {
        using var device = DeviceList.Open(name);
        using var foreign = new HostBuffer(16, "foreign");
        var view = new ArrayView<float>(foreign, 0, 4);
        string expected = $"{device.Name}: 'foreign' is not memory of this device";
        Assert.Equal(expected, Assert.Throws<EngineException>(() => device.Prepare([new AffineLaunch(view, view, default, 4)])).Message);
        Assert.Equal(expected, Assert.Throws<EngineException>(() => device.Upload<float>(new float[4], view)).Message);
    }

    [Theory, OnDevice("opencl"), OnDevice("cuda")]
    public void A_kernel_that_does_not_compile_carries_name_and_log(string name)
    {
        using var device = DeviceList.Open(name);
        var e = Assert.Throws<KernelBuildException>(() => device.Prepare([new TextLaunch("this is no kernel", KernelFeatures.None, LaunchSize.Implicit(1))]));
        Assert.Equal("Test.Text", e.Kernel);
        Assert.StartsWith($"kernel 'Test.Text' does not compile on {device.Name}:", e.Message);
        Assert.Contains("error", e.Log);
    }

    [Theory, OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void A_group_larger_than_the_device_allows_is_refused(string name)
    {
        using var device = DeviceList.Open(name);
        var launch = new TextLaunch("", KernelFeatures.Barrier, LaunchSize.Explicit(new KernelConfig(1, (128, 128))));
        Assert.Contains("16384 work items", Assert.Throws<EngineException>(() => device.Prepare([launch])).Message);
    }

    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void No_buffer_outlives_its_owner(string name)
    {
        long before = MemoryBuffer.Live;
        using (var device = DeviceList.Open(name))
        {
            using var memory = device.Allocate(2 * 1024, "memory");
            var (x, y) = (new ArrayView<float>(memory, 0, 64), new ArrayView<float>(memory, 1024, 64));
            Assert.Equal(before + 1, MemoryBuffer.Live);
            Run(device, new AffineLaunch(y, x, default, 64));
            if (name != "cpu") Run(device, new ReverseLaunch(y, x, new KernelConfig(2, 32)));
            Assert.Equal(before + 1, MemoryBuffer.Live);
        }
        Assert.Equal(before, MemoryBuffer.Live);
    }

    [DeviceFact("opencl")]
    public void OpenCl_leaves_a_division_by_zero_in_CSharp_to_DotNet()
    {
        using var device = DeviceList.Open("opencl");
        int zero = 0;
        Assert.Throws<DivideByZeroException>(() => zero = 1 / zero);
    }

    [Fact]
    public void The_emulator_frees_local_memory_after_each_launch()
    {
        using var device = DeviceList.Open("emulator");
        long before = MemoryBuffer.Live, during = 0;
        Run(device, TextLaunch.Groups(1, 4, () =>
        {
            WorkItem.Current.BeginItem();
            LocalMemory.Allocate<float>(4)[3] = 1;
            Group.Barrier();
            during = MemoryBuffer.Live;
        }));
        Assert.Equal((before + 4, before), (during, MemoryBuffer.Live));
    }

    [Theory, OnDevice("opencl"), OnDevice("cuda")]
    public void Running_a_list_allocates_nothing(string name)
    {
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(2 * 1024, "memory");
        var (x, y) = (new ArrayView<float>(memory, 0, 64), new ArrayView<float>(memory, 1024, 64));
        using var list = device.Prepare([new AffineLaunch(y, x, default, 64), new ReverseLaunch(x, y, new KernelConfig(2, 32))]);
        for (int i = 0; i < 50; i++) list.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) list.Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        device.Synchronize();
    }
}

/// <summary>Tests that no other test may run beside: they count buffers or change the environment.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
