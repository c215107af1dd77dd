using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>Element types that are read and written, all little endian.</summary>
public enum TensorType { U8, I8, I32, F32, I64, F64 }

/// <summary>One tensor of a file: elements in C order in <paramref name="Bytes"/>; a scalar has an empty shape.</summary>
public sealed record SafetensorsTensor(string Name, TensorType Type, long[] Shape, byte[] Bytes)
{
    public static SafetensorsTensor From<T>(string name, ReadOnlySpan<T> values, params long[] shape) where T : unmanaged =>
        new(name, TypeOf<T>(), shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>The elements of an F32 tensor, or of an F64 tensor rounded.</summary>
    /// <exception cref="DataException">The tensor holds integers.</exception>
    public float[] ToFloats() => Type switch
    {
        TensorType.F32 => MemoryMarshal.Cast<byte, float>(Bytes).ToArray(),
        TensorType.F64 => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(Bytes).ToArray(), x => (float)x),
        _ => throw new DataException($"tensor {Quoted(Name)} has dtype {Type}; F32 or F64 was expected."),
    };

    /// <summary>The elements of a tensor of bytes, or else as <see cref="ToFloats"/> gives them.</summary>
    /// <exception cref="DataException">The tensor holds larger integers.</exception>
    public float[] BytesToFloats() => Type switch
    {
        TensorType.U8 => Array.ConvertAll(Bytes, x => (float)x),
        TensorType.I8 => Array.ConvertAll(Bytes, x => (float)(sbyte)x),
        _ => ToFloats(),
    };

    /// <summary>The elements of a tensor of this type.</summary>
    /// <exception cref="DataException">It has another.</exception>
    public T[] To<T>() where T : unmanaged => Type == TypeOf<T>() ? MemoryMarshal.Cast<byte, T>(Bytes).ToArray()
        : throw new DataException($"tensor {Quoted(Name)} has dtype {Type}; {TypeOf<T>()} was expected.");

    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    private static TensorType TypeOf<T>() where T : unmanaged => default(T) switch
    {
        float => TensorType.F32,
        double => TensorType.F64,
        int => TensorType.I32,
        long => TensorType.I64,
        byte => TensorType.U8,
        sbyte => TensorType.I8,
        _ => throw new ArgumentException($"elements of type {typeof(T).Name} are neither read nor written"),
    };
}

/// <summary>
/// A safetensors file: eight bytes of header length, a JSON header of names, dtypes, shapes and byte ranges, then the tensors without gaps
/// (format: github.com/huggingface/safetensors). <see cref="Tensors"/> are in the order of the file.
/// </summary>
public sealed class SafetensorsFile
{
    private const int MaxHeader = 100_000_000;
    private const string MetadataKey = "__metadata__";

    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(List<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
        _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public SafetensorsTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>What would be read from a file of these.</summary>
    public static SafetensorsFile Of(IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata) => new([.. tensors], metadata);

    /// <exception cref="DataException">The file is missing or breaks the format; the message says where.</exception>
    public static SafetensorsFile Read(string path)
    {
        using var stream = DataStream.Open(path);
        if (stream.IsPacked) throw new DataException($"'{path}' is gzip; safetensors are read plain. Unpack it first.");
        if (stream.StoredLength < 8)
            throw new DataException($"'{path}' is not a safetensors file: {stream.StoredLength} bytes, the header length alone has 8.");
        Span<byte> lengthBytes = stackalloc byte[8];
        stream.ReadExactly(lengthBytes, "the header length");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength > MaxHeader)
            throw new DataException($"'{path}' asks for a header of {headerLength} bytes; the limit is {MaxHeader}. Is it a safetensors file?");
        if (headerLength > (ulong)stream.StoredLength - 8)
            throw new DataException($"'{path}' is truncated: its header of {headerLength} bytes goes past the end at {stream.StoredLength}.");

        byte[] header = stream.ReadBytes((long)headerLength, "the header");
        var (entries, metadata) = SafetensorsHeader.Parse(path, header, stream.StoredLength - 8 - (long)headerLength);
        var tensors = new List<SafetensorsTensor>(entries.Count);
        foreach (var (name, type, shape, begin, end) in entries)
            tensors.Add(new SafetensorsTensor(name, type, shape, stream.ReadBytes(end - begin, $"tensor {Quoted(name)}")));
        return new SafetensorsFile(tensors, metadata);
    }

    /// <summary>Writes atomically. Wide types come first, then names in ordinal order, so that every tensor is aligned to its type.</summary>
    /// <param name="previous">Where the file that was at <paramref name="path"/> is kept, if anywhere.</param>
    public static void Write(
        string path, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, string? previous = null)
    {
        var ordered = tensors.OrderByDescending(t => SafetensorsHeader.SizeOf(t.Type)).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var names = new HashSet<string>(StringComparer.Ordinal) { MetadataKey };
        foreach (var tensor in ordered)
        {
            if (!names.Add(tensor.Name)) throw new ArgumentException($"the tensor name '{tensor.Name}' is used twice or reserved");
            if (tensor.Shape.Aggregate((long)SafetensorsHeader.SizeOf(tensor.Type), (product, side) => checked(product * side)) != tensor.Bytes.Length)
                throw new ArgumentException($"tensor '{tensor.Name}' of shape {tensor.ShapeText} and dtype {tensor.Type} has {tensor.Bytes.Length} bytes");
        }

        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var tensor in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (long side in tensor.Shape) json.WriteNumberValue(side);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');

        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            header.WriteTo(stream);
            foreach (var tensor in ordered) stream.Write(tensor.Bytes);
        }, previous);
    }
}
