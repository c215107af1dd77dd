using System.Diagnostics;
using System.Globalization;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Bench;

/// <summary>
/// How close the procedural digits are to handwriting: a small CNN is trained on them alone and reads MNIST's 10,000 test images.
/// <c>dotnet run -c Release --project Bench -- handwriting --data DIR</c>
/// </summary>
internal static class Handwriting
{
    private const string Usage = """
        usage: handwriting [--data DIR] [--seeds N] [--steps N] [--device NAME]
          --data DIR     folder with MNIST's idx files (or mnist/ in it); default: FCN_DATA
          --seeds N      networks to train, with seeds 1 … N; default 1, at most 100
          --steps N      training steps of 64 digits each; default 4500, at most 1000000
          --device NAME  default cpu
        """;

    /// <returns>0, or 1 when the data or the device fail, or 2 for arguments that cannot be used.</returns>
    public static int Run(string[] arguments)
    {
        string? data = Environment.GetEnvironmentVariable("FCN_DATA");
        string name = "cpu";
        int seeds = 1, steps = 4500;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--data" when value.Length > 0: data = value; break;
                case "--device" when value.Length > 0: name = value; break;
                case "--seeds" when TryRead(value, 100, out seeds): break;
                case "--steps" when TryRead(value, 1_000_000, out steps): break;
                default: return Fail(2, $"'{arguments[i]} {value}' cannot be used\n{Usage}");
            }
        }
        if (string.IsNullOrEmpty(data)) return Fail(2, $"there is no MNIST to read: name its folder by --data DIR or FCN_DATA\n{Usage}");
        try
        {
            var test = MnistData.Load(data).Test;
            using var device = DeviceList.Open(name);
            Console.WriteLine($"trained on procedural digits alone ({steps} steps of {DigitReader.Batch}), read: {test.Name}, {test.Count} images; "
                + $"{device.Name}, {device.Description}");
            var accuracies = new double[seeds];
            for (int seed = 1; seed <= seeds; seed++) accuracies[seed - 1] = Measure(device, test, steps, (ulong)seed);
            if (seeds > 1)
                Console.WriteLine($"mean of {seeds} seeds: {accuracies.Average():P2}, from {accuracies.Min():P2} to {accuracies.Max():P2}");
            return 0;
        }
        catch (Exception e) when (e is DataException or EngineException)
        {
            return Fail(1, e.Message);
        }
    }

    private static double Measure(Device device, DigitImages test, int steps, ulong seed)
    {
        using var reader = new DigitReader(device, seed);
        var clock = Stopwatch.StartNew();
        reader.Train(ProceduralDigits.Source, steps, seed);
        double seconds = clock.Elapsed.TotalSeconds;
        var confusion = new int[10, 10];
        byte[] read = reader.Read(test);
        for (int i = 0; i < test.Count; i++) confusion[test.Labels[i], read[i]]++;
        double accuracy = Enumerable.Range(0, 10).Sum(digit => confusion[digit, digit]) / (double)test.Count;
        var worst =
            from truth in Enumerable.Range(0, 10)
            from answer in Enumerable.Range(0, 10)
            where truth != answer && confusion[truth, answer] > 0
            orderby confusion[truth, answer] descending
            select $"{truth} as {answer}: {confusion[truth, answer]}";
        double error = Math.Sqrt(accuracy * (1 - accuracy) / test.Count);
        Console.WriteLine($"seed {seed}: accuracy {accuracy:P2} ± {error:P2} in {seconds:f0} s ({steps * DigitReader.Batch / seconds:f0} digits/s); "
            + $"misread most: {string.Join(", ", worst.Take(6))}");
        return accuracy;
    }

    internal static bool TryRead(string text, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= most;

    internal static int Fail(int code, string message)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
