using System.Net.Http;
using System.Security.Cryptography;

namespace FcnFromScratch.Data;

/// <summary>Told how a download goes on: by <see cref="Progress"/> often, by the others in lines.</summary>
public interface IDownloadObserver
{
    /// <param name="file">What is being fetched.</param>
    /// <param name="bytes">Bytes that have come.</param>
    /// <param name="total">Bytes in all, or null where the server does not say.</param>
    void Progress(string file, long bytes, long? total);

    /// <summary>Something is done.</summary>
    void Line(string text);

    /// <summary>A mirror failed, and why; the next one is tried.</summary>
    void Warn(string text);
}

/// <summary>A file to fetch: its name, its length in bytes and its SHA-256 in lower-case hexadecimal.</summary>
public sealed record RemoteFile(string Name, long Length, string Sha256);

/// <summary>What is wrong with one mirror, in one line; another may do.</summary>
internal sealed class MirrorException(Uri address, string what, Exception? inner = null) : Exception($"{address}: {what}", inner)
{
    /// <summary>The mirror did not answer at all, so there is no use in asking it for another file.</summary>
    public bool IsUnreachable => InnerException is HttpRequestException;
}

/// <summary>Fetches files over HTTP. A file appears under its name whole and checked, or not at all.</summary>
internal sealed class Downloader(IDownloadObserver observer, CancellationToken cancellation) : IDisposable
{
    /// <summary>A server that sends nothing for so long is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Whole files are checked here, so none may be unpacked on the way; the time limit is Patience, renewed by every byte.
    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectTimeout = Patience }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Writes the file of an address to <paramref name="path"/>, checked against <paramref name="file"/>.</summary>
    /// <exception cref="MirrorException">The mirror cannot be reached, refuses, breaks off or has another file.</exception>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Fetch(Uri address, string path, RemoteFile file) => Fetch(address, path, file.Name, file.Length, (length, hash) =>
    {
        if (length < file.Length) throw new MirrorException(address, $"cut off after {length} of {file.Length} bytes");
        if (length > file.Length) throw new MirrorException(address, $"another file: it goes on after the {file.Length} bytes expected");
        if (hash != file.Sha256) throw new MirrorException(address, $"another file: its SHA-256 is {hash}, {file.Sha256} was expected");
    });

    /// <summary>Writes a file that is known by neither length nor hash; one of more than <paramref name="limit"/> bytes is refused.</summary>
    public void Fetch(Uri address, string path, string name, long limit) => Fetch(address, path, name, limit, (length, _) =>
    {
        if (length > limit) throw new MirrorException(address, $"over {limit} bytes, which is too much for {name}");
    });

    public void Dispose() => _client.Dispose();

    private void Fetch(Uri address, string path, string name, long limit, Action<long, string> check)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.ParseAdd("FcnFromScratch");
        using var response = Await(address, token => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token));
        if (!response.IsSuccessStatusCode) throw new MirrorException(address, $"HTTP {(int)response.StatusCode} {response.ReasonPhrase}");
        long? total = response.Content.Headers.ContentLength;
        using var content = Await(address, response.Content.ReadAsStreamAsync);
        AtomicFile.Write(path, target =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var chunk = new byte[1 << 16];
            long length = 0;
            // Reads no further than one chunk past the limit: the check then says that it goes on.
            for (int read; length <= limit && (read = Await(address, token => content.ReadAsync(chunk, token).AsTask(), length, total)) > 0;)
            {
                target.Write(chunk, 0, read);
                hash.AppendData(chunk, 0, read);
                observer.Progress(name, length += read, total);
            }
            check(length, Convert.ToHexStringLower(hash.GetHashAndReset()));
        });
    }

    /// <summary>Waits for the network, and turns what may go wrong there into one line.</summary>
    private T Await<T>(Uri address, Func<CancellationToken, Task<T>> step, long length = 0, long? total = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return step(patience.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new MirrorException(address, $"no answer for {Patience.TotalSeconds:F0} s", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.NameResolutionError)
        {
            throw new MirrorException(address, $"no network: the name '{address.Host}' cannot be resolved", e);
        }
        catch (HttpRequestException e)
        {
            throw new MirrorException(address, $"no connection: {(e.InnerException ?? e).Message}", e);
        }
        catch (IOException e)
        {
            throw new MirrorException(address, $"cut off after {length}{(total is { } all ? $" of {all}" : "")} bytes", e);
        }
    }
}
