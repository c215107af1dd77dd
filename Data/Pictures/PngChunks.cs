using System.Buffers.Binary;
using System.Text;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>
/// The chunks of a PNG, one after the other, their checksums checked as they pass. Read as a stream it is the content of the IDAT chunks, which follow
/// each other, from the one it stands at; so neither the file nor the packed pixels are ever in memory as a whole.
/// </summary>
internal sealed class PngChunks(DataStream file) : Stream
{
    private uint _left, _checksum;

    /// <summary>The type of the chunk it stands at; empty before the first.</summary>
    public string Type { get; private set; } = "";

    /// <summary>Bytes of the chunk's content.</summary>
    public uint ContentLength { get; private set; }

    /// <summary>Goes to the next chunk, over what is left of this one.</summary>
    public void Next()
    {
        if (Type.Length > 0) Finish();
        Span<byte> head = stackalloc byte[8];
        if (file.ReadSome(head) < head.Length) throw Bad("is truncated: a chunk is missing before its end.");
        _left = ContentLength = BinaryPrimitives.ReadUInt32BigEndian(head);
        Type = Encoding.Latin1.GetString(head[4..]);
        _checksum = Crc32.Of(head[4..]);
    }

    /// <summary>Goes to the end of the chunk, where its checksum is.</summary>
    public void Finish()
    {
        Span<byte> skipped = stackalloc byte[512];
        while (_left > 0) ReadContent(skipped);
        Span<byte> stored = stackalloc byte[4];
        if (file.ReadSome(stored) < stored.Length) throw GoesPastTheEnd();
        if (_checksum != BinaryPrimitives.ReadUInt32BigEndian(stored)) throw Bad($"is damaged: the checksum of chunk {Quoted(Type)} is wrong.");
    }

    /// <summary>All of the chunk.</summary>
    /// <param name="most">It may not be longer; what is expected there.</param>
    public byte[] Content(int most, string what)
    {
        if (ContentLength > most) throw Bad($"has {what} of {ContentLength} bytes; {most} at most were expected.");
        var content = new byte[ContentLength];
        ReadContent(content);
        return content;
    }

    public override int Read(Span<byte> buffer)
    {
        while (_left == 0 && Type == "IDAT") Next();
        return Type == "IDAT" ? ReadContent(buffer) : 0;
    }

    private int ReadContent(Span<byte> buffer)
    {
        if (buffer.Length > _left) buffer = buffer[..(int)_left];
        if (file.ReadSome(buffer) < buffer.Length) throw GoesPastTheEnd();
        _checksum = Crc32.Continue(_checksum, buffer);
        _left -= (uint)buffer.Length;
        return buffer.Length;
    }

    private DataException GoesPastTheEnd() => Bad($"is truncated: a chunk of {ContentLength} bytes goes past the end.");

    private DataException Bad(string what) => new($"'{file.Path}' {what}");

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
