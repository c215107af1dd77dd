using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Scenes as samples.</summary>
public class SceneSourceTests
{
    private const int Most = 6;

    private static readonly SceneOptions s_options = new()
    {
        Canvas = new(90, 70), Digits = new(0, Most), Overlap = new(0, 0.2), Scale = new(0.6, 1.2), Rotate = 10, Noise = new(6), Clutter = new(3), Warp = 1,
    };

    private static readonly DigitImages s_digits = ProceduralDigits.Make(100, seed: 5);

    private static Batch Read(ISampleSource source, int epoch)
    {
        var batch = new Batch(source.Spec, source.Count);
        batch.Read(source, epoch, [.. Enumerable.Range(0, source.Count)]);
        return batch;
    }

    private static SceneSource Source(Func<int, SceneOptions>? options = null) =>
        new(s_digits, options ?? (_ => s_options), [.. Enumerable.Range(0, 30)], Most, 2);

    [Fact]
    public void A_sample_has_the_boxes_and_classes_of_its_objects_and_room_for_more()
    {
        var source = Source();
        var batch = Read(source, 1);
        Assert.Equal(["boxes [6, 4] Float32", "classes [6] Int32"],
            source.Spec.Targets.Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}] {t.Type}"));
        Assert.Equal((70, 90, 1), (source.Spec.Height, source.Spec.Width, source.Spec.Channels));
        for (int i = 0; i < source.Count; i++)
        {
            var objects = source.Objects(1, i);
            float[] boxes = [.. objects.SelectMany(o => new[] { o.Box.XMin, o.Box.YMin, o.Box.XMax, o.Box.YMax }).Select(v => (float)v)];
            Assert.Equal([.. boxes, .. new float[4 * (Most - objects.Length)]], batch.Targets[0].Floats[(i * Most * 4)..((i + 1) * Most * 4)]);
            int[] classes = [.. objects.Select(o => o.Class), .. Enumerable.Repeat(-1, Most - objects.Length)];
            Assert.Equal(classes, batch.Targets[1].Ints[(i * Most)..((i + 1) * Most)]);
            Assert.All(objects, o => Assert.InRange(o.Area, 10, o.Box.Area));
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(d => $"{d}"), source.Classes);
    }

    [Fact]
    public void What_an_epoch_shows_is_its_own_or_what_all_show()
    {
        var source = Source();
        Assert.Equal(Read(source, 3).Images, Read(source, 3).Images);
        Assert.NotEqual(Read(source, 3).Images, Read(source, 4).Images);
        var kept = SceneSource.Fixed(s_digits, s_options, [4, 2], Most, 2);
        Assert.Equal(Read(kept, 0).Images, Read(kept, 7).Images);
        Assert.Equal(kept.Objects(0, 1), kept.Objects(7, 1));
        // By their numbers, and none of an epoch's.
        Assert.Equal(kept.Objects(0, 1), SceneSource.Fixed(s_digits, s_options, [0, 1, 2], Most, 2).Objects(0, 2));
        Assert.NotEqual(kept.Objects(0, 0), source.Objects(0, 4));
    }

    [Fact]
    public void A_curriculum_changes_all_but_the_canvas_and_the_room()
    {
        var source = Source(epoch => s_options with { Digits = new(epoch < 2 ? 1 : 5) });
        foreach (int epoch in new[] { 0, 1, 2 })
            Assert.All(Enumerable.Range(0, 10), i => Assert.Equal(epoch < 2 ? 1 : 5, source.Objects(epoch, i).Length));
        Assert.Throws<InvalidOperationException>(() => Read(Source(_ => s_options with { Digits = new(Most + 1) }), 0));
        Assert.Throws<InvalidOperationException>(() => Read(Source(epoch => epoch == 0 ? s_options : s_options with { Canvas = new(70, 90) }), 1));
    }

    [Fact]
    public void Reading_takes_no_memory()
    {
        var source = Source();
        var batch = new Batch(source.Spec, source.Count);
        int[] all = [.. Enumerable.Range(0, source.Count)];
        batch.Read(source, 0, all);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int epoch = 1; epoch < 10; epoch++) batch.Read(source, epoch, all);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Images_of_M2NIST_have_the_boxes_of_their_digits()
    {
        var data = M2nistComposer.Procedural(8, seed: 4);
        int[] part = [5, 2, 7];
        var source = new M2nistScenes(data, part);
        var batch = Read(source, 0);
        int most = source.Spec.Targets[1].Length;
        foreach (var (position, image) in part.Index())
        {
            Assert.Equal(data.Image(image), batch.PixelsOf(position));
            var objects = source.Objects(0, position);
            var digits = data.Digits!.Where(digit => digit.Image == image).ToArray();
            Assert.Equal(digits.Select(d => (d.Label, new Box(d.XMin, d.YMin, d.XMax + 1, d.YMax + 1))), objects.Select(o => (o.Class, o.Box)));
            float[] boxes = [.. objects.SelectMany(o => new[] { o.Box.XMin, o.Box.YMin, o.Box.XMax, o.Box.YMax }).Select(v => (float)v)];
            Assert.Equal(boxes, batch.Targets[0].Floats.AsSpan(position * most * 4, boxes.Length));
            // What is labelled lies in the boxes of its digits.
            byte[] mask = data.Mask(image).ToArray();
            Assert.All(Enumerable.Range(0, mask.Length).Where(i => mask[i] != SegmentationData.Background), i => Assert.Contains(objects,
                o => o.Class == mask[i] && o.Box.Intersection(new(i % data.Width, i / data.Width, i % data.Width + 1, i / data.Width + 1)) == 1));
        }
    }

    /// <summary>Training, validation and test as a task divides them: no scene of one shows a digit of another.</summary>
    [Fact]
    public void Scenes_show_digits_of_their_own_part_only()
    {
        var all = ProceduralDigits.Make(90, seed: 6);
        var numbered = new DigitImages("numbered", all.Images, all.Labels, [.. Enumerable.Range(0, 60), .. Enumerable.Range(60_000, 30)]);
        var split = Split.HoldOut(train: 60, validation: 20, test: 30, seed: 3);
        var shown = new List<HashSet<int>>();
        foreach (var (name, part) in new[] { ("train", split.Train), ("validation", split.Validation), ("test", split.Test) })
        {
            var maker = new SceneMaker(numbered.Select(name, part), 1);
            var room = new SceneDigit[Most];
            var indices = new HashSet<int>();
            for (int scene = 0; scene < 150; scene++)
            {
                var (count, _) = maker.Draw(s_options with { Digits = new(4) }, 0, scene, new byte[90 * 70], room);
                indices.UnionWith(room.Take(count).Select(digit => digit.MnistIndex));
            }
            Assert.Equal(part.Select(numbered.MnistIndex).Order(), indices.Order()); // all of its part, and nothing else
            shown.Add(indices);
        }
        Assert.Empty(shown[0].Intersect(shown[1]));
        Assert.Empty(shown[0].Union(shown[1]).Intersect(shown[2]));
        Assert.All(shown[2], index => Assert.InRange(index, 60_000, 69_999));
    }
}
