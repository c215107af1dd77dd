using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>A classifier compiled for inference, with its loss.</summary>
public sealed class ClassificationEvaluator : IEvaluator
{
    private readonly Tensor _image, _probabilities, _loss;
    private readonly Tensor[] _labels;
    private readonly CompiledGraph _compiled;
    private readonly int _batch, _classes;

    public ClassificationEvaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch)
    {
        (_batch, _classes) = (batch, settings.Classes);
        (var graph, _image, var logits) = model.Network(batch, training: false, settings);
        _labels = TrainingStep.Targets(graph, samples, batch);
        _loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, _labels[0]);
        _probabilities = graph.Apply(new Softmax(), "probabilities", logits);
        _compiled = new CompiledGraph(graph, variables, [_probabilities, _loss]);
    }

    public IScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default)
    {
        using var loader = new BatchLoader(samples, _batch, BatchOrder.Evaluation);
        var counts = new long[_classes, _classes];
        var readings = new List<Reading>();
        double loss = 0;
        for (int b = 0; b < loader.BatchesPerEpoch; b++)
        {
            var batch = loader.Next();
            cancel.ThrowIfCancellationRequested();
            TrainingStep.Upload(_compiled, batch, _image, _labels);
            _compiled.Run();
            float[] batchLoss = _compiled.Download<float>(_loss), probabilities = _compiled.Download<float>(_probabilities);
            _compiled.ExpectFinite(batchLoss, "the loss");
            loss += batchLoss[0] * (double)batch.Count;
            for (int n = 0; n < batch.Count; n++)
            {
                var reading = new Reading(b * _batch + n, batch.Targets[0].Ints[n], probabilities[(n * _classes)..((n + 1) * _classes)]);
                counts[reading.Truth, reading.Prediction]++;
                if (detailed) readings.Add(reading);
            }
        }
        return new ClassificationScores(counts, loss / samples.Count, readings);
    }

    public void Dispose() => _compiled.Dispose();
}
