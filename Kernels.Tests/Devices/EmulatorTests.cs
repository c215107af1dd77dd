using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Emulator;
using FcnFromScratch.Engine.Kernels;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Devices;

public sealed class EmulatorTests : IDisposable
{
    private readonly EmulatorDevice _device = new();

    public void Dispose() => _device.Dispose();

    private string Fault(KernelLaunch launch) => Assert.Throws<KernelFaultException>(() => Run(launch)).Message;

    private void Run(KernelLaunch launch)
    {
        using var list = _device.Prepare([launch]);
        list.Run();
    }

    [Fact]
    public void An_implicit_fault_names_kernel_item_buffer_index_and_size()
    {
        using var x = _device.Allocate(4 * 4, "x");
        using var y = _device.Allocate(3 * 4, "y");
        var launch = new AffineLaunch(new(y, 0, 3), new(x, 0, 4), new Affine(1, 0), 4) { NodeName = "scale" };
        Assert.Equal("kernel 'Test.Affine' (node 'scale'): work item 3 of 4: index 3 is outside 'y' of 3 Single", Fault(launch));
    }

    [Fact]
    public void An_explicit_fault_names_group_and_item_and_leaves_the_device_usable()
    {
        using var x = _device.Allocate(8 * 4, "x");
        using var y = _device.Allocate(7 * 4, "y");
        var config = new KernelConfig(2, 4);
        Assert.Equal("kernel 'Test.Reverse': group (1,0,0), work item (3,0,0): index 7 is outside 'y' of 7 Single",
            Fault(new ReverseLaunch(new(y, 0, 7), new(x, 0, 8), config)));
        using var whole = _device.Allocate(8 * 4, "whole");
        Run(new ReverseLaunch(new(whole, 0, 8), new(x, 0, 8), config));
    }

    [Fact]
    public void A_barrier_that_some_items_never_reach_is_reported() =>
        Assert.Equal("kernel 'Test.Text': group (1,0,0): work item (3,0,0) ended while (0,0,0) waits at a barrier; all must reach it",
            Fault(TextLaunch.Groups(2, 4, () =>
            {
                if (Grid.IdxX == 0 || Group.IdxX < 3) Group.Barrier();
            })));

    [Fact]
    public void Lanes_at_different_meetings_are_reported() =>
        Assert.Equal("kernel 'Test.Text': group (0,0,0): work item (1,0,0) waits at a warp barrier while (0,0,0) waits at a barrier; all must reach it",
            Fault(TextLaunch.Groups(1, 2, () =>
            {
                if (Group.IdxX == 0) Group.Barrier();
                else Warp.Barrier();
            })));

    [Fact]
    public void An_exception_other_than_an_index_is_a_fault_too() =>
        Assert.Equal("kernel 'Test.Text': group (0,0,0), work item (2,0,0): Attempted to divide by zero.",
            Fault(TextLaunch.Groups(1, 4, () =>
            {
                // Thrown by hand: a real division by zero is a signal, on which LLVM, if PoCL compiles just then, removes its files.
                if (Group.IdxX == 2) throw new DivideByZeroException();
                Group.Barrier();
            })));

    [Fact]
    public void Items_run_in_order_between_barriers()
    {
        var order = new List<int>();
        Run(TextLaunch.Groups(2, 3, () =>
        {
            for (int phase = 0; phase < 2; phase++)
            {
                order.Add(100 * Grid.IdxX + 10 * phase + Group.IdxX);
                Group.Barrier();
            }
        }));
        Assert.Equal([0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112], order);
    }

    [Fact]
    public void Shared_memory_is_one_block_for_each_call_and_begins_as_NaN()
    {
        var seen = new List<float>();
        Run(TextLaunch.Groups(2, 2, () =>
        {
            var a = SharedMemory.Allocate<float>(2);
            var b = SharedMemory.Allocate<float>(2);
            if (Group.IdxX == 0) seen.AddRange([a[1], b[1]]);
            a[Group.IdxX] = Group.IdxX;
            b[Group.IdxX] = 10 + Group.IdxX;
            Group.Barrier();
            seen.AddRange([a[1 - Group.IdxX], b[1 - Group.IdxX]]);
        }));
        float[] group = [float.NaN, float.NaN, 1, 11, 0, 10];
        Assert.Equal([.. group, .. group], seen);
    }

    [Fact]
    public void An_index_outside_shared_memory_names_the_block() =>
        Assert.Equal("kernel 'Test.Text': group (0,0,0), work item (0,0,0): index 8 is outside 'shared memory #2' of 8 Int32",
            Fault(TextLaunch.Groups(1, 2, () =>
            {
                SharedMemory.Allocate<float>(4);
                SharedMemory.Allocate<int>(8)[8] = 1;
            })));

    [Fact]
    public void Shared_memory_beyond_what_devices_have_is_a_fault() =>
        Assert.EndsWith("65536 bytes of shared memory; a group has 49152",
            Fault(TextLaunch.Groups(1, 1, () => SharedMemory.Allocate<float>(16 * 1024))));

    [Fact]
    public void Shuffles_meet_within_a_warp()
    {
        var sums = new int[40];
        Run(TextLaunch.Groups(1, 40, () =>
        {
            // Lanes 0 to 31 sum their indices; the 8 items of the second warp do so among themselves, four steps apart and less.
            int sum = Group.LinearIndex;
            for (int delta = Warp.WarpIdx == 0 ? 16 : 4; delta > 0; delta /= 2) sum += Warp.ShuffleXor(sum, delta);
            sums[Group.LinearIndex] = sum;
        }));
        Assert.Equal([.. Enumerable.Repeat(496, 32), .. Enumerable.Repeat(32 + 33 + 34 + 35 + 36 + 37 + 38 + 39, 8)], sums);
    }

    [Fact]
    public void A_shuffle_down_past_the_last_lane_keeps_the_lanes_own_value()
    {
        var got = new int[32];
        Run(TextLaunch.Groups(1, 32, () => got[Group.IdxX] = Warp.ShuffleDown(Group.IdxX, 5)));
        Assert.Equal([.. Enumerable.Range(5, 27), 27, 28, 29, 30, 31], got);
    }

    [Fact]
    public void A_shuffle_from_a_lane_that_is_not_there_gives_all_ones()
    {
        var got = new int[4];
        Run(TextLaunch.Groups(1, 4, () => got[Group.IdxX] = Warp.Shuffle(Group.IdxX, 2 * Group.IdxX)));
        Assert.Equal([0, 2, -1, -1], got);
    }

    [Fact]
    public void Large_three_dimensional_groups_meet()
    {
        int inside = 0, wrong = 0;
        Run(new TextLaunch("", KernelFeatures.Barrier, LaunchSize.Explicit(new KernelConfig((2, 1, 2), (16, 8, 8))), null, () =>
        {
            inside++;
            Group.Barrier();
            if (inside % 1024 != 0) wrong++;
            Group.Barrier();
        }));
        Assert.Equal((4096, 0), (inside, wrong));
    }

    [Fact]
    public void Code_of_the_cpu_device_is_refused() =>
        Assert.Contains("code of the cpu device", Assert.Throws<EngineException>(() => _device.Prepare([new SomeCpuLaunch()])).Message);

    private sealed class SomeCpuLaunch : CpuLaunch
    {
        public override void Run(FcnFromScratch.Engine.Devices.Cpu.ThreadTeam team) => throw new InvalidOperationException();
    }
}
