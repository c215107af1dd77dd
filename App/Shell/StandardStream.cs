using FcnFromScratch.Data;

namespace FcnFromScratch.App.Shell;

/// <summary>
/// Standard output or standard error of this process, which may be closed or a disk that is full. What cannot be said on standard error is lost;
/// what cannot be put out ends the command with one line. A reader that went away is neither: .NET drops what is written to it.
/// </summary>
internal sealed class StandardStream : Stream
{
    private readonly Stream _stream;
    private readonly Action<string> _failed;

    private StandardStream(Stream stream, Action<string> failed) => (_stream, _failed) = (stream, failed);

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Puts itself under <see cref="Console.Out"/> and <see cref="Console.Error"/>.</summary>
    public static void Install()
    {
        Console.SetOut(Writer(Console.OpenStandardOutput(), why => throw new DataException($"standard output {why}; send it elsewhere, to /dev/null say")));
        Console.SetError(Writer(Console.OpenStandardError(), _ => { }));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _stream.Write(buffer);
        }
        catch (UnauthorizedAccessException)
        {
            _failed("is closed");
        }
        catch (IOException e)
        {
            _failed($"cannot be written: {e.Message}");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static StreamWriter Writer(Stream stream, Action<string> failed) =>
        new(new StandardStream(stream, failed), Console.OutputEncoding) { AutoFlush = true };
}
