using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using FcnFromScratch.App.Serve;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>The page's files as they are sent.</summary>
[Collection(StudioHouse.Name)]
public sealed partial class PageTests(StudioHouse house)
{
    [Fact]
    public async Task The_whole_page_is_small()
    {
        long sum = 0;
        foreach (string name in PageFiles.Names)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"/{name}");
            request.Headers.Add("Accept-Encoding", "br, gzip");
            var answer = await house.Client.SendAsync(request);
            Assert.Equal("br", answer.Content.Headers.ContentEncoding.Single());
            byte[] packed = await answer.Content.ReadAsByteArrayAsync();
            var plain = new MemoryStream();
            using (var unpack = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress)) unpack.CopyTo(plain);
            Assert.Equal(await house.Client.GetByteArrayAsync($"/{name}"), plain.ToArray());
            sum += packed.Length;
        }
        Assert.InRange(sum, 1, 60 * 1024);
    }

    [Fact]
    public async Task A_file_that_has_not_changed_is_not_sent_again()
    {
        var first = await house.Client.GetAsync("/");
        var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await house.Client.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task The_page_asks_for_nothing_from_elsewhere_and_runs_no_script_but_its_own()
    {
        var answer = await house.Client.GetAsync("/");
        string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'self'", policy);
        Assert.DoesNotContain("unsafe", policy);
        foreach (string name in PageFiles.Names)
        {
            string text = await house.Client.GetStringAsync($"/{name}");
            Assert.DoesNotContain(Elsewhere().Matches(text), match => !match.Value.Contains("www.w3.org"));
        }
        string index = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=", index);
    }

    [Fact]
    public async Task What_the_page_names_is_there()
    {
        foreach (string name in PageFiles.Names.Where(name => name.EndsWith(".html") || name.EndsWith(".js") || name.EndsWith(".css")))
        {
            string text = Encoding.UTF8.GetString(await house.Client.GetByteArrayAsync($"/{name}"));
            foreach (Match match in Named().Matches(text))
                Assert.True(PageFiles.Names.Contains(match.Groups["file"].Value), $"{name} names {match.Value}");
        }
    }

    [GeneratedRegex("""(https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();

    [GeneratedRegex("""(?:src|href|from|import)[ =(]*["']\.?/?(?<file>[a-z0-9_-]+\.(?:js|css|svg|html))["'#]""")]
    private static partial Regex Named();
}
