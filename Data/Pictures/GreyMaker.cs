namespace FcnFromScratch.Data;

/// <summary>
/// Makes pixels grey as a decoder finds them, by the luma weights of ITU-R BT.601, and lays transparent ones over a ground. Which ground shows the ink
/// is known only when all of them were seen.
/// </summary>
/// <param name="ground">What lies behind the picture, 0 … 255; null where its alpha says nothing.</param>
internal sealed class GreyMaker(byte? ground)
{
    // Sums of alpha, 255 for an opaque pixel.
    private long _all, _seen, _dark;

    /// <summary>Whether there was an alpha, 0 everywhere.</summary>
    public bool IsInvisible => _all > 0 && _seen == 0;

    /// <summary>
    /// Whether this is light ink on nothing, of which white would leave nothing to be seen: hardly any of it is dark, under a thirty-second. Where more than
    /// three quarters of the picture are covered they are its paper, of which corners are missing.
    /// </summary>
    public bool IsLightOnNothing => _dark * 32 < _seen && _seen * 4 < _all * 3;

    /// <param name="pixel">Its channels: grey, RGB or RGBA.</param>
    public byte Grey(ReadOnlySpan<byte> pixel)
    {
        if (pixel.Length == 1) return pixel[0];
        int luma = (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000;
        if (pixel.Length == 3 || ground is not { } behind) return (byte)luma;
        int alpha = pixel[3];
        _all += 255;
        _seen += alpha;
        // Some programs store colours multiplied by alpha, so that light edges look dark. Dark is what is dark either way.
        if (luma * 255 <= 127 * alpha) _dark += alpha;
        return (byte)((luma * alpha + behind * (255 - alpha) + 127) / 255);
    }
}
