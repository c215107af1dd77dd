namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>Errors of native libraries in one form.</summary>
internal static class NativeCall
{
    /// <param name="call">The call as it is written, <c>clFinish(Queue)</c>, or the function's name alone.</param>
    /// <param name="error">The library's name of the error.</param>
    /// <param name="doing">What it was for.</param>
    public static DeviceException Failed(string device, string call, string error, string doing)
    {
        int arguments = call.IndexOf('(');
        return new DeviceException($"{device}: {(arguments < 0 ? call : call[..arguments])} failed with {error} while {doing}");
    }
}
