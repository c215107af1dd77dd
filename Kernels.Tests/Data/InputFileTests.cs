using System.Text;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>What may be an input: a regular file or a pipe that delivers, and nothing that is waited for or read for ever.</summary>
public sealed class InputFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_lies_at_a_path_is_told()
    {
        if (OperatingSystem.IsWindows()) return;
        string file = _folder.Write("file", [1]), link = _folder["link"];
        File.CreateSymbolicLink(link, "file");
        Assert.All([file, link], path => Assert.Equal(FileKind.File, FileKinds.At(path)));
        Assert.Equal(FileKind.Folder, FileKinds.At($"{_folder}"));
        Assert.Equal(FileKind.Pipe, FileKinds.At(_folder.Pipe("pipe")));
        Assert.Equal(FileKind.Device, FileKinds.At("/dev/zero"));
        Assert.All([_folder["none"], _folder["file/none"]], path => Assert.Equal(FileKind.Nothing, FileKinds.At(path)));
        File.CreateSymbolicLink(_folder["circle"], "circle");
        Fails("circle' cannot be read: ", () => InputFile.Exists(_folder["circle"]));
        Fails("is a device; a file was expected", () => InputFile.Open("/dev/zero"));
        Fails("is a folder; a file was expected", () => InputFile.Open($"{_folder}"));
        Fails("does not exist", () => InputFile.Open(_folder["none"]));
    }

    [Fact]
    public void A_file_over_the_limit_is_not_read() =>
        Fails("has 5 bytes; at most 4 are read", () => InputFile.Read(_folder.Write("five", new byte[5]), limit: 4));

    [Fact]
    public async Task A_pipe_delivers_to_every_reader_of_a_file()
    {
        if (OperatingSystem.IsWindows()) return;
        Npy.Write<long>(_folder["a.npy"], [1, 2, 3, 4, 5, 6], 3, 2);
        byte[] npy = File.ReadAllBytes(_folder["a.npy"]);
        byte[] fortran = [.. npy];
        int at = npy.AsSpan().IndexOf("False"u8);
        " True"u8.CopyTo(fortran.AsSpan(at));
        SafetensorsFile.Write(_folder["s"], [SafetensorsTensor.From<float>("x", [1, 2], 2)]);
        await Deliver("p.npy", npy, path =>
        {
            Assert.Equal([1, 2, 3, 4, 5, 6], ReadNpy<int>(path));
            using var reader = new NpyReader(path);
            var row = new long[2];
            reader.ReadRows(2, 1, row.AsSpan());
            reader.ReadRows(0, 1, row.AsSpan()); // back again
            Assert.Equal([1, 2], row);
        });
        await Deliver("p.npy.gz", Gzip(npy), path => Assert.Equal([1, 2, 3, 4, 5, 6], ReadNpy<int>(path)));
        await Deliver("f.npy", fortran, path => Fails("is a pipe and in Fortran order", () => _ = new NpyReader(path)));
        await Deliver("p.npz", Zip(("x.npy", npy)), path => Assert.Equal([3, 2], Npz.OpenOnly(path).Shape));
        await Deliver("p.png", Png.Encode(new Picture(3, 2, 1)), path => Assert.Equal((3, 2), (Png.Read(path).Width, Png.Read(path).Height)));
        await Deliver("p.safetensors", File.ReadAllBytes(_folder["s"]), path => Assert.Single(SafetensorsFile.Read(path).Tensors));
        await Deliver("cut.png", [1, 2, 3], path => Fails("is not a PNG file", () => Png.Read(path)));

        async Task Deliver(string name, byte[] content, Action<string> read)
        {
            string path = _folder.Pipe(name);
            var writing = Task.Run(() => File.WriteAllBytes(path, content));
            read(path);
            await writing;
        }
    }

    [Fact]
    public void A_pipe_that_keeps_silent_is_given_up()
    {
        if (OperatingSystem.IsWindows()) return;
        string unwritten = _folder.Pipe("unwritten"), unread = _folder.Pipe("unread");
        Parallel.Invoke(
            () => Fails("is a pipe, and for 10 s nothing came out of it", () => InputFile.Open(unwritten)),
            () => Fails("it is a pipe that nobody has read for 10 s", () => AtomicFile.Write(unread, _ => { })));
    }

    [Theory]
    [InlineData("plain", "'plain'"), InlineData("it's", "'it\\'s'"), InlineData("a\nb\r\t", "'a\\nb\\r\\t'"), InlineData("\x1b[31m\x85", "'\\x1b[31m\\x85'")]
    [InlineData("a\u202Eb\u2028", "'a\\u{202e}b\\u{2028}'"), InlineData("Ziffer ä 7 数", "'Ziffer ä 7 数'")]
    public void Foreign_text_is_quoted_and_escaped(string text, string expected) => Assert.Equal(expected, ForeignText.Quoted(text));

    [Fact]
    public void A_link_in_a_folder_that_is_a_link_leads_from_where_it_really_lies()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_folder["real/sub"]);
        Directory.CreateSymbolicLink(_folder["short"], _folder["real/sub"]);
        File.CreateSymbolicLink(_folder["real/sub/link.png"], "../t.png");
        Assert.Equal(InputFile.RealPath(_folder["real/t.png"]), InputFile.RealPath(_folder["short/link.png"]));
    }

    [Fact]
    public void Of_a_long_foreign_text_the_beginning_is_shown()
    {
        Assert.Equal($"'{new string('x', 81)}…'", ForeignText.Quoted(new string('x', 1000)));
        Assert.Equal("'\uFFFD'", ForeignText.Quoted("\ud800"));
    }

    /// <summary>A name that would turn the terminal red and begin a line of its own, wherever a file can hold one.</summary>
    [Fact]
    public void Names_in_files_reach_no_terminal()
    {
        const string name = "\x1b[31m\nred", shown = "'\\x1b[31m\\nred'";
        const string json = """{"\u001b[31m\nred":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""";
        byte[] header = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        string weights = _folder.Write("w.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]]);
        Fails($"tensor {shown}: shape [1] of F32 needs 4 bytes", () => SafetensorsFile.Read(weights));
        Fails($"has 2 arrays: {shown}, 'b'", () => Npz.OpenOnly(_folder.Write("z.npz", Zip(($"{name}.npy", []), ("b.npy", [])))));
        string fields = $"{{'descr': '{name}', 'fortran_order': False, 'shape': (1,)}}";
        byte[] npy = [0x93, .. "NUMPY"u8, 1, 0, (byte)fields.Length, 0, .. Encoding.Latin1.GetBytes(fields)];
        Fails($"has dtype {shown}; read are", () => _ = new NpyReader(_folder.Write("a.npy", npy)));
        byte[] png = Png.Encode(new Picture(1, 1, 1));
        png[8 + 4] = 0x1b; // the type of the first chunk
        Fails(@"has a chunk '\x1bHDR' where IHDR was expected", () => PngTests.Decode(png));
    }
}
