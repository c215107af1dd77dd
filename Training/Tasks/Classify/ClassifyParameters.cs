using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>What only the reading of digits is told, and its recipe: what a run does when it is not told.</summary>
public static class ClassifyParameters
{
    public static readonly NumberParameter<int> Validation = new("validation", 0, 50_000,
        "training digits that are held back, chosen by the seed, to find the best epoch by, at most a fifth of them; 0 trains on all") { Default = 5000 };

    public static readonly NumberParameter<float> Dropout = new("dropout", 0, 0.99f, "share of activations that the layers before the last drop")
    {
        Recipe = a => a.Get(Parameters.Model) == "mlp" ? 0.2f : 0.4f,
    };

    public static readonly NumberParameter<double> Augment = new("augment", 0, 1,
        "share of training digits that every epoch turns, shears, zooms, bends, thickens or thins anew, and those that the program draws are others too; "
        + "unless given, 1, and 0 for the knn")
    {
        Default = null, Recipe = a => Keeps(a) ? 0.0 : 1.0,
    };

    public static readonly NumberParameter<int> Settle = new("settle", 0, 100_000,
        "last epochs, in which that share goes down by equal steps; unless given, a sixth of the epochs, and 0 for digits that the program draws")
    {
        // Drawn digits are trained on for others' digits: what they never look like is what their warping is for.
        Default = null, Recipe = a => a.Find(Parameters.Data) is null ? 0 : a.Get(Parameters.Epochs) / 6,
    };

    public static readonly NumberParameter<int> Neighbours = new("k", 1, KNearest.MaxK, "neighbours that vote, for the knn") { Default = 3 };

    public static readonly TextParameter Ties = new("ties", "which of the digits with equally many votes wins, for the knn")
    {
        Default = "smallest", Words = ["smallest", "nearest"],
    };

    public static readonly NumberParameter<int> Batch = Parameters.Batch with
    {
        Default = null, Help = $"{Parameters.Batch.Help}; unless given, 64, and 500 for the knn", Recipe = a => Keeps(a) ? 500 : 64,
    };

    // A function of the device's kind and the model, not of a measured speed: the same machine always gets the same run.
    public static readonly NumberParameter<int> Epochs = Parameters.Epochs with
    {
        Help = $"{Parameters.Epochs.Help}; unless given, 20 for the cnn, 40 for the mlp and 0 for the knn, which learns nothing",
        Default = null,
        Recipe = a => Keeps(a) ? 0 : a.Device.Kind == DeviceKind.Emulator ? 1 : a.Get(Parameters.Model) == "mlp" ? 40 : 20,
    };

    public static readonly NumberParameter<double> LearningRate = Parameters.LearningRate with { Default = 2e-3 };

    public static readonly NumberParameter<double> Average = Parameters.Average with
    {
        Help = $"{Parameters.Average.Help}; unless given, 0.999, and 0 for the knn",
        Default = null,
        Recipe = a => Keeps(a) ? 0.0 : 0.999,
        IsNewerThanRuns = false,
    };

    /// <summary>Whether the model keeps its samples and learns nothing.</summary>
    private static bool Keeps(Arguments arguments) => arguments.Model.Kept is not null;
}
