using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Pictures of any kind, as bytes.</summary>
internal static class PictureTools
{
    public static Picture Grey(byte[] file)
    {
        using var folder = new TempFolder();
        string path = folder.Write("test", file);
        return PictureFile.ReadGrey(path);
    }

    /// <summary>The file holds these pixels once they are grey.</summary>
    public static void Check(int width, int height, byte[] expected, byte[] file)
    {
        var picture = Grey(file);
        Assert.Equal((width, height, 1), (picture.Width, picture.Height, picture.Channels));
        Assert.Equal(expected, picture.Pixels);
    }
}
