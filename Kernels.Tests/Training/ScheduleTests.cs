using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>The learning rate over the steps, and how many there are.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData("constant", 1, 1.0), InlineData("constant", 100, 1.0)]
    [InlineData("one-cycle", 1, 1 / 25.0), InlineData("one-cycle", 101, 1.0), InlineData("one-cycle", 1001, 1 / 250_000.0)]
    [InlineData("cosine", 1, 0.0), InlineData("cosine", 101, 1.0), InlineData("cosine", 551, 0.5), InlineData("cosine", 1001, 0.0)]
    public void Schedules_pass_their_landmarks(string name, int step, double rate) =>
        Assert.Equal(rate, new Schedule(name, 1, [1001]).LearningRate(step), 9);

    [Theory]
    [InlineData(0, 14), InlineData(10, 10), InlineData(14, 14), InlineData(15, 14), InlineData(1000, 14)]
    public void Steps_end_a_run_before_its_epochs_and_never_after(int steps, int total)
    {
        using var device = new CpuDevice(1);
        Assert.Equal(total, Schedule.Of(SmallRuns.Arguments(device).With(Parameters.Steps, steps), 7).TotalSteps);
    }
}
