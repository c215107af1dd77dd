using System.Security.Cryptography;
using System.Text;

namespace FcnFromScratch.Engine.Devices;

/// <summary>
/// Compiled kernels on disk, one file each, named by the SHA-256 of all that went into it: text, options, device and driver.
/// The folder is <c>FCN_CACHE</c>, else <c>fcn-from-scratch</c> in the user's cache folder; an empty <c>FCN_CACHE</c> turns it off.
/// A file that cannot be read, written or trusted is as good as none: the kernel is compiled again.
/// </summary>
internal sealed class KernelCache(string? folder)
{
    private const int HashBytes = 32;

    /// <summary>Null when the cache is off.</summary>
    public string? Folder { get; } = string.IsNullOrEmpty(folder) ? null : folder;

    /// <summary>Kernels taken from the disk by this process.</summary>
    public int Hits { get; private set; }

    public static KernelCache FromEnvironment() => new(Environment.GetEnvironmentVariable("FCN_CACHE") ?? DefaultFolder());

    public static string Key(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The stored kernel, or null if there is none or its checksum is wrong.</summary>
    public byte[]? Read(string key)
    {
        if (Folder is null) return null;
        try
        {
            byte[] file = File.ReadAllBytes(PathOf(key));
            if (file.Length <= HashBytes || !SHA256.HashData(file.AsSpan(HashBytes)).AsSpan().SequenceEqual(file.AsSpan(0, HashBytes))) return null;
            Hits++;
            return file[HashBytes..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Stores a kernel: a temporary file, renamed when it is whole, so that no other process sees half of it.</summary>
    public void Write(string key, ReadOnlySpan<byte> kernel)
    {
        if (Folder is null) return;
        string temporary = $"{PathOf(key)}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Folder);
            using (var stream = new FileStream(temporary, FileMode.CreateNew))
            {
                stream.Write(SHA256.HashData(kernel));
                stream.Write(kernel);
            }
            File.Move(temporary, PathOf(key), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
        }
    }

    private string PathOf(string key) => Path.Combine(Folder!, $"{key}.kernel");

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full or read-only disk: the cache is a convenience, the kernel itself is there.
        }
    }

    private static string DefaultFolder()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(root))
            root = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
                : Path.Combine(home, ".cache");
        return Path.Combine(root, "fcn-from-scratch");
    }
}
