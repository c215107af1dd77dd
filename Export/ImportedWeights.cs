using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.Export;

/// <summary>Weights of one of our models, from an ONNX file that has them by their own names.</summary>
public static class ImportedWeights
{
    /// <summary>Writes them as training would have. They are held against the file first: the model with them gives the file's logits to the bit.</summary>
    /// <param name="model">The model's name.</param>
    /// <exception cref="EngineException">They are of another model.</exception>
    /// <exception cref="DataException">They are not as they were trained, or cannot be written.</exception>
    public static void Save(string path, OnnxFile file, string model, Device device, IReadOnlyList<ITask> tasks)
    {
        if (Metadata.IsFolded(file.Metadata))
            throw new DataException($"'{file.Name}' has batch norm folded into its convolutions, and cannot become weights again; export it without --fold.");
        if (file.Metadata.TryGetValue(Metadata.PreprocessingKey, out string? formula)) Metadata.ExpectOurs(formula, file.Name);
        var size = tasks.FindModel(model).Model.Input;
        var network = file.Build(_ => [1, size.Channels, size.Height, size.Width]);
        var tensors = network.Graph.Variables.Select(v => SafetensorsTensor.From<float>(v.Name, network.Values[v.Name], [.. v.Shape.Sizes.ToArray()]));
        var metadata = Metadata.OfWeights(file.Metadata);
        using var weights = Weights.Of(SafetensorsFile.Of(tensors, metadata), file.Name, model, device, tasks);
        double difference = LogitCheck.Difference(weights, file);
        if (difference != 0)
            throw new EngineException(FormattableString.Invariant(
                $"'{file.Name}' has the weights of {model} and gives other logits, by up to {difference:g3}: it is another network"));
        Checkpoint.Save(path, weights.Variables, metadata);
    }
}
