using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FcnFromScratch.App.Serve;

/// <summary>Counts and times, as Prometheus reads them (text exposition format 0.0.4).</summary>
internal sealed class Meter
{
    // Milliseconds; a stroke's answer should come within 50.
    private static readonly double[] s_bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];

    private readonly Dictionary<int, long> _requests = [];
    private readonly SortedDictionary<string, Times> _predictions = new(StringComparer.Ordinal);
    private readonly long _start = Stopwatch.GetTimestamp();

    private sealed class Times
    {
        public long[] Within { get; } = new long[s_bounds.Length];
        public long Count { get; set; }
        public double All { get; set; }
        public double Network { get; set; }
    }

    public void Request(int status)
    {
        lock (_requests) _requests[status] = _requests.GetValueOrDefault(status) + 1;
    }

    /// <param name="all">Milliseconds from the request's start to its answer.</param>
    /// <param name="network">Milliseconds of it that were the network's, its share of a batch.</param>
    public void Predicted(ShelvedWeights weights, double all, double network)
    {
        lock (_predictions)
        {
            if (!_predictions.TryGetValue(weights.Id, out var times)) _predictions[weights.Id] = times = new();
            times.Count++;
            times.All += all;
            times.Network += network;
            for (int i = 0; i < s_bounds.Length; i++)
                if (all <= s_bounds[i]) times.Within[i]++;
        }
    }

    public string ToText(int waiting)
    {
        var text = new StringBuilder();
        Family("fcn_uptime_seconds", "gauge", "since the server's start", ("", Stopwatch.GetElapsedTime(_start).TotalSeconds));
        Family("fcn_device_queue", "gauge", "requests that wait for the device", ("", waiting));
        Family("fcn_managed_bytes", "gauge", "memory of the managed heap", ("", GC.GetTotalMemory(false)));
        lock (_requests)
            Family("fcn_requests_total", "counter", "answers by status",
                [.. _requests.OrderBy(r => r.Key).Select(r => ($"{{status=\"{r.Key}\"}}", (double)r.Value))]);
        lock (_predictions)
        {
            Family("fcn_network_milliseconds_total", "counter", "time of the device in predictions",
                [.. _predictions.Select(p => ($"{{model=\"{Label(p.Key)}\"}}", p.Value.Network))]);
            Head("fcn_prediction_milliseconds", "histogram", "from a prediction's request to its answer");
            foreach (var (model, times) in _predictions)
            {
                foreach (var (i, bound) in s_bounds.Index())
                    Line("fcn_prediction_milliseconds_bucket", $"{{model=\"{Label(model)}\",le=\"{bound}\"}}", times.Within[i]);
                Line("fcn_prediction_milliseconds_bucket", $"{{model=\"{Label(model)}\",le=\"+Inf\"}}", times.Count);
                Line("fcn_prediction_milliseconds_sum", $"{{model=\"{Label(model)}\"}}", times.All);
                Line("fcn_prediction_milliseconds_count", $"{{model=\"{Label(model)}\"}}", times.Count);
            }
        }
        return text.ToString();

        void Family(string name, string type, string help, params (string Labels, double Value)[] values)
        {
            Head(name, type, help);
            foreach (var (labels, value) in values) Line(name, labels, value);
        }

        void Head(string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
        void Line(string name, string labels, double value) => text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
    }

    private static string Label(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
