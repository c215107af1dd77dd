namespace FcnFromScratch.Data;

/// <summary>
/// Decodes one PBM, PGM or PPM as it is read (Netpbm's pages "pbm", "pgm" and "ppm"): P1 to P3 are written as text, P4 to P6 as bytes. Samples of
/// 0 … maxval, 65535 at most, become 0 … 255; a bit of 1 is black.
/// </summary>
internal sealed class PnmDecoder(DataStream file, GreyMaker grey)
{
    private const int EndOfFile = -1;

    private int _width, _height, _largest = 1;

    public Picture Decode()
    {
        if (NextByte() != 'P' || NextByte() is not (>= '1' and <= '6' and var kind))
            throw Bad("is not a PBM, PGM or PPM file: it does not begin with P1 to P6.");
        bool isBits = kind is '1' or '4', isText = kind < '4';
        int channels = kind is '3' or '6' ? 3 : 1;
        (_width, _height) = PixelRows.Size(file, Number("its width"), Number("its height"));
        if (!isBits)
        {
            _largest = Number("its largest value");
            if (_largest is < 1 or > ushort.MaxValue) throw Bad($"has a largest value of {_largest}; 1 to {ushort.MaxValue} are read.");
        }
        var pixels = new PixelRows(file, _width, _height, channels, grey);
        if (isText) ReadText(pixels, channels, isBits);
        else ReadBytes(pixels, channels, isBits);
        ExpectEnd();
        return pixels.ToPicture();
    }

    private void ReadText(PixelRows pixels, int channels, bool isBits)
    {
        Span<byte> pixel = stackalloc byte[channels];
        for (int y = 0; y < _height; y++)
            for (int x = 0; x < _width; x++)
            {
                for (int c = 0; c < channels; c++) pixel[c] = isBits ? OfBit(Bit()) : ToByte(Number("a pixel"), y);
                pixels.Put(x, y, pixel);
            }
    }

    private void ReadBytes(PixelRows pixels, int channels, bool isBits)
    {
        int bytes = _largest > byte.MaxValue ? 2 : 1; // the higher one first
        long length = isBits ? (_width + 7L) / 8 : (long)_width * channels * bytes;
        if (!file.IsPacked && length * _height > file.StoredLength)
            throw Bad($"is truncated: its {_width}×{_height} pixels need {length * _height} bytes, the file has {file.StoredLength}.");
        byte[]? row = null;
        Span<byte> pixel = stackalloc byte[channels];
        for (int y = 0; y < _height; y++)
        {
            file.ReadRow(ref row, length, $"row {y} of its pixels");
            for (int x = 0; x < _width; x++)
            {
                for (int c = 0, i = x * channels; c < channels; c++, i++)
                    pixel[c] = isBits ? OfBit(row![x / 8] >> (7 - x % 8) & 1) : ToByte(bytes == 1 ? row![i] : row![2 * i] << 8 | row[2 * i + 1], y);
                pixels.Put(x, y, pixel);
            }
        }
    }

    private static byte OfBit(int bit) => bit == 0 ? byte.MaxValue : byte.MinValue;

    private byte ToByte(int sample, int y)
    {
        if (sample > _largest) throw Bad($"is damaged: row {y} has the value {sample}, over the largest of {_largest}.");
        return (byte)((sample * 255 + _largest / 2) / _largest);
    }

    /// <summary>The next number, and the one byte that ends it.</summary>
    private int Number(string what)
    {
        int next = NextInText(what), number = 0;
        for (; next is >= '0' and <= '9'; next = NextByte())
            if ((number = 10 * number + next - '0') > Picture.MostPixels) throw Bad($"has {what} over {Picture.MostPixels}.");
        if (next != EndOfFile && !IsSpace(next)) throw NoNumber(what, next);
        return number;
    }

    /// <summary>Bits may stand without a space between them.</summary>
    private int Bit() => NextInText("a pixel") is (>= '0' and <= '1') and var bit ? bit - '0' : throw Bad("is damaged: it has a pixel that is not 0 or 1.");

    /// <summary>The first byte that is no space and in no comment; a comment goes from '#' to the end of its line.</summary>
    private int NextInText(string what)
    {
        while (true)
        {
            int next = NextByte();
            if (next == EndOfFile) throw Bad($"is truncated: it ends before {what}.");
            if (next == '#')
                while (next is not ('\n' or '\r' or EndOfFile)) next = NextByte();
            else if (next is >= '0' and <= '9') return next;
            else if (!IsSpace(next)) throw NoNumber(what, next);
        }
    }

    private void ExpectEnd()
    {
        for (int next; (next = NextByte()) != EndOfFile;)
            if (!IsSpace(next)) throw Bad($"has more data than its {_width}×{_height} pixels.");
    }

    private int NextByte()
    {
        Span<byte> one = stackalloc byte[1];
        return file.ReadSome(one) == 0 ? EndOfFile : one[0];
    }

    private static bool IsSpace(int value) => value is ' ' or (>= '\t' and <= '\r');

    private DataException NoNumber(string what, int there) => Bad($"is damaged: {what} is no number, it has {ForeignText.Quoted($"{(char)there}")}.");

    private DataException Bad(string what) => new($"'{file.Path}' {what}");
}
