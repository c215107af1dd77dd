using System.Text.Json;
using System.Text.Json.Nodes;
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
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
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

    /// <exception cref="DataException">A value is missing, or of another kind.</exception>
    public static TrainingArguments FromJson(JsonObject json, string path)
    {
        try
        {
            return json.Deserialize<TrainingArguments>(Format)!;
        }
        catch (JsonException e)
        {
            throw new DataException($"'{path}' are no arguments of 'fcn train': {e.Message}", e);
        }
    }
}
