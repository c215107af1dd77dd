using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Export;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn export</c>: trained weights for other programs, as ONNX or for PyTorch.</summary>
internal static class ExportCommand
{
    private static readonly TextParameter Format = new("format", "onnx: one file with network and weights; torch: weights by PyTorch's names, and a script")
    {
        Default = "onnx", Words = ["onnx", "torch"],
    };

    private static readonly TextParameter Out = new("out", "the file: X.onnx, or X.safetensors, beside which X.py comes to lie");

    private static readonly SwitchParameter Fold = new("fold", "fold batch norm into the convolutions before it, where that changes nothing but rounding");

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var model = CommonParameters.Model(tasks, "the network, if the file does not say");
        var command = new ExampleCommand("export", "Write trained weights for other programs.",
            ("fcn export --weights W.safetensors --out W.onnx", "the network with its weights, for any program that runs ONNX"),
            ("fcn export --weights GRID.safetensors --fold --out GRID.onnx", "with batch norm folded into the convolutions"),
            ("fcn export --weights CNN.safetensors --format torch --out torch.safetensors", "for PyTorch, and torch.py, which loads it"));
        var options = new Options(
            command, [CommonParameters.Weights, model, Format, Out, Fold, CommonParameters.Json, Parameters.Device, Parameters.Threads], Out.Name);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            string path = given.Get(Out), ending = given.Get(Format) == "onnx" ? ".onnx" : ".safetensors";
            if (!path.EndsWith(ending, StringComparison.Ordinal) && !InputFile.IsPassing(path))
                throw new UsageException($"'{path}' would be written as {ending}; let its name end so");
            string weightsFile = given.WeightsFile(model, tasks);
            if (InputFile.RealPath(path) == InputFile.RealPath(weightsFile)) throw new UsageException($"'{path}' would be overwritten; name another");
            using var device = given.OpenDevice();
            using var weights = given.OpenWeights(weightsFile, model, device, tasks);
            var network = TrainedNetwork.Of(weights);
            IReadOnlyList<string> kept = [];
            int norms = network.Norms;
            if (given.Get(Fold)) (network, kept) = Folding.Apply(network);
            bool isFolded = network.Norms < norms;
            var json = new JsonObject { ["file"] = path, ["model"] = weights.Model.Name, ["format"] = given.Get(Format), ["norms_kept"] = Json.Array(kept) };
            string[] lines = given.Get(Format) == "onnx" ? Onnx(path, network, weights, isFolded, json) : Torch(path, network, weights, json);
            if (given.Get(CommonParameters.Json)) JsonOutput.Print(json);
            else
            {
                foreach (string line in lines) Console.WriteLine(line);
                if (kept.Count > 0) Console.WriteLine($"batch norm that stays, since nothing before it can take it: {string.Join(", ", kept)}");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static string[] Onnx(string path, TrainedNetwork network, Weights weights, bool isFolded, JsonObject json)
    {
        var file = OnnxFile.Of(path, network, Metadata.Of(weights, isFolded));
        double difference = LogitCheck.Difference(weights, file);
        if (!(difference <= LogitCheck.Limit))
            throw new EngineException(Invariant($"'{path}' is not written: its logits differ from those of the weights by {difference:g3}; the limit is ")
                + Invariant($"{LogitCheck.Limit}. Leave --fold out, or report this with the weights"));
        file.Save(path);
        json["bytes"] = file.Bytes;
        json["opset"] = file.Opset;
        json["ops"] = new JsonObject(file.Ops.Select(op => KeyValuePair.Create(op.Op, (JsonNode?)op.Count)));
        json["difference"] = difference;
        return
        [
            Invariant($"{ForeignText.Name(path)}: {file.Bytes:N0} bytes, opset {file.Opset}, ")
                + string.Join(", ", file.Ops.Select(op => $"{op.Count} {op.Op}")),
            Invariant($"read back, it gives the same logits for {LogitCheck.Pictures} pictures; the largest difference is {difference:g3}"),
        ];
    }

    private static string[] Torch(string path, TrainedNetwork network, Weights weights, JsonObject json)
    {
        var file = new TorchFile(network, Metadata.Of(weights, isFolded: false));
        string script = Path.ChangeExtension(path, ".py");
        if (!TorchFile.MayWrite(script))
            throw new UsageException($"'{script}' is there already, and no script that this command wrote; name another {Out.Flag}");
        file.Save(path, script);
        (json["script"], json["tensors"]) = (script, file.Tensors);
        return [Invariant($"{ForeignText.Name(path)}: {file.Tensors} tensors; {ForeignText.Name(script)} builds the network in PyTorch and loads them")];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
