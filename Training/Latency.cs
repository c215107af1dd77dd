using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>How long pictures take to be read, from their pixels to what <c>fcn predict</c> tells of them.</summary>
internal static class Latency
{
    /// <returns>Seconds for one picture of so many that come at once; the median over <paramref name="seconds"/>, five times at least.</returns>
    public static double Of(ITask task, Model model, NetworkSettings settings, VariableStore variables, ISampleSource samples, int batch, double seconds)
    {
        var read = new Batch(samples.Spec, batch);
        read.Read(samples, 0, [.. Enumerable.Range(0, batch).Select(i => i % samples.Count)]);
        InputPicture[] pictures =
            [.. Enumerable.Range(0, batch).Select(n => InputPicture.Of($"{n}", samples.Spec.Height, samples.Spec.Width, read.PixelsOf(n).ToArray()))];
        using var predictor = task.Predictor(model, settings, variables, new Arguments(task));
        return Timing.Measure(() => predictor.Predict(pictures, null), variables.Device, seconds).Median / batch;
    }
}
