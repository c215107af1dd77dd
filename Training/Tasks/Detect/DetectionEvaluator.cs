using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>A detector compiled for inference, with its loss.</summary>
internal sealed class DetectionEvaluator : IEvaluator
{
    /// <summary>
    /// Average precision counts what is found at any score, but what scores less is hardly ever right; and of a network that knows nothing yet all cells do.
    /// </summary>
    private static readonly DetectionLimits s_limits = new(Score: 0.02, Overlap: 0.5) { Most = 4096 };

    private readonly Tensor _image, _answers, _boxes, _loss;
    private readonly Tensor[] _targets;
    private readonly CompiledGraph _compiled;
    private readonly DetectionReader _reader;
    private readonly IReadOnlyList<string> _classes;
    private readonly int _batch;

    public DetectionEvaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch)
    {
        (_batch, _classes) = (batch, settings.ClassNames!);
        (var graph, _image, _answers) = model.For(samples.Height, samples.Width).Network(batch, training: false, settings);
        _targets = TrainingStep.Targets(graph, samples, batch);
        _boxes = graph.Apply(new DecodeBoxes(Detectors.Cell), "boxes", _answers);
        _loss = DetectTask.LossOf(graph, _answers, _targets);
        _compiled = new CompiledGraph(graph, variables, [_answers, _boxes, _loss]);
        _reader = new DetectionReader(variables.Device, s_limits);
    }

    public IScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default)
    {
        using var loader = new BatchLoader(samples, _batch, BatchOrder.Evaluation);
        var scenes = (ISceneSource)samples;
        var pictures = new List<DetectedPicture>();
        double loss = 0;
        for (int b = 0; b < loader.BatchesPerEpoch; b++)
        {
            var batch = loader.Next();
            cancel.ThrowIfCancellationRequested();
            TrainingStep.Upload(_compiled, batch, _image, _targets);
            _compiled.Run();
            float[] batchLoss = _compiled.Download<float>(_loss), answers = _compiled.Download<float>(_answers), boxes = _compiled.Download<float>(_boxes);
            _compiled.ExpectFinite(batchLoss, "the loss");
            loss += batchLoss[0] * (double)batch.Count;
            int answersEach = answers.Length / _batch, boxesEach = boxes.Length / _batch;
            for (int n = 0; n < batch.Count; n++)
            {
                int position = b * _batch + n;
                var (width, height) = scenes.SizeOf(position);
                var found = _reader.Read(answers.AsSpan(n * answersEach, answersEach), boxes.AsSpan(n * boxesEach, boxesEach), width, height);
                pictures.Add(new DetectedPicture(position, scenes.Objects(0, position), found));
            }
        }
        return new DetectionScores(pictures, _classes, loss / samples.Count);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _compiled.Dispose();
    }
}
