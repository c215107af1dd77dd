using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>What only the reading of digits is told, and its recipe: what a run does when it is not told.</summary>
public static class ClassifyParameters
{
    /// <summary>What is left to train on of <see cref="FcnFromScratch.Data.Split.Smallest"/> pictures.</summary>
    private const int SmallBatch = 16;

    public static readonly TextParameter Data = Parameters.Data with
    {
        Help = "folder with MNIST, or else with folders 0 … 9 of pictures of one's own, one digit each; else FCN_DATA; else what the program draws itself",
    };

    public static readonly NumberParameter<int> Validation = new("validation", 0, 50_000,
        "training digits that are held back, chosen by the seed, to find the best epoch by, at most a fifth of them; 0 trains on all; unless given, 5000, "
        + "and 0 of pictures of one's own and where there are no epochs")
    {
        // Of ten pictures the best epoch is one that was lucky, and training ends with fewer.
        Recipe = a => a.Model.FollowsGradients && !OwnDigits.AreTaken(a.Find(Parameters.Data)) ? 5000 : 0, IsOfTraining = true,
    };

    public static readonly NumberParameter<float> Dropout = new("dropout", 0, 0.99f, "share of activations that the layers before the last drop")
    {
        Recipe = a => a.Get(Parameters.Model) == "mlp" ? 0.2f : 0.4f, For = Parameters.FollowsGradients,
    };

    public static readonly NumberParameter<double> Augment = new("augment", 0, 1,
        "share of training digits that every epoch turns, shears, zooms, bends, thickens or thins anew, and those that the program draws are others too; "
        + "unless given, 1")
    {
        Recipe = a => a.Model.FollowsGradients ? 1.0 : 0.0, For = Parameters.FollowsGradients,
    };

    public static readonly NumberParameter<double> Rehearse = new("rehearse", 0, 1,
        "share of training digits that every epoch gives way to digits that the program draws, so that hands and digits that are not among them are not "
        + "forgotten; unless given, 0.5 of pictures of one's own, and 0 of MNIST")
    {
        Recipe = a => a.Model.FollowsGradients && OwnDigits.AreTaken(a.Find(Parameters.Data)) ? 0.5 : 0.0, For = Parameters.FollowsGradients,
        Only = (a => a.Find(Parameters.Data) is not null, $"digits of a folder ({Parameters.Data.Flag})"), IsNewerThanRuns = true,
    };

    public static readonly NumberParameter<int> Settle = new("settle", 0, 100_000,
        "last epochs, in which that share goes down by equal steps; unless given, a sixth of the epochs, and 0 for digits that the program draws")
    {
        // Drawn digits are trained on for others' digits: what they never look like is what their warping is for.
        Default = null,
        Recipe = a => a.Get(Augment) == 0 || a.Find(Parameters.Data) is null ? 0 : a.Get(Parameters.Epochs) / 6,
        For = Parameters.FollowsGradients,
    };

    public static readonly NumberParameter<int> Neighbours = new("k", 1, KNearest.MaxK,
        "neighbours that vote, an even number of them too: --ties says who wins where votes are equal") { Default = 3, For = IsKnn };

    public static readonly TextParameter Ties = new("ties", "which of the digits with equally many votes wins")
    {
        Default = "smallest", Words = ["smallest", "nearest"], For = IsKnn,
    };

    public static readonly SwitchParameter Deskew = new("deskew", "set slanted digits upright before they are compared")
    {
        For = model => !model.FollowsGradients, IsNewerThanRuns = true,
    };

    public static readonly NumberParameter<double> C = new("c", 1e-6, 1e9, "price of a digit within the margin or beyond")
    {
        Default = 10.0, For = IsSvm, IsNewerThanRuns = true,
    };

    public static readonly NumberParameter<double> Gamma = new("gamma", 1e-9, 1e6,
        "how fast the kernel e^(−gamma |x − y|²) falls with the distance of pixels of 0 … 1; unless given, 1 / (784 · their variance)")
    {
        For = IsSvm, IsNewerThanRuns = true,
    };

    public static readonly NumberParameter<double> Tolerance = new("tolerance", 1e-9, 1,
        "dual gap to stop at, as a share: how far from the best solution a machine may be") { Default = 1e-3, For = IsSvm, IsNewerThanRuns = true };

    public static readonly NumberParameter<int> Iterations = new("iterations", 1, int.MaxValue, "steps that each machine may take to get there")
    {
        Default = 10_000_000, For = IsSvm, IsNewerThanRuns = true,
    };

    public static readonly NumberParameter<int> Virtual = new("virtual", 0, 4,
        "pixels by which all support vectors are shifted up, down, left and right, to solve the machines again with; 0 does not")
    {
        Default = 0, For = IsSvm, IsNewerThanRuns = true,
    };

    public static readonly NumberParameter<int> Batch = Parameters.Batch with
    {
        Default = null,
        Help = $"{Parameters.Batch.Help}; unless given, 64, {SmallBatch} of pictures of one's own, and 500 for the knn and the svm",
        Recipe = a => !a.Model.FollowsGradients ? 500 : OwnDigits.AreTaken(a.Find(Parameters.Data)) ? SmallBatch : 64,
    };

    // A function of the device's kind and the model, not of a measured speed: the same machine always gets the same run.
    public static readonly NumberParameter<int> Epochs = Parameters.Epochs with
    {
        Help = $"{Parameters.Epochs.Help}; unless given, 20, 40 for the mlp, and 60 of pictures of one's own",
        Default = null,
        Recipe = a => !a.Model.FollowsGradients ? 0 : a.Device.Kind == DeviceKind.Emulator ? 1
            : OwnDigits.AreTaken(a.Find(Parameters.Data)) ? 60 : a.Get(Parameters.Model) == "mlp" ? 40 : 20,
    };

    public static readonly NumberParameter<double> LearningRate = Parameters.LearningRate with { Default = 2e-3 };

    public static readonly NumberParameter<double> Average = Parameters.Average with
    {
        Help = $"{Parameters.Average.Help}; unless given, 0.999",
        Default = null,
        Recipe = a => a.Model.FollowsGradients ? 0.999 : 0.0,
        IsNewerThanRuns = false,
    };

    private static bool IsKnn(Model model) => model.Name == "knn";

    internal static bool IsSvm(Model model) => model.Name == "svm";
}
