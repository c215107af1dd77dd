using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public class BatchLoaderTests
{
    [Fact]
    public void Batches_are_normalised_and_in_order()
    {
        using var loader = new BatchLoader(new SegmentationSource(Numbered(7), [1, 3, 4, 6]), 2, BatchOrder.Sequential);
        Assert.Equal(2, loader.BatchesPerEpoch);
        for (int n = 0; n < 20; n++)
        {
            var batch = loader.Next();
            int[] images = n % 2 == 0 ? [1, 3] : [4, 6];
            Assert.Equal(2, batch.Count);
            Assert.Equal(images.SelectMany(i => Enumerable.Range(0, 6).Select(p => (i * 30 + p) / 127.5f - 1)), batch.Images);
            Assert.Equal(images.SelectMany(i => Enumerable.Repeat(i, 6)), batch.Targets[0].Ints);
        }
    }

    [Fact]
    public void Shuffled_epochs_are_permutations_of_seed_and_epoch()
    {
        int[][] Epochs(ulong seed, int first = 0)
        {
            using var loader = new BatchLoader(new SegmentationSource(Numbered(9), [.. Enumerable.Range(0, 9)]), 2, BatchOrder.Shuffled, seed, first);
            return [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 4).SelectMany(_ => Numbers(loader.Next())).ToArray())];
        }

        var epochs = Epochs(5);
        Assert.Equal(epochs, Epochs(5));
        Assert.Equal(epochs[1], Epochs(5, first: 1)[0]);
        Assert.NotEqual(epochs[0], Epochs(6)[0]);
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.All(epochs, positions => Assert.Equal(8, positions.Distinct().Count(p => p is >= 0 and < 9)));
    }

    [Fact]
    public void A_resumed_loader_goes_on_where_it_stopped()
    {
        var source = new DrawnSource(10);
        using var whole = new BatchLoader(source, 3, BatchOrder.Shuffled, 1);
        for (int i = 0; i < 5; i++) whole.Next(); // epoch 0 has 3 batches
        using var resumed = new BatchLoader(source, 3, BatchOrder.Shuffled, 1, firstEpoch: 1, firstBatch: 2);
        for (int i = 0; i < 5; i++)
        {
            var (a, b) = (whole.Next(), resumed.Next());
            Assert.Equal(a.Images, b.Images);
            Assert.Equal(a.Targets[0].Ints, b.Targets[0].Ints);
        }
    }

    [Fact]
    public void Evaluation_has_every_sample_once_and_fills_the_last_batch_with_nothing()
    {
        // Three batches a pass: over the passes the unfilled one takes each place of the ring, where others were before.
        using var loader = new BatchLoader(new SegmentationSource(Numbered(8), [.. Enumerable.Range(0, 8)]), 3, BatchOrder.Evaluation);
        Assert.Equal(3, loader.BatchesPerEpoch);
        for (int pass = 0; pass < 8; pass++)
        {
            Assert.Equal([0, 1, 2], Numbers(loader.Next()));
            Assert.Equal([3, 4, 5], Numbers(loader.Next()));
            var last = loader.Next();
            Assert.Equal(2, last.Count);
            Assert.Equal([6, 7, -1], Numbers(last));
            Assert.All(last.Images[12..], v => Assert.Equal(-1f, v));
            Assert.All(last.Targets[0].Ints[12..], v => Assert.Equal(-1, v));
            Assert.DoesNotContain(-1, last.Targets[0].Ints[..12]);
        }
    }

    [Fact]
    public void A_batch_stays_as_it_is_until_the_next_is_asked_for()
    {
        using var loader = new BatchLoader(new SegmentationSource(Numbered(8), [.. Enumerable.Range(0, 8)]), 1, BatchOrder.Sequential);
        for (int i = 0; i < 8; i++) loader.Next();
        var batch = loader.Next();
        var copy = batch.Targets[0].Ints.ToArray();
        Thread.Sleep(50); // time for the thread to fill all that it may
        Assert.Equal(copy, batch.Targets[0].Ints);
    }

    [Fact]
    public void Errors_of_the_source_surface_at_the_consumer()
    {
        using var loader = new BatchLoader(new FailingSource(failsAt: 5), 2, BatchOrder.Sequential);
        Assert.Equal([0, 1], Numbers(loader.Next()));
        Assert.Equal([2, 3], Numbers(loader.Next()));
        Fails("sample 5 is broken", () => loader.Next());
        Fails("sample 5 is broken", () => loader.Next());
    }

    [Fact]
    public void Dispose_stops_the_thread()
    {
        var source = new FailingSource(failsAt: -1);
        var loader = new BatchLoader(source, 2, BatchOrder.Sequential);
        loader.Next();
        loader.Dispose();
        loader.Dispose();
        int reads = source.Reads;
        Thread.Sleep(20);
        Assert.Equal(reads, source.Reads);
        Assert.Throws<ObjectDisposedException>(() => loader.Next());
    }

    [Fact]
    public void Nothing_is_allocated_once_the_ring_is_full()
    {
        var source = new CountingSource(new DrawnSource(16));
        using var loader = new BatchLoader(source, 4, BatchOrder.Shuffled);
        for (int i = 0; i < 20; i++) loader.Next();
        long thread = Volatile.Read(ref source.Allocated), consumer = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) loader.Next();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - consumer, 0, 1000); // one batch's pixels have 84 kB
        Assert.InRange(Volatile.Read(ref source.Allocated) - thread, 0, 1000);
    }

    [Fact]
    public void Batches_that_cannot_be_made_are_named()
    {
        Fails("a batch of 4 is more than the 3 images",
            () => new BatchLoader(new SegmentationSource(Numbered(3), [0, 1, 2]), 4, BatchOrder.Shuffled).Dispose());
        Fails("there are no images", () => new BatchLoader(new SegmentationSource(Numbered(3), []), 4, BatchOrder.Evaluation).Dispose());
    }

    /// <summary>The first element of each sample's first target: which sample it is, in the sources below.</summary>
    private static int[] Numbers(Batch batch) => [.. batch.Targets[0].Ints.Chunk(batch.Targets[0].Spec.Length).Select(sample => sample[0])];

    /// <summary>Images of 2×3: pixels 30 · number + position, labels the number.</summary>
    private static SegmentationData Numbered(int count) => new("numbered", 2, 3,
        [.. Enumerable.Range(0, count * 6).Select(i => (byte)(i / 6 * 30 + i % 6))], [.. Enumerable.Range(0, count * 6).Select(i => (byte)(i / 6))]);

    /// <summary>Pictures that are new in every epoch, with a label, two numbers and a scalar as targets.</summary>
    private sealed class DrawnSource(int count) : ISampleSource
    {
        public int Count => count;

        public SampleSpec Spec { get; } = new(4, 6, 3, new("label", TargetType.Int32), new("box", TargetType.Float32, 2, 2), new("weight", TargetType.Float32));

        public void Read(int epoch, int position, Sample sample)
        {
            var random = new CounterRandom(4, RandomStream.Augmentation, (uint)epoch, (uint)position);
            foreach (ref byte pixel in sample.Pixels) pixel = (byte)random.NextInt(256);
            sample.Ints(0)[0] = position;
            for (int i = 0; i < 4; i++) sample.Floats(1)[i] = 100 * epoch + 10 * position + i;
            sample.Floats(2)[0] = -position;
        }
    }

    [Fact]
    public void Targets_of_any_shape_lie_sample_by_sample()
    {
        using var loader = new BatchLoader(new DrawnSource(5), 2, BatchOrder.Evaluation, firstEpoch: 1);
        loader.Next();
        var batch = loader.Next();
        Assert.Equal(2 * 4 * 6 * 3, batch.Images.Length);
        Assert.Equal([2, 3], batch.Targets[0].Ints);
        Assert.Equal([120, 121, 122, 123, 130, 131, 132, 133], batch.Targets[1].Floats);
        Assert.Equal([-2, -3], batch.Targets[2].Floats);
        Assert.Equal((0, 0), (batch.Targets[0].Floats.Length, batch.Targets[1].Ints.Length));
        batch = loader.Next();
        Assert.Equal([4, -1], batch.Targets[0].Ints);
        Assert.Equal([140, 141, 142, 143, 0, 0, 0, 0], batch.Targets[1].Floats);
        Assert.Equal(Enumerable.Repeat(-1f, 72), batch.Images[72..]);
    }

    [Fact]
    public void Beyond_its_count_a_batch_has_nothing_of_what_it_held_before()
    {
        var source = new DrawnSource(5);
        var batch = new Batch(source.Spec, 2);
        batch.Read(source, epoch: 1, [2, 3]);
        batch.Read(source, epoch: 1, [4]);
        Assert.Equal([4, -1], batch.Targets[0].Ints);
        Assert.Equal([140, 141, 142, 143, 0, 0, 0, 0], batch.Targets[1].Floats);
        Assert.Equal([-4, 0], batch.Targets[2].Floats);
        Assert.All(batch.Images[72..], pixel => Assert.Equal(-1f, pixel));
    }

    /// <summary>Notes what the loader's thread has allocated.</summary>
    private sealed class CountingSource(ISampleSource inner) : ISampleSource
    {
        public long Allocated;

        public int Count => inner.Count;

        public SampleSpec Spec => inner.Spec;

        public void Read(int epoch, int position, Sample sample)
        {
            inner.Read(epoch, position, sample);
            Volatile.Write(ref Allocated, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    private sealed class FailingSource(int failsAt) : ISampleSource
    {
        public int Reads;

        public int Count => 8;

        public SampleSpec Spec { get; } = new(1, 1, 1, new TargetSpec("number", TargetType.Int32));

        public void Read(int epoch, int position, Sample sample)
        {
            Interlocked.Increment(ref Reads);
            if (position == failsAt) throw new DataException($"sample {position} is broken");
            sample.Ints(0)[0] = position;
        }
    }
}
