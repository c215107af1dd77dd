using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using FcnFromScratch.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FcnFromScratch.App.Serve;

/// <summary>The page's files, which lie in this assembly; each is packed once, and sent again only when it has changed.</summary>
internal static class PageFiles
{
    private const string Folder = "Page/", Index = "index.html";

    private sealed record PageFile(byte[] Content, byte[] Packed, string Tag);

    private static readonly ConcurrentDictionary<string, PageFile> s_files = [];

    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(PageFiles).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name => name[Folder.Length..]),
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpContext context) => Send(context, Index)).ExcludeFromDescription();
        foreach (string name in Names) routes.MapGet($"/{name}", (HttpContext context) => Send(context, name)).ExcludeFromDescription();
    }

    private static IResult Send(HttpContext context, string name)
    {
        var file = s_files.GetOrAdd(name, Read);
        var headers = context.Response.Headers;
        headers.ETag = file.Tag;
        headers.CacheControl = "no-cache"; // asked again each time, which costs a tag: a newer program has a newer page
        headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch == file.Tag) return Results.StatusCode(304);
        bool isPacked = context.Request.Headers.AcceptEncoding.Any(accepted => accepted?.Contains("br") == true);
        if (isPacked) headers.ContentEncoding = "br";
        return Results.Bytes(isPacked ? file.Packed : file.Content, TypeOf(name));
    }

    private static PageFile Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) brotli.Write(content);
        return new(content, packed.ToArray(), $"\"{ContentHash.Of(content)[..16]}\"");
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
