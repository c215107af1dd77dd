using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Runs;

/// <summary>A run that is ready to begin, or to go on, with what it holds.</summary>
/// <param name="Where">The device in words.</param>
/// <param name="Given">What the command was told.</param>
internal sealed record ReadyRun(Run Run, RunFolder Folder, Device Device, string Where, bool IsResumed, Given Given) : IDisposable
{
    public IScores? Train(IRunObserver observer, CancellationToken cancel) => Run.Train(observer, cancel, IsResumed, Where);

    public void Dispose()
    {
        Folder.Dispose();
        Device.Dispose();
    }
}
