namespace FcnFromScratch.Data;

/// <summary>What pictures are drawn on, in pixels; in words "320x240", or "100" for a square.</summary>
public readonly record struct CanvasSize(int Width, int Height)
{
    public int Area => Width * Height;

    public override string ToString() => Width == Height ? $"{Width}" : $"{Width}x{Height}";
}
