using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>Element types of the arrays that are read, all little endian.</summary>
public enum NpyType { Bool, UInt8, Int8, Int32, Int64, Float32, Float64 }

/// <summary>
/// The header of an .npy file: magic, version, header length, then a Python dictionary of dtype, order and shape
/// (format: numpy.lib.format, versions 1, 2 and 3).
/// </summary>
internal sealed record NpyHeader(NpyType Type, bool IsFortran, int[] Shape, int DataOffset)
{
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    // NumPy itself refuses longer ones, as text this long is no plain array's header.
    private const int MaxLength = 10_000;
    private const int MaxRank = 32;

    // dtype names as NumPy writes them, with size in bytes; the table's order is that of NpyType
    private static readonly (string Name, int Size)[] Types =
        [("|b1", 1), ("|u1", 1), ("|i1", 1), ("<i4", 4), ("<i8", 8), ("<f4", 4), ("<f8", 8)];

    public int ElementSize => Types[(int)Type].Size;

    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (int side in Shape) count *= side; // Parse has excluded overflow
            return count;
        }
    }

    public long ByteCount => ElementCount * ElementSize;

    public static NpyHeader Read(DataStream stream)
    {
        Span<byte> start = stackalloc byte[8];
        stream.ReadExactly(start, "the .npy header");
        if (!start[..6].SequenceEqual(Magic)) throw new DataException($"'{stream.Path}' is not an .npy file: it does not begin with \\x93NUMPY.");
        int version = start[6];
        if (version is < 1 or > 3) throw new DataException($"'{stream.Path}' has .npy version {version}; versions 1 to 3 are read.");

        Span<byte> lengthBytes = stackalloc byte[version == 1 ? 2 : 4];
        stream.ReadExactly(lengthBytes, "the .npy header");
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes) : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MaxLength) throw new DataException($"'{stream.Path}' has an .npy header of {length} bytes; at most {MaxLength} are read.");

        var text = new byte[length];
        stream.ReadExactly(text, "the .npy header");
        var encoding = version == 3 ? Encoding.UTF8 : Encoding.Latin1;
        return Parse(encoding.GetString(text), stream.Path, 8 + lengthBytes.Length + (int)length);
    }

    /// <summary>A version 1 header whose end is aligned to 64 bytes, byte for byte as NumPy writes it.</summary>
    public static byte[] Write(NpyType type, ReadOnlySpan<int> shape)
    {
        var sides = new StringBuilder();
        foreach (int side in shape) sides.Append(sides.Length == 0 ? "" : ", ").Append(side);
        if (shape.Length == 1) sides.Append(',');
        string text = $"{{'descr': '{Types[(int)type].Name}', 'fortran_order': False, 'shape': ({sides}), }}";

        const int prefix = 10;
        int total = (prefix + text.Length + 1 + 63) / 64 * 64;
        var header = new byte[total];
        Magic.CopyTo(header, 0);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - prefix));
        header.AsSpan(prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, header.AsSpan(prefix));
        header[^1] = (byte)'\n';
        return header;
    }

    private static NpyHeader Parse(string text, string path, int dataOffset)
    {
        NpyType? type = null;
        bool? isFortran = null;
        int[]? shape = null;
        var scan = new Scanner(text, path);
        scan.Expect('{');
        while (!scan.TryTake('}'))
        {
            string key = scan.TakeString();
            scan.Expect(':');
            switch (key)
            {
                case "descr" when type is null: type = ParseType(scan.TakeString(), path); break;
                case "fortran_order" when isFortran is null: isFortran = scan.TakeBool(); break;
                case "shape" when shape is null: shape = scan.TakeTuple(); break;
                default: throw scan.Bad();
            }
            if (!scan.TryTake(','))
            {
                scan.Expect('}');
                break;
            }
        }
        if (type is null || isFortran is null || shape is null || !scan.IsAtEnd) throw scan.Bad();

        var header = new NpyHeader(type.Value, isFortran.Value, shape, dataOffset);
        if (shape.Length > MaxRank) throw new DataException($"'{path}' has {shape.Length} dimensions; at most {MaxRank} are read.");
        UInt128 bytes = (UInt128)header.ElementSize;
        foreach (int side in shape)
            if ((bytes *= (UInt128)side) > long.MaxValue)
                throw new DataException($"'{path}' has an absurd shape ({string.Join(", ", shape)}): its size overflows.");
        return header;
    }

    private static NpyType ParseType(string name, string path)
    {
        // One byte has no order, so '<u1' and '|u1' are the same; '=' is the machine's own order, little endian on all that .NET runs on.
        string rest = name.TrimStart('<', '|', '=');
        int index = Array.FindIndex(Types, t => t.Name[1..] == rest);
        if (name.StartsWith('>') && !rest.EndsWith('1'))
            throw new DataException($"'{path}' holds big-endian {Quoted(name)}; save it little endian: array.astype({Quoted($"<{name[1..]}")}).");
        if (index < 0)
            throw new DataException($"'{path}' has dtype {Quoted(name)}; read are {string.Join(", ", Types.Select(t => t.Name[1..]))}.");
        return (NpyType)index;
    }

    /// <summary>Reads the few forms of Python literals that the header is made of.</summary>
    private struct Scanner(string text, string path)
    {
        private int _at;

        public bool IsAtEnd
        {
            get
            {
                while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
                return _at == text.Length;
            }
        }

        public readonly DataException Bad() =>
            new($"'{path}' has an .npy header that cannot be understood at character {_at}: {Quoted(text.Trim())}");

        public bool TryTake(char expected)
        {
            if (IsAtEnd || text[_at] != expected) return false;
            _at++;
            return true;
        }

        public void Expect(char expected)
        {
            if (!TryTake(expected)) throw Bad();
        }

        public string TakeString()
        {
            if (IsAtEnd) throw Bad();
            char quote = text[_at];
            if (quote == '[') throw new DataException($"'{path}' holds a structured dtype; plain arrays are read.");
            int end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
            if (end < 0) throw Bad();
            string value = text[(_at + 1)..end];
            _at = end + 1;
            return value;
        }

        public bool TakeBool()
        {
            if (IsAtEnd) throw Bad();
            foreach (var (word, value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
            {
                if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0) continue;
                _at += word.Length;
                return value;
            }
            throw Bad();
        }

        public int[] TakeTuple()
        {
            var values = new List<int>();
            Expect('(');
            while (!TryTake(')'))
            {
                values.Add(TakeSide());
                if (TryTake(',')) continue;
                Expect(')');
                break;
            }
            return [.. values];
        }

        private int TakeSide()
        {
            if (IsAtEnd) throw Bad();
            int start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
            if (_at == start) throw Bad();
            if (!int.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int side))
                throw new DataException($"'{path}' has an absurd shape: a side of {text[start.._at]}; the limit is {int.MaxValue}.");
            if (_at < text.Length && text[_at] == 'L') _at++; // Python 2 wrote long integers so
            return side;
        }
    }
}
