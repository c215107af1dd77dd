using System.Net;
using FcnFromScratch.Data;
using Microsoft.AspNetCore.Http;

namespace FcnFromScratch.App.Serve;

/// <summary>
/// Keeps pages of other sites out, whose scripts run on this machine too. The name in Host must be this machine's, so that no foreign name that was made to
/// point here is served (DNS rebinding); a request that a browser says comes from elsewhere is refused (Fetch Metadata and Origin).
/// </summary>
internal static class SameSite
{
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (!IsLocal(request.Host.Host))
            throw new RefusedException(403,
                $"the host {ForeignText.Quoted(request.Host.Value ?? "")} is not this machine; open http://127.0.0.1 or http://localhost");
        string? origin = request.Headers.Origin.FirstOrDefault(), site = request.Headers["Sec-Fetch-Site"].FirstOrDefault();
        if (origin is not null && origin != $"{request.Scheme}://{request.Host.Value}")
            throw new RefusedException(403, $"a page of {ForeignText.Quoted(origin)} may not use this server");
        // A link from elsewhere may open a page; it may fetch nothing.
        bool isNavigation = request.Headers["Sec-Fetch-Mode"] == "navigate" && HttpMethods.IsGet(request.Method);
        if (site is "cross-site" or "same-site" && !isNavigation) throw new RefusedException(403, "another site's page may not use this server");
        return next(context);
    }

    private static bool IsLocal(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
}
