using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine.Kernels;

/// <summary>
/// A typed window on a <see cref="MemoryBuffer"/>: what kernels read and write, and what the host hands to a launch.
/// Elements are addressable only where the memory is the host's own (the cpu and emulator devices); there every access is
/// checked, and an index outside the view names the buffer, the index and the size.
/// </summary>
public readonly unsafe struct ArrayView<T> where T : unmanaged
{
    private readonly T* _data;

    /// <param name="buffer">The memory behind the view; null for a view that only carries a length (a dry recording).</param>
    /// <param name="offsetInBytes">Where the view begins in the buffer.</param>
    /// <param name="length">Elements of <typeparamref name="T"/>.</param>
    public ArrayView(MemoryBuffer? buffer, long offsetInBytes, long length)
    {
        if (buffer is not null && (offsetInBytes < 0 || length < 0 || offsetInBytes + length * sizeof(T) > buffer.LengthInBytes))
            throw new ArgumentOutOfRangeException(nameof(length),
                $"a view of {length} {typeof(T).Name} at byte {offsetInBytes} does not fit in '{buffer.Name}' of {buffer.LengthInBytes} bytes");
        Buffer = buffer;
        OffsetInBytes = offsetInBytes;
        Length = length;
        _data = buffer is null || buffer.HostPointer == 0 ? null : (T*)(buffer.HostPointer + (nint)offsetInBytes);
    }

    /// <summary>The memory behind it.</summary>
    public MemoryBuffer? Buffer { get; }

    /// <summary>Where it begins in the buffer.</summary>
    public long OffsetInBytes { get; }

    /// <summary>Elements.</summary>
    public long Length { get; }

    /// <summary>Elements; fails beyond 2^31 - 1.</summary>
    public int IntLength => checked((int)Length);

    /// <summary>Bytes.</summary>
    public long LengthInBytes => Length * sizeof(T);

    /// <summary>Elements, as the extent of a launch.</summary>
    public LongIndex1D Extent => Length;

    /// <summary>Elements, as the extent of a launch; fails beyond 2^31 - 1.</summary>
    public Index1D IntExtent => IntLength;

    /// <summary>Whether there is memory behind it.</summary>
    public bool IsValid => Buffer is not null;

    /// <summary>Bytes of an element.</summary>
    public static int ElementSize => sizeof(T);

    /// <summary>A view of nothing.</summary>
    public static ArrayView<T> Empty => default;

    /// <summary>An element, by reference.</summary>
    public ref T this[int index] => ref this[(long)index];

    /// <summary>An element, by reference.</summary>
    public ref T this[Index1D index] => ref this[(long)index.X];

    /// <summary>An element, by reference.</summary>
    public ref T this[LongIndex1D index] => ref this[index.X];

    /// <summary>An element, by reference.</summary>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length || _data is null) ThrowOutOfRange(index);
            return ref _data[index];
        }
    }

    /// <summary>A part of it.</summary>
    public ArrayView<T> SubView(long index, long length)
    {
        if (index < 0 || length < 0 || index + length > Length)
            throw new KernelFaultException($"elements {index} to {index + length} are outside '{Buffer?.Name}' of {Length} {typeof(T).Name}");
        return new ArrayView<T>(Buffer, OffsetInBytes + index * sizeof(T), length);
    }

    /// <summary>The rest of it, from an element on.</summary>
    public ArrayView<T> SubView(long index) => SubView(index, Length - index);

    /// <summary>The same bytes as elements of another type; a rest too short for one is left out.</summary>
    /// <exception cref="KernelFaultException">
    /// The view begins where a device could not read such elements: they lie at multiples of the largest power of two that divides their size, 16 at most.
    /// </exception>
    public ArrayView<TOther> Cast<TOther>() where TOther : unmanaged
    {
        int alignment = Math.Min(sizeof(TOther) & -sizeof(TOther), 16);
        if (OffsetInBytes % alignment != 0)
            throw new KernelFaultException(
                $"'{Buffer?.Name}' cannot be seen as {typeof(TOther).Name} from byte {OffsetInBytes} on; such a view begins at a multiple of {alignment}");
        return new(Buffer, OffsetInBytes, LengthInBytes / sizeof(TOther));
    }

    /// <summary>The elements as a span, for the cpu device's SIMD code. The memory must be the host's and the view below 2^31 elements.</summary>
    public Span<T> AsSpan() => new(Pointer, IntLength);

    /// <summary>The address of the first element, for the cpu device's SIMD code. The memory must be the host's.</summary>
    public T* Pointer => _data is not null || Length == 0 ? _data
        : throw new InvalidOperationException($"'{Buffer?.Name ?? "an empty view"}' is not host memory");

    [DoesNotReturn]
    private void ThrowOutOfRange(long index) =>
        throw new KernelFaultException(_data is null
            ? $"'{Buffer?.Name ?? "a view without memory"}' is not host memory"
            : $"index {index} is outside '{Buffer!.Name}' of {Length} {typeof(T).Name}");
}
