using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Training;

/// <summary>A network ready for pictures of any size.</summary>
public interface IPredictor : IDisposable
{
    /// <param name="pictures">All of one size.</param>
    /// <exception cref="EngineException">They are too large for the device's memory.</exception>
    IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures);
}

/// <summary>What a network made of a picture.</summary>
public interface IPrediction
{
    /// <summary>For people; the first line names the picture.</summary>
    IReadOnlyList<string> Lines { get; }

    /// <summary>For programs.</summary>
    JsonObject ToJson();

    /// <summary>The picture with what was found drawn on it.</summary>
    Picture Draw();

    /// <summary>The network's raw output, logits say, and its sizes.</summary>
    (float[] Values, int[] Sizes) Output { get; }

    /// <summary>What was decided, class by class, and its sizes: of pixels [height, width], say.</summary>
    (byte[] Values, int[] Sizes) Classes { get; }
}
