namespace FcnFromScratch.Engine.Ops;

/// <summary>How a window op treats the border of the picture.</summary>
public abstract record Padding
{
    /// <summary>No padding: windows that do not fit are dropped.</summary>
    public static Padding Valid { get; } = new Fixed(0, 0, 0, 0);

    /// <summary>Output = ceil(input / stride); an odd rest goes to the bottom and the right, as in Keras.</summary>
    public static Padding Same { get; } = new SamePadding();

    /// <summary>Rows and columns of zeros added at each side.</summary>
    public static Padding Explicit(int top, int bottom, int left, int right) => new Fixed(top, bottom, left, right);

    /// <summary>The padding along one axis, before and after.</summary>
    public abstract (int Before, int After) Along(bool vertical, int input, int kernel, int stride);

    private sealed record Fixed(int Top, int Bottom, int Left, int Right) : Padding
    {
        public override (int Before, int After) Along(bool vertical, int input, int kernel, int stride) =>
            vertical ? (Top, Bottom) : (Left, Right);
    }

    private sealed record SamePadding : Padding
    {
        public override (int Before, int After) Along(bool vertical, int input, int kernel, int stride)
        {
            int output = (input + stride - 1) / stride;
            int total = Math.Max(0, (output - 1) * stride + kernel - input);
            return (total / 2, total - total / 2);
        }
    }
}
