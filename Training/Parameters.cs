namespace FcnFromScratch.Training;

/// <summary>
/// What every task's training can be told. A flag of <c>fcn train</c> is an entry here, or among its task's own: the command line, its help and errors,
/// args.json and what <c>fcn resume</c> reads come from it.
/// </summary>
public static class Parameters
{
    private static readonly List<Parameter> s_all = [];

    /// <summary>As it was typed.</summary>
    public static readonly TextParameter Command = Add(new TextParameter("command", "the command as it was typed") { IsFlag = false, MayChange = true });
    public static readonly TextParameter Task = Add(new TextParameter(
        "task", "what the network is trained for") { IsFlag = false, IsNewerThanRuns = true });

    public static readonly TextParameter Model = Add(new TextParameter("model", "the network"));

    /// <summary>A full path once it is in force; null for data that is made on the fly.</summary>
    public static readonly TextParameter Data = Add(new TextParameter(
        "data", "folder with real data, or a set in one .npz; else FCN_DATA; else what the program draws itself") { MayChange = true });

    public static readonly NumberParameter<int> Epochs = Add(new NumberParameter<int>(
        "epochs", 0, 100_000, "passes over the training images; 0 writes the initial weights") { Default = 10, For = FollowsGradients });

    public static readonly ListParameter Extend = Add(new ListParameter("extend", 100_000, "epochs added later, each time with a schedule of their own"));

    public static readonly NumberParameter<int> Steps = Add(new NumberParameter<int>(
        "steps", 0, int.MaxValue, "stop after this many steps; 0 runs all epochs") { Default = 0, For = FollowsGradients });

    public static readonly NumberParameter<int> Batch = Add(new NumberParameter<int>("batch", 1, 4096, "images in a step") { Default = 16 });

    public static readonly NumberParameter<double> LearningRate = Add(new NumberParameter<double>(
        "lr", 0, 100, "peak learning rate") { Default = 1e-3, For = FollowsGradients });

    public static readonly TextParameter Schedule = Add(new TextParameter(
        "schedule", "the learning rate over the run") { Default = "one-cycle", Words = Training.Schedule.Names, For = FollowsGradients });

    public static readonly TextParameter Optimizer = Add(new TextParameter(
        "optimizer", "how weights follow gradients") { Default = "adam", Words = Optimizers.Names, For = FollowsGradients });

    public static readonly NumberParameter<double> Average = Add(new NumberParameter<double>("average", 0, 0.9999,
        "decay of the weights' moving average, which is what is validated, kept as the best and tested; 0 takes the weights themselves")
        {
            Default = 0.0, IsNewerThanRuns = true, For = FollowsGradients,
        });

    public static readonly TextParameter Order = Add(new TextParameter(
        "order", "training images anew by (seed, epoch), or ascending") { Default = "shuffled", Words = ["shuffled", "sequential"], For = FollowsGradients });

    public static readonly NumberParameter<int> Patience = Add(new NumberParameter<int>(
        "patience", 0, 100_000, "stop after this many epochs without a better validation; 0 never does")
        {
            Default = 0, MayChange = true, For = FollowsGradients,
        });

    public static readonly TextParameter InitSha256 =
        Add(new TextParameter("init-sha256", "what that file held") { IsFlag = false, MayChange = true, IsNewerThanRuns = true });
    public static readonly TextParameter Init = Add(new TextParameter("init", "safetensors file to start from")
    {
        IsPath = true, MayChange = true, For = FollowsGradients,
    });

    public static readonly SwitchParameter NoEval = Add(new SwitchParameter(
        "no-eval", "skip validation and test: for timing and step-by-step comparisons"));

    public static readonly NumberParameter<int> VerifyKernels = Add(new NumberParameter<int>("verify-kernels", 0, int.MaxValue,
        "recompute the first N kernel results by the double reference and stop at the first mismatch")
        {
            Default = 0, MayChange = true, For = FollowsGradients,
        });

    public static readonly NumberParameter<ulong> Seed = Add(new NumberParameter<ulong>("seed", 0, ulong.MaxValue, "makes a run repeatable") { Default = 0UL });

    public static readonly TextParameter Device = Add(new TextParameter(
        "device", "auto, cpu, emulator, opencl[:i], cuda[:i]") { Default = "auto", MayChange = true });

    public static readonly NumberParameter<int> Threads = Add(new NumberParameter<int>(
        "threads", 0, 1024, "threads of the cpu device; 0 takes all cores") { Default = 0, MayChange = true });

    /// <summary>
    /// All that training for a task can be told: the common ones, where a task's own of the same name stands in for one, then the task's.
    /// </summary>
    public static IReadOnlyList<Parameter> Of(ITask task)
    {
        string[] models = [.. task.Models.Select(model => model.Name)];
        Parameter[] own =
        [
            Task with { Default = task.Name, Words = [task.Name] }, Model with { Default = models[0], Words = models },
            .. task.DataParameters, .. task.TrainingParameters,
        ];
        return
        [
            .. s_all.Select(common => own.LastOrDefault(p => p.Name == common.Name) ?? common),
            .. own.Where(p => s_all.All(common => common.Name != p.Name)),
        ];
    }

    /// <summary>What decides which images of a set are in which part.</summary>
    public static IReadOnlyList<Parameter> OfSplit(ITask task) => [Seed, .. task.DataParameters];

    /// <summary><see cref="Parameter.For"/> of what gradient descent is told.</summary>
    internal static bool FollowsGradients(Layers.Model model) => model.FollowsGradients;

    private static T Add<T>(T parameter) where T : Parameter
    {
        s_all.Add(parameter);
        return parameter;
    }
}
