using System.Security.Cryptography;

namespace FcnFromScratch.Data;

/// <summary>What tells data sets apart, however they are stored.</summary>
public static class ContentHash
{
    /// <summary>SHA-256 of the parts one after another, in lower-case hexadecimal.</summary>
    public static string Of(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] part in parts) hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of all that a stream still has, in lower-case hexadecimal.</summary>
    public static string Of(Stream content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
