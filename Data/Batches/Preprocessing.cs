namespace FcnFromScratch.Data;

/// <summary>How a pixel becomes a number: the one place that knows it, for training, evaluation and prediction.</summary>
public static class Preprocessing
{
    /// <summary>The formula as weights name it in their metadata.</summary>
    public const string Formula = "pixel / 127.5 - 1";

    private static readonly float[] s_ofByte = [.. Enumerable.Range(0, 256).Select(pixel => Normalise((float)pixel))];

    /// <summary>A pixel 0 … 255 in −1 … 1.</summary>
    public static float Normalise(float pixel) => pixel / 127.5f - 1;

    /// <summary>Pixels, one by one; both spans are of one length.</summary>
    public static void Normalise(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        for (int i = 0; i < pixels.Length; i++) values[i] = s_ofByte[pixels[i]];
    }
}
