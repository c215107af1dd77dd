using System.CommandLine;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.App;

/// <summary>Options that several commands take, and what they mean.</summary>
public sealed class CommonOptions
{
    /// <summary>Images of the procedural set, and the seed that makes them: as many as M2NIST has.</summary>
    private const int ProceduralImages = 5000, ProceduralSeed = 1;

    public Option<string> Model { get; } =
        CommandLine.Choice("--model", Recipe.Model, [.. Models.All.Select(m => m.Name)], "the network");

    public Option<string> Data { get; } = CommandLine.Text("--data", "folder with real data (m2nist/, mnist/), or a set in one .npz; else FCN_DATA; else procedural digits");
    public Option<string> Split { get; } = CommandLine.Choice("--split", "seed", ["seed", "reference"], "70/10/20 % by the seed, or the references' 80/16/4 %");
    public Option<ulong> Seed { get; } = CommandLine.Ranged("--seed", 0UL, 0UL, ulong.MaxValue, "makes a run repeatable");
    public Option<string> Device { get; } = CommandLine.Text("--device", "auto, cpu, emulator, opencl[:i], cuda[:i]", "auto");
    public Option<int> Threads { get; } = CommandLine.Ranged("--threads", 0, 0, 1024, "threads of the cpu device; 0 takes all cores");
    public Option<int> Batch { get; } = CommandLine.Ranged("--batch", 16, 1, 4096, "images in a step");

    public static Device OpenDevice(string name, int threads)
    {
        try
        {
            return DeviceList.Open(name, threads);
        }
        catch (EngineException e) when (e is not DeviceException)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>The folder that --data or else FCN_DATA names; null for the procedural digits.</summary>
    public static string? DataFolder(string? option) =>
        option ?? (Environment.GetEnvironmentVariable("FCN_DATA") is { Length: > 0 } named ? named : null);

    /// <summary>The data set of a folder, or procedural digits, and where it came from in words.</summary>
    public static (SegmentationData Data, string Source) OpenData(string? folder) => folder is null
        ? (M2nistComposer.Procedural(ProceduralImages, ProceduralSeed), "procedural digits (name real data by --data DIR or FCN_DATA)")
        : (M2nist.Load(folder), $"M2NIST in {folder}");

    /// <summary>Single digits to compose new training images from: none that the validation and test images show.</summary>
    public static IDigitSource OpenDigits(string? folder, SegmentationData data, Split split) => folder is null
        ? ProceduralDigits.Source
        : M2nist.FreeDigits(MnistData.Load(folder), data, split.Validation.Concat(split.Test));

    public static Split OpenSplit(string kind, int count, ulong seed) =>
        kind == "reference" ? FcnFromScratch.Data.Split.Reference(count, seed) : FcnFromScratch.Data.Split.BySeed(count, seed);

    /// <summary>The variables of a trained network, on a device; the model is named by the file unless the user names it.</summary>
    public static (Model Model, VariableStore Variables) OpenWeights(string path, string? model, Device device)
    {
        var metadata = SafetensorsFile.Read(path).Metadata;
        string name = model ?? metadata.GetValueOrDefault("model")
            ?? throw new UsageException($"'{path}' does not say which model it is of; name it by --model");
        var found = Models.Find(name);
        var (graph, _, _) = found.Network(1, training: false);
        var variables = new VariableStore(device, graph, seed: 0);
        FcnFromScratch.Training.Checkpoint.Load(path, variables);
        return (found, variables);
    }
}
