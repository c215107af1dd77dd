using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace FcnFromScratch.Data;

/// <summary>Decodes one PNG: chunks, then the zlib stream, then filters, then samples to 8 bits.</summary>
internal sealed class PngDecoder(string name)
{
    private const int MaxPixels = 1 << 26;

    // Deflate cannot pack better than this, so a picture that claims more than its file can hold is refused before memory is taken.
    private const int MaxDeflateRatio = 1032;

    private int _width, _height, _depth, _colour;
    private byte[] _palette = [], _alpha = [];

    // Samples in a pixel of the file: 1 for grey and palette, 2 grey + alpha, 3 RGB, 4 RGBA.
    private int Samples => _colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public Picture Decode(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Png.Signature)) throw Bad("is not a PNG file: its first eight bytes are others.");
        byte[] packed = ReadChunks(file[Png.Signature.Length..]);
        int stride = (int)(((long)_width * Samples * _depth + 7) / 8);
        long raw = (stride + 1L) * _height; // MaxPixels keeps both within an int
        if (raw > (long)packed.Length * MaxDeflateRatio) throw Bad($"is truncated: {packed.Length} bytes of data cannot hold {_width}×{_height} pixels.");
        byte[] rows = Unpack(packed, (int)raw);
        Unfilter(rows, stride);
        return ToPicture(rows, stride);
    }

    private DataException Bad(string what, Exception? inner = null) => new($"'{name}' {what}", inner);

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
            if (Crc32.Of(body) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..])) throw Bad($"is damaged: the checksum of chunk '{type}' is wrong.");
            if (isFirst != (type == "IHDR")) throw Bad($"has a chunk '{type}' where {(isFirst ? "IHDR was expected" : "it may not be")}.");
            var data = body[4..];
            switch (type)
            {
                case "IHDR": ReadHeader(data); break;
                case "PLTE" when data.Length is > 0 and <= 768 && data.Length % 3 == 0: _palette = data.ToArray(); break;
                case "PLTE": throw Bad($"has a palette of {data.Length} bytes; up to 256 colours of 3 were expected.");
                case "tRNS" when _colour == 3: _alpha = data.ToArray(); break;
                case "IDAT": packed.Write(data); break;
                case "IEND": return packed.ToArray();
                default:
                    if ((body[0] & 0x20) == 0) throw Bad($"needs the unknown chunk '{type}'."); // an upper-case first letter means critical
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
        if (!isKind || data[10] != 0 || data[11] != 0) throw Bad($"is of an unknown kind: colour type {_colour}, {_depth} bits, compression {data[10]}, filter {data[11]}.");
        if (data[12] != 0) throw Bad("is interlaced; save it without interlacing.");
        if (width == 0 || height == 0 || (ulong)width * height > MaxPixels)
            throw Bad($"has {width}×{height} pixels; 1 to {MaxPixels} are read.");
        (_width, _height) = ((int)width, (int)height);
    }

    private byte[] Unpack(byte[] packed, int length)
    {
        var rows = new byte[length];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            int read = zlib.ReadAtLeast(rows, length, throwOnEndOfStream: false);
            if (read < length) throw Bad($"is truncated: its pixels need {length} bytes, {read} are there.");
            if (zlib.ReadByte() >= 0) throw Bad($"has more data than its {_width}×{_height} pixels.");
        }
        catch (InvalidDataException e)
        {
            throw Bad($"is damaged: its pixels cannot be unpacked. {e.Message}", e);
        }
        return rows;
    }

    /// <summary>Undoes the filter of each row in place; each row is a filter byte and <paramref name="stride"/> bytes.</summary>
    private void Unfilter(Span<byte> rows, int stride)
    {
        int step = Math.Max(1, Samples * _depth / 8); // distance to the byte on the left
        Span<byte> above = new byte[stride];
        for (int y = 0; y < _height; y++)
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

    private Picture ToPicture(ReadOnlySpan<byte> rows, int stride)
    {
        int channels = _colour switch { 0 => 1, 3 => _alpha.Length > 0 ? 4 : 3, 4 => 4, _ => Samples };
        var picture = new Picture(_width, _height, channels);
        int greyScale = _depth < 8 ? 255 / ((1 << _depth) - 1) : 1;
        Span<byte> pixel = stackalloc byte[4];
        for (int y = 0; y < _height; y++)
        {
            var row = rows.Slice(y * (stride + 1) + 1, stride);
            var target = picture.Pixels.AsSpan(y * _width * channels, _width * channels);
            for (int x = 0; x < _width; x++)
            {
                for (int s = 0; s < Samples; s++) pixel[s] = Sample(row, x * Samples + s);
                if (_colour == 3) LookUp(pixel, pixel[0]);
                else if (_colour == 4) (pixel[1], pixel[2], pixel[3]) = (pixel[0], pixel[0], pixel[1]);
                else if (_colour == 0) pixel[0] = (byte)(pixel[0] * greyScale);
                pixel[..channels].CopyTo(target[(x * channels)..]);
            }
        }
        return picture;
    }

    // Sample i of a row: of 16 bits the high eight, of fewer than 8 the bits as they are, leftmost in the high bits.
    private byte Sample(ReadOnlySpan<byte> row, int i) => _depth switch
    {
        8 => row[i],
        16 => row[2 * i],
        _ => (byte)(row[i * _depth / 8] >> (8 - _depth - i * _depth % 8) & ((1 << _depth) - 1)),
    };

    private void LookUp(Span<byte> pixel, int index)
    {
        if (3 * index + 3 > _palette.Length) throw Bad($"is damaged: colour {index} of a palette of {_palette.Length / 3}.");
        _palette.AsSpan(3 * index, 3).CopyTo(pixel);
        pixel[3] = index < _alpha.Length ? _alpha[index] : (byte)255;
    }
}
