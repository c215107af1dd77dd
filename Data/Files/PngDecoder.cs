using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>Decodes one PNG: chunks, then the zlib stream, then for each pass of the interlacing filters and samples to 8 bits.</summary>
internal sealed class PngDecoder(string name)
{
    private const int MaxPixels = 1 << 26;

    /// <summary>The passes of a picture: where the first pixel lies and how far the next ones are. Seven of Adam7, or all pixels at once.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[]
        Adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)], Whole = [(0, 0, 1, 1)];

    private int _width, _height, _depth, _colour;
    private bool _isInterlaced;
    private byte[] _palette = [], _transparency = [];

    // Samples in a pixel of the file: 1 for grey and palette, 2 grey + alpha, 3 RGB, 4 RGBA.
    private int Samples => _colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    // Of the picture that comes out.
    private int Channels => HasAlpha ? 4 : _colour == 0 ? 1 : 3;

    private bool HasAlpha => _colour is 4 or 6 || _transparency.Length > 0;

    public Picture Decode(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Png.Signature)) throw Bad(OtherKind(file));
        byte[] packed = ReadChunks(file[Png.Signature.Length..]);
        var passes = _isInterlaced ? Adam7 : Whole;
        long raw = passes.Sum(PassBytes); // MaxPixels keeps it within an int
        long limit = DataStream.UnpackedLimit(packed.Length);
        // A palette of one bit a pixel unpacks to thirty times its rows.
        long size = Math.Max(raw, (long)_width * _height * Channels);
        if (size > limit)
            throw Bad($"holds {_width}×{_height} pixels of {size} bytes in {packed.Length}, over the limit of {limit}; scale it down if it is genuine.");
        Span<byte> rows = Unpack(packed, (int)raw);
        var picture = new Picture(_width, _height, Channels);
        foreach (var pass in passes)
        {
            int length = (int)PassBytes(pass);
            var (width, height) = PassSize(pass);
            int stride = Stride(width);
            if (length > 0) Unfilter(rows[..length], height, stride);
            for (int y = 0; length > 0 && y < height; y++)
            {
                var row = rows.Slice(y * (stride + 1) + 1, stride);
                int first = (pass.Y + y * pass.StepY) * _width + pass.X;
                for (int x = 0; x < width; x++)
                    PutPixel(row, x, picture.Pixels.AsSpan((first + x * pass.StepX) * picture.Channels, picture.Channels));
            }
            rows = rows[length..];
        }
        return picture;
    }

    /// <summary>What a file that is no PNG seems to be, and what helps.</summary>
    private static string OtherKind(ReadOnlySpan<byte> file) => file switch
    {
        [0xFF, 0xD8, 0xFF, ..] => "is a JPEG file; convert it to PNG.",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "is a GIF file; convert it to PNG.",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "is a WebP file; convert it to PNG.",
        [(byte)'B', (byte)'M', _, _, ..] => "is a BMP file; convert it to PNG.",
        [(byte)'P', (byte)'K', 3, 4, ..] => "is a zip archive, not a PNG file; if NumPy saved it, let its name end in .npz.",
        [0x93, (byte)'N', (byte)'U', (byte)'M', ..] => "is a NumPy array, not a PNG file; let its name end in .npy.",
        _ => "is not a PNG file: its first eight bytes are others.",
    };

    private DataException Bad(string what, Exception? inner = null) => new($"'{name}' {what}", inner);

    private int Stride(int width) => (int)(((long)width * Samples * _depth + 7) / 8);

    private (int Width, int Height) PassSize((int X, int Y, int StepX, int StepY) pass) =>
        ((_width - pass.X + pass.StepX - 1) / pass.StepX, (_height - pass.Y + pass.StepY - 1) / pass.StepY);

    /// <summary>Each row is a filter byte and its pixels; a pass without a column has no rows.</summary>
    private long PassBytes((int X, int Y, int StepX, int StepY) pass) =>
        PassSize(pass) is (> 0, > 0) and var (width, height) ? (Stride(width) + 1L) * height : 0;

    /// <summary>Checks and reads all chunks; returns the joined data of the IDAT chunks.</summary>
    private byte[] ReadChunks(ReadOnlySpan<byte> rest)
    {
        var packed = new MemoryStream();
        for (bool isFirst = true; ; isFirst = false)
        {
            if (rest.Length < 12) throw Bad("is truncated: a chunk is missing before its end.");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12) throw Bad($"is truncated: a chunk of {length} bytes goes past the end.");
            var body = rest.Slice(4, 4 + (int)length);
            string type = Encoding.Latin1.GetString(body[..4]);
            if (Crc32.Of(body) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
                throw Bad($"is damaged: the checksum of chunk {Quoted(type)} is wrong.");
            if (isFirst != (type == "IHDR")) throw Bad($"has a chunk {Quoted(type)} where {(isFirst ? "IHDR was expected" : "it may not be")}.");
            var data = body[4..];
            switch (type)
            {
                case "IHDR": ReadHeader(data); break;
                case "PLTE" when data.Length is > 0 and <= 768 && data.Length % 3 == 0: _palette = data.ToArray(); break;
                case "PLTE": throw Bad($"has a palette of {data.Length} bytes; up to 256 colours of 3 were expected.");
                case "tRNS" when _colour is 0 or 2 && data.Length != 2 * Samples:
                    throw Bad($"has a transparent colour of {data.Length} bytes; {2 * Samples} were expected.");
                case "tRNS" when _colour is 0 or 2 or 3: _transparency = data.ToArray(); break;
                case "IDAT": packed.Write(data); break;
                case "IEND": return packed.ToArray();
                default:
                    if ((body[0] & 0x20) == 0) throw Bad($"needs the unknown chunk {Quoted(type)}."); // an upper-case first letter means critical
                    break;
            }
            rest = rest[(12 + (int)length)..];
        }
    }

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
        if (width == 0 || height == 0 || (ulong)width * height > MaxPixels)
            throw Bad($"has {width}×{height} pixels; 1 to {MaxPixels} are read.");
        (_width, _height, _isInterlaced) = ((int)width, (int)height, data[12] == 1);
    }

    /// <summary>All rows of all passes. The array grows with the bytes that come, so a claim alone takes no memory.</summary>
    private byte[] Unpack(byte[] packed, int length)
    {
        var rows = new byte[Math.Min(length, 1 << 16)];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            for (int filled = 0; ; Array.Resize(ref rows, (int)Math.Min(length, 2L * filled)))
            {
                filled += zlib.ReadAtLeast(rows.AsSpan(filled), rows.Length - filled, throwOnEndOfStream: false);
                if (filled < rows.Length) throw Bad($"is truncated: its pixels need {length} bytes, {filled} are there.");
                if (filled == length) break;
            }
            if (zlib.ReadByte() >= 0) throw Bad($"has more data than its {_width}×{_height} pixels.");
        }
        catch (InvalidDataException e)
        {
            throw Bad($"is damaged: its pixels cannot be unpacked. {e.Message}", e);
        }
        return rows;
    }

    /// <summary>Undoes the filter of each row in place; each row is a filter byte and <paramref name="stride"/> bytes.</summary>
    private void Unfilter(Span<byte> rows, int height, int stride)
    {
        int step = Math.Max(1, Samples * _depth / 8); // distance to the byte on the left
        Span<byte> above = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            int filter = rows[y * (stride + 1)];
            var row = rows.Slice(y * (stride + 1) + 1, stride);
            if (filter > 4) throw Bad($"is damaged: row {y} has filter {filter}; 0 to 4 exist.");
            for (int x = 0; x < stride; x++)
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
            above = row;
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
