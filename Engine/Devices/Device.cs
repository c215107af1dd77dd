using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices;

/// <summary>Which translation of a kernel a device runs, or its own code.</summary>
public enum DeviceKind
{
    /// <summary>The ops' SIMD code where they bring it, kernels as C# elsewhere, on all cores.</summary>
    Cpu,

    /// <summary>Kernels as C#, one work item after another, with barriers, shared memory and warps: slow, and says what is wrong.</summary>
    Emulator,

    /// <summary>OpenCL C 1.2, compiled by the driver.</summary>
    OpenCl,

    /// <summary>CUDA C, compiled by NVRTC.</summary>
    Cuda,
}

/// <summary>
/// A place where kernels run. Work is recorded as a list of launches, prepared once by <see cref="Prepare"/> and run many times,
/// in order, on the device's one queue. Only <see cref="Download{T}"/> and <see cref="Synchronize"/> wait for the device.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>The name as the user writes it: cpu, emulator, opencl:0, cuda:0.</summary>
    public abstract string Name { get; }

    /// <summary>The hardware and driver, for <c>fcn devices</c> and reports.</summary>
    public abstract string Description { get; }

    /// <summary>Which translation it runs, or its own code.</summary>
    public abstract DeviceKind Kind { get; }

    /// <summary>Whether groups meet at barriers cheaply: true for GPUs. Ops pick kernels without barriers where it is false.</summary>
    public virtual bool HasFastBarriers => true;

    /// <summary>Sub-ranges of a buffer that become kernel arguments must begin at a multiple of this.</summary>
    public virtual int AlignmentInBytes => 64;

    /// <summary>Allocates zeroed memory.</summary>
    /// <exception cref="DeviceMemoryException">The device has not enough memory; says what was asked and what is free.</exception>
    public abstract MemoryBuffer Allocate(long bytes, string name);

    /// <summary>Copies from the host, in queue order. The source may be reused when the call returns.</summary>
    public abstract void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> target) where T : unmanaged;

    /// <summary>Waits for the queue, then copies to the host.</summary>
    public abstract void Download<T>(ArrayView<T> source, Span<T> target) where T : unmanaged;

    /// <summary>Compiles and binds the launches, so that running them allocates nothing.</summary>
    public abstract CommandList Prepare(IReadOnlyList<Launch> launches);

    /// <summary>Waits until all that was queued is done.</summary>
    public abstract void Synchronize();

    /// <summary>Gives the device back. Buffers are to be freed before.</summary>
    public abstract void Dispose();

    /// <summary>Allocates zeroed memory for that many elements; <see cref="ArrayView{T}.Buffer"/> is what is to be disposed.</summary>
    public ArrayView<T> AllocateView<T>(long length, string name) where T : unmanaged =>
        new(Allocate(length * ArrayView<T>.ElementSize, name), 0, length);

    public override string ToString() => Name;
}

/// <summary>Launches prepared for one device, in order.</summary>
public abstract class CommandList : IDisposable
{
    /// <summary>Queues all launches. Waits only where the device is the host itself.</summary>
    public abstract void Run();

    /// <summary>Frees what was made ready; not the buffers.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
