using System.Reflection;
using System.Text.RegularExpressions;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>docs/training.md follows a batch and a learning rate through members of the code: they are there, and the name that walks is in each.</summary>
public sealed partial class TrainingPageTests
{
    private static readonly Assembly[] s_product =
        [typeof(Trainer).Assembly, typeof(Batch).Assembly, typeof(CompiledGraph).Assembly];

    public static TheoryData<string> Steps() =>
        [.. Step().Matches(Page.At("docs/training.md").Text).Select(m => m.Groups["member"].Value).Distinct()];

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_station_of_the_walk_is_a_member_of_the_code(string member)
    {
        string[] names = member.Split('.');
        const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        var types = s_product.SelectMany(a => a.GetTypes()).Where(t => t.Name == names[0]);
        Assert.Contains(types, type => type.GetMember(names[1], any).Length > 0);
    }

    /// <summary>From the schedule down to the optimizer every method that takes a learning rate calls it that.</summary>
    [Fact]
    public void A_learning_rate_keeps_its_name()
    {
        (Type Type, string Method)[] way =
        [
            (typeof(TrainingStep), nameof(TrainingStep.Run)), (typeof(TrainingStep), nameof(TrainingStep.Feed)),
            (typeof(CompiledGraph), nameof(CompiledGraph.BeginStep)), (typeof(IOptimizer), nameof(IOptimizer.Rates)),
        ];
        foreach (var (type, method) in way)
            Assert.Contains(type.GetMethod(method)!.GetParameters(), p => p.Name == "learningRate" && p.ParameterType == typeof(double));
        Assert.Equal(typeof(double), typeof(Schedule).GetMethod(nameof(Schedule.LearningRate))!.ReturnType);
        Assert.Contains(typeof(StepResult).GetProperties(), p => p.Name == "LearningRate");
        Assert.Contains(typeof(EpochResult).GetProperties(), p => p.Name == "LearningRate");
        Assert.Equal("lr", Parameters.LearningRate.Name);
    }

    /// <summary>And a batch is a batch wherever it is handed on.</summary>
    [Fact]
    public void A_batch_keeps_its_name()
    {
        foreach (string method in new[] { nameof(TrainingStep.Run), nameof(TrainingStep.Feed), nameof(TrainingStep.Upload) })
            Assert.Contains(typeof(TrainingStep).GetMethod(method)!.GetParameters(), p => p.Name == "batch" && p.ParameterType == typeof(Batch));
        Assert.Equal(typeof(Batch), typeof(BatchLoader).GetMethod(nameof(BatchLoader.Next))!.ReturnType);
    }

    [GeneratedRegex(@"^\| \d \| `(?<member>\w+\.\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Step();
}
