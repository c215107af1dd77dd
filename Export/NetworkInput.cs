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
        if (array.Rows == 0 || array.RowLength == 0) throw new DataException($"'{path}' of shape {array.ShapeText} holds nothing.");
        if (array.HoldsTruths) throw new DataException($"'{path}' holds true and false; give pixels 0 … 255, or f32.");
        if (array.HoldsFloats) return (dims, array.ReadAll<float>());
        if (!file.Metadata.TryGetValue(Metadata.PreprocessingKey, out string? formula))
            throw new DataException($"'{path}' holds pixels, and the network does not say how they become its input; give f32.");
        Metadata.ExpectOurs(formula, file.Name);
        return (dims, Array.ConvertAll(array.ReadAll<byte>(), pixel => Preprocessing.Normalise(pixel)));
    }
}
