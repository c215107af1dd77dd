namespace FcnFromScratch.Data;

/// <summary>What scenes are like. Of an interval every scene, or for <see cref="Scale"/> every digit, draws its own number, all equally likely.</summary>
public sealed record SceneOptions
{
    public const int LeastSide = 8, MostSide = 2048, MostDigits = 100, MostMarks = 500, MostNoise = 128;

    /// <summary>Below, MNIST's strokes fade; above, their pixels show.</summary>
    public const double LeastScale = 0.25, MostScale = 4;

    public CanvasSize Canvas { get; init; } = new(100, 100);

    /// <summary>Digits of a scene, 0 … <see cref="MostDigits"/>.</summary>
    public Interval<int> Digits { get; init; } = new(3, 5);

    /// <summary>
    /// How far the boxes of two digits may overlap, as their intersection over union, 0 … 1: a scene's number is its limit; with 0 no two boxes share a pixel.
    /// </summary>
    public Interval<double> Overlap { get; init; } = new(0);

    /// <summary>Of a digit against MNIST's, whose ink is about 20 pixels high: <see cref="LeastScale"/> … <see cref="MostScale"/>.</summary>
    public Interval<double> Scale { get; init; } = new(1);

    /// <summary>The most that a digit is turned to either side, in degrees: 0 … 180.</summary>
    public double Rotate { get; init; }

    /// <summary>The deviation of what is added to every pixel, in levels: 0 … <see cref="MostNoise"/>.</summary>
    public Interval<double> Noise { get; init; } = new(0);

    /// <summary>Marks of a scene that are no digits, 0 … <see cref="MostMarks"/>.</summary>
    public Interval<int> Clutter { get; init; } = new(0);

    /// <summary>The share of digits that <see cref="Data.Warp"/> bends before they are drawn, 0 … 1.</summary>
    public double Warp { get; init; }
}
