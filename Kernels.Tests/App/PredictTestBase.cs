using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn predict</c> on pictures of a bar, with weights made by hand.</summary>
public abstract class PredictTestBase(HandMadeWeights weights) : IClassFixture<HandMadeWeights>, IDisposable
{
    private protected TempFolder Folder { get; } = new();

    private protected string Weights => weights.Path;

    private protected const int Digit = HandMadeWeights.Digit;

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    // The bar is smaller than a digit, and its pixels are counted.
    private protected string[] Command(string[] args) => ["predict", .. args, "--weights", Weights, "--device", "cpu", "--scale", "1"];

    private protected CommandRun Predict(params string[] args) => CommandRun.Run(Command(args));

    private protected void Refused(int code, string message, params string[] args) => CommandRun.Refused(code, message, Command(args));

    /// <summary>A picture with a bar of 5×12 pixels at (20, 9) and a speck of 2×2 in its last corner, as far as they fit.</summary>
    private protected string Bar(string name, int width, int height, byte ink = 255, byte ground = 0, int channels = 1)
    {
        var picture = new Picture(width, height, channels);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                bool isInk = x is >= 20 and < 25 && y is >= 9 and < 21 || x >= width - 2 && y >= height - 2;
                for (int c = 0; c < channels; c++) picture.Pixels[(y * width + x) * channels + c] = c == 3 ? (byte)255 : isInk ? ink : ground;
            }
        Png.Write(Folder[name], picture);
        return Folder[name];
    }
}
