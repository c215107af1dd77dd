using System.Runtime.InteropServices;

namespace FcnFromScratch.Data;

/// <summary>What lies at a path, links followed.</summary>
internal enum FileKind { Nothing, File, Folder, Pipe, Device }

/// <summary>Tells files that can be read and replaced from all else that has a name.</summary>
internal static partial class FileKinds
{
    private const int NoEntry = 2, NoFolder = 20;

    /// <summary>How long the other end of a pipe may keep silent.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="IOException">The system does not say: a folder on the way is locked, or links run in a circle.</exception>
    public static FileKind At(string path)
    {
        if (OperatingSystem.IsWindows()) return File.Exists(path) ? FileKind.File : Directory.Exists(path) ? FileKind.Folder : FileKind.Nothing;
        // .NET has no public call that tells a pipe from a file. This is the one beneath File.Exists: on every system flags come first, then the mode.
        Span<int> status = stackalloc int[64];
        if (Stat(path, status) == 0)
            return (status[1] & 0xF000) switch { 0x8000 => FileKind.File, 0x4000 => FileKind.Folder, 0x1000 => FileKind.Pipe, _ => FileKind.Device };
        int error = Marshal.GetLastPInvokeError();
        return error is NoEntry or NoFolder ? FileKind.Nothing : throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }

    /// <summary>The result of what may wait for ever for the other end of a pipe: if so, on a thread that keeps no process alive.</summary>
    /// <exception cref="TimeoutException">It took longer than <see cref="Patience"/>.</exception>
    public static T Await<T>(Func<T> step) => Task.Factory.StartNew(step, TaskCreationOptions.LongRunning).WaitAsync(Patience).GetAwaiter().GetResult();

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Span<int> status);
}
