using Microsoft.AspNetCore.Http;

namespace FcnFromScratch.App.Serve;

/// <summary>Reads bodies that have a limit in size and in time.</summary>
internal static class RequestBody
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <exception cref="RefusedException">It is empty, too large, too slow, or ends early.</exception>
    public static async Task<byte[]> Read(HttpRequest request, int most)
    {
        if (request.ContentLength > most) throw TooLarge(most);
        var cancel = request.HttpContext.RequestAborted;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(s_patience);
        // Of a length that is said all at once; else as it comes.
        byte[] body = new byte[request.ContentLength ?? 4096];
        int filled = 0;
        try
        {
            while (true)
            {
                filled += await request.Body.ReadAtLeastAsync(body.AsMemory(filled), body.Length - filled, throwOnEndOfStream: false, patience.Token);
                if (filled < body.Length || request.ContentLength is not null) break;
                if (filled == most) throw TooLarge(most);
                Array.Resize(ref body, Math.Min(most, 2 * filled));
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new RefusedException(408, $"the body did not come within {s_patience.TotalSeconds:F0} seconds");
        }
        if (filled == 0) throw new RefusedException(400, "the body is empty");
        if (filled < request.ContentLength) throw new RefusedException(400, $"the body ends after {filled} of its {request.ContentLength} bytes");
        return filled == body.Length ? body : body[..filled];
    }

    private static RefusedException TooLarge(int most) => new(413, $"the body is too large; at most {most} bytes are taken");
}
