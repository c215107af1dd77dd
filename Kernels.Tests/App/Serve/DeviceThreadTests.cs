using FcnFromScratch.App.Serve;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>The line before a device: what is done together, and what becomes of what fails or is given up.</summary>
public sealed class DeviceThreadTests : IDisposable
{
    private readonly DeviceThread _thread = new(new CpuDevice(1), mostTogether: 3);
    private readonly ManualResetEventSlim _gate = new();
    private readonly List<int[]> _batches = [];

    public void Dispose() => _gate.Dispose();

    /// <summary>Keeps the thread busy until the gate opens, so that a line forms.</summary>
    private Task<bool> Block()
    {
        var begun = new ManualResetEventSlim();
        var block = _thread.Run(_ =>
        {
            begun.Set();
            _gate.Wait();
            return true;
        }, default);
        begun.Wait();
        return block;
    }

    private Task<int> Double(string key, int value, CancellationToken cancel = default) => _thread.Together<int, int>(key, value, (_, together) =>
    {
        _batches.Add([.. together]);
        if (together.Contains(13)) throw new InvalidOperationException("13");
        return [.. together.Select(x => 2 * x)];
    }, cancel);

    [Fact]
    public async Task What_waits_under_one_key_is_done_together_and_so_many_at_most()
    {
        var block = Block();
        Task<int>[] asked = [Double("a", 1), Double("b", 2), Double("a", 3), Double("a", 4), Double("a", 5), Double("b", 6)];
        Assert.Equal(6, _thread.Waiting);
        _gate.Set();
        int[] answers = await Task.WhenAll(asked);
        Assert.Equal([2, 4, 6, 8, 10, 12], answers);
        _thread.Dispose();
        Assert.Equal([[1, 3, 4], [2, 6], [5]], _batches);
        Assert.True(await block);
    }

    [Fact]
    public async Task What_fails_fails_alone()
    {
        _ = Block();
        Task<int>[] asked = [Double("a", 1), Double("a", 13), Double("a", 3)];
        _gate.Set();
        Assert.Equal((2, 6), (await asked[0], await asked[2]));
        Assert.Equal("13", (await Assert.ThrowsAsync<InvalidOperationException>(() => asked[1])).Message);
        _thread.Dispose();
    }

    [Fact]
    public async Task What_nobody_waits_for_any_more_is_not_done()
    {
        using var gone = new CancellationTokenSource();
        _ = Block();
        Task<int> given = Double("a", 1, gone.Token), kept = Double("a", 2);
        gone.Cancel();
        _gate.Set();
        Assert.Equal(4, await kept);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        _thread.Dispose();
        Assert.Equal([[2]], _batches);
    }

    [Fact]
    public async Task At_its_end_it_does_what_is_in_line_and_takes_no_more()
    {
        _ = Block();
        var waiting = Double("a", 1);
        var end = Task.Run(_thread.Dispose);
        while (!end.IsCompleted && !Refuses()) await Task.Delay(1);
        _gate.Set();
        await end;
        Assert.Equal(2, await waiting);

        bool Refuses()
        {
            try
            {
                _ = Double("b", 0);
                return false;
            }
            catch (BusyException)
            {
                return true;
            }
        }
    }
}
