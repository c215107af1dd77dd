using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>What commands are tried on: a few pictures for <c>--data</c>, and weights that have seen none.</summary>
internal static class SmallData
{
    /// <summary>Writes procedural pictures into a folder of their own.</summary>
    /// <returns>Its path.</returns>
    public static string Pictures(this TempFolder folder, string name = "data", int count = 40, ulong seed = 3)
    {
        var data = M2nistComposer.Procedural(count, seed);
        Directory.CreateDirectory(folder[name]);
        Npy.Write<byte>(folder[$"{name}/combined.npy"], data.Images, data.Count, data.Height, data.Width);
        Npy.Write<byte>(folder[$"{name}/classmap.npy"], data.Labels, data.Count, data.Height, data.Width);
        return folder[name];
    }

    /// <summary>Writes digits into a folder in MNIST's form.</summary>
    public static void Digits(this TempFolder folder, string name, DigitImages train, DigitImages test)
    {
        Directory.CreateDirectory(folder[$"{name}/mnist"]);
        foreach (var (part, digits) in new[] { ("train", train), ("t10k", test) })
        {
            Idx(folder[$"{name}/mnist/{part}-images-idx3-ubyte"], digits.Images, digits.Count, 28, 28);
            Idx(folder[$"{name}/mnist/{part}-labels-idx1-ubyte"], digits.Labels, digits.Count);
        }
    }

    /// <summary>
    /// Writes digits as somebody's own pictures, NAME/7/12.png say: dark on light, four times as large and, as no digit of the program's, lying to the left.
    /// </summary>
    /// <returns>The folder's path.</returns>
    public static string Hand(this TempFolder folder, string name, DigitImages digits)
    {
        const int width = 250, height = 130;
        for (int i = 0; i < digits.Count; i++)
        {
            var picture = new Picture(width, height, 1);
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    int row = (y - 9) / 4, column = (x - 69 - (65 - y) * 2 / 3) / 4;
                    bool isThere = row is >= 0 and < DigitImages.Side && column is >= 0 and < DigitImages.Side;
                    picture.Pixels[y * width + x] = (byte)(240 - (isThere ? digits.Image(i)[row * DigitImages.Side + column] * 220 / 255 : 0));
                }
            string home = folder[$"{name}/{digits.Labels[i]}"];
            Directory.CreateDirectory(home);
            Png.Write(Path.Combine(home, $"{i}.png"), picture);
        }
        return folder[name];
    }

    private static void Idx(string path, byte[] values, params int[] shape)
    {
        using var file = File.Create(path);
        file.Write([0, 0, 8, (byte)shape.Length]);
        foreach (int size in shape) file.Write([(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size]);
        file.Write(values);
    }

    /// <summary>Writes the weights that training of fcn8-slim would begin with.</summary>
    /// <returns>Their path.</returns>
    public static string InitialWeights(this TempFolder folder)
    {
        var result = CommandRun.Run("train", "--model", "fcn8-slim", "--device", "cpu", "--epochs", "0", "--no-eval", "--quiet",
            "--data", folder.Pictures(), "--out", folder["initial"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return folder["initial/weights/last.safetensors"];
    }
}
