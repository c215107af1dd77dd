using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public class SplitTests
{
    [Theory]
    [InlineData(5000, 3500, 500, 1000, 4000, 800, 200)]
    [InlineData(25, 17, 3, 5, 20, 4, 1)]
    [InlineData(1001, 700, 101, 200, 800, 161, 40)]
    public void Sizes_are_the_stated_shares(int count, int train, int validation, int test, int train2, int validation2, int test2)
    {
        var (split, reference) = (Split.BySeed(count, 3), Split.Reference(count, 3));
        Assert.Equal((train, validation, test), (split.Train.Length, split.Validation.Length, split.Test.Length));
        Assert.Equal((train2, validation2, test2), (reference.Train.Length, reference.Validation.Length, reference.Test.Length));
        foreach (var s in new[] { split, reference })
        {
            Assert.Equal(Enumerable.Range(0, count), s.Train.Concat(s.Validation).Concat(s.Test).Order());
            Assert.All([s.Train, s.Validation, s.Test], list => Assert.Equal(list.Order(), list));
        }
    }

    [Fact]
    public void The_seed_alone_decides()
    {
        Assert.Equal(Split.BySeed(5000, 7).Test, Split.BySeed(5000, 7).Test);
        int shared = Split.BySeed(5000, 7).Test.Intersect(Split.BySeed(5000, 8).Test).Count();
        Assert.InRange(shared, 150, 250); // 200 expected of independent splits, deviation about 11
    }

    [Fact]
    public void A_seeds_split_never_changes() // published results name images by it
    {
        var split = Split.BySeed(5000, 0);
        Assert.Equal([0, 3, 4, 12, 17], split.Test[..5]);
        Assert.Equal([9, 15, 18, 19, 22], split.Validation[..5]);
    }

    [Fact]
    public void A_hold_out_keeps_what_is_to_be_tested_on_apart()
    {
        var split = Split.HoldOut(train: 60, validation: 10, test: 15, seed: 4);
        Assert.Equal((50, 10), (split.Train.Length, split.Validation.Length));
        Assert.Equal(Enumerable.Range(60, 15), split.Test);
        Assert.Equal(Enumerable.Range(0, 60), split.Train.Concat(split.Validation).Order());
        Assert.All([split.Train, split.Validation], list => Assert.Equal(list.Order(), list));
        Assert.NotEqual(split.Validation, Split.HoldOut(60, 10, 15, seed: 5).Validation);
        Assert.Empty(Split.HoldOut(60, 0, 15, seed: 4).Validation);
        Fails("60 of 60 training images are held back", () => Split.HoldOut(60, 60, 15, seed: 4));
    }

    /// <summary>However many validate, the same images test.</summary>
    [Theory]
    [InlineData(25, 0, 20, 0), InlineData(25, 5000, 16, 4), InlineData(1001, 10, 791, 10), InlineData(1001, 5000, 641, 160)]
    public void A_fifth_is_tested_on_and_at_most_a_fifth_of_the_others_validates(int count, int asked, int train, int validation)
    {
        var split = Split.Fifths(count, asked, seed: 3);
        Assert.Equal((train, validation, count / 5), (split.Train.Length, split.Validation.Length, split.Test.Length));
        Assert.Equal(Enumerable.Range(0, count), split.Train.Concat(split.Validation).Concat(split.Test).Order());
        Assert.Equal(Split.Fifths(count, 0, seed: 3).Test, split.Test);
        Assert.NotEqual(Split.Fifths(count, 0, seed: 4).Test, split.Test);
        Assert.All([split.Train, split.Validation, split.Test], list => Assert.Equal(list.Order(), list));
    }

    [Fact]
    public void Too_few_images_are_named()
    {
        Fails("24 images are too few to split; at least 25", () => Split.BySeed(24, 0));
        Fails("24 images are too few to split; at least 25", () => Split.Fifths(24, 0, 0));
    }
}
