using System.CommandLine;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn predict</c>: what the network sees in an array of pictures.</summary>
public static class PredictCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var input = new Argument<string>("ARRAY.npy") { Description = "pictures [n, height, width], pixels 0 … 255" };
        var weights = new Option<string>("--weights") { Description = "safetensors file", Required = true };
        var model = CommandLine.Text("--model", "the network, if the file does not say");
        var logitsPath = CommandLine.Text("--logits", "write the logits, f32 [n, height, width, 11], to this .npy");
        var classesPath = CommandLine.Text("--out", "write the class of each pixel, u8 [n, height, width], to this .npy");
        var command = new Command("predict", "Label the pixels of pictures.")
        {
            input, weights, model, logitsPath, classesPath, common.Batch, common.Device, common.Threads,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(input)!;
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            using var reader = new NpyReader(path);
            var (found, variables) = CommonOptions.OpenWeights(parsed.GetValue(weights)!, parsed.GetValue(model), device);
            using var _ = variables;
            if (reader.Shape.Count != 3 || reader.Shape[1] != found.Input.Height || reader.Shape[2] != found.Input.Width)
                throw new DataException($"'{path}' has shape {reader.ShapeText}; {found.Name} takes (n, {found.Input.Height}, {found.Input.Width})");
            if (reader.Rows == 0) throw new DataException($"'{path}' holds no pictures");
            float[] pixels = reader.ReadAll<float>();
            for (int i = 0; i < pixels.Length; i++)
            {
                if (!(pixels[i] >= 0 && pixels[i] <= 255)) throw new DataException($"'{path}' holds the value {pixels[i]} at element {i}; pixels are 0 … 255");
                pixels[i] = pixels[i] / 127.5f - 1;
            }

            int count = reader.Rows, area = found.Input.Height * found.Input.Width;
            using var network = new SegmentationNetwork(found, variables, Math.Min(parsed.GetValue(common.Batch), count));
            int classes = network.LogitsShape.Channels;
            var logits = new float[(long)count * area * classes];
            var batch = new float[network.Batch * area];
            for (int first = 0; first < count; first += network.Batch)
            {
                int take = Math.Min(network.Batch, count - first);
                pixels.AsSpan(first * area, take * area).CopyTo(batch);
                network.Logits(batch).AsSpan(0, take * area * classes).CopyTo(logits.AsSpan(first * area * classes));
            }
            if (parsed.GetValue(logitsPath) is { } logitsFile)
                Npy.Write<float>(logitsFile, logits, count, found.Input.Height, found.Input.Width, classes);
            byte[] labels = Classes(logits, classes);
            if (parsed.GetValue(classesPath) is { } classesFile)
                Npy.Write<byte>(classesFile, labels, count, found.Input.Height, found.Input.Width);
            for (int i = 0; i < count; i++) Console.WriteLine($"picture {i}: {Describe(labels.AsSpan(i * area, area), classes)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static byte[] Classes(ReadOnlySpan<float> logits, int classes)
    {
        var labels = new byte[logits.Length / classes];
        for (int i = 0; i < labels.Length; i++)
        {
            var row = logits.Slice(i * classes, classes);
            for (int c = 1; c < classes; c++)
                if (row[c] > row[labels[i]]) labels[i] = (byte)c;
        }
        return labels;
    }

    /// <summary>The digits with their pixels, largest first.</summary>
    private static string Describe(ReadOnlySpan<byte> labels, int classes)
    {
        var counts = new int[classes];
        foreach (byte label in labels) counts[label]++;
        var seen = Enumerable.Range(0, classes - 1).Where(c => counts[c] > 0).OrderByDescending(c => counts[c]).Select(c => $"{c} ({counts[c]} pixels)").ToArray();
        return seen.Length == 0 ? "no digit" : string.Join(", ", seen);
    }
}
