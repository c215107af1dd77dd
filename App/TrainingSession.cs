using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>What <c>fcn train</c> and <c>fcn resume</c> share: the data is opened first, so that nothing is left behind when it cannot be.</summary>
public sealed class TrainingSession
{
    private readonly TrainingArguments _arguments;
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly bool _quiet, _json;
    private readonly SegmentationData _data;
    private readonly string _source;
    private readonly Split _split;
    private readonly IDigitSource? _digits;

    public TrainingSession(TrainingArguments arguments, Device device, bool quiet, bool json)
    {
        (_arguments, _device, _quiet, _json) = (arguments, device, quiet, json);
        _options = arguments.ToOptions();
        (_data, _source) = CommonOptions.OpenData(arguments.Data);
        _split = CommonOptions.OpenSplit(arguments.Split, _data.Count, arguments.Seed);
        _digits = arguments.Augment > 0 ? CommonOptions.OpenDigits(arguments.Data, _data, _split) : null;
    }

    /// <returns>The exit code.</returns>
    public int Run(RunFolder folder, string device, bool resume = false)
    {
        var progress = new TrainingProgress(_quiet || _json, _options.Epochs + _options.Extensions.Sum(), folder);
        progress.Line($"{_options.Model.Name} on {device}");
        progress.Line($"{_source}: {_split.Train.Length} train, {_split.Validation.Length} validation, {_split.Test.Length} test"
            + (_options.Augment > 0 ? FormattableString.Invariant($"; every epoch composes {_options.Augment:P0} of the training images anew") : ""));
        var run = new SegmentationRun(_options, _data, _split, _device, folder, _digits);
        using var interrupt = new Interrupt();
        SegmentationMetrics? test;
        try
        {
            test = run.Train(progress, interrupt.Token, resume, progress.Line);
        }
        catch (DataException e) when (folder.HasBegun)
        {
            throw new EngineException($"{e.Message} The run is safe up to its last checkpoint: once that is mended, 'fcn resume {folder.Path}' goes on", e);
        }
        finally
        {
            progress.Clear();
        }
        if (!run.IsComplete) progress.Line($"stopped after step {run.State.Step}; 'fcn resume {folder.Path}' goes on");
        if (run.StoppedEarly)
            progress.Line($"stopped early: no better validation in {_options.Patience} epochs; the best is epoch {run.State.BestEpoch}, saved as {folder.Best} (--patience 0 turns this off)");
        if (test is not null) folder.Log(ResultTable.Digits(test));
        if (_json) Console.WriteLine(File.ReadAllText(folder.At(RunFolder.ReportFile)));
        else if (test is not null) ResultTable.Print(test, $"test, {_split.Test.Length} images, weights of epoch {run.State.BestEpoch}", folder.Path);
        else Console.WriteLine($"run folder: {folder.Path}");
        return run.IsComplete ? ExitCode.Ok : ExitCode.Cancelled;
    }
}
