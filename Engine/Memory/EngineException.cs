namespace FcnFromScratch.Engine;

/// <summary>An error with one clear line for the user: the thing, its value, the limit and the next step.</summary>
public class EngineException : Exception
{
    public EngineException(string message) : base(message) { }
    public EngineException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A device that was asked for and is not there, or that failed; names the driver's error.</summary>
public class DeviceException(string message) : EngineException(message);

/// <summary>A device has not enough memory.</summary>
/// <param name="asked">Bytes.</param>
/// <param name="free">Bytes, as far as the device tells.</param>
public sealed class DeviceMemoryException(string message, long asked, long free) : DeviceException(message)
{
    /// <summary>Bytes.</summary>
    public long Asked { get; } = asked;

    /// <summary>Bytes.</summary>
    public long Free { get; } = free;
}

/// <summary>A kernel did what no kernel may do: an index outside a view, a barrier that some work items never reach.</summary>
public sealed class KernelFaultException : EngineException
{
    public KernelFaultException(string message) : base(message) { }
    public KernelFaultException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A kernel that the device's compiler refused; carries the C# kernel's name and the build log.</summary>
public sealed class KernelBuildException(string kernel, string device, string log)
    : EngineException($"kernel '{kernel}' does not compile on {device}:{Environment.NewLine}{log.Trim()}")
{
    /// <summary>Which did not compile.</summary>
    public string Kernel { get; } = kernel;

    /// <summary>What the device's compiler said.</summary>
    public string Log { get; } = log;
}
