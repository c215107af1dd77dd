using System.Diagnostics;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

/// <summary>What the samples have in common: a device by its name, a clock, and mistakes told in a line.</summary>
static class Sample
{
    /// <param name="args">A device, as in <c>opencl:0</c>, and a file for the picture; both can be left out.</param>
    /// <param name="draw">Makes the picture at that path, and says what it did.</param>
    public static int Run(string[] args, string picture, Func<Device, string, string> draw)
    {
        try
        {
            using var device = DeviceList.Open(args.ElementAtOrDefault(0) ?? "auto");
            string path = args.ElementAtOrDefault(1) ?? picture;
            Console.WriteLine($"{device.Name} ({device.Description}): {draw(device, path)}; {path}");
            return 0;
        }
        catch (Exception e) when (e is EngineException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    /// <summary>Milliseconds that the device takes to do it, the least of a few times: the first compiles.</summary>
    public static double Milliseconds(Device device, CommandList commands)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            commands.Run();
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return best;
    }
}
