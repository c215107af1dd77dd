using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn summary</c>: the layers of a network with shapes, parameters, multiply-adds, memory and the kernel version in use.</summary>
internal static class SummaryCommand
{
    private sealed record Layer(string Name, string Op, Shape Output, long Parameters, long MultiplyAdds, long Bytes, string Kernel);

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var name = CommonParameters.Model(tasks, "the network") with { Default = tasks[0].Models[0].Name };
        var quiet = CommonParameters.Quiet with { Help = "print the totals only" };
        var command = new ExampleCommand("summary", "Print a network layer by layer.",
            ("fcn summary", "the default network, layer by layer"),
            ("fcn summary --model fcn8 --device opencl:0", "which kernel each layer takes on another device"),
            ("fcn summary --quiet", "the totals only"));
        var options = new Options(command, [name, Parameters.Device, Parameters.Threads, quiet, CommonParameters.Json]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            using var device = given.OpenDevice();
            var (task, model) = tasks.FindModel(given.Get(name));
            // As trained, for one picture: dropout and the batch's own moments included.
            var (graph, image, output) = model.Network(batch: 1, training: true, task.Settings);
            Fusion.Apply(graph, [output]);
            Layer[] layers = [.. graph.Nodes.Select(node =>
            {
                TensorSpec[] inputs = [.. node.Inputs.Select(i => i.Spec)];
                long parameters = node.Inputs.Where(i => i.Role is TensorRole.Parameter or TensorRole.State).Sum(i => i.Shape.Count);
                string kernel = node.Op.Versions(device, inputs)[0];
                return new Layer(node.Name, node.Op.Name, node.Output.Shape, parameters, node.Op.MultiplyAdds(inputs), node.Output.Spec.Bytes, kernel);
            })];
            long adds = layers.Sum(l => l.MultiplyAdds), bytes = layers.Sum(l => l.Bytes);
            long total = graph.Variables.Sum(v => v.Shape.Count), trainable = graph.Parameters.Sum(v => v.Shape.Count);
            if (given.Get(CommonParameters.Json))
            {
                JsonOutput.Print(new JsonObject
                {
                    ["model"] = model.Name,
                    ["description"] = model.Description,
                    ["device"] = device.Name,
                    ["input"] = Sizes(image.Shape),
                    ["parameters"] = total,
                    ["trainable"] = trainable,
                    ["multiply_adds"] = adds,
                    ["activation_bytes"] = bytes,
                    ["layers"] = Json.Array(layers.Select(l => new JsonObject
                    {
                        ["name"] = l.Name,
                        ["op"] = l.Op,
                        ["output"] = Sizes(l.Output),
                        ["parameters"] = l.Parameters,
                        ["multiply_adds"] = l.MultiplyAdds,
                        ["activation_bytes"] = l.Bytes,
                        ["kernel"] = l.Kernel,
                    })),
                });
                return ExitCode.Ok;
            }
            Console.WriteLine($"{model.Name}: {model.Description}");
            Console.WriteLine($"input {image.Shape}, device {device}");
            if (!given.Get(quiet))
            {
                Console.WriteLine($"{"layer",-16} {"op",-18} {"output",-18} {"parameters",12} {"multiply-adds",14} {"activations",12}  kernel");
                foreach (var l in layers)
                    Console.WriteLine(Invariant(
                        $"{l.Name,-16} {l.Op,-18} {l.Output,-18} {l.Parameters,12:N0} {l.MultiplyAdds,14:N0} {l.Bytes / 1024.0,9:N1} KB  {l.Kernel}"));
            }
            Console.WriteLine(Invariant($"parameters: {total:N0} in all, {trainable:N0} trainable, {total - trainable:N0} moving statistics"));
            Console.WriteLine(Invariant($"one picture forward: {adds:N0} multiply-adds, {bytes / 1048576.0:N2} MB of activations"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static JsonArray Sizes(Shape shape) => Json.Array(shape.Sizes.ToArray());

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
