using FcnFromScratch.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training.Tasks.Segment;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>What only detection is told, and its recipe: what a run does when it is not told.</summary>
public static class DetectParameters
{
    public static readonly TextParameter Set = new("set",
        "pictures to learn from: scenes that are drawn from single digits, or M2NIST with the boxes of its digits. A folder with boxes in COCO's form is taken "
        + "as it is")
    {
        Default = "scenes", Words = ["scenes", "m2nist"],
    };

    private static readonly (Func<Arguments, bool>, string) s_onScenes =
        (DrawsScenes, "scenes that are drawn, and the pictures of this data are taken as they are");

    public static readonly NumberParameter<int> Scenes = new("scenes", 100, 10_000_000, "scenes of an epoch, drawn anew in each")
    {
        Default = 10_000, Only = s_onScenes, IsOfTraining = true,
    };

    // What a hand writes on a page: from one digit to many, of all sizes, here and there over one another, and not only digits.
    private static readonly SceneOptions s_scenes = new()
    {
        Digits = new(1, 10), Overlap = new(0, 0.3), Scale = new(0.6, 1.4), Rotate = 15, Noise = new(0, 25), Clutter = new(0, 4),
    };

    /// <summary>What scenes are like; the data is divided by it as well, since other scenes are other data.</summary>
    public static IReadOnlyList<Parameter> OfScenes { get; } =
    [
        SceneParameters.Canvas with { Only = s_onScenes },
        SceneParameters.Digits with { Only = s_onScenes, Default = s_scenes.Digits },
        SceneParameters.Overlap with { Only = s_onScenes, Default = s_scenes.Overlap },
        SceneParameters.Scale with { Only = s_onScenes, Default = s_scenes.Scale },
        SceneParameters.Rotate with { Only = s_onScenes, Default = s_scenes.Rotate },
        SceneParameters.Noise with { Only = s_onScenes, Default = s_scenes.Noise },
        SceneParameters.Clutter with { Only = s_onScenes, Default = s_scenes.Clutter },
    ];

    public static readonly NumberParameter<double> Augment = new("augment", 0, 1, "share of the digits of training scenes that are bent by a new hand")
    {
        Default = 0.5, Only = s_onScenes,
    };

    public static readonly SwitchParameter Curriculum = new("curriculum",
        "begin with one digit to a scene, go on with a few that keep apart, and only then all that is asked for") { Only = s_onScenes };

    public static readonly TextParameter Backbone = new("backbone", "weights of a classifier whose first layers to begin with")
    {
        IsPath = true, MayChange = true, For = HasBackbone,
    };

    public static readonly NumberParameter<int> Freeze = new("freeze", 0, 100_000, "epochs in which those layers are kept as they are")
    {
        Default = 1, For = HasBackbone, With = Backbone.Name,
    };

    public static readonly NumberParameter<double> Thaw = new("thaw", 0, 1, "share of the learning rate that they learn at afterwards")
    {
        // Of 0.1, 0.5 and 1 the last was the best: strokes are the same, but where a digit ends no classifier was asked.
        Default = 1.0, For = HasBackbone, With = Backbone.Name,
    };

    public static readonly NumberParameter<int> Epochs = Parameters.Epochs with { Default = 20 };

    public static readonly NumberParameter<double> LearningRate = Parameters.LearningRate with { Default = 2e-3 };

    public static readonly NumberParameter<double> Average = Parameters.Average with { Default = 0.999, IsNewerThanRuns = false };

    public static readonly NumberParameter<double> Score = new("score", 0.001, 0.999, "leave out boxes of a lower score") { Default = 0.4 };

    // Above the overlap of any two digits of one class that training shows, so that both survive.
    public static readonly NumberParameter<double> Suppress = new("nms", 0.05, 0.95,
        "of two boxes of a class whose intersection over union is more only the surer is kept") { Default = 0.5 };

    // Not "scale", which is that of scenes.
    public static readonly NumberParameter<double> Zoom = new("zoom", SegmentParameters.Scale.Min, SegmentParameters.Scale.Max,
        "show the network pictures so much larger; unless given, so that digits of very other sizes than the training's are about 20 pixels high");

    private static bool HasBackbone(Model model) => model.Backbone.Count > 0;

    /// <summary>Whether scenes are what a run learns from.</summary>
    private static bool DrawsScenes(Arguments arguments) =>
        arguments.Get(Set) == "scenes" && !(arguments.Find(Parameters.Data) is { } folder && CocoSet.IsThere(folder));
}
