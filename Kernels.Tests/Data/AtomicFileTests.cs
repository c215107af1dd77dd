using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_whole()
    {
        string path = _folder.Write("a", [1, 2, 3, 4, 5]);
        AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(9);
            stream.Flush();
            Assert.Equal([1, 2, 3, 4, 5], File.ReadAllBytes(path)); // the old file until the end
        });
        Assert.Equal([9], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.ToString()));
    }

    [Fact]
    public void A_failure_leaves_the_old_file_and_no_other()
    {
        string path = _folder.Write("a", [1]);
        Fails("cannot write", () => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(9);
            throw new IOException("No space left on device");
        }));
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, _ => throw new InvalidOperationException()));
        Assert.Equal([1], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.ToString()));
    }

    [Fact]
    public void Places_that_cannot_be_written_are_named()
    {
        Directory.CreateDirectory(_folder["folder"]);
        Fails("cannot write", () => AtomicFile.Write(_folder["missing/a"], _ => { }));
        Fails("cannot write", () => AtomicFile.Write(_folder["folder"], _ => { }));
        Assert.Empty(Directory.GetFiles(_folder.ToString()));
    }
}
