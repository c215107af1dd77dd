using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Kernels.Tests.Training;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn predict</c> with weights made by hand: the network calls every pixel of light ink a 3 and all others background.</summary>
public sealed class PredictTests(PredictTests.HandMadeWeights weights) : IClassFixture<PredictTests.HandMadeWeights>, IDisposable
{
    private const int Digit = 3;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The bar is smaller than a digit, and its pixels are counted.
    private string[] Command(string[] args) => ["predict", .. args, "--weights", weights.Path, "--device", "cpu", "--scale", "1"];

    private CommandRun Predict(params string[] args) => CommandRun.Run(Command(args));

    private void Refused(int code, string message, params string[] args) => CommandRun.Refused(code, message, Command(args));

    /// <summary>A picture with a bar of 5×12 pixels at (20, 9) and a speck of 2×2 in its last corner, as far as they fit.</summary>
    private string Bar(string name, int width, int height, byte ink = 255, byte ground = 0, int channels = 1)
    {
        var picture = new Picture(width, height, channels);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                bool isInk = x is >= 20 and < 25 && y is >= 9 and < 21 || x >= width - 2 && y >= height - 2;
                for (int c = 0; c < channels; c++) picture.Pixels[(y * width + x) * channels + c] = c == 3 ? (byte)255 : isInk ? ink : ground;
            }
        Png.Write(_folder[name], picture);
        return _folder[name];
    }

    [Theory]
    [InlineData(84, 64, 1), InlineData(131, 77, 3), InlineData(33, 32, 4), InlineData(31, 200, 1)]
    public void A_digit_is_listed_with_its_box_in_pictures_of_any_size(int width, int height, int channels)
    {
        var result = Predict(Bar("a.png", width, height, channels: channels));
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] lines = result.Out.TrimEnd().Split('\n');
        Assert.EndsWith($"a.png ({width}×{height}): 1 digit; left out: 1 region of under 30 pixels", lines[0]);
        Assert.Equal(["  3 at x 20..24, y 9..20 (60 pixels)"], lines[1..]);
    }

    [Fact]
    public void A_picture_of_one_pixel_is_read()
    {
        Png.Write(_folder["one.png"], new Picture(1, 1, 1, [0]));
        Assert.EndsWith("one.png (1×1): no digit", Predict(_folder["one.png"]).Out.TrimEnd());
        Assert.EndsWith("no digit; left out: 1 region of one row or column",
            Predict(_folder["one.png"], "--invert", "yes", "--min-pixels", "1", "--keep-ground").Out.TrimEnd());
    }

    [Fact]
    public void Dark_ink_on_a_light_ground_is_inverted_unless_told_otherwise()
    {
        string path = Bar("light.png", 60, 50, ink: 0, ground: 255);
        Assert.Contains("light.png (60×50, inverted: dark ink on a light ground): 1 digit", Predict(path).Out);
        Assert.Contains("3 at x 20..24, y 9..20 (60 pixels)", Predict(path).Out);
        string[] all = ["--keep-ground", "--max-pixels", "2936"];
        Assert.Contains("3 at x 0..59, y 0..49 (2936 pixels)", Predict([path, "--invert", "no", .. all]).Out);
        Assert.Contains("3 at x 0..59, y 0..49 (2936 pixels)", Predict([Bar("dark.png", 60, 50), "--invert", "yes", .. all]).Out);
        Assert.EndsWith("no digit; left out: 1 region of over 2935 pixels",
            Predict(path, "--invert", "no", "--keep-ground", "--max-pixels", "2935").Out.TrimEnd());
    }

    [Fact]
    public void Grey_and_uneven_paper_is_no_ink()
    {
        var picture = new Picture(90, 70, 1);
        for (int i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)(230 - 2 * (i % 90) - (i % 90 is >= 20 and < 24 && i / 90 is >= 9 and < 29 ? 170 : 0));
        Png.Write(_folder["paper.png"], picture);
        Assert.EndsWith("): 1 digit\n  3 at x 20..23, y 9..28 (80 pixels)", Predict(_folder["paper.png"]).Out.TrimEnd());
        Assert.Contains("): 1 digit; left out: 1 region of over 784 pixels", Predict(_folder["paper.png"], "--keep-ground").Out);
    }

    [Theory]
    [InlineData(24, false), InlineData(26, true)]
    public void A_picture_is_inverted_where_more_than_half_of_it_is_light(int lightColumns, bool isInverted)
    {
        var picture = new Picture(50, 40, 1);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = i % 50 < lightColumns ? (byte)255 : (byte)0;
        Png.Write(_folder["half.png"], picture);
        Assert.Equal(isInverted, Predict(_folder["half.png"]).Out.Contains("inverted"));
    }

    [Fact]
    public void What_was_seen_is_drawn_over_the_picture_or_alone()
    {
        string path = Bar("a.png", 84, 64), seen = _folder["seen.png"];
        Assert.Contains($"drawn: {seen}", Predict(path, "--out", seen).Out);
        var overlay = Png.Read(seen);
        Assert.Equal((3 * 84, true), (overlay.Width, overlay.Height > 3 * 64));
        Assert.Equal(Rgb.Grey(255).Towards(ClassColour.Of(Digit), 0.75), overlay.At(3 * 20, 3 * 9));
        Assert.Equal(Rgb.Grey(0), overlay.At(3 * 19, 3 * 9));
        Assert.Equal(ClassColour.Of(Digit), overlay.At(9, 3 * 64 + 9)); // the key

        Predict(path, "--out", seen, "--mask");
        var mask = Png.Read(seen);
        Assert.Equal((84, 64), (mask.Width, mask.Height));
        Assert.Equal([Palette.Ground, ClassColour.Of(Digit)], [mask.At(19, 9), mask.At(20, 9)]);
    }

    [Fact]
    public void A_class_is_in_the_key_once_however_many_digits_are_of_it()
    {
        var picture = new Picture(84, 64, 1);
        foreach (int left in new[] { 10, 40 })
            for (int i = 0; i < 60; i++) picture.Pixels[(10 + i / 5) * 84 + left + i % 5] = 255;
        Png.Write(_folder["two.png"], picture);
        Assert.Contains("): 2 digits\n", Predict(_folder["two.png"], "--out", _folder["seen.png"]).Out);
        var seen = Png.Read(_folder["seen.png"]);
        Assert.Equal([ClassColour.Of(Digit), Palette.Ground], [seen.At(9, 3 * 64 + 9), seen.At(9 + Canvas.SwatchSize + 6, 3 * 64 + 9)]);
    }

    [Fact]
    public void What_the_network_is_given_is_shown()
    {
        string path = Bar("light.png", 60, 50, ink: 0, ground: 255), shown = _folder["input.png"];
        Predict(path, "--show-input", shown);
        var input = Png.Read(shown);
        Assert.Equal((60, 50, 1), (input.Width, input.Height, input.Channels));
        Assert.Equal((0, true), (input.Pixels[0], input.Pixels[10 * 60 + 22] > 200)); // turned over, its ground taken away
        Assert.Contains("--show-input is for pictures", Predict(_folder["x.npy"], "--show-input", shown).Error);
        Assert.Contains("would be written twice", Predict(path, "--show-input", shown, "--out", shown).Error);
        Assert.Contains("would be overwritten", Predict(path, "--show-input", path).Error);
    }

    /// <summary>A picture may come from a pipe, and what was seen may go into one.</summary>
    [Fact]
    public async Task Pipes_are_read_and_written()
    {
        if (OperatingSystem.IsWindows()) return;
        byte[] bar = File.ReadAllBytes(Bar("a.png", 84, 64));
        string from = _folder.Pipe("from"), to = _folder.Pipe("to");
        var (writing, reading) = (Task.Run(() => File.WriteAllBytes(from, bar)), Task.Run(() => File.ReadAllBytes(to)));
        Assert.Contains("3 at x 20..24, y 9..20 (60 pixels)", Predict(from, "--out", to).Out);
        await writing;
        Assert.Equal(3 * 84, PngTests.Decode(await reading).Width);
    }

    [Fact]
    public void Several_pictures_go_into_a_folder_and_as_json_to_other_programs()
    {
        var result = Predict(Bar("a.png", 84, 64), Bar("b.png", 40, 30), "--out", _folder["seen"], "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var pictures = JsonNode.Parse(result.Out)!["pictures"]!.AsArray();
        Assert.Equal([84, 40], pictures.Select(p => (int)p!["width"]!));
        var digit = pictures[1]!["digits"]!.AsArray().Single()!;
        Assert.Equal([3, 20, 9, 24, 20, 60], new[] { "digit", "xmin", "ymin", "xmax", "ymax", "pixels" }.Select(name => (int)digit[name]!));
        Assert.Equal(["a.png", "b.png"], Directory.GetFiles(_folder["seen"]).Select(Path.GetFileName).Order());
    }

    /// <summary>Files of every kind in a folder, by name; what is none is named, each in a line, and the others are done.</summary>
    [Fact]
    public void A_folder_is_read_and_its_bad_files_are_named()
    {
        byte[] bar = File.ReadAllBytes(Bar("made.png", 84, 64)), pixels = PngTests.Decode(bar).Pixels;
        _folder.Write("photos/b.png", [.. "P5 84 64 255\n"u8, .. pixels]);
        _folder.Write("photos/a.dat", bar);
        _folder.Write("photos/a.png", bar[..^20]);
        _folder.Write("photos/c.txt", "not\na picture"u8.ToArray());
        _folder.Write("photos/.hidden", []);
        _folder.Write("photos/within/d.png", bar);
        var result = Predict(_folder["photos"], "--out", _folder["seen"]);
        Assert.Equal(1, result.Code);
        Assert.Equal(["a.dat", "b.png"], Regex.Matches(result.Out, @"([^/]*) \(84×64\): 1 digit").Select(m => m.Groups[1].Value));
        Assert.Equal(["a.dat.png", "b.png"], Directory.GetFiles(_folder["seen"]).Select(Path.GetFileName).Order());
        string[] lines = result.Error.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"fcn: '{_folder["photos/a.png"]}' is truncated", lines[0]);
        Assert.StartsWith($"fcn: '{_folder["photos/c.txt"]}' is no picture", lines[1]);

        result = Predict(_folder["photos"], _folder["none.png"], "--json");
        Assert.Equal(1, result.Code);
        var json = JsonNode.Parse(result.Out)!;
        Assert.Equal([_folder["photos/a.dat"], _folder["photos/b.png"]], json["pictures"]!.AsArray().Select(p => (string)p!["picture"]!));
        Assert.Equal([_folder["photos/a.png"], _folder["photos/c.txt"], _folder["none.png"]], json["errors"]!.AsArray().Select(e => (string)e!["file"]!));
        Assert.Equal($"'{_folder["none.png"]}' does not exist.", (string)json["errors"]![2]!["message"]!);
        Assert.Equal(3, result.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void A_folder_without_pictures_is_an_error()
    {
        Directory.CreateDirectory(_folder["empty/within"]);
        Refused(1, "empty' is a folder without files; name one that holds pictures", _folder["empty"]);
        _folder.Write("texts/a.txt", [1]);
        Refused(1, "a.txt' is no picture", _folder["texts"]);
        var result = Predict(_folder["empty"], Bar("a.png", 84, 64));
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
        string program = $"'{Path.Combine(AppContext.BaseDirectory, "fcn.dll")}' predict - --weights '{weights.Path}' --device cpu";
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", string.Format(command, program)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = $"{_folder}",
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
        foreach (string name in new[] { "libturbojpeg.so.0", "libturbojpeg.so" }) _folder.Write(name, []);
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "fcn.dll"), .. Command([_folder.Write("a.jpg", JpegTests.Good[0])])])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["LD_LIBRARY_PATH"] = $"{_folder}";
        using var process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((1, $"fcn: '{_folder["a.jpg"]}' is a JPEG; libturbojpeg, which reads them, is not here: install it (Debian: libturbojpeg0) "
            + "or convert the picture to PNG.\n"), (process.ExitCode, error));
    }

    [Fact]
    public void No_picture_is_overwritten_by_what_was_seen_in_it()
    {
        string a = Bar("a.png", 40, 30), other = Bar("b.png", 40, 30);
        Refused(2, "would be overwritten", a, "--out", a);
        Refused(2, "would be overwritten", a, "--logits", weights.Path);
        Refused(2, "is a file; several pictures are drawn into a folder", a, other, "--out", weights.Path);
        Refused(2, "would be written twice", a, a, "--out", _folder["seen"]);
        Refused(2, "would be written twice", a, "--out", _folder["x"], "--logits", _folder["x"]);
        Refused(2, "--out is empty", a, "--out", "");
        Refused(2, "PICTURE is empty", "");
        Refused(2, "o.jpg' would be written as .png", a, "--out", _folder["o.jpg"]);
        Refused(2, "o.txt' would be written as .npy", a, "--logits", _folder["o.txt"]);
        Refused(2, "there is no folder", a, "--out", _folder["none/o.png"]);
        Refused(2, "is a folder; name a file", a, "--logits", $"{_folder}");
        Npy.Write<byte>(_folder["a.npy"], new byte[64], 1, 8, 8);
        Refused(2, "is a folder; name a file", _folder["a.npy"], "--out", $"{_folder}");
        Refused(2, "--logits takes one picture", a, other, "--logits", _folder["l.npy"]);
        Refused(2, "--logits takes one picture", $"{_folder}", "--logits", _folder["l.npy"]);
        Refused(2, "would be overwritten", $"{_folder}", "--out", $"{_folder}");
        Refused(2, "an array is read by itself", a, "x.npy");
        Assert.False(Path.Exists(_folder["seen"]));
    }

    [Fact]
    public void No_input_is_overwritten_through_a_link()
    {
        if (OperatingSystem.IsWindows()) return;
        string a = Bar("a.png", 40, 30);
        File.CreateSymbolicLink(_folder["link.png"], a);
        Directory.CreateSymbolicLink(_folder["folder"], $"{_folder}");
        File.CreateSymbolicLink(_folder["weights.npy"], weights.Path);
        File.CreateSymbolicLink(_folder["b.npy"], "later.npy");
        Refused(2, "would be overwritten", a, "--out", _folder["link.png"]);
        Refused(2, "would be overwritten", a, "--out", _folder["folder"]);
        Refused(2, "would be overwritten", a, "--logits", _folder["weights.npy"]);
        Npy.Write<byte>(_folder["x.npy"], new byte[64], 1, 8, 8);
        Refused(2, "would be written twice", _folder["x.npy"], "--out", _folder["b.npy"], "--logits", _folder["later.npy"]);
        File.CreateSymbolicLink(_folder["circle.png"], _folder["circle2.png"]);
        File.CreateSymbolicLink(_folder["circle2.png"], _folder["circle.png"]);
        Assert.NotEqual(0, Predict(a, "--out", _folder["circle.png"]).Code);
    }

    [Fact]
    public void What_would_be_ignored_is_refused()
    {
        string a = Bar("a.png", 40, 30);
        Npy.Write<byte>(_folder["x.npy"], new byte[64], 1, 8, 8);
        Refused(2, "--invert is for pictures; an array is taken as it is", _folder["x.npy"], "--invert", "yes");
        Refused(2, "--keep-ground is for pictures", _folder["x.npy"], "--keep-ground");
        Refused(2, "--mask means nothing without --out; give both or none", a, "--mask");
        Refused(1, "--min-pixels 31 is more than --max-pixels 30: nothing would be listed", a, "--min-pixels", "31", "--max-pixels", "30");
    }

    [Fact]
    public void What_follows_a_long_name_is_not_lost()
    {
        string folder = _folder[string.Join('/', Enumerable.Repeat(new string('f', 200), 3))];
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
        Refused(1, "none.png' does not exist", _folder["none.png"]);
        Refused(1, "a.gif' is a GIF file; convert it to PNG", _folder.Write("a.gif", "GIF89a"u8.ToArray()));
        Refused(1, "text.png' is no picture that is read (PNG, JPEG, BMP, PBM/PGM/PPM): it begins with 'Dear reader,'",
            _folder.Write("text.png", "Dear reader, …"u8.ToArray()));
        Refused(1, "a.zip' is a zip archive, not a picture; if NumPy saved it, let its name end in .npz", _folder.Write("a.zip", TestTools.Zip(("a", []))));
        Refused(1, "a.array' is a NumPy array, not a picture", _folder.Write("a.array", [0x93, .. "NUMPY"u8]));
        Refused(1, "huge.pgm' has 10000×10000 pixels; 1 to 67108864 are read", _folder.Write("huge.pgm", "P5 10000 10000 255\n"u8.ToArray()));
        Refused(1, "is a device; a file was expected", "/dev/zero");
        byte[] good = File.ReadAllBytes(Bar("good.png", 40, 30));
        Refused(1, "cut.png' is truncated", _folder.Write("cut.png", good[..^20]));
    }

    [Fact]
    public void Logits_of_a_picture_are_written()
    {
        Predict(Bar("a.png", 50, 40), "--logits", _folder["l.npy"]);
        using var logits = new NpyReader(_folder["l.npy"]);
        Assert.Equal([1, 40, 50, 11], logits.Shape);
        float[] values = logits.ReadAll<float>();
        Assert.Equal([10f, -10f], new[] { 9 * 50 + 20, 9 * 50 + 19 }.Select(i => values[i * 11 + Digit]));
    }

    /// <summary>A bar that is as high as so many digits of the training is shown to the network as one, and found in its own pixels.</summary>
    [Theory]
    [InlineData(15, 60, 40), InlineData(3, 60, 40), InlineData(0.6, 60, 40), InlineData(1.05, 63, 42)]
    public void A_digit_of_any_height_is_one(double factor, int shownHeight, int shownWidth)
    {
        int At(int place) => (int)Math.Round(place * factor);
        int height = At(60), width = At(40), left = At(12), right = At(19), top = At(15), bottom = At(35);
        var picture = new Picture(width, height, 1);
        for (int y = top; y < bottom; y++) picture.Pixels.AsSpan(y * width + left, right - left).Fill(255);
        Png.Write(_folder["a.png"], picture);
        string[] command = ["predict", _folder["a.png"], "--weights", weights.Path, "--device", "cpu"];

        string[] written = ["--out", _folder["mask.png"], "--mask", "--logits", _folder["l.npy"], "--show-input", _folder["i.png"]];

        var result = CommandRun.Run([.. command, "--json", .. written]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        var read = JsonNode.Parse(result.Out)!["pictures"]![0]!;
        var digit = Assert.Single(read["digits"]!.AsArray())!;
        foreach (var (name, place) in new[] { ("xmin", left), ("ymin", top), ("xmax", right - 1), ("ymax", bottom - 1) })
            Assert.InRange((int)digit[name]!, place - factor, place + factor);
        Assert.InRange((double)read["scale"]!, shownWidth / (width + 0.01), shownWidth / (width - 0.01));
        var mask = PngTests.Decode(File.ReadAllBytes(_folder["mask.png"]));
        Assert.Equal((width, height), (mask.Width, mask.Height));
        int ink = Enumerable.Range(0, width * height).Count(i => mask.Pixels[3 * i] != mask.Pixels[0]);
        Assert.Equal((int)digit["pixels"]!, ink);
        using (var logits = new NpyReader(_folder["l.npy"])) Assert.Equal([1, shownHeight, shownWidth, 11], logits.Shape);
        var input = PngTests.Decode(File.ReadAllBytes(_folder["i.png"]));
        Assert.Equal((shownWidth, shownHeight), (input.Width, input.Height));

        string told = CommandRun.Run(command).Out, scale = FormattableString.Invariant($", shown at {shownWidth}×{shownHeight}, scale {1 / factor:G3})");
        Assert.Equal(factor != 1.05, told.Contains(scale));
        Assert.DoesNotContain("shown at", CommandRun.Run([.. command, "--scale", "1"]).Out);
    }

    [Fact]
    public void A_picture_as_large_as_those_of_the_training_is_shown_as_it_is()
    {
        var picture = new Picture(84, 64, 1);
        for (int y = 2; y < 62; y++) picture.Pixels.AsSpan(y * 84 + 30, 8).Fill(255);
        Png.Write(_folder["a.png"], picture);
        Assert.Contains("a.png (84×64): 1 digit\n  3 at x 30..37, y 2..61 (480 pixels)",
            CommandRun.Run("predict", _folder["a.png"], "--weights", weights.Path, "--device", "cpu").Out);
    }

    /// <summary>At twice the scale each of the bar's 60 pixels is four of what the network is shown, and it is these that are limited.</summary>
    [Theory]
    [InlineData(240, 240, "1 digit"), InlineData(241, 784, "no digit; left out: 2 regions of under 241 pixels")]
    [InlineData(30, 239, "no digit; left out: 1 region of under 30 pixels, 1 region of over 239 pixels")]
    public void Pixels_are_limited_in_what_is_shown(int min, int max, string found) => Assert.Contains($", scale 2): {found}", CommandRun.Run(
        "predict", Bar("a.png", 84, 64), "--weights", weights.Path, "--device", "cpu", "--scale", "2", "--min-pixels", $"{min}", "--max-pixels", $"{max}").Out);

    [Fact]
    public void An_array_is_not_scaled()
    {
        Npy.Write<byte>(_folder["a.npy"], new byte[64 * 84], 1, 64, 84);
        CommandRun.Refused(1, "a.npy[0]' is of an array, which is taken as it is; --scale is for pictures",
            ["predict", _folder["a.npy"], "--weights", weights.Path, "--device", "cpu", "--scale", "2"]);
    }

    [Fact]
    public void Arrays_of_pictures_give_arrays_of_classes()
    {
        string array = _folder["a.npy"], classes = _folder["classes.npy"], logits = _folder["logits.npy"];
        var pixels = new byte[3 * 64 * 84];
        pixels[2 * 64 * 84 + 5] = 255;
        Npy.Write<byte>(array, pixels, 3, 64, 84);
        var result = Predict(array, "--batch", "2", "--logits", logits, "--out", classes);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(["[0]", "[1]", "[2]"], result.Out.TrimEnd().Split('\n').Select(line => line[line.IndexOf('[')..(line.IndexOf(']') + 1)]));
        using (var written = new NpyReader(logits)) Assert.Equal([3, 64, 84, 11], written.Shape);
        using (var written = new NpyReader(classes))
        {
            Assert.Equal([3, 64, 84], written.Shape);
            Assert.Equal([2 * 64 * 84 + 5], written.ReadAll<byte>().Index().Where(c => c.Item == Digit).Select(c => c.Index));
        }

        byte[] content = File.ReadAllBytes(array);
        Assert.Equal(result.Out.Replace("a.npy", "a.npy.gz"), Predict(_folder.Write("a.npy.gz", TestTools.Gzip(content))).Out);
        string one = _folder.Write("a.npz", TestTools.Zip(("pictures.npy", content)));
        Assert.Equal(result.Out.Replace("a.npy", "a.npz"), Predict(one).Out);
        Refused(1, "has 2 arrays: 'one', 'two'; one array was expected", _folder.Write("b.npz", TestTools.Zip(("one.npy", content), ("two.npy", content))));

        Npy.Write<byte>(array, new byte[50 * 70], 1, 50, 70);
        Assert.Contains("(70×50): no digit", Predict(array).Out);
        Npy.Write<byte>(array, new byte[50 * 70], 50, 70);
        Refused(1, "has shape (50, 70); (n, height, width) was expected", array);
        Npy.Write<byte>(array, [0, 1, 1, 0], 1, 2, 2);
        Refused(1, "a.npy[0]' has no value above 1; pixels are 0 … 255, so multiply what is 0 … 1 by 255", array);
        Npy.Write<float>(array, [0, 0.9f, 0.5f, 0], 1, 2, 2);
        Refused(1, "has no value above 1", array);
        Npy.Write<float>(array, Enumerable.Repeat(300f, 64 * 84).ToArray(), 1, 64, 84);
        Refused(1, "holds the value 300", array);
        Npy.Write<float>(array, [.. Enumerable.Repeat(0f, 64 * 84 - 1), float.NaN], 1, 64, 84);
        Refused(1, "holds the value NaN", array);
    }

    public sealed class HandMadeWeights : IDisposable
    {
        private readonly TempFolder _folder = new();

        public HandMadeWeights()
        {
            // Only the score of the input itself counts: all other scores start at zero.
            var model = Models.All.Single(m => m.Name == "fcn8-fine");
            using var device = new CpuDevice(1);
            var (graph, _, _) = model.Network(1, training: false, new NetworkSettings { Classes = SegmentationData.Classes });
            using var variables = new VariableStore(device, graph, seed: 1);
            float[] kernel = variables["score0.weight"], bias = variables["score0.bias"];
            Array.Clear(kernel);
            kernel[4 * SegmentationData.Classes + Digit] = 10; // the middle of 3×3
            bias[SegmentationData.Background] = 1;
            variables["score0.weight"] = kernel;
            variables["score0.bias"] = bias;
            Checkpoint.Save(Path, variables, new Dictionary<string, string> { ["model"] = model.Name });
        }

        public string Path => _folder["weights.safetensors"];

        public void Dispose() => _folder.Dispose();
    }

    [Fact]
    public void So_many_pictures_are_predicted_at_once()
    {
        var built = new List<(int Batch, bool Training)>();
        var task = new SegmentTask([TrainingTests.Spy(built)]);
        using var device = new CpuDevice(1);
        using (var variables = new VariableStore(device, task.Models[0].Network(1, training: false, task.Settings).Graph, seed: 1))
            Checkpoint.Save(_folder["spy.safetensors"], variables, new Dictionary<string, string> { ["model"] = "spy" });
        Npy.Write<byte>(_folder["five.npy"], new byte[5 * 4 * 6], 5, 4, 6);
        built.Clear();
        var result = CommandRun.Of([task], "predict", _folder["five.npy"], "--weights", _folder["spy.safetensors"], "--device", "cpu", "--batch", "2");
        Assert.Equal((0, ""), (result.Code, result.Error));
        // Once to see which variables there are, then for two, and for the one that is left.
        Assert.Equal([(1, false), (2, false), (1, false)], built);
    }
}
