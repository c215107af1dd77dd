namespace FcnFromScratch.Data;

/// <summary>
/// A box in a picture, in pixels: from the left and upper edge of the first pixel in it to the right and lower edge of the last, so that a single pixel has
/// width 1. Boxes of a detector end anywhere between.
/// </summary>
public readonly record struct Box(double XMin, double YMin, double XMax, double YMax)
{
    public double Width => XMax - XMin;
    public double Height => YMax - YMin;
    public double Area => Width * Height;

    /// <summary>What both cover, in pixels; 0 where they only touch.</summary>
    public double Intersection(Box other)
    {
        double width = Math.Min(XMax, other.XMax) - Math.Max(XMin, other.XMin), height = Math.Min(YMax, other.YMax) - Math.Max(YMin, other.YMin);
        return width > 0 && height > 0 ? width * height : 0;
    }

    /// <summary>Intersection over union, 0 … 1; 0 of two boxes without area.</summary>
    public double IoU(Box other)
    {
        double both = Intersection(other), union = Area + other.Area - both;
        return union > 0 ? both / union : 0;
    }
}

/// <summary>Something that a picture shows.</summary>
/// <param name="Class">Counted from 0, in the order of the set's class names.</param>
/// <param name="Area">Of what it covers itself, in pixels, which is less than its box's.</param>
/// <param name="IsCrowd">Whether it stands for many that nobody told apart: a detector is neither asked for it nor blamed for boxes in it.</param>
public sealed record SceneObject(Box Box, int Class, double Area, bool IsCrowd = false);
