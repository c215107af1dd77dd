using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>A network for pictures of whatever size comes: compiled anew only where the size or their number changes.</summary>
public sealed class Inference(Model model, NetworkSettings settings, VariableStore variables) : IDisposable
{
    private CompiledGraph? _compiled;
    private Tensor? _image, _output;

    /// <summary>The output for pictures [Height, Width] of one size.</summary>
    /// <returns>[pictures, …], row-major, and the shape of all.</returns>
    /// <exception cref="EngineException">They are too large for the device's memory.</exception>
    public (float[] Values, Shape Shape) Run(IReadOnlyList<InputPicture> pictures)
    {
        int height = pictures[0].Height, width = pictures[0].Width, area = height * width;
        try
        {
            Compile(pictures.Count, height, width);
            var images = new float[pictures.Count * area];
            for (int i = 0; i < images.Length; i++) images[i] = Preprocessing.Normalise(pictures[i / area].Pixels[i % area]);
            _compiled!.Upload<float>(_image!, images);
            _compiled.Run();
            return (_compiled.Download<float>(_output!), _output!.Shape);
        }
        catch (Exception e) when (e is DeviceMemoryException or OutOfMemoryException or OverflowException)
        {
            string why = e is DeviceMemoryException ? e.Message : "its tensors have more elements than can be counted";
            var (some, next) = pictures.Count > 1
                ? ($", {pictures.Count} at once,", "choose a smaller --batch")
                : ("", "make it smaller or cut it into parts");
            throw new EngineException($"'{pictures[0].Name}' of {width}×{height} pixels{some} is too large: {why}; {next}", e);
        }
    }

    private void Compile(int count, int height, int width)
    {
        if (_image is not null && _image.Shape.Equals(new Shape(count, height, width, model.Input.Channels))) return;
        _compiled?.Dispose();
        (_compiled, _image) = (null, null);
        var resized = model with { Input = model.Input with { Height = height, Width = width } };
        (var graph, var image, _output) = resized.Network(count, training: false, settings);
        _compiled = new CompiledGraph(graph, variables, [_output]);
        _image = image;
    }

    public void Dispose() => _compiled?.Dispose();
}
