using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks;

/// <summary>What scenes are like, as <c>fcn data make scenes</c> and tasks that are trained on scenes are told; <see cref="SceneOptions"/> says more.</summary>
public static class SceneParameters
{
    private static readonly SceneOptions s_default = new();

    public static readonly SizeParameter Canvas = new("canvas", SceneOptions.LeastSide, SceneOptions.MostSide, "pixels of a scene along a side")
    {
        Default = s_default.Canvas,
    };

    public static readonly RangeParameter<int> Digits = new("digits", 0, SceneOptions.MostDigits, "digits of a scene") { Default = s_default.Digits };

    public static readonly RangeParameter<double> Overlap = new("overlap", 0, 1,
        "a scene's limit to the overlap of two boxes, as intersection over union; 0 keeps them apart") { Default = s_default.Overlap };

    public static readonly RangeParameter<double> Scale = new("scale", SceneOptions.LeastScale, SceneOptions.MostScale,
        "size of a digit; 1 is MNIST's, 20 pixels high") { Default = s_default.Scale };

    public static readonly NumberParameter<double> Rotate = new("rotate", 0, 180, "degrees that a digit is turned by at most, to either side")
    {
        Default = s_default.Rotate,
    };

    public static readonly RangeParameter<double> Noise = new("noise", 0, SceneOptions.MostNoise, "deviation of a scene's noise, in levels of 0 … 255")
    {
        Default = s_default.Noise,
    };

    public static readonly RangeParameter<int> Clutter = new("clutter", 0, SceneOptions.MostMarks,
        "marks of a scene that are no digits: hairs, dashes, hooks, specks, pieces of digits") { Default = s_default.Clutter };

    /// <summary>What scenes are told to be like.</summary>
    public static SceneOptions Options(IParameterValues values) => new()
    {
        Canvas = values.Get(Canvas),
        Digits = values.Get(Digits),
        Overlap = values.Get(Overlap),
        Scale = values.Get(Scale),
        Rotate = values.Get(Rotate),
        Noise = values.Get(Noise),
        Clutter = values.Get(Clutter),
    };

    public static IReadOnlyList<Parameter> All { get; } = [Canvas, Digits, Overlap, Scale, Rotate, Noise, Clutter];
}
