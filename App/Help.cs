using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>The help of a command: what the parser knows of it, then examples.</summary>
internal sealed class Help : SynchronousCommandLineAction
{
    /// <summary>By command: what to type, and what it does. The tests parse each.</summary>
    internal static readonly IReadOnlyDictionary<string, (string Line, string Does)[]> Examples = new Dictionary<string, (string, string)[]>
    {
        ["fcn"] =
        [
            ("fcn train", "train on procedural digits: no download"),
            ("fcn val --weights runs/segment/fcn8-fine/weights/best.safetensors", "measure what it learnt"),
            ("fcn kernels show MaxPool2dKernels.Forward --target cuda", "read a kernel as the GPU's compiler gets it"),
            ("fcn help kernels", "the help of a command"),
        ],
        ["fcn train"] =
        [
            ("fcn train", "the best network on procedural digits, for as many epochs as the device does in minutes"),
            ("fcn train --model fcn8 --data DIR --epochs 10", "FCN-8 with its coarse decoder on the M2NIST in DIR"),
            ("fcn train --data DIR --epochs 40 --augment 0.5", "the best recipe known: half of the images composed anew in every epoch"),
            ("fcn train --device opencl:0 --epochs 3 --name try", "elsewhere, shorter, into runs/segment/try"),
        ],
        ["fcn train segment"] = [("fcn train segment --model fcn8-slim --epochs 5", "the smallest network, for five epochs")],
        ["fcn resume"] =
        [
            ("fcn resume runs/segment/fcn8-fine", "go on where a run was stopped or killed"),
            ("fcn resume runs/segment/fcn8-fine --extend 5", "five more epochs for a run that is complete"),
        ],
        ["fcn predict"] =
        [
            ("fcn predict photo.png --weights W.safetensors --out seen.png", "the digits in a picture of any size, and the picture with them coloured"),
            ("fcn predict pictures.npy --weights W.safetensors --logits L.npy", "an array of pictures, and the network's raw output"),
        ],
        ["fcn data"] = [("fcn data info", "what the procedural digits are"), ("fcn data make m2nist --out DIR", "a new set of 5000 images")],
        ["fcn data info"] = [("fcn data info --data DIR", "what is in a folder, and whether it is sound")],
        ["fcn data index"] = [("fcn data index --data DIR", "find which MNIST digits M2NIST's images are made of")],
        ["fcn data make"] = [("fcn data make m2nist --out DIR --count 1000", "1000 images, with their masks and digits")],
        ["fcn data make m2nist"] = [("fcn data make m2nist --out DIR --digits procedural --seed 7", "another set, from our own digits")],
        ["fcn data get"] = [("fcn data get mnist --out DIR", "MNIST, from a public mirror, checked by SHA-256")],
        ["fcn data get mnist"] = [("fcn data get mnist --out DIR", "into DIR/mnist")],
        ["fcn data get m2nist"] = [("fcn data get m2nist --out DIR", "into DIR/m2nist")],
        ["fcn val"] =
        [
            ("fcn val --weights W.safetensors", "IoU and Dice by class on the test images"),
            ("fcn val --weights W.safetensors --data DIR --part validation --json", "on real data, for a script"),
        ],
        ["fcn summary"] =
        [
            ("fcn summary", "the default network, layer by layer"),
            ("fcn summary --model fcn8 --device opencl:0", "which kernel each layer takes on another device"),
            ("fcn summary --quiet", "the totals only"),
        ],
        ["fcn devices"] = [("fcn devices", "a line for each device"), ("fcn devices --json", "for a script")],
        ["fcn kernels"] = [("fcn kernels list", "names and places"), ("fcn kernels show Conv2dKernels.NaiveForward", "the OpenCL C it became")],
        ["fcn kernels list"] = [("fcn kernels list", "name, form, place, what it uses"), ("fcn kernels list --quiet", "names only")],
        ["fcn kernels show"] =
        [
            ("fcn kernels show Conv2dKernels.NaiveForward", "OpenCL C"),
            ("fcn kernels show ForwardTiled --target cuda", "CUDA C; the class may be left out where one class has the method"),
        ],
        ["fcn check"] =
        [
            ("fcn check --device cpu", "every kernel and every gradient"),
            ("fcn check --filter max_pool2d --device emulator", "one op, with every access checked"),
            ("fcn check --device opencl:0 --quiet", "failures and the count only"),
        ],
        ["fcn bench"] =
        [
            ("fcn bench --filter softmax", "one op on the device that training would take"),
            ("fcn bench --filter conv2d --all-versions --markdown", "what each version gains over the naive one"),
            ("fcn bench --model fcn8 --batch 32", "whole training and inference steps"),
            ("fcn bench --update docs/ops/softmax.md", "measure again the tables of a page"),
        ],
    };

    private static readonly HelpAction s_help = new();

    /// <summary>Replaces the help and the version that the parser brings.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Options.OfType<HelpOption>().Single().Action = new Help();
        root.Options.OfType<VersionOption>().Single().Action = new Version();
        root.Subcommands.Add(new Command("help", "Print the help of a command, as 'fcn X --help' does."));
    }

    /// <summary>The words that call a command: <c>fcn kernels show</c>.</summary>
    public static string Path(Command command) =>
        command is RootCommand ? "fcn" : $"{Path(command.Parents.OfType<Command>().First())} {command.Name}";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        Print(parsed, parsed.InvocationConfiguration.Output);
        return ExitCode.Ok;
    }

    /// <summary>The help of the command that was called.</summary>
    public static void Print(ParseResult parsed, TextWriter output)
    {
        parsed.InvocationConfiguration.Output = output;
        s_help.Invoke(parsed);
        if (!Examples.TryGetValue(Path(parsed.CommandResult.Command), out var examples)) return;
        int width = examples.Max(e => e.Line.Length);
        output.WriteLine("Examples:");
        foreach (var (line, does) in examples) output.WriteLine($"  {line.PadRight(width)}  {does}");
    }

    /// <summary><c>fcn --version</c>.</summary>
    private sealed class Version : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parsed)
        {
            string[] parts = SegmentationRun.Version.Split('+');
            parsed.InvocationConfiguration.Output.WriteLine(parts.Length > 1 ? $"fcn {parts[0]}, commit {parts[1]}" : $"fcn {parts[0]}");
            return ExitCode.Ok;
        }
    }
}
