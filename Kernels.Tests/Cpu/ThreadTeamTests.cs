using FcnFromScratch.Engine.Devices.Cpu;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Cpu;

public class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_part_of_many_short_jobs_runs_once(int threads)
    {
        using var team = new ThreadTeam(threads);
        var runs = new int[17];
        Action<int> part = i => Interlocked.Increment(ref runs[i]);
        for (int job = 0; job < 5000; job++)
        {
            int parts = job % runs.Length + 1;
            Array.Clear(runs);
            team.Run(parts, part);
            Assert.All(runs.Select((count, i) => (count, i)), run => Assert.Equal(run.i < parts ? 1 : 0, run.count));
        }
    }

    [Fact]
    public void The_callers_thread_and_the_workers_share_a_job()
    {
        using var team = new ThreadTeam(3);
        using var meeting = new Barrier(3);
        team.Run(3, _ => Assert.True(meeting.SignalAndWait(TimeSpan.FromSeconds(30)), "three threads did not meet"));
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_next_job_runs()
    {
        using var team = new ThreadTeam(2);
        var failure = Assert.Throws<InvalidOperationException>(() => team.Run(100, i =>
        {
            if (i == 3) throw new InvalidOperationException("part 3");
        }));
        Assert.Equal("part 3", failure.Message);
        int done = 0;
        team.Run(100, _ => Interlocked.Increment(ref done));
        Assert.Equal(100, done);
    }
}
