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

    private readonly Func<int, Pass> _passOf;
    private readonly Dictionary<int, Pass> _passes = [];
    private readonly DetectionReader _reader;
    private readonly IReadOnlyList<string> _classes;
    private readonly int _batch;

    public DetectionEvaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch)
    {
        (_batch, _classes) = (batch, settings.ClassNames!);
        _passOf = count => new Pass(model.For(samples.Height, samples.Width), settings, variables, samples, count);
        _passes[batch] = _passOf(batch);
        _reader = new DetectionReader(variables.Device, s_limits);
    }

    /// <summary>The network and its loss, compiled for so many pictures.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly Tensor _image, _answers, _boxes, _assigned, _loss;
        private readonly Tensor[] _targets;
        private readonly CompiledGraph _compiled;

        public Pass(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int count)
        {
            (var graph, _image, _answers) = model.Network(count, training: false, settings);
            _targets = TrainingStep.Targets(graph, samples, count);
            _boxes = graph.Apply(new DecodeBoxes(Detectors.Cell), "boxes", _answers);
            (_loss, _assigned) = DetectTask.LossOf(graph, _answers, _targets);
            _compiled = new CompiledGraph(graph, variables, [_answers, _boxes, _assigned, _loss]);
        }

        /// <summary>What the network says of a full batch, the sum of the loss over its cells, and how many of these answer for an object.</summary>
        public (float[] Answers, float[] Boxes, double Loss, int Answering) Run(Batch batch)
        {
            TrainingStep.Upload(_compiled, batch, _image, _targets);
            _compiled.Run();
            float[] loss = _compiled.Download<float>(_loss);
            _compiled.ExpectFinite(loss, "the loss");
            int answering = _compiled.Download<int>(_assigned).Count(number => number >= 0);
            return (_compiled.Download<float>(_answers), _compiled.Download<float>(_boxes), loss[0] * (double)Math.Max(answering, 1), answering);
        }

        public void Dispose() => _compiled.Dispose();
    }

    public IScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default)
    {
        using var loader = new BatchLoader(samples, _batch, BatchOrder.Evaluation);
        var scenes = (ISceneSource)samples;
        var pictures = new List<DetectedPicture>();
        double loss = 0;
        long answering = 0;
        for (int b = 0; b < loader.BatchesPerEpoch; b++)
        {
            var batch = loader.Next();
            cancel.ThrowIfCancellationRequested();
            int count = batch.Count;
            // Room that is left over would be black pictures to the loss: the last batch has none.
            if (count < batch.Size)
            {
                batch = new Batch(samples.Spec, count);
                batch.Read(samples, 0, [.. Enumerable.Range(b * _batch, count)]);
            }
            if (!_passes.TryGetValue(count, out var pass)) _passes[count] = pass = _passOf(count);
            var (answers, boxes, sum, many) = pass.Run(batch);
            loss += sum;
            answering += many;
            int answersEach = answers.Length / count, boxesEach = boxes.Length / count;
            for (int n = 0; n < count; n++)
            {
                int position = b * _batch + n;
                var (width, height) = scenes.SizeOf(position);
                var found = _reader.Read(answers.AsSpan(n * answersEach, answersEach), boxes.AsSpan(n * boxesEach, boxesEach), width, height);
                pictures.Add(new DetectedPicture(position, scenes.Objects(0, position), found));
            }
        }
        return new DetectionScores(pictures, _classes, loss / Math.Max(answering, 1));
    }

    public void Dispose()
    {
        _reader.Dispose();
        foreach (var pass in _passes.Values) pass.Dispose();
    }
}
