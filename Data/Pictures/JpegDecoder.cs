using System.Runtime.InteropServices;

namespace FcnFromScratch.Data;

/// <summary>
/// Decodes one JPEG by <see cref="TurboJpeg"/>, baseline or progressive: grey straight from the file's luma, colours of print (CMYK, as Adobe stores them:
/// 255 is no ink) by way of RGB; upright as its EXIF says.
/// </summary>
internal sealed unsafe class JpegDecoder(DataStream file, GreyMaker grey)
{
    private const int MostBytes = 1 << 28;

    /// <summary>Pixels that a byte makes at most: every 8×8 of them take one bit or more (ITU-T T.81, F.1.2).</summary>
    private const int MostPacked = 8 * 64;

    /// <summary>A warning of what some cameras write, and all decoders read. Every other means that pixels are wrong or missing.</summary>
    private const string Harmless = "Invalid SOS parameters for sequential JPEG";

    public Picture Decode()
    {
        if (!TurboJpeg.IsThere)
            throw Bad("is a JPEG; libturbojpeg, which reads them, is not here: install it (Debian: libturbojpeg0) or convert the picture to PNG.");
        if (file.StoredLength > MostBytes) throw Bad($"is a JPEG file of {file.StoredLength} bytes; at most {MostBytes} are read.");
        byte[] jpeg = file.ReadToEnd();
        nint decoder = TurboJpeg.tjInitDecompress();
        if (decoder == 0) throw Bad($"cannot be decoded: libturbojpeg does not start. {TurboJpeg.Error(0)}");
        try
        {
            fixed (byte* content = jpeg)
            {
                return Exif.Turn(Decode(decoder, content, jpeg.Length), Exif.Orientation(jpeg));
            }
        }
        finally
        {
            TurboJpeg.tjDestroy(decoder);
        }
    }

    private Picture Decode(nint decoder, byte* content, int length)
    {
        int width = 0, height = 0, sampling, space;
        Expect(decoder, TurboJpeg.tjDecompressHeader3(decoder, content, new CULong((uint)length), &width, &height, &sampling, &space));
        if (width == 0) throw Bad("is truncated: it ends before it says how large its picture is."); // no error to the library: such a file may hold tables
        PixelRows.Size(file, width, height);
        if ((long)width * height / MostPacked > length)
            throw Bad($"is truncated: {width}×{height} pixels cannot be packed into {length} bytes.");
        bool isCmyk = space is TurboJpeg.IsCmyk or TurboJpeg.IsYcck;
        int channels = isCmyk ? 4 : 1;
        PixelRows.ExpectFits(file, width, height, (long)width * height * channels);
        var pixels = new byte[width * height * channels];
        fixed (byte* target = pixels)
        {
            Expect(decoder, TurboJpeg.tjDecompress2(decoder, content, new CULong((uint)length), target, width, width * channels, height,
                isCmyk ? TurboJpeg.Cmyk : TurboJpeg.Grey, TurboJpeg.AccurateTransform | TurboJpeg.LimitScans));
        }
        return new Picture(width, height, 1, isCmyk ? GreyOfCmyk(pixels) : pixels);
    }

    private byte[] GreyOfCmyk(byte[] pixels)
    {
        var result = new byte[pixels.Length / 4];
        Span<byte> pixel = stackalloc byte[3];
        for (int i = 0; i < result.Length; i++)
        {
            for (int c = 0; c < 3; c++) pixel[c] = (byte)((pixels[4 * i + c] * pixels[4 * i + 3] + 127) / 255);
            result[i] = grey.Grey(pixel);
        }
        return result;
    }

    private void Expect(nint decoder, int result)
    {
        if (result == 0) return;
        string message = TurboJpeg.Error(decoder);
        if (TurboJpeg.tjGetErrorCode(decoder) == TurboJpeg.Fatal) throw Bad($"is a JPEG file that cannot be decoded: {message}.");
        if (message != Harmless) throw Bad($"is truncated or damaged: {message}.");
    }

    private DataException Bad(string what) => new($"'{file.Path}' {what}");
}
