namespace FcnFromScratch.Data;

/// <summary>A picture of 8-bit samples, row by row: <c>[height, width, channels]</c>; 1 channel is grey, 3 RGB, 4 RGBA.</summary>
public sealed record Picture(int Width, int Height, int Channels, byte[] Pixels)
{
    public Picture(int width, int height, int channels) : this(width, height, channels, new byte[checked(width * height * channels)]) { }

    /// <summary>Pixels of the largest picture that is read: more than a camera's, less than would fill the memory.</summary>
    public const int MostPixels = 1 << 26;
}
