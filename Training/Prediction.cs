using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Training;

/// <summary>A network ready for pictures of any size.</summary>
public interface IPredictor : IDisposable
{
    /// <summary>The sizes of what each picture of an array of such pictures gives.</summary>
    PredictionSizes Sizes(int height, int width);

    /// <summary>The sizes of what a picture gives: the network may be shown it larger or smaller.</summary>
    PredictionSizes Sizes(InputPicture picture) => Sizes(picture.Height, picture.Width);

    /// <param name="pictures">All of one size.</param>
    /// <exception cref="EngineException">They are too large for the device's memory, or the output holds values that are no numbers.</exception>
    IReadOnlyList<IPrediction> Predict(IReadOnlyList<InputPicture> pictures, IPredictionObserver? observer = null);
}

/// <param name="Output">Of the network's raw output: of logits [height, width, classes], say.</param>
/// <param name="Classes">Of <see cref="IPrediction.Classes"/>: of pixels [height, width], say.</param>
public sealed record PredictionSizes(int[] Output, int[] Classes);

/// <summary>What a predictor tells while it works.</summary>
public interface IPredictionObserver
{
    /// <summary>Whether raw output is of use; where it is not, pictures may be predicted that have none of one size.</summary>
    bool TakesOutput { get; }

    /// <summary>A part of the network's raw output, which may be too large to be kept.</summary>
    /// <param name="picture">Its place among those that are being predicted.</param>
    /// <param name="at">The place of the first of <paramref name="values"/>, counted over the picture's output.</param>
    void Output(int picture, long at, ReadOnlySpan<float> values);

    /// <summary>So many parts of a large picture are done.</summary>
    void Progress(int done, int parts);
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

    /// <summary>What the network was given of it, for people: one picture.</summary>
    Picture Input();

    /// <summary>The same as it was given: grey, light ink on black, as many pictures as the network was run on.</summary>
    IReadOnlyList<Picture> Shown { get; }

    /// <summary>The classes that were decided on.</summary>
    byte[] Classes { get; }
}
