using FcnFromScratch.Data;

namespace FcnFromScratch.Export;

/// <summary>What an imported network is run on.</summary>
public static class NetworkInput
{
    /// <summary>An array for the only input of a file, and its dimensions there.</summary>
    /// <exception cref="DataException">It does not fit, or there are several inputs.</exception>
    public static (int[] Dims, float[] Values) Read(string path, OnnxFile file)
    {
        if (file.Inputs is not [var input]) throw new DataException($"the network has {file.Inputs.Count} inputs; --input is for one.");
        using var array = new NpyReader(path);
        int[] dims = [.. array.Shape];
        // Pictures of one channel may come without it.
        if (dims.Length == 3 && input.Dims is [_, 1, _, _]) dims = [dims[0], 1, dims[1], dims[2]];
        float[] values = array.ReadAll<float>();
        if (!array.HoldsBytes) return (dims, values);
        if (file.Metadata.GetValueOrDefault(Metadata.PreprocessingKey) != Preprocessing.Formula)
            throw new DataException($"'{path}' holds pixels, and the network does not say how they become its input; give f32.");
        return (dims, Array.ConvertAll(values, Preprocessing.Normalise));
    }
}
