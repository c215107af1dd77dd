using System.Diagnostics;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine;

/// <summary>How long something took, many times over.</summary>
/// <param name="Seconds">Of each time, shortest first; one or more.</param>
public sealed record Timing(IReadOnlyList<double> Seconds)
{
    private const int WarmUps = 3, Fewest = 5;

    /// <summary>The time that a fifth of the measurements stay below, in seconds.</summary>
    public double P20 => Seconds[Seconds.Count / 5];

    /// <summary>In seconds.</summary>
    public double Median => Seconds[Seconds.Count / 2];

    /// <summary>The time that four fifths of the measurements stay below, in seconds.</summary>
    public double P80 => Seconds[Seconds.Count * 4 / 5];

    /// <summary>
    /// Times <paramref name="once"/> for <paramref name="seconds"/>, five times at least, after three times that do not count.
    /// The device's queue is drained after each.
    /// </summary>
    public static Timing Measure(Action once, Device device, double seconds)
    {
        double Time()
        {
            long start = Stopwatch.GetTimestamp();
            once();
            device.Synchronize();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        for (int i = 0; i < WarmUps; i++) Time();
        var times = new List<double>();
        for (long begin = Stopwatch.GetTimestamp(); times.Count < Fewest || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds;) times.Add(Time());
        times.Sort();
        return new Timing(times);
    }
}
