using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FcnFromScratch.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>All that <c>fcn train</c> was asked for, named as its flags are: args.json, from which <c>fcn resume</c> starts the same run again.</summary>
public sealed record TrainingArguments
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>As it was typed.</summary>
    public required string Command { get; init; }
    public required string Model { get; init; }

    /// <summary>A full path; null for the procedural digits.</summary>
    public string? Data { get; init; }
    public required string Split { get; init; }
    public required int Epochs { get; init; }

    /// <summary>Epochs that <c>fcn resume --extend</c> added, each time with a schedule of their own.</summary>
    public int[] Extend { get; init; } = [];
    public int Steps { get; init; }
    public required int Batch { get; init; }
    public required double Lr { get; init; }
    public required string Schedule { get; init; }
    public required string Optimizer { get; init; }
    public required float Dropout { get; init; }
    public required string Order { get; init; }
    public required double Augment { get; init; }
    public int Patience { get; init; }
    public string? Init { get; init; }
    public bool NoPrior { get; init; }
    public bool NoEval { get; init; }
    public int VerifyKernels { get; init; }
    public required ulong Seed { get; init; }

    /// <summary>The device that was taken, never "auto".</summary>
    public required string Device { get; init; }
    public int Threads { get; init; }

    public TrainingOptions ToOptions() => new()
    {
        Model = Models.Find(Model),
        Epochs = Epochs,
        Extensions = Extend,
        Steps = Steps,
        Batch = Batch,
        LearningRate = Lr,
        Schedule = Schedule,
        Optimizer = Optimizer,
        Dropout = Dropout,
        Seed = Seed,
        Sequential = Order == "sequential",
        Augment = Augment,
        Patience = Patience,
        PriorBias = !NoPrior,
        Evaluate = !NoEval,
        VerifyKernels = VerifyKernels,
        Init = Init,
    };

    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, Format)!;

    /// <summary>The first value that no flag would have let through; null if there is none.</summary>
    private string? OutOfRange() =>
        Epochs < 0 || Extend.Any(e => e < 1) ? "epochs"
        : Steps < 0 ? "steps"
        : Batch < 1 ? "batch"
        : !(Lr >= 0) ? "lr"
        : !(Dropout is >= 0 and < 1) ? "dropout"
        : !(Augment is >= 0 and <= 1) ? "augment"
        : Patience < 0 ? "patience"
        : Threads < 0 ? "threads"
        : VerifyKernels < 0 ? "verify-kernels"
        : Split is not ("seed" or "reference") ? "split"
        : Order is not ("shuffled" or "sequential") ? "order"
        : null;

    /// <exception cref="DataException">A value is missing, of another kind, or out of range.</exception>
    public static TrainingArguments FromJson(JsonObject json, string path)
    {
        try
        {
            var arguments = json.Deserialize<TrainingArguments>(Format)!;
            return arguments.OutOfRange() is { } name ? throw new JsonException($"'{name}' is out of range") : arguments;
        }
        catch (JsonException e)
        {
            throw new DataException($"'{path}' are no arguments of 'fcn train': {e.Message}", e);
        }
    }
}
