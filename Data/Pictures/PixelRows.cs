namespace FcnFromScratch.Data;

/// <summary>The pixels of a picture as a decoder finds them. Their memory grows with them, so a claim alone takes none.</summary>
internal sealed class PixelRows
{
    private readonly int _width, _height, _channels;
    private readonly GreyMaker? _grey;
    private byte[] _pixels;

    /// <param name="channels">Of each pixel that will come: 1 grey, 3 RGB, 4 RGBA.</param>
    /// <param name="grey">Makes them grey on the way, so that colours never take memory; null where they are kept.</param>
    /// <param name="held">Bytes of the rows that the decoder holds: of 16-bit RGBA one takes eight times what it takes in grey.</param>
    /// <exception cref="DataException">A small file would fill the memory.</exception>
    public PixelRows(DataStream file, int width, int height, int channels, GreyMaker? grey, long held = 0)
    {
        (_width, _height, _channels, _grey) = (width, height, grey is null ? channels : 1, grey);
        long all = (long)width * height * _channels;
        ExpectFits(file, width, height, Math.Max(all, held));
        _pixels = new byte[Math.Min(all, 1 << 16)];
    }

    /// <param name="size">Bytes that the picture takes.</param>
    /// <exception cref="DataException">A small file would fill the memory.</exception>
    public static void ExpectFits(DataStream file, int width, int height, long size)
    {
        long limit = DataStream.UnpackedLimit(file.StoredLength);
        if (size <= limit) return;
        string what = $"{width}×{height} pixels of {size} bytes in a file of {file.StoredLength}";
        throw new DataException($"'{file.Path}' holds {what}, over the limit of {limit}; scale it down if it is genuine.");
    }

    /// <summary>The sides that a header claims.</summary>
    /// <exception cref="DataException">There is no such picture, or it is too large.</exception>
    public static (int Width, int Height) Size(DataStream file, long width, long height)
    {
        int most = Math.Min(file.MostPixels, Picture.MostPixels);
        if (width < 1 || height < 1 || width > most || height > most || width * height > most)
            throw new DataException($"'{file.Path}' has {width}×{height} pixels; 1 to {most} are read.");
        return ((int)width, (int)height);
    }

    public void Put(int x, int y, ReadOnlySpan<byte> pixel)
    {
        int row = y * _width * _channels, end = row + _width * _channels, at = row + x * _channels;
        if (_pixels.Length < end) Array.Resize(ref _pixels, (int)Math.Min((long)_width * _height * _channels, Math.Max(end, 2L * _pixels.Length)));
        if (_grey is null) pixel.CopyTo(_pixels.AsSpan(at, _channels));
        else _pixels[at] = _grey.Grey(pixel);
    }

    /// <summary>When all have come.</summary>
    public Picture ToPicture() => new(_width, _height, _channels, _pixels);
}
