using System.Numerics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Training;

/// <summary>
/// Weights as safetensors under the variables' own names; a checkpoint of a run in progress also holds the optimizer's moments
/// as <c>optimizer.{moment}.{parameter}</c> and the step in its metadata. Whole numbers of a byte are saved as bytes, and read from floats too.
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
            tensors.Add(Packed(variable, variables[variable.Name]));
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
        float[] values = variable.Whole is null ? tensor.ToFloats() : tensor.BytesToFloats();
        int bad = Array.FindIndex(values, v => !(variable.Whole?.Has(v) ?? float.IsFinite(v)));
        if (bad < 0) return values;
        string why = variable.Whole is { } whole ? $"it must be one of the {whole}" : "these weights are of a run that diverged";
        throw new DataException(FormattableString.Invariant($"'{path}': element {bad} of tensor '{name}' is {values[bad]}; {why}"));
    }

    private static SafetensorsTensor Packed(Tensor variable, float[] values) => variable.Whole switch
    {
        { Min: >= sbyte.MinValue, Max: <= sbyte.MaxValue } => SafetensorsTensor.From<sbyte>(variable.Name, Bytes<sbyte>(variable, values), Shape(variable)),
        { Min: >= byte.MinValue, Max: <= byte.MaxValue } => SafetensorsTensor.From<byte>(variable.Name, Bytes<byte>(variable, values), Shape(variable)),
        _ => SafetensorsTensor.From<float>(variable.Name, values, Shape(variable)),
    };

    private static T[] Bytes<T>(Tensor variable, float[] values) where T : struct, INumberBase<T> => Array.ConvertAll(values, v =>
        variable.Whole!.Value.Has(v) ? T.CreateTruncating(v) : throw new EngineException($"'{variable.Name}' holds {v}; {variable.Whole} were expected"));

    private static IEnumerable<(string Name, ArrayView<float> View, Tensor Parameter)> Moments(VariableStore variables, CompiledGraph training) =>
        from moment in training.Moments
        from parameter in variables.Variables
        where parameter.Role == TensorRole.Parameter
        let offset = variables.StorageOf(parameter).OffsetInBytes / sizeof(float)
        select ($"{Prefix}{moment.Key}.{parameter.Name}", training.View<float>(moment.Value).SubView(offset, parameter.Shape.Count), parameter);

    private static long[] Shape(Tensor tensor) => [.. tensor.Shape.Sizes.ToArray().Select(s => (long)s)];
}
