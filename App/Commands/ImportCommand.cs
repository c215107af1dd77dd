using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Export;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn import</c>: what is in an ONNX file, its answers, and weights of ours again.</summary>
internal static class ImportCommand
{
    private static readonly TextParameter Input = new("input",
        "run it on this .npy: f32 of the input's shape, or pixels u8 [n, height, width], normalised as the file says");

    private static readonly TextParameter Output = new("output", "write what it gives, f32, to this .npy") { With = "input" };

    private static readonly TextParameter Out = new("out", "write the weights as safetensors, for fcn val, fcn predict and fcn train --init");

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var path = new Argument<string>("X.onnx") { Description = $"a network as ONNX; of its ops {string.Join(", ", OnnxFile.Readable)} are read" };
        var model = CommonParameters.Model(tasks, "the network for --out, if the file does not say");
        var command = new ExampleCommand("import", "Read a network from an ONNX file.",
            ("fcn import NET.onnx", "what is in it"),
            ("fcn import NET.onnx --input pictures.npy --output L.npy", "its logits of an array of pictures"),
            ("fcn import NET.onnx --out again.safetensors", "weights of ours again, if it was exported without --fold")) { path };
        var options = new Options(command, [Input, Output, Out, model, CommonParameters.Json, Parameters.Device, Parameters.Threads]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string name = parsed.GetValue(path)!;
            foreach (var target in new[] { Output, Out })
                if (given.Find(target) is { } written && new[] { name, given.Find(Input) }.Any(read => read is not null && IsSame(read, written)))
                    throw new UsageException($"{target.Flag} '{written}' would overwrite what is read; name another");
            var file = OnnxFile.Read(name);
            var (dims, pixels) = given.Find(Input) is { } array ? NetworkInput.Read(array, file) : (null, null);
            var network = file.Build(_ => dims);
            var json = new JsonObject
            {
                ["file"] = name,
                ["producer"] = file.Producer,
                ["opset"] = file.Opset,
                ["model"] = file.Metadata.GetValueOrDefault(Metadata.ModelKey),
                ["inputs"] = Json.Array(network.Inputs.Select(i => new JsonObject { ["name"] = i.Tensor.Name, ["shape"] = Json.Array(i.Dims) })),
                ["outputs"] = Json.Array(network.Outputs.Select(o => new JsonObject { ["name"] = o.Name, ["shape"] = Json.Array(o.Dims) })),
                ["parameters"] = network.Graph.Variables.Sum(v => v.Shape.Count),
                ["nodes"] = Json.Array(network.Graph.Nodes.Select(n => new JsonObject
                {
                    ["name"] = n.Name, ["op"] = n.Op.Name, ["output"] = Json.Array(n.Output.Shape.Sizes.ToArray()),
                })),
            };
            if (!given.Get(CommonParameters.Json)) Describe(file, network);
            if (pixels is not null)
            {
                using var device = given.OpenDevice();
                float[] values = network.Run(device, pixels)[0];
                var output = network.Outputs[0];
                if (values.Any(float.IsNaN))
                    throw new EngineException(
                        $"'{name}' gives values that are no numbers: its own, or those of the input, are beyond what its ops compute with");
                if (given.Find(Output) is { } target) Npy.Write<float>(target, values, output.Dims);
                string range = Invariant($"{output.Name} [{string.Join(",", output.Dims)}]: {values.Min():g5} to {values.Max():g5}");
                if (!given.Get(CommonParameters.Json)) Console.WriteLine(range);
            }
            if (given.Find(Out) is { } weightsFile)
            {
                string wanted = given.Find(model) ?? file.Metadata.GetValueOrDefault(Metadata.ModelKey)
                    ?? throw new UsageException($"'{name}' does not say which model it is of; name it by {model.Flag}");
                using var device = given.OpenDevice();
                ImportedWeights.Save(weightsFile, file, wanted, device, tasks);
                string saved = $"{ForeignText.Name(weightsFile)}: weights of {wanted}, which give the file's own logits";
                if (!given.Get(CommonParameters.Json)) Console.WriteLine(saved);
            }
            if (given.Get(CommonParameters.Json)) JsonOutput.Print(json);
            return ExitCode.Ok;
        });
        return command;
    }

    private static bool IsSame(string a, string b) => InputFile.RealPath(a) == InputFile.RealPath(b);

    private static void Describe(OnnxFile file, ImportedNetwork network)
    {
        string model = file.Metadata.GetValueOrDefault(Metadata.ModelKey) is { } known ? $", model {ForeignText.Name(known)}" : "";
        Console.WriteLine(ForeignText.OneLine($"opset {file.Opset}{(file.Producer.Length > 0 ? $", by {file.Producer}" : "")}{model}"));
        foreach (var input in network.Inputs) Console.WriteLine($"input {ForeignText.Name(input.Tensor.Name)} [{string.Join(",", input.Dims)}]");
        Console.WriteLine($"{"layer",-24} {"op",-18} {"output",-18} {"parameters",12}");
        foreach (var node in network.Graph.Nodes)
        {
            long parameters = node.Inputs.Where(i => i.Role == TensorRole.State).Sum(i => i.Shape.Count);
            Console.WriteLine(Invariant($"{ForeignText.Name(node.Name),-24} {node.Op.Name,-18} {node.Output.Shape,-18} {parameters,12:N0}"));
        }
        foreach (var output in network.Outputs) Console.WriteLine($"output {ForeignText.Name(output.Name)} [{string.Join(",", output.Dims)}]");
        Console.WriteLine(Invariant($"parameters: {network.Graph.Variables.Sum(v => v.Shape.Count):N0} in all"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
