using System.Runtime.InteropServices;

namespace FcnFromScratch.Data;

/// <summary>Writes files so that whatever happens, the path holds the old content or the new, never a part.</summary>
public static partial class AtomicFile
{
    /// <summary>
    /// Where <paramref name="path"/> is a link, the file that it leads to is meant and the link stays; a pipe or a device is written through, since it
    /// has no content to keep. Else writes a temporary file in the folder of <paramref name="path"/>, flushes it to disk, renames it over
    /// <paramref name="path"/> and, on Unix, flushes the folder, so that the rename survives a power cut as well.
    /// </summary>
    /// <param name="previous">Where the old file is moved to, if anywhere. Between the two renames <paramref name="path"/> is missing.</param>
    /// <exception cref="DataException">The folder is missing or read-only, the disk is full, or nobody reads the pipe; the old file is untouched.</exception>
    public static void Write(string path, Action<Stream> write, string? previous = null)
    {
        try
        {
            if (FileKinds.At(path) is FileKind.Pipe or FileKind.Device)
            {
                // A pipe waits for its reader.
                using var through = FileKinds.Await(() => new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 16));
                write(through);
            }
            else
            {
                var link = new FileInfo(path);
                Replace(link.LinkTarget is null ? path : link.ResolveLinkTarget(returnFinalTarget: true)!.FullName, write, previous);
            }
        }
        catch (DirectoryNotFoundException e)
        {
            throw new DataException($"cannot write '{path}': there is no folder '{Path.GetDirectoryName(InputFile.RealPath(path))}'; make it first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"cannot write '{path}': {e.Message.TrimEnd('.')}. Check the folder, its permissions and the space left.", e);
        }
        catch (TimeoutException e)
        {
            throw new DataException($"cannot write '{path}': it is a pipe that nobody has read for {FileKinds.Patience.TotalSeconds} s.", e);
        }
    }

    private static void Replace(string path, Action<Stream> write, string? previous)
    {
        string target = Path.GetFullPath(path), folder = Path.GetDirectoryName(target) ?? target;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            if (previous is not null && File.Exists(target)) File.Move(target, previous, overwrite: true);
            File.Move(temporary, target, overwrite: true);
            FlushFolder(folder);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            // The system names the file that it could not write, which nobody has asked for.
            if (e is IOException and not DirectoryNotFoundException && e.Message.Contains(temporary))
                throw new IOException(e.Message.Replace(temporary, target), e);
            throw;
        }
    }

    /// <summary>Makes a folder and those around it, where they are missing.</summary>
    /// <exception cref="DataException">The disk refuses.</exception>
    public static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"cannot make the folder '{path}': {e.Message} Check its name and the permissions around it.", e);
        }
    }

    private static void TryDelete(string path)
    {
        try { File.Delete(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // the first error is the one to report
    }

    // Some file systems cannot flush a folder; the file itself is safe by then, so a refusal is no error.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        int descriptor = OpenReadOnly(folder, 0);
        if (descriptor < 0) return;
        _ = FSync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenReadOnly(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
