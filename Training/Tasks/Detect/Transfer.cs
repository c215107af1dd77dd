using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>First layers that another network has learned.</summary>
internal static class Transfer
{
    /// <summary>Values of a model's <see cref="Model.Backbone"/>, read when they are asked for: a run that goes on needs the file no more.</summary>
    /// <returns>
    /// By variable, functions that throw <see cref="EngineException"/> where the file has other layers, <see cref="DataException"/> where it is damaged.
    /// </returns>
    public static IReadOnlyDictionary<string, Func<float[]>> Of(string path, Model model, NetworkSettings settings)
    {
        var file = new Lazy<SafetensorsFile>(() => SafetensorsFile.Read(path));
        return model.Network(1, training: true, settings).Graph.Variables.Where(v => model.Backbone.Any(v.Name.StartsWith))
            .ToDictionary(v => v.Name, v => (Func<float[]>)(() => Read(file.Value, path, v, model.Name)));
    }

    private static float[] Read(SafetensorsFile file, string path, Tensor variable, string model)
    {
        if (file.Find(variable.Name) is not { } tensor || !tensor.Shape.SequenceEqual(variable.Shape.Sizes.ToArray().Select(size => (long)size)))
        {
            string of = file.Metadata.GetValueOrDefault("model") is { } name ? $" of model {ForeignText.Quoted(name)}" : "";
            throw new EngineException($"'{path}'{of} has no '{variable.Name}' {variable.Shape}, with which {model} begins; name weights of a network that has");
        }
        float[] values = tensor.ToFloats();
        return Array.TrueForAll(values, float.IsFinite) ? values
            : throw new DataException($"'{path}': tensor '{tensor.Name}' holds a value that is no number; these weights are of a run that diverged");
    }
}
