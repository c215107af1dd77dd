using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>What <c>fcn predict</c> reads from, writes to, and refuses to read or to overwrite.</summary>
public sealed class PredictFilesTests(HandMadeWeights weights) : PredictTestBase(weights)
{
    [Fact]
    public void Several_pictures_go_into_a_folder_and_as_json_to_other_programs()
    {
        var result = Predict(Bar("a.png", 84, 64), Bar("b.png", 40, 30), "--out", Folder["seen"], "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var pictures = JsonNode.Parse(result.Out)!["pictures"]!.AsArray();
        Assert.Equal([84, 40], pictures.Select(p => (int)p!["width"]!));
        var digit = pictures[1]!["digits"]!.AsArray().Single()!;
        Assert.Equal([3, 20, 9, 24, 20, 60], new[] { "digit", "xmin", "ymin", "xmax", "ymax", "pixels" }.Select(name => (int)digit[name]!));
        Assert.Equal(["a.png", "b.png"], Directory.GetFiles(Folder["seen"]).Select(Path.GetFileName).Order());
    }

    /// <summary>Files of every kind in a folder, by name; what is none is named, each in a line, and the others are done.</summary>
    [Fact]
    public void AFolder_is_read_and_its_bad_files_are_named()
    {
        byte[] bar = File.ReadAllBytes(Bar("made.png", 84, 64)), pixels = PngTests.Decode(bar).Pixels;
        Folder.Write("photos/b.png", [.. "P5 84 64 255\n"u8, .. pixels]);
        Folder.Write("photos/a.dat", bar);
        Folder.Write("photos/a.png", bar[..^20]);
        Folder.Write("photos/c.txt", "not\na picture"u8.ToArray());
        Folder.Write("photos/.hidden", []);
        Folder.Write("photos/within/d.png", bar);
        var result = Predict(Folder["photos"], "--out", Folder["seen"]);
        Assert.Equal(1, result.Code);
        Assert.Equal(["a.dat", "b.png"], Regex.Matches(result.Out, @"([^/]*) \(84×64\): 1 digit").Select(m => m.Groups[1].Value));
        Assert.Equal(["a.dat.png", "b.png"], Directory.GetFiles(Folder["seen"]).Select(Path.GetFileName).Order());
        string[] lines = result.Error.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"fcn: '{Folder["photos/a.png"]}' is truncated", lines[0]);
        Assert.StartsWith($"fcn: '{Folder["photos/c.txt"]}' is no picture", lines[1]);

        result = Predict(Folder["photos"], Folder["none.png"], "--json");
        Assert.Equal(1, result.Code);
        var json = JsonNode.Parse(result.Out)!;
        Assert.Equal([Folder["photos/a.dat"], Folder["photos/b.png"]], json["pictures"]!.AsArray().Select(p => (string)p!["picture"]!));
        Assert.Equal([Folder["photos/a.png"], Folder["photos/c.txt"], Folder["none.png"]], json["errors"]!.AsArray().Select(e => (string)e!["file"]!));
        Assert.Equal($"'{Folder["none.png"]}' does not exist.", (string)json["errors"]![2]!["message"]!);
        Assert.Equal(3, result.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void AFolder_without_pictures_is_an_error()
    {
        Directory.CreateDirectory(Folder["empty/within"]);
        Refused(1, "empty' is a folder without files; name one that holds pictures", Folder["empty"]);
        Folder.Write("texts/a.txt", [1]);
        Refused(1, "a.txt' is no picture", Folder["texts"]);
        var result = Predict(Folder["empty"], Bar("a.png", 84, 64));
        Assert.Equal((1, true), (result.Code, result.Out.Contains("a.png (84×64): 1 digit")));
    }

    /// <summary>What a shell sends into the command, and what it says.</summary>
    [Theory]
    [InlineData("cat a.png | dotnet {0}", 0, "- (84×64): 1 digit", "")]
    [InlineData("dotnet {0} <a.png", 0, "- (84×64): 1 digit", "")]
    [InlineData("cat a.png | dotnet {0} - b.png", 1, "- (84×64): 1 digit", "fcn: 'b.png' does not exist.\n")]
    [InlineData("cat a.png | dotnet {0} --out seen.png", 0, "drawn: seen.png", "")]
    [InlineData("printf GIF89a | dotnet {0}", 1, "", "fcn: '-' is a GIF file; convert it to PNG.\n")]
    [InlineData("dotnet {0} </dev/null", 1, "", "fcn: '-' is empty; a picture was expected.\n")]
    [InlineData("mkfifo silent; dotnet {0} <>silent", 1, "", "fcn: '-' is a pipe, and for 10 s nothing came out of it; write its content to a file first.\n")]
    public void Standard_input_is_read(string command, int code, string output, string error)
    {
        if (OperatingSystem.IsWindows()) return;
        Bar("a.png", 84, 64);
        string program = $"'{Path.Combine(AppContext.BaseDirectory, "fcn.dll")}' predict - --weights '{Weights}' --device cpu";
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", string.Format(command, program)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = $"{Folder}",
        })!;
        Assert.Equal(error, process.StandardError.ReadToEnd());
        Assert.Contains(output, process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(code, process.ExitCode);
    }

    /// <summary>A library that is no library stands for one that is not there: the loader looks at it first.</summary>
    [LinuxFact]
    public void Without_libturbojpeg_one_line_says_how_to_get_it()
    {
        foreach (string name in new[] { "libturbojpeg.so.0", "libturbojpeg.so" }) Folder.Write(name, []);
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "fcn.dll"), .. Command([Folder.Write("a.jpg", JpegTests.Good[0])])])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["LD_LIBRARY_PATH"] = $"{Folder}";
        using var process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((1, $"fcn: '{Folder["a.jpg"]}' is a JPEG; libturbojpeg, which reads them, is not here: install it (Debian: libturbojpeg0) "
            + "or convert the picture to PNG.\n"), (process.ExitCode, error));
    }

    [Fact]
    public void No_picture_is_overwritten_by_what_was_seen_in_it()
    {
        string a = Bar("a.png", 40, 30), other = Bar("b.png", 40, 30);
        Refused(2, "would be overwritten", a, "--out", a);
        Refused(2, "would be overwritten", a, "--logits", Weights);
        Refused(2, "is a file; several pictures are drawn into a folder", a, other, "--out", Weights);
        Refused(2, "would be written twice", a, a, "--out", Folder["seen"]);
        Refused(2, "would be written twice", a, "--out", Folder["x"], "--logits", Folder["x"]);
        Refused(2, "--out is empty", a, "--out", "");
        Refused(2, "PICTURE is empty", "");
        Refused(2, "o.jpg' would be written as .png", a, "--out", Folder["o.jpg"]);
        Refused(2, "o.txt' would be written as .npy", a, "--logits", Folder["o.txt"]);
        Refused(2, "there is no folder", a, "--out", Folder["none/o.png"]);
        Refused(2, "is a folder; name a file", a, "--logits", $"{Folder}");
        Npy.Write<byte>(Folder["a.npy"], new byte[64], 1, 8, 8);
        Refused(2, "is a folder; name a file", Folder["a.npy"], "--out", $"{Folder}");
        Refused(2, "--logits takes one picture", a, other, "--logits", Folder["l.npy"]);
        Refused(2, "--logits takes one picture", $"{Folder}", "--logits", Folder["l.npy"]);
        Refused(2, "would be overwritten", $"{Folder}", "--out", $"{Folder}");
        Refused(2, "an array is read by itself", a, "x.npy");
        Assert.False(Path.Exists(Folder["seen"]));
    }

    [Fact]
    public void No_input_is_overwritten_through_a_link()
    {
        if (OperatingSystem.IsWindows()) return;
        string a = Bar("a.png", 40, 30);
        File.CreateSymbolicLink(Folder["link.png"], a);
        Directory.CreateSymbolicLink(Folder["folder"], $"{Folder}");
        File.CreateSymbolicLink(Folder["weights.npy"], Weights);
        File.CreateSymbolicLink(Folder["b.npy"], "later.npy");
        Refused(2, "would be overwritten", a, "--out", Folder["link.png"]);
        Refused(2, "would be overwritten", a, "--out", Folder["folder"]);
        Refused(2, "would be overwritten", a, "--logits", Folder["weights.npy"]);
        Npy.Write<byte>(Folder["x.npy"], new byte[64], 1, 8, 8);
        Refused(2, "would be written twice", Folder["x.npy"], "--out", Folder["b.npy"], "--logits", Folder["later.npy"]);
        File.CreateSymbolicLink(Folder["circle.png"], Folder["circle2.png"]);
        File.CreateSymbolicLink(Folder["circle2.png"], Folder["circle.png"]);
        Assert.NotEqual(0, Predict(a, "--out", Folder["circle.png"]).Code);
    }

    [Fact]
    public void What_would_be_ignored_is_refused()
    {
        string a = Bar("a.png", 40, 30);
        Npy.Write<byte>(Folder["x.npy"], new byte[64], 1, 8, 8);
        Refused(2, "--invert is for pictures; an array is taken as it is", Folder["x.npy"], "--invert", "yes");
        Refused(2, "--keep-ground is for pictures", Folder["x.npy"], "--keep-ground");
        Refused(2, "--mask means nothing without --out; give both or none", a, "--mask");
        Refused(1, "--min-pixels 31 is more than --max-pixels 30: nothing would be listed", a, "--min-pixels", "31", "--max-pixels", "30");
    }

    [Fact]
    public void What_follows_a_long_name_is_not_lost()
    {
        string folder = Folder[string.Join('/', Enumerable.Repeat(new string('f', 200), 3))];
        Directory.CreateDirectory(folder);
        File.Copy(Bar("a.png", 40, 30), Path.Combine(folder, "a.png"));
        Assert.Contains("a.png (40×30): 1 digit", Predict(Path.Combine(folder, "a.png")).Out);
    }

    [Fact]
    public void A_picture_with_a_wild_name_is_shown_tame()
    {
        if (OperatingSystem.IsWindows()) return;
        string result = Predict(Bar("a\n\u001b[31m.png", 40, 30)).Out;
        Assert.Contains(@"/a\n\x1b[31m.png (40×30)", result);
        Assert.DoesNotContain('\u001b', result);
    }

    [Fact]
    public void Files_that_are_no_pictures_are_named()
    {
        Refused(1, "none.png' does not exist", Folder["none.png"]);
        Refused(1, "a.gif' is a GIF file; convert it to PNG", Folder.Write("a.gif", "GIF89a"u8.ToArray()));
        Refused(1, "text.png' is no picture that is read (PNG, JPEG, BMP, PBM/PGM/PPM): it begins with 'Dear reader,'",
            Folder.Write("text.png", "Dear reader, …"u8.ToArray()));
        Refused(1, "a.zip' is a zip archive, not a picture; if NumPy saved it, let its name end in .npz", Folder.Write("a.zip", TestTools.Zip(("a", []))));
        Refused(1, "a.array' is a NumPy array, not a picture", Folder.Write("a.array", [0x93, .. "NUMPY"u8]));
        Refused(1, "huge.pgm' has 10000×10000 pixels; 1 to 67108864 are read", Folder.Write("huge.pgm", "P5 10000 10000 255\n"u8.ToArray()));
        Refused(1, "is a device; a file was expected", "/dev/zero");
        byte[] good = File.ReadAllBytes(Bar("good.png", 40, 30));
        Refused(1, "cut.png' is truncated", Folder.Write("cut.png", good[..^20]));
    }
}
