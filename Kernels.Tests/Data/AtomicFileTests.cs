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
    public void A_link_stays_and_what_it_leads_to_is_replaced()
    {
        if (OperatingSystem.IsWindows()) return; // links are for administrators there
        Directory.CreateDirectory(_folder["elsewhere"]);
        string target = _folder.Write("elsewhere/a", [1]);
        File.CreateSymbolicLink(_folder["one"], "elsewhere/a");
        File.CreateSymbolicLink(_folder["two"], "one");
        File.CreateSymbolicLink(_folder["new"], "elsewhere/b");
        AtomicFile.Write(_folder["two"], stream => stream.WriteByte(9));
        AtomicFile.Write(_folder["new"], stream => stream.WriteByte(8));
        Assert.Equal([[9], [8]], new[] { target, _folder["elsewhere/b"] }.Select(File.ReadAllBytes));
        Assert.Equal(["elsewhere/a", "one", "elsewhere/b"], new[] { "one", "two", "new" }.Select(name => new FileInfo(_folder[name]).LinkTarget));
        File.CreateSymbolicLink(_folder["circle"], "circle");
        Fails("cannot write", () => AtomicFile.Write(_folder["circle"], _ => { }));
    }

    /// <summary>A pipe stands for all that is no file: this process may own /dev/null.</summary>
    [Fact]
    public async Task What_is_no_file_is_written_through_and_stays()
    {
        if (OperatingSystem.IsWindows()) return;
        string pipe = _folder.Pipe("pipe");
        var read = Task.Run(() => File.ReadAllBytes(pipe));
        AtomicFile.Write(pipe, stream => stream.Write([1, 2, 3]));
        Assert.Equal([1, 2, 3], await read);
        Assert.Equal(FileKind.Pipe, FileKinds.At(pipe));
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
