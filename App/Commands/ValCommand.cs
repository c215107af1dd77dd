using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn val</c>: the figures of trained weights on a part of a data set.</summary>
public static class ValCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var weights = new Option<string>("--weights") { Description = "safetensors file", Required = true };
        var model = CommandLine.Choice("--model", null, [.. Models.All.Select(m => m.Name)], "the network, if the file does not say");
        var part = CommandLine.Choice("--part", "test", ["train", "validation", "test", "all"], "which images");
        var json = JsonOutput.Option();
        var command = new Command("val", "Measure trained weights: IoU and Dice by class.")
        {
            weights, model, common.Data, common.Split, part, common.Batch, common.Seed, common.Device, common.Threads, json,
        };
        command.SetAction(parsed =>
        {
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            var (found, variables) = CommonOptions.OpenWeights(parsed.GetValue(weights)!, parsed.GetValue(model), device);
            using var _ = variables;
            var (data, source) = CommonOptions.OpenData(CommonOptions.DataFolder(parsed.GetValue(common.Data)));
            var split = CommonOptions.OpenSplit(parsed.GetValue(common.Split)!, data.Count, parsed.GetValue(common.Seed));
            int[] indices = parsed.GetValue(part) switch
            {
                "train" => split.Train,
                "validation" => split.Validation,
                "test" => split.Test,
                _ => [.. Enumerable.Range(0, data.Count)],
            };
            using var network = new SegmentationNetwork(found, variables, Math.Min(parsed.GetValue(common.Batch), indices.Length));
            var (metrics, loss) = network.Evaluate(new DataSource(data, indices), byImage: true);
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject
                {
                    ["version"] = SegmentationRun.Version,
                    ["model"] = found.Name,
                    ["weights"] = parsed.GetValue(weights),
                    ["dataset"] = data.Name,
                    ["part"] = parsed.GetValue(part),
                    ["device"] = device.Name,
                    ["result"] = metrics.ToJson(indices.Length, loss),
                });
            else
                ResultTable.Print(metrics, FormattableString.Invariant($"{found.Name} on {source}, {parsed.GetValue(part)}: {indices.Length} images, loss {loss:F4}"));
            return ExitCode.Ok;
        });
        return command;
    }
}
