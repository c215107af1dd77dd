namespace FcnFromScratch.Engine.Devices;

/// <summary>The check that devices make before they copy.</summary>
internal static class Transfer
{
    public static void Check<T>(Device device, long from, long to, MemoryBuffer? buffer)
    {
        if (from > to)
            throw new EngineException(
                $"{device.Name}: {from} {typeof(T).Name} do not fit into {to} (copying to or from '{buffer?.Name ?? "a view without memory"}')");
    }
}
