using System.Diagnostics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using static FcnFromScratch.Bench.Handwriting;

namespace FcnFromScratch.Bench;

/// <summary>
/// Reads MNIST's 10,000 test digits by their nearest neighbours among 60,000, in turn with scikit-learn's brute force.
/// <c>dotnet run -c Release --project Bench -- neighbours --data DIR --peer Bench/peers/neighbours.py</c>
/// </summary>
internal static class Neighbours
{
    private const int K = 3, Classes = 10;

    private const string Usage = """
        usage: neighbours [--data DIR] [--rounds N] [--threads N] [--device NAME] [--peer SCRIPT]
          --data DIR     folder with MNIST's idx files (or mnist/ in it); default: FCN_DATA
          --rounds N     default 3, at most 100
          --threads N    of the cpu device and the peer; default 2, at most 1024
          --device NAME  default cpu
          --peer SCRIPT  run by /usr/bin/python3 after each round
        """;

    /// <returns>0, or 1 when the data, the device or the peer fail, or 2 for arguments that cannot be used.</returns>
    public static int Run(string[] arguments)
    {
        string? data = Environment.GetEnvironmentVariable("FCN_DATA"), peer = null;
        string name = "cpu";
        int rounds = 3, threads = 2;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--data" when value.Length > 0: data = value; break;
                case "--device" when value.Length > 0: name = value; break;
                case "--peer" when File.Exists(value): peer = value; break;
                case "--rounds" when TryRead(value, 100, out rounds): break;
                case "--threads" when TryRead(value, 1024, out threads): break;
                default: return Fail(2, $"'{arguments[i]} {value}' cannot be used\n{Usage}");
            }
        }
        if (string.IsNullOrEmpty(data)) return Fail(2, $"there is no MNIST to read: name its folder by --data DIR or FCN_DATA\n{Usage}");
        try
        {
            var (train, test) = MnistData.Load(data);
            using var device = DeviceList.Open(name, threads);
            var graph = new Graph(training: false);
            var queries = graph.Input("queries", new Shape(test.Count, DigitImages.Area));
            var samples = graph.Input("samples", new Shape(train.Count, DigitImages.Area));
            var labels = graph.Input("labels", new Shape(train.Count));
            var scores = graph.Apply(new KNearest(K, Classes, TieRule.Smallest), "scores", queries, samples, labels);
            using var variables = new VariableStore(device, graph, seed: 1);
            using var compiled = new CompiledGraph(graph, variables, [scores]);
            compiled.Upload<float>(queries, Array.ConvertAll(test.Images, pixel => pixel - 128f));
            compiled.Upload<float>(samples, Array.ConvertAll(train.Images, pixel => pixel - 128f));
            compiled.Upload<float>(labels, Array.ConvertAll(train.Labels, label => (float)label));
            device.Synchronize();
            for (int round = 1; round <= rounds; round++)
            {
                var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                compiled.Run();
                float[][] found = [.. compiled.Download<float>(scores).Chunk(Classes)];
                double seconds = clock.Elapsed.TotalSeconds, cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
                int right = found.Zip(test.Labels).Count(n => Array.IndexOf(n.First, n.First.Max()) == n.Second);
                Console.WriteLine($"round {round}: {seconds:f2} s, {cpuSeconds:f2} s of processors, {right} of {test.Count} right; {device.Name}, "
                    + device.Description);
                if (peer is not null && !RunPeer(peer, data, threads)) return Fail(1, $"'{peer}' failed");
            }
            return 0;
        }
        catch (Exception e) when (e is DataException or EngineException)
        {
            return Fail(1, e.Message);
        }
    }

    private static bool RunPeer(string script, string data, int threads)
    {
        using var process = Process.Start("/usr/bin/python3", [script, "--data", data, "--threads", $"{threads}", "--k", $"{K}"]);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
