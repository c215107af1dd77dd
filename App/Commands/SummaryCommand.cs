using System.CommandLine;
using System.Globalization;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn summary</c>: the layers of a network with shapes, parameters, multiply-adds, memory and the kernel version in use.</summary>
public static class SummaryCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var command = new Command("summary", "Print a network layer by layer.") { common.Model, common.Device, common.Threads };
        command.SetAction(parsed =>
        {
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            var model = Models.Find(parsed.GetValue(common.Model)!);
            // As trained, for one picture: dropout and the batch's own moments included.
            var (graph, image, logits) = model.Network(batch: 1, training: true);
            Fusion.Apply(graph, [logits]);
            Console.WriteLine($"{model.Name}: {model.Description}");
            Console.WriteLine($"input {image.Shape}, device {device}");
            Console.WriteLine($"{"layer",-16} {"op",-18} {"output",-18} {"parameters",12} {"multiply-adds",14} {"activations",12}  kernel");
            long adds = 0, bytes = 0;
            foreach (var node in graph.Nodes)
            {
                TensorSpec[] inputs = [.. node.Inputs.Select(i => i.Spec)];
                long parameters = node.Inputs.Where(i => i.Role is TensorRole.Parameter or TensorRole.State).Sum(i => i.Shape.Count);
                long nodeAdds = node.Op.MultiplyAdds(inputs), nodeBytes = node.Output.Spec.Bytes;
                (adds, bytes) = (adds + nodeAdds, bytes + nodeBytes);
                Console.WriteLine(Invariant(
                    $"{node.Name,-16} {node.Op.Name,-18} {node.Output.Shape,-18} {parameters,12:N0} {nodeAdds,14:N0} {nodeBytes / 1024.0,9:N1} KB  {node.Op.Versions(device, inputs)[0]}"));
            }
            long total = graph.Variables.Sum(v => v.Shape.Count), trainable = graph.Parameters.Sum(v => v.Shape.Count);
            Console.WriteLine(Invariant($"parameters: {total:N0} in all, {trainable:N0} trainable, {total - trainable:N0} moving statistics"));
            Console.WriteLine(Invariant($"one picture forward: {adds:N0} multiply-adds, {bytes / 1048576.0:N2} MB of activations"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
