namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>
/// Uploads without waiting: the source is copied into one of a few host blocks and goes to the device from there, so that the
/// caller may reuse it at once. Waits only where a block is still on its way from its last use.
/// </summary>
internal abstract unsafe class StagingRing(int blocks = 4, int blockBytes = 4 << 20)
{
    private readonly nint[] _block = new nint[blocks];
    private readonly nint[] _done = new nint[blocks];
    private int _next;

    public void Upload(ReadOnlySpan<byte> source, NativeBuffer target, long offset)
    {
        while (source.Length > 0)
        {
            int i = _next;
            _next = (i + 1) % blocks;
            if (_block[i] == 0) _block[i] = AllocateBlock(blockBytes);
            else WaitFor(ref _done[i]);
            int bytes = Math.Min(source.Length, blockBytes);
            source[..bytes].CopyTo(new Span<byte>((void*)_block[i], bytes));
            Enqueue(_block[i], target, offset, bytes, ref _done[i]);
            source = source[bytes..];
            offset += bytes;
        }
    }

    /// <summary>Frees the blocks; the device's queue must be empty.</summary>
    public void Free()
    {
        for (int i = 0; i < blocks; i++)
        {
            if (_block[i] != 0) FreeBlock(_block[i], _done[i]);
            _block[i] = 0;
        }
    }

    protected abstract nint AllocateBlock(int bytes);

    /// <summary>Queues the copy and then <paramref name="done"/>, the event that <see cref="WaitFor"/> gets when the block is needed again.</summary>
    protected abstract void Enqueue(nint block, NativeBuffer target, long offset, int bytes, ref nint done);

    protected abstract void WaitFor(ref nint done);
    protected abstract void FreeBlock(nint block, nint done);
}
