using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Training;

/// <summary>
/// Weights as safetensors under the variables' own names; a checkpoint of a run in progress also holds the optimizer's moments
/// as <c>optimizer.{moment}.{parameter}</c> and the step in its metadata.
/// </summary>
public static class Checkpoint
{
    private const string Prefix = "optimizer.";

    /// <param name="training">Of a run in progress: its moments are saved too.</param>
    /// <param name="previous">Where the checkpoint that was at <paramref name="path"/> is kept, if anywhere.</param>
    public static void Save(
        string path, VariableStore variables, IReadOnlyDictionary<string, string> metadata, CompiledGraph? training = null, string? previous = null)
    {
        var tensors = new List<SafetensorsTensor>();
        foreach (var variable in variables.Variables)
            tensors.Add(SafetensorsTensor.From<float>(variable.Name, variables[variable.Name], Shape(variable)));
        if (training is not null)
            foreach (var (name, moment, parameter) in Moments(variables, training))
            {
                var values = new float[parameter.Shape.Count];
                variables.Device.Download(moment, values.AsSpan());
                tensors.Add(SafetensorsTensor.From<float>(name, values, Shape(parameter)));
            }
        SafetensorsFile.Write(path, tensors, metadata, previous);
    }

    /// <summary>Reads all variables, and the optimizer's moments where they are asked for. Nothing is changed unless all of it fits.</summary>
    /// <returns>The file's metadata.</returns>
    /// <exception cref="EngineException">A tensor is missing or has another shape: these are the weights of another model.</exception>
    public static IReadOnlyDictionary<string, string> Load(string path, VariableStore variables, CompiledGraph? training = null) =>
        Load(SafetensorsFile.Read(path), path, variables, training);

    /// <inheritdoc cref="Load(string, VariableStore, CompiledGraph?)"/>
    public static IReadOnlyDictionary<string, string> Load(SafetensorsFile file, string path, VariableStore variables, CompiledGraph? training)
    {
        var found = variables.Variables.Select(v => Fitting(file, path, v.Name, v)).ToArray();
        var moments = training is null ? [] : Moments(variables, training).ToArray();
        var foundMoments = moments.Select(m => Fitting(file, path, m.Name, m.Parameter)).ToArray();
        for (int i = 0; i < found.Length; i++) variables[variables.Variables[i].Name] = found[i];
        for (int i = 0; i < moments.Length; i++) variables.Device.Upload<float>(foundMoments[i], moments[i].View);
        return file.Metadata;
    }

    /// <summary>Reads as <see cref="Load"/> does, and changes nothing.</summary>
    public static void Check(string path, VariableStore variables)
    {
        var file = SafetensorsFile.Read(path);
        foreach (var variable in variables.Variables) Fitting(file, path, variable.Name, variable);
    }

    private static float[] Fitting(SafetensorsFile file, string path, string name, Tensor variable)
    {
        if (file.Find(name) is not { } tensor)
        {
            string model = file.Metadata.TryGetValue("model", out string? m) ? $" (they are of model {ForeignText.Quoted(m)})" : "";
            throw new EngineException($"'{path}' has no tensor '{name}': these weights belong to another model{model}");
        }
        if (!tensor.Shape.AsSpan().SequenceEqual(Shape(variable)))
            throw new EngineException(
                $"'{path}': tensor '{name}' is {tensor.ShapeText}, the model's is {variable.Shape}: these weights belong to another model");
        float[] values = tensor.ToFloats();
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        return bad < 0 ? values
            : throw new DataException($"'{path}': element {bad} of tensor '{name}' is {values[bad]}; these weights are of a run that diverged");
    }

    private static IEnumerable<(string Name, ArrayView<float> View, Tensor Parameter)> Moments(VariableStore variables, CompiledGraph training) =>
        from moment in training.Moments
        from parameter in variables.Variables
        where parameter.Role == TensorRole.Parameter
        let offset = variables.StorageOf(parameter).OffsetInBytes / sizeof(float)
        select ($"{Prefix}{moment.Key}.{parameter.Name}", training.View<float>(moment.Value).SubView(offset, parameter.Shape.Count), parameter);

    private static long[] Shape(Tensor tensor) => [.. tensor.Shape.Sizes.ToArray().Select(s => (long)s)];
}
