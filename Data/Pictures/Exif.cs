using System.Buffers.Binary;

namespace FcnFromScratch.Data;

/// <summary>How the camera was held (CIPA DC-008, "Exchangeable image file format", tag 0x0112 "Orientation").</summary>
internal static class Exif
{
    private const int Upright = 1;
    private const ushort OrientationTag = 0x0112, ShortType = 3;

    /// <summary>1 … 8 as a JPEG says it; 1, upright, where it does not.</summary>
    public static int Orientation(ReadOnlySpan<byte> jpeg)
    {
        // Segments of a marker, their length and content; after the start of the scan (DA) come pixels.
        for (var rest = jpeg[2..]; rest is [0xFF, not 0xDA, _, _, ..]; )
        {
            if (rest[1] == 0xFF) // a filler
            {
                rest = rest[1..];
                continue;
            }
            int end = 2 + BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (end < 4 || end > rest.Length) break;
            if (rest[1] == 0xE1 && rest[4..end].StartsWith("Exif\0\0"u8)) return OfTiff(rest[10..end]);
            rest = rest[end..];
        }
        return Upright;
    }

    private static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return Upright;
        bool isLittle = tiff[0] == 'I';
        long at = Word(tiff[4..]);
        if (at > tiff.Length - 2) return Upright;
        // Entries of 12 bytes: tag, type, count, value.
        var entries = tiff[((int)at + 2)..];
        for (int i = 0, count = Half(tiff[(int)at..]); i < count && entries.Length >= 12; i++, entries = entries[12..])
            if (Half(entries) == OrientationTag) return Half(entries[2..]) == ShortType && Half(entries[8..]) is >= 1 and <= 8 and var value ? value : Upright;
        return Upright;

        int Half(ReadOnlySpan<byte> bytes) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

        long Word(ReadOnlySpan<byte> bytes) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>The picture as it was seen: 2 to 4 are mirrored, turned by 180° and upside down; 5 to 8 lie on their side.</summary>
    public static Picture Turn(Picture picture, int orientation)
    {
        if (orientation == Upright) return picture;
        bool isOnSide = orientation >= 5, isMirroredX = orientation is 2 or 3 or 7 or 8, isMirroredY = orientation is 3 or 4 or 6 or 7;
        var (width, height, channels, from) = picture;
        var turned = isOnSide ? new Picture(height, width, channels) : new Picture(width, height, channels);
        for (int y = 0, to = 0; y < turned.Height; y++)
            for (int x = 0; x < turned.Width; x++, to += channels)
            {
                var (column, row) = isOnSide ? (y, x) : (x, y);
                if (isMirroredX) column = width - 1 - column;
                if (isMirroredY) row = height - 1 - row;
                from.AsSpan((row * width + column) * channels, channels).CopyTo(turned.Pixels.AsSpan(to));
            }
        return turned;
    }
}
