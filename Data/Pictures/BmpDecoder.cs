using System.Buffers.Binary;
using System.Numerics;

namespace FcnFromScratch.Data;

/// <summary>
/// Decodes one Windows bitmap as it is read (Microsoft, "Bitmap Storage"; OS/2's first header too): 1, 4 and 8 bits with a palette, plain or as run lengths;
/// 16, 24 and 32 bits, whose masks may have an alpha; rows from the bottom or from the top.
/// </summary>
internal sealed class BmpDecoder(DataStream file, GreyMaker grey)
{
    private const int FileHeader = 14, OldHeader = 12, Header = 40; // bytes
    private const uint Plain = 0, Runs8 = 1, Runs4 = 2, Masks = 3, MasksWithAlpha = 6;

    /// <summary>Pixels that a byte of run lengths makes at most: two bytes make 255.</summary>
    private const int MostPacked = 128;

    private long _position; // in the file
    private int _width, _height, _bits;
    private uint _compression;
    private bool _isFromTop;
    private byte[] _palette = []; // blue, green, red, and but for OS/2 nothing
    private int _paletteStep;
    private Channel[] _channels = []; // red, green, blue, and where there is one alpha

    /// <summary>A run of bits of a pixel, scaled to 0 … 255, to the nearest.</summary>
    private readonly record struct Channel(uint Mask)
    {
        private int Shift => BitOperations.TrailingZeroCount(Mask);

        public bool IsRun => Mask == 0 || BitOperations.IsPow2((ulong)(Mask >> Shift) + 1);

        public byte Of(uint pixel)
        {
            if (Mask == 0) return 0;
            ulong largest = Mask >> Shift, sample = (pixel & Mask) >> Shift;
            return (byte)((sample * 255 + largest / 2) / largest);
        }
    }

    public Picture Decode()
    {
        ReadHeaders();
        bool isRuns = _compression is Runs8 or Runs4;
        long stride = ((long)_width * _bits + 31) / 32 * 4, needed = isRuns ? (long)_width * _height / MostPacked : stride * _height;
        if (!file.IsPacked && needed > file.StoredLength)
            throw Bad($"is truncated: its {_width}×{_height} pixels need {needed} bytes or more, the file has {file.StoredLength}.");
        var pixels = new PixelRows(file, _width, _height, _channels.Length == 4 ? 4 : 3, grey);
        if (isRuns) ReadRuns(pixels, (int)(stride * 8 / _bits));
        else ReadRows(pixels, stride);
        return pixels.ToPicture();
    }

    private void ReadHeaders()
    {
        byte[] start = Read(FileHeader + 4);
        if (start is not [(byte)'B', (byte)'M', ..]) throw Bad("is not a BMP file: it does not begin with 'BM'.");
        uint pixelsAt = Word(start, 10), size = Word(start, FileHeader);
        if (size is not (OldHeader or Header or 52 or 56 or 64 or 108 or 124)) throw Bad($"has a BMP header of {size} bytes, which is not known.");
        byte[] header = [.. start[FileHeader..], .. Read((int)size - 4)];
        long colours = 0;
        if (size == OldHeader)
        {
            (_width, _height) = PixelRows.Size(file, Half(header, 4), Half(header, 6));
            (_bits, _paletteStep) = (Half(header, 10), 3);
        }
        else
        {
            long height = (int)Word(header, 8);
            (_width, _height) = PixelRows.Size(file, (int)Word(header, 4), Math.Abs(height));
            (_isFromTop, _bits, _compression, colours, _paletteStep) = (height < 0, Half(header, 14), Word(header, 16), Word(header, 32), 4);
        }
        bool isKnown = _compression switch
        {
            Plain => _bits is 1 or 4 or 8 or 16 or 24 or 32,
            Runs8 => _bits == 8,
            Runs4 => _bits == 4,
            Masks or MasksWithAlpha => _bits is 16 or 32 && size != 64, // there 3 stands for another code
            _ => false,
        };
        if (!isKnown) throw Bad($"is a BMP of an unknown kind: {_bits} bits, compression {_compression}; convert it to PNG.");
        if (_bits > 8) ReadMasks(header);
        else
        {
            long count = colours == 0 ? 1 << _bits : Math.Min(colours, 1 << _bits);
            _palette = Read((int)Math.Clamp((pixelsAt - _position) / _paletteStep, 0, count) * _paletteStep);
        }
        if (pixelsAt < _position) throw Bad($"is damaged: its pixels begin at byte {pixelsAt}, its headers end at {_position}.");
        // A profile of colours may lie between, or more of the palette than the pixels can name.
        Span<byte> skipped = stackalloc byte[512];
        while (_position < pixelsAt)
        {
            var some = skipped[..(int)Math.Min(skipped.Length, pixelsAt - _position)];
            file.ReadExactly(some, "what comes before the pixels");
            _position += some.Length;
        }
    }

    private void ReadMasks(byte[] header)
    {
        if (_compression is Masks or MasksWithAlpha)
        {
            // The oldest header has none: they follow it.
            int count = header.Length > 52 || _compression == MasksWithAlpha ? 4 : 3;
            byte[] masks = header.Length > Header ? header[Header..] : Read(4 * count);
            if (4 * count > masks.Length) throw Bad($"is damaged: a header of {header.Length} bytes has no mask for alpha.");
            _channels = [.. Enumerable.Range(0, count).Select(i => new Channel(Word(masks, 4 * i)))];
            if (count == 4 && _channels[3].Mask == 0) _channels = _channels[..3];
        }
        else _channels = _bits == 16 ? [new(0x7C00), new(0x3E0), new(0x1F)] : [new(0xFF0000), new(0xFF00), new(0xFF)];
        if (!Array.TrueForAll(_channels, c => c.IsRun)) throw Bad("is damaged: the bits of a colour do not lie together.");
    }

    private void ReadRows(PixelRows pixels, long stride)
    {
        byte[]? row = null;
        Span<byte> pixel = stackalloc byte[_channels.Length == 4 ? 4 : 3];
        for (int y = 0; y < _height; y++)
        {
            file.ReadRow(ref row, stride, $"row {y} of its pixels");
            for (int x = 0; x < _width; x++)
            {
                if (_bits <= 8) PutColour(pixels, x, y, row![x * _bits / 8] >> (8 - _bits - x * _bits % 8) & ((1 << _bits) - 1));
                else
                {
                    var bytes = row.AsSpan(x * _bits / 8, _bits / 8);
                    uint value = 0;
                    for (int i = bytes.Length - 1; i >= 0; i--) value = value << 8 | bytes[i];
                    for (int c = 0; c < pixel.Length; c++) pixel[c] = _channels[c].Of(value);
                    pixels.Put(x, Line(y), pixel);
                }
            }
        }
    }

    /// <summary>
    /// A pair of bytes is a run: its length, and a colour or, of four bits, two in turn. After a zero comes the number of colours that follow one by one, or
    /// 0 for the end of a row, 1 for that of the picture and 2 for a leap.
    /// </summary>
    /// <param name="longest">Pixels of a row that is filled to four bytes: ImageMagick packs what fills it as well.</param>
    private void ReadRuns(PixelRows pixels, int longest)
    {
        Span<byte> pair = stackalloc byte[2];
        byte[] single = new byte[256];
        int x = 0, y = 0;
        while (true)
        {
            file.ReadExactly(pair, "a run of its pixels");
            var (count, code) = (pair[0], pair[1]);
            if (count > 0) PutRun(count, [code], isRepeated: true);
            else if (code > 2)
            {
                int bytes = (code * _bits + 7) / 8;
                file.ReadExactly(single.AsSpan(0, (bytes + 1) / 2 * 2), "a run of its pixels"); // whole pairs
                PutRun(code, single, isRepeated: false);
            }
            else if (code < 2 && x >= _width && y == _height - 1) return;
            else if (code == 0 && x >= _width) (x, y) = (0, y + 1);
            else throw Bad($"leaves pixels out, from column {x} of row {y} on, and does not say their colour; convert it to PNG.");
        }

        void PutRun(int count, ReadOnlySpan<byte> colours, bool isRepeated)
        {
            if (count > longest - x) throw Bad($"is damaged: a run of {count} pixels goes past the end of row {y}.");
            for (int i = 0; i < count; i++, x++)
            {
                if (x >= _width) continue;
                int at = isRepeated ? i % (8 / _bits) : i;
                PutColour(pixels, x, y, _bits == 8 ? colours[at] : at % 2 == 0 ? colours[at / 2] >> 4 : colours[at / 2] & 15);
            }
        }
    }

    private void PutColour(PixelRows pixels, int x, int y, int index)
    {
        int at = index * _paletteStep;
        if (at >= _palette.Length) throw Bad($"is damaged: colour {index} of a palette of {_palette.Length / _paletteStep}.");
        pixels.Put(x, Line(y), [_palette[at + 2], _palette[at + 1], _palette[at]]);
    }

    private int Line(int y) => _isFromTop ? y : _height - 1 - y;

    private byte[] Read(int length)
    {
        _position += length;
        return file.ReadBytes(length, "its header");
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static int Half(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private DataException Bad(string what) => new($"'{file.Path}' {what}");
}
