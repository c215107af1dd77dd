using System.Security.Cryptography;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Downloads from servers on this machine: good ones, and each way in which one can fail.</summary>
public sealed class DownloadTests : IDisposable, IDownloadObserver
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i >> 3))];
    private static readonly RemoteFile Wanted = new("a.gz", Content.Length, Convert.ToHexStringLower(SHA256.HashData(Content)));

    private readonly TempFolder _folder = new();
    private readonly List<string> _lines = [], _warnings = [];
    private long _bytes;

    public void Dispose() => _folder.Dispose();

    void IDownloadObserver.Progress(string file, long bytes, long? total) => _bytes = bytes;

    void IDownloadObserver.Line(string text) => _lines.Add(text);

    void IDownloadObserver.Warn(string text) => _warnings.Add(text);

    [Fact]
    public void A_file_is_fetched_and_checked_once()
    {
        using var server = new LocalServer(_ => new(200, Content));
        Get(server.Address);
        Assert.Equal(Content, File.ReadAllBytes(_folder["mnist/a.gz"]));
        Assert.Equal(Content.Length, _bytes);
        Get(server.Address); // it is right already
        Assert.Equal(["/files/a.gz"], server.Asked);
        Assert.Equal([$"{_folder["mnist"]}/a.gz: 200000 bytes, SHA-256 as expected", $"{_folder["mnist"]}/a.gz is there already, SHA-256 as expected"], _lines);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_mirror_is_a_folder_with_or_without_a_slash_at_its_end()
    {
        using var server = new LocalServer(_ => new(200, Content));
        Get(new Uri(server.Address.AbsoluteUri.TrimEnd('/')));
        Assert.Equal(["/files/a.gz"], server.Asked);
    }

    [Fact]
    public void A_file_that_is_wrong_is_fetched_anew()
    {
        using var server = new LocalServer(_ => new(200, Content));
        _folder.Write("mnist/a.gz", [.. Content[..^1], 0]);
        Get(server.Address);
        Assert.Equal(Content, File.ReadAllBytes(_folder["mnist/a.gz"]));
    }

    [Fact]
    public void A_server_that_sends_no_length_will_do()
    {
        using var server = new LocalServer(_ => new(200, Content, Announced: null));
        Get(server.Address);
        Assert.Equal(Content, File.ReadAllBytes(_folder["mnist/a.gz"]));
    }

    public static TheoryData<string, LocalServer.Answer> Failures => new()
    {
        { "HTTP 404 Not Found", new(404, []) },
        { "HTTP 503 Service Unavailable", new(503, Content) },
        { "cut off after 65000 of 200000 bytes", new(200, Content[..65000], Announced: 200_000) },
        { "cut off after 65000 of 200000 bytes", new(200, Content[..65000], Announced: null) },
        { "another file: it goes on after the 200000 bytes expected", new(200, [.. Content, 1]) },
        {
            $"another file: its SHA-256 is {Convert.ToHexStringLower(SHA256.HashData(new byte[200_000]))}, {Wanted.Sha256} was expected",
            new(200, new byte[200_000])
        },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void The_next_mirror_is_tried(string expected, LocalServer.Answer answer)
    {
        using LocalServer bad = new(_ => answer), good = new(_ => new(200, Content));
        Get(bad.Address, good.Address);
        Assert.Equal([$"{bad.Address}a.gz: {expected}"], _warnings);
        Assert.Equal(Content, File.ReadAllBytes(_folder["mnist/a.gz"]));
        OnlyFilesAre("mnist/a.gz");
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Without_another_mirror_nothing_is_left_and_the_old_file_stays(string expected, LocalServer.Answer answer)
    {
        using var bad = new LocalServer(_ => answer);
        _folder.Write("mnist/a.gz", [1, 2, 3]);
        Fails($"1 of 1 files could not be fetched: download a.gz by hand from {bad.Address} into '{_folder["mnist"]}'", () => Get(bad.Address));
        Assert.Equal([$"{bad.Address}a.gz: {expected}"], _warnings);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_folder["mnist/a.gz"]));
        OnlyFilesAre("mnist/a.gz");
    }

    [Fact]
    public void A_mirror_that_cannot_be_reached_is_asked_once()
    {
        Uri nobody;
        using (var server = new LocalServer(_ => new(200, Content))) nobody = server.Address; // closed when asked
        var other = Wanted with { Name = "b.gz" };
        Fails("2 of 2 files could not be fetched: download a.gz, b.gz by hand",
            () => MnistDownload.Get(_folder.ToString(), [Wanted, other], [nobody], this, default));
        Assert.StartsWith($"{nobody}a.gz: no connection: Connection refused", Assert.Single(_warnings));

        _warnings.Clear();
        Fails("could not be fetched", () => Get(new Uri("https://no-such-host.invalid/mnist/"))); // a name that no server has (RFC 6761)
        Assert.Equal(["https://no-such-host.invalid/mnist/a.gz: no network: the name 'no-such-host.invalid' cannot be resolved"], _warnings);
        OnlyFilesAre();
    }

    [Fact]
    public void A_stop_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        using var server = new LocalServer(_ =>
        {
            stop.Cancel();
            return new(200, Content[..100], Announced: 200_000);
        });
        Assert.ThrowsAny<OperationCanceledException>(() => MnistDownload.Get(_folder.ToString(), [Wanted], [server.Address], this, stop.Token));
        OnlyFilesAre();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        using var server = new LocalServer(_ => new(200, Content));
        _folder.Write("mnist", [1]);
        Fails($"cannot make the folder '{_folder["mnist"]}'", () => Get(server.Address));
    }

    [Fact]
    public void M2NIST_is_unpacked_checked_and_kept_compact()
    {
        var set = M2nistComposer.Compose("set", 4, 3, ProceduralDigits.Source);
        using var server = new LocalServer(_ => new(200, KaggleZip(set)));
        GetM2nist(set.Sha256, server.Address);
        Assert.Equal(set.Sha256, M2nist.Load(_folder.ToString()).Sha256);
        OnlyFilesAre("m2nist/classmap.npy.gz", "m2nist/combined.npy.gz");
        GetM2nist(set.Sha256, server.Address);
        Assert.Single(server.Asked);
        Assert.EndsWith("is there already, SHA-256 of its content as expected", _lines[^1]);
        Fails("holds another set, SHA-256", () => GetM2nist(new string('0', 64), server.Address));
    }

    [Fact]
    public void M2NIST_that_cannot_be_had_leaves_nothing()
    {
        var set = M2nistComposer.Compose("set", 2, 3, ProceduralDigits.Source);
        byte[] zip = KaggleZip(set);
        byte[][] answers =
        [
            zip, "<html>sign in</html>"u8.ToArray(), Zip(("combined.npy", [1, 2, 3])), Zip(("combined.npy", [1, 2, 3]), ("segmented.npy", [4])), zip[..^100],
        ];
        string[] expected =
        [
            "another set: the SHA-256 of its content is", "no zip archive", "its zip archive has no segmented.npy",
            ": 'combined.npy' is truncated: the .npy header needs 8 bytes, 3 are there", "no zip archive",
        ];
        for (int i = 0; i < answers.Length; i++)
        {
            _warnings.Clear();
            using var server = new LocalServer(_ => new(200, answers[i]));
            Fails("Kaggle may ask for an account. Download it by hand from https://www.kaggle.com/", () => GetM2nist(new string('0', 64), server.Address));
            Assert.Contains(expected[i], Assert.Single(_warnings));
            OnlyFilesAre();
        }
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_failed_download_takes_away_only_the_folder_that_it_made(bool wasThere)
    {
        if (wasThere) Directory.CreateDirectory(_folder["m2nist"]);
        using var server = new LocalServer(_ => new(404, []));
        Fails("Download it by hand", () => GetM2nist(new string('0', 64), server.Address));
        Assert.Equal(wasThere, Directory.Exists(_folder["m2nist"]));
    }

    private void Get(params Uri[] mirrors) => MnistDownload.Get(_folder.ToString(), [Wanted], mirrors, this, default);

    private void GetM2nist(string sha256, Uri mirror) => M2nistDownload.Get(_folder.ToString(), sha256, [mirror], this, default);

    private void OnlyFilesAre(params string[] expected)
    {
        var files = Directory.GetFiles(_folder.ToString(), "*", SearchOption.AllDirectories);
        Assert.Equal(expected, files.Select(p => Path.GetRelativePath(_folder.ToString(), p)).Order());
    }

    private byte[] KaggleZip(SegmentationData set)
    {
        M2nistWriter.Write(set, _folder["made"], M2nistLayout.Kaggle);
        byte[] zip = Zip([.. new[] { "combined.npy", "segmented.npy" }.Select(name => (name, File.ReadAllBytes(_folder[$"made/{name}"])))]);
        Directory.Delete(_folder["made"], recursive: true);
        return zip;
    }
}
