using System.Buffers.Binary;
using System.IO.Compression;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>Decodes one PNG as it is read: chunks, the zlib stream in them, and for each pass of the interlacing filters and samples to 8 bits.</summary>
/// <param name="grey">Makes it grey on the way; null keeps the colours.</param>
internal sealed class PngDecoder(DataStream file, GreyMaker? grey)
{
    /// <summary>The passes of a picture: where the first pixel lies and how far the next ones are. Seven of Adam7, or all pixels at once.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[]
        Adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)], Whole = [(0, 0, 1, 1)];

    /// <summary>Bytes that a byte of a deflate stream unpacks to at most: four times 258, for a length and a distance of one bit each.</summary>
    private const long MostPacked = 1032;

    private readonly PngChunks _chunks = new(file);
    private int _width, _height, _depth, _colour;
    private bool _isInterlaced;
    private byte[] _palette = [], _transparency = [];

    // Samples in a pixel of the file: 1 for grey and palette, 2 grey + alpha, 3 RGB, 4 RGBA.
    private int Samples => _colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    // Of a pixel as it is seen.
    private int Channels => HasAlpha ? 4 : _colour == 0 ? 1 : 3;

    private bool HasAlpha => _colour is 4 or 6 || _transparency.Length > 0;

    public Picture Decode()
    {
        ExpectSignature();
        ReadToPixels();
        var picture = ReadPixels();
        while (_chunks.Type == "IDAT") _chunks.Next();
        for (; _chunks.Type != "IEND"; _chunks.Next())
            if (_chunks.Type is "IHDR" or "PLTE" or "tRNS" or "IDAT") throw Misplaced("it may not be");
            else ExpectOptional();
        _chunks.Finish();
        return picture;
    }

    private void ExpectSignature()
    {
        Span<byte> start = stackalloc byte[8];
        if (file.ReadSome(start) < start.Length || !start.SequenceEqual(Png.Signature)) throw Bad("is not a PNG file: its first eight bytes are others.");
    }

    /// <summary>Reads all chunks before the pixels, up to the first of theirs.</summary>
    private void ReadToPixels()
    {
        _chunks.Next();
        if (_chunks.Type != "IHDR") throw Misplaced("IHDR was expected");
        ReadHeader(_chunks.Content(13, "an IHDR"));
        for (_chunks.Next(); _chunks.Type != "IDAT"; _chunks.Next())
            switch (_chunks.Type)
            {
                case "IHDR": throw Misplaced("it may not be");
                case "PLTE":
                    _palette = _chunks.Content(768, "a palette");
                    if (_palette.Length is 0 || _palette.Length % 3 != 0)
                        throw Bad($"has a palette of {_palette.Length} bytes; up to 256 colours of 3 were expected.");
                    break;
                case "tRNS" when _colour is 0 or 2 or 3:
                    _transparency = _chunks.Content(256, "transparency");
                    if (_colour != 3 && _transparency.Length != 2 * Samples)
                        throw Bad($"has a transparent colour of {_transparency.Length} bytes; {2 * Samples} were expected.");
                    break;
                case "IEND": throw Bad("has no pixels: it ends without a chunk 'IDAT'.");
                default: ExpectOptional(); break;
            }
    }

    // An upper-case first letter means that a picture cannot be understood without the chunk.
    private void ExpectOptional()
    {
        if ((_chunks.Type[0] & 0x20) == 0) throw Bad($"needs the unknown chunk {Quoted(_chunks.Type)}.");
    }

    private DataException Misplaced(string what) => Bad($"has a chunk {Quoted(_chunks.Type)} where {what}.");

    private Picture ReadPixels()
    {
        var passes = _isInterlaced ? Adam7 : Whole;
        long raw = passes.Sum(PassBytes);
        if (!file.IsPacked && raw > MostPacked * file.StoredLength)
            throw Bad($"is truncated: its pixels need {raw} bytes, more than can be packed into {file.StoredLength}.");
        var pixels = new PixelRows(file, _width, _height, Channels, grey, held: 2L * Stride(_width));
        var pixel = new byte[Channels];
        using var zlib = new ZLibStream(_chunks, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            long done = 0;
            foreach (var pass in passes)
            {
                if (PassBytes(pass) == 0) continue;
                var (width, height) = PassSize(pass);
                // Each row follows the byte that says its filter.
                byte[] row = new byte[Stride(width) + 1], above = new byte[row.Length];
                for (int y = 0; y < height; y++, (row, above) = (above, row))
                {
                    int there = zlib.ReadAtLeast(row, row.Length, throwOnEndOfStream: false);
                    done += there;
                    if (there < row.Length) throw Bad($"is truncated: its pixels need {raw} bytes, {done} are there.");
                    Unfilter(row.AsSpan(1), above.AsSpan(1), row[0], y);
                    for (int x = 0; x < width; x++)
                    {
                        PutPixel(row.AsSpan(1), x, pixel);
                        pixels.Put(pass.X + x * pass.StepX, pass.Y + y * pass.StepY, pixel);
                    }
                }
            }
            if (zlib.ReadByte() >= 0) throw Bad($"has more data than its {_width}×{_height} pixels.");
        }
        catch (InvalidDataException e)
        {
            // Where the chunk's checksum is wrong too, that is the reason.
            _chunks.Finish();
            throw Bad($"is damaged: its pixels cannot be unpacked. {e.Message}", e);
        }
        return pixels.ToPicture();
    }

    private DataException Bad(string what, Exception? inner = null) => new($"'{file.Path}' {what}", inner);

    private int Stride(int width) => (int)(((long)width * Samples * _depth + 7) / 8);

    private (int Width, int Height) PassSize((int X, int Y, int StepX, int StepY) pass) =>
        ((_width - pass.X + pass.StepX - 1) / pass.StepX, (_height - pass.Y + pass.StepY - 1) / pass.StepY);

    /// <summary>Each row is a filter byte and its pixels; a pass without a column has no rows.</summary>
    private long PassBytes((int X, int Y, int StepX, int StepY) pass) =>
        PassSize(pass) is (> 0, > 0) and var (width, height) ? (Stride(width) + 1L) * height : 0;

    private void ReadHeader(ReadOnlySpan<byte> data)
    {
        if (data.Length != 13) throw Bad($"has an IHDR of {data.Length} bytes; 13 were expected.");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(data), height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        (_depth, _colour) = (data[8], data[9]);
        bool isKind = _colour switch
        {
            0 => _depth is 1 or 2 or 4 or 8 or 16,
            3 => _depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => _depth is 8 or 16,
            _ => false,
        };
        if (!isKind || data[10] != 0 || data[11] != 0 || data[12] > 1)
            throw Bad($"is of an unknown kind: colour type {_colour}, {_depth} bits, compression {data[10]}, filter {data[11]}, interlacing {data[12]}.");
        (_width, _height) = PixelRows.Size(file, width, height);
        _isInterlaced = data[12] == 1;
    }

    /// <summary>Undoes the filter of a row in place.</summary>
    private void Unfilter(Span<byte> row, ReadOnlySpan<byte> above, int filter, int y)
    {
        if (filter > 4) throw Bad($"is damaged: row {y} has filter {filter}; 0 to 4 exist.");
        int step = Math.Max(1, Samples * _depth / 8); // distance to the byte on the left
        for (int x = 0; x < row.Length; x++)
        {
            int left = x >= step ? row[x - step] : 0, up = above[x], corner = x >= step ? above[x - step] : 0;
            row[x] += (byte)(filter switch
            {
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => 0,
            });
        }
    }

    // The neighbour nearest to left + up − corner; ties go to left, then up.
    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    /// <summary>Pixel <paramref name="x"/> of a row of the file as the picture has it: grey, RGB or RGBA of 8 bits.</summary>
    private void PutPixel(ReadOnlySpan<byte> row, int x, Span<byte> target)
    {
        if (_colour == 3)
        {
            int index = SampleOf(row, x);
            if (3 * index + 3 > _palette.Length) throw Bad($"is damaged: colour {index} of a palette of {_palette.Length / 3}.");
            _palette.AsSpan(3 * index, 3).CopyTo(target);
            if (HasAlpha) target[3] = index < _transparency.Length ? _transparency[index] : (byte)255;
            return;
        }
        int colours = _colour is 0 or 4 ? 1 : 3;
        bool isKey = _transparency.Length > 0; // one colour of the picture stands for "nothing here"
        for (int c = 0; c < colours; c++)
        {
            int sample = SampleOf(row, x * Samples + c);
            isKey = isKey && sample == BinaryPrimitives.ReadUInt16BigEndian(_transparency.AsSpan(2 * c));
            target[c] = ToByte(sample);
        }
        if (!HasAlpha) return;
        if (colours == 1) target[1..3].Fill(target[0]);
        target[3] = _colour is 4 or 6 ? ToByte(SampleOf(row, x * Samples + colours)) : isKey ? (byte)0 : (byte)255;
    }

    // Sample i of a row as it is stored; of fewer than 8 bits the leftmost is in the high bits.
    private int SampleOf(ReadOnlySpan<byte> row, int i) => _depth switch
    {
        8 => row[i],
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]),
        _ => row[i * _depth / 8] >> (8 - _depth - i * _depth % 8) & ((1 << _depth) - 1),
    };

    /// <summary>Scales 0 … 2^depth − 1 to 0 … 255, to the nearest.</summary>
    private byte ToByte(int sample)
    {
        int largest = (1 << _depth) - 1;
        return (byte)((sample * 255 + largest / 2) / largest);
    }
}
