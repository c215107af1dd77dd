using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Sets in COCO's format: our own come back to the last box, others' are read whatever else stands in them, and what is of no use is named.</summary>
public sealed class CocoTests : IDisposable
{
    /// <summary>As another program might have left it: ids in no order, keys that nobody asked for, a crowd, outlines, boxes between pixels.</summary>
    private const string Foreign = """
        {
            "info": {"year": 2031, "deep": [[[[{"x": null}]]]]}, "licenses": [],
            "annotations": [
                {"id": 900, "image_id": 70, "category_id": 41, "bbox": [1.5, 2, 7.25, 5], "area": 20.5, "iscrowd": 0, "segmentation": [[1, 2, 8, 2, 8, 7]]},
                {"id": -3, "image_id": 12, "category_id": 7, "bbox": [0, 0, 20, 10], "iscrowd": 1, "segmentation": {"counts": [200], "size": [10, 20]}},
                {"bbox": [-0.5, 4, 6, 6.75], "category_id": 7, "id": 1, "image_id": 12, "score": 0.5, "area": null}
            ],
            "images": [
                {"id": 70, "file_name": "b.png", "width": 12, "height": 16, "license": 1},
                {"id": 12, "file_name": "deep/a.png", "coco_url": "http://localhost/a.png"}
            ],
            "categories": [{"id": 41, "name": "Ein \"Stern\"", "supercategory": "none"}, {"id": 7, "name": "é"}, {"id": 8, "name": "unused"}]
        }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private CocoSet Read() => CocoSet.Read($"{_folder}");

    /// <summary>A white frame on black.</summary>
    private void WritePicture(string name, int width, int height)
    {
        var picture = new Picture(width, height, 1);
        for (int i = 0; i < picture.Pixels.Length; i++)
            if (i % width is 3 or 6 || i / width is 3 or 6) picture.Pixels[i] = 255;
        _folder.Write(name, Png.Encode(picture));
    }

    private void WriteForeign(string json = Foreign, string name = "labels.json")
    {
        WritePicture("b.png", 12, 16);
        WritePicture("images/deep/a.png", 20, 10);
        _folder.Write(name, Encoding.UTF8.GetBytes(json));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void What_is_written_is_read_back_to_the_last_box(bool masks)
    {
        var options = new SceneOptions { Canvas = new(120, 80), Digits = new(0, 7), Overlap = new(0, 0.2), Rotate = 20, Noise = new(12), Clutter = new(4) };
        var digits = ProceduralDigits.Make(200, seed: 8);
        var maker = new SceneMaker(digits, 5);
        var (count, missing) = SceneWriter.Write(maker, options, 25, "a test", $"{_folder}", masks);
        Assert.Equal(0, missing);
        var set = Read();
        Assert.Equal(SceneSource.DigitNames, set.Categories.Select(category => category.Name));
        Assert.Equal(25, set.Images.Count);
        Assert.Equal(count, set.Images.Sum(image => image.Objects.Count));

        // As training streams them, sample by sample.
        int[] all = [.. Enumerable.Range(0, 25)];
        var (written, drawn) = (new CocoSource(set, all), SceneSource.Fixed(digits, options, all, set.Most, 5));
        Assert.Equal((drawn.Spec.Height, drawn.Spec.Width), (written.Spec.Height, written.Spec.Width));
        Assert.Equal(drawn.Classes, written.Classes);
        var (a, b) = (new Batch(written.Spec, 25), new Batch(drawn.Spec, 25));
        a.Read(written, 0, all);
        b.Read(drawn, 0, all);
        Assert.Equal(b.Images, a.Images);
        Assert.Equal(b.Targets[0].Floats, a.Targets[0].Floats);
        Assert.Equal(b.Targets[1].Ints, a.Targets[1].Ints);
        for (int i = 0; i < 25; i++) Assert.Equal(drawn.Objects(0, i), written.Objects(0, i));

        if (!masks)
        {
            Assert.False(Directory.Exists(_folder["masks"]));
            return;
        }
        var (pixels, owners, room) = (new byte[120 * 80], new byte[120 * 80], new SceneDigit[7]);
        for (int i = 0; i < 25; i++)
        {
            maker.Draw(options, 0, i, pixels, room, owners);
            Assert.Equal(owners, Png.Read(_folder[$"masks/scene-{i:D6}.png"]).Pixels);
        }
    }

    [Fact]
    public void The_file_has_the_keys_of_COCO_and_ids_from_1()
    {
        SceneWriter.Write(new SceneMaker(ProceduralDigits.Source, 1), new SceneOptions { Digits = new(2) }, 2, "é \"x\"", $"{_folder}", masks: false);
        var json = JsonNode.Parse(File.ReadAllBytes(_folder["instances.json"]))!;
        Assert.Equal(["info", "categories", "images", "annotations"], json.AsObject().Select(item => item.Key));
        Assert.Equal("é \"x\"", (string)json["info"]!["description"]!);
        Assert.Equal("""[{"id":1,"file_name":"scene-000000.png","width":100,"height":100},{"id":2,"file_name":"scene-000001.png","width":100,"height":100}]""",
            json["images"]!.ToJsonString());
        Assert.Equal(Enumerable.Range(1, 10), json["categories"]!.AsArray().Select(category => (int)category!["id"]!));
        var annotations = json["annotations"]!.AsArray();
        Assert.Equal([1, 2, 3, 4], annotations.Select(annotation => (int)annotation!["id"]!));
        Assert.Equal([1, 1, 2, 2], annotations.Select(annotation => (int)annotation!["image_id"]!));
        Assert.Equal(["id", "image_id", "category_id", "bbox", "area", "iscrowd"], annotations[0]!.AsObject().Select(item => item.Key));
    }

    [Theory]
    [InlineData("labels.json"), InlineData("instances.json"), InlineData("annotations/instances_val.json")]
    public void A_foreign_folder_is_read_with_its_own_names_ids_and_sizes(string name)
    {
        WriteForeign("\uFEFF" + Foreign, name);
        Assert.True(CocoSet.IsThere($"{_folder}"));
        var set = Read();
        Assert.Equal([(7, "é"), (8, "unused"), (41, "Ein \"Stern\"")], set.Categories.Select(category => (category.Id, category.Name)));
        Assert.Equal([(70, "b.png"), (12, "deep/a.png")], set.Images.Select(image => (image.Id, image.File)));
        Assert.Equal([new(new(1.5, 2, 8.75, 7), 2, 20.5)], set.Images[0].Objects);
        // Cut off at the edges, since it passes them by less than a pixel; without an area it has its box's.
        Assert.Equal([new(new(0, 0, 20, 10), 0, 200, IsCrowd: true), new(new(0, 4, 5.5, 10), 0, 40.5)], set.Images[1].Objects);

        var source = new CocoSource(set, [1, 0]);
        Assert.Equal((16, 20, 1), (source.Spec.Height, source.Spec.Width, set.Most));
        Assert.Equal(["é", "unused", "Ein \"Stern\""], source.Classes);
        var batch = new Batch(source.Spec, 2);
        batch.Read(source, 0, [0, 1]);
        Assert.Equal([0, 4, 5.5f, 10, 1.5f, 2, 8.75f, 7], batch.Targets[0].Floats);
        Assert.Equal([0, 2], batch.Targets[1].Ints);
        for (int slot = 0; slot < 2; slot++)
        {
            var picture = source.Image(slot).Picture;
            byte[] pixels = batch.PixelsOf(slot).ToArray();
            for (int i = 0; i < pixels.Length; i++)
                Assert.Equal(i % 20 < picture.Width && i / 20 < picture.Height ? picture.Pixels[i / 20 * picture.Width + i % 20] : 0, pixels[i]);
        }
        Assert.Equal(2, source.Objects(0, 0).Length);
    }

    [Fact]
    public void Dark_ink_on_light_paper_becomes_light_ink_on_black()
    {
        WriteForeign();
        byte[] light = Read().Images[0].Picture.Pixels;
        var dark = Png.Read(_folder["b.png"]);
        _folder.Write("b.png", Png.Encode(dark with { Pixels = Array.ConvertAll(dark.Pixels, p => (byte)(230 - p / 2)) }));
        Assert.Equal(Array.ConvertAll(light, p => (byte)((p + 1) / 2)), Array.ConvertAll(Read().Images[0].Picture.Pixels, p => (byte)(p == 127 ? 128 : p)));
    }

    [Fact]
    public void A_set_is_told_by_its_content()
    {
        WriteForeign();
        string before = Read().Sha256;
        Assert.Equal(before, Read().Sha256);
        WriteForeign(Foreign.Replace("20.5", "20.6"));
        string other = Read().Sha256;
        Assert.NotEqual(before, other);
        WritePicture("b.png", 12, 16);
        Assert.Equal(other, Read().Sha256);
        var picture = Png.Read(_folder["b.png"]);
        picture.Pixels[0] = 9;
        _folder.Write("b.png", Png.Encode(picture));
        Assert.NotEqual(other, Read().Sha256);
    }

    [Fact]
    public void What_a_set_holds_is_summed_up()
    {
        WriteForeign();
        var summary = SetSummaries.Scenes($"{_folder}");
        Assert.Equal("scenes: 2 images of up to 16×20 with boxes, COCO's format", summary.Lines[0]);
        Assert.Equal("  3 objects, 1 of them crowds; 1 to 1 an image", summary.Lines[2]);
        Assert.Equal(["          2 'é'", "          0 'unused'", "          1 'Ein \"Stern\"'"], summary.Lines.Skip(3).Take(3));
        Assert.Equal((2, 16, 20, 3, 1), ((int)summary.Json["count"]!, (int)summary.Json["height"]!, (int)summary.Json["width"]!,
            (int)summary.Json["objects"]!, (int)summary.Json["crowds"]!));
        Assert.Equal("""{"id":41,"name":"Ein \u0022Stern\u0022","objects":1}""", summary.Json["classes"]![2]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"category_id\": 41", "\"category_id\": 42", "annotation 900 is of category 42, which is not among its categories.")]
    [InlineData("\"image_id\": 70", "\"image_id\": 71", "annotation 900 is in image 71, which is not among its images.")]
    [InlineData("\"id\": -3", "\"id\": 900", "annotation id 900 stands in it twice.")]
    [InlineData("{\"id\": 70", "{\"id\": 12", "image id 12 stands in it twice.")]
    [InlineData("{\"id\": 8", "{\"id\": 7", "category id 7 stands in it twice.")]
    [InlineData("unused", "é", "two classes have the name 'é'.")]
    [InlineData("deep/a.png", "b.png", "two images are the file 'b.png'.")]
    [InlineData("\"b.png\"", "\"c\\n\\u001b[31m.gif\"", "image 70 is 'c\\n\\x1b[31m.gif', which is no name of a file in its folder.")]
    [InlineData("\"b.png\"", "\"c.png\"", "image 70 is 'c.png', which is neither in '")]
    [InlineData("\"b.png\"", "\"../b.png\"", "which is no name of a file in its folder.")]
    [InlineData("\"b.png\"", "\"/etc/passwd\"", "which is no name of a file in its folder.")]
    [InlineData("\"b.png\"", "\"labels.json\"", "labels.json' is no picture that is read")]
    [InlineData("\"b.png\"", "7", "entry 1 of 'images' has no 'file_name' that is a text.")]
    [InlineData("\"width\": 12", "\"width\": 16", "image 70 is 'b.png' of 16×16 pixels, and the picture has 12×16; its boxes would lie elsewhere.")]
    [InlineData("\"width\": 12", "\"width\": 0", "entry 1 of 'images' has a 'width' of 0; 1 to ")]
    [InlineData("7.25, 5]", "12.5, 5]", "annotation 900 has a box from (1.5, 2) to (14, 7), outside its picture of 12×16 pixels.")]
    [InlineData("[1.5, 2, 7.25, 5]", "[12, 2, 1, 5]", "annotation 900 has a box from (12, 2) to (13, 7), outside its picture of 12×16 pixels.")]
    [InlineData("7.25, 5]", "0, 5]", "annotation 900 has a box of 0×5 pixels; both sides must be larger than 0.")]
    [InlineData("7.25, 5]", "7.25, -5]", "annotation 900 has a box of 7.25×-5 pixels; both sides must be larger than 0.")]
    [InlineData("7.25, 5]", "NaN, 5]", "; NaN and Infinity are no numbers.")]
    [InlineData("7.25, 5]", "-Infinity, 5]", "; NaN and Infinity are no numbers.")]
    [InlineData("7.25, 5]", "1e999, 5]", "annotation 900 has no 'bbox' of four numbers: left, top, width, height.")]
    [InlineData("7.25, 5]", "\"7\", 5]", "annotation 900 has no 'bbox' of four numbers: left, top, width, height.")]
    [InlineData("7.25, 5]", "7.25]", "annotation 900 has no 'bbox' of four numbers: left, top, width, height.")]
    [InlineData("\"area\": 20.5", "\"area\": -1", "annotation 900 has an 'area' that is no number from 0 on.")]
    [InlineData("\"area\": 20.5", "\"area\": [2]", "annotation 900 has an 'area' that is no number from 0 on.")]
    [InlineData("\"iscrowd\": 0", "\"iscrowd\": 2", "annotation 900 has an 'iscrowd' that is neither 0 nor 1.")]
    [InlineData("\"id\": 900", "\"id\": 9.5", "entry 1 of 'annotations' has no 'id' that is a whole number.")]
    [InlineData("\"id\": 900, ", "", "entry 1 of 'annotations' has no 'id' that is a whole number.")]
    [InlineData("\"id\": 900", "\"id\": 900, \"id\": 901", "' cannot be read: a key stands in an object twice.")]
    [InlineData("\"é\"", "\"\\ud800\"", "' cannot be read: a text in it is no Unicode.")]
    [InlineData("\"é\"", "\"\\u001b[31mred\"", "the class name '\\x1b[31mred' has characters that are not printed.")]
    [InlineData("\"é\"", "\"\"", "entry 2 of 'categories' has no 'name' that is a text.")]
    [InlineData("\"images\": [", "\"pictures\": [", "it has no list 'images'.")]
    [InlineData("{\"id\": 900", "[], {\"id\": 900", "entry 1 of 'annotations' is no object { … }.")]
    [InlineData("\"licenses\": []", "\"licenses\": [}", "' cannot be read: it is no JSON from line 2, byte ")]
    public void What_is_of_no_use_is_named(string good, string bad, string expected)
    {
        Assert.Contains(good, Foreign);
        WriteForeign(Foreign.Replace(good, bad));
        Fails(expected, () => Read());
    }

    [Theory]
    [InlineData("[]", "an object { … } was expected.")]
    [InlineData("", "it is no JSON from line 1, byte 1 on.")]
    [InlineData("""{"categories": [], "images": [], "annotations": []}""", "it has no categories.")]
    [InlineData("""{"categories": [{"id": 1, "name": "a"}], "images": [], "annotations": []}""", "it has no images.")]
    public void A_file_without_a_set_is_told(string json, string expected)
    {
        WriteForeign(json);
        Fails(expected, () => Read());
    }

    [Fact]
    public void Ten_megabytes_of_nesting_end_at_the_limit_of_depth()
    {
        WriteForeign("{\"info\": " + new string('[', 10_000_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fails("labels.json' cannot be read: lists and objects lie in one another more than 64 deep.", () => Read());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
    }

    [Fact]
    public void Text_that_is_no_UTF_8_and_files_that_are_far_too_large_are_refused()
    {
        WriteForeign();
        _folder.Write("labels.json", Encoding.Latin1.GetBytes(Foreign));
        Fails("labels.json' is no UTF-8 text.", () => Read());
        using (var file = File.OpenWrite(_folder["labels.json"])) file.SetLength(1L << 40);
        Fails("bytes; at most 67108864 are read.", () => Read());
        WriteForeign();
        WritePicture("b.png", 641, 16);
        Fails("b.png' has 641×16 pixels; up to 640×640 are read. Scale the set down, its boxes too.", () => Read());
    }

    [Fact]
    public void A_folder_without_a_set_or_with_too_many_says_so()
    {
        Fails($"no pictures with boxes in '{_folder}': instances.json, or one other .json, was expected", () => Read());
        Assert.False(CocoSet.IsThere($"{_folder}"));
        Assert.False(CocoSet.IsThere(_folder["none"]));
        _folder.Write("metadata.json", "{}"u8.ToArray());
        Assert.False(CocoSet.IsThere($"{_folder}")); // without pictures it is about something else
        WriteForeign();
        Assert.True(CocoSet.IsThere($"{_folder}"));
        Fails("holds 2 .json files and no instances.json; give the one that is meant this name.", () => Read());
        WriteForeign(name: "annotations/instances.json");
        Assert.Equal(2, Read().Images.Count);
    }

    [Fact]
    public void A_set_is_replaced_whole_and_only_when_that_is_meant()
    {
        var maker = new SceneMaker(ProceduralDigits.Source, 1);
        SceneWriter.Write(maker, new SceneOptions(), 5, "old", $"{_folder}", masks: true);
        _folder.Write("images/mine.png", [1]);
        Fails("instances.json' exists; choose another --out, or replace the set with --exist-ok.",
            () => SceneWriter.Write(maker, new SceneOptions(), 3, "new", $"{_folder}", masks: false));
        // Digits that have no room leave the old set.
        var full = new SceneOptions { Digits = new(99) };
        Fails("scenes of 100×100 pixels hold", () => SceneWriter.Write(maker, full, 3, "new", $"{_folder}", masks: false, replace: true));
        Assert.Equal(5, Read().Images.Count);
        SceneWriter.Write(maker, new SceneOptions(), 3, "new", $"{_folder}", masks: false, replace: true);
        Assert.Equal(3, Read().Images.Count);
        Assert.Equal(["images/mine.png", "images/scene-000000.png", "images/scene-000001.png", "images/scene-000002.png", "instances.json"],
            Directory.GetFiles($"{_folder}", "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath($"{_folder}", path)).Order());
    }
}
