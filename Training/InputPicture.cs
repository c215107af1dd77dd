using System.Numerics;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>A picture to be read: grey, <c>[Height, Width]</c>, pixels 0 … 255, its ink light on a dark ground.</summary>
public sealed class InputPicture
{
    private readonly Picture? _picture; // as it came, of one channel
    private readonly float[]? _numbers; // where there are other values than bytes
    private byte[]? _ink;

    private InputPicture(string name, int height, int width, Picture? picture, byte[]? ink, float[]? numbers) =>
        (Name, Height, Width, _picture, _ink, _numbers) = (name, height, width, picture, ink, numbers);

    /// <summary>How <see cref="Read"/> treats dark ink on a light ground.</summary>
    public static TextParameter Invert { get; } = new("invert",
        "turn dark ink on a lighter ground over; auto does where more of the picture is far below its ground than above")
    {
        Default = "auto", Words = ["auto", "yes", "no"],
    };

    /// <summary>Whether <see cref="Read"/> leaves the ground as it is.</summary>
    public static SwitchParameter KeepGround { get; } = new("keep-ground",
        $"leave grey or uneven paper as it is; else all is taken away that strokes of less than {Ground.Side} pixels are not");

    /// <summary>For messages.</summary>
    public string Name { get; }
    public int Height { get; }
    public int Width { get; }

    /// <summary>Whether it came dark on light and was turned over.</summary>
    public bool IsInverted { get; private init; }

    /// <summary>Whether its ground is to be left as it is.</summary>
    public bool KeepsGround { get; private init; }

    /// <summary>Whether it comes from an array, and so is taken as it is, or from a file of a picture.</summary>
    public bool IsOfArray => _picture is null;

    /// <summary>Pixel y · Width + x, on a ground that is black unless it is kept.</summary>
    public float this[int i] => _numbers is null ? (_ink ??= InkOnBlack())[i] : _numbers[i];

    /// <summary>Reads a picture; colours become grey, and its ground black.</summary>
    /// <param name="invert">A word of <see cref="Invert"/>.</param>
    /// <exception cref="DataException">The file is missing, damaged, too large or no picture that is read.</exception>
    public static InputPicture Read(string path, string invert, bool keepGround) => Of(path, PictureFile.ReadGrey(path), invert, keepGround);

    /// <inheritdoc cref="Read"/>
    /// <param name="picture">Grey, as it came.</param>
    public static InputPicture Of(string name, Picture picture, string invert, bool keepGround)
    {
        bool isInverted = invert == "yes" || invert == "auto" && new Paper(picture.Pixels, picture.Width).HasDarkInk(picture.Pixels);
        return new InputPicture(name, picture.Height, picture.Width, picture, null, null) { IsInverted = isInverted, KeepsGround = keepGround };
    }

    /// <summary>Pixels [height, width], light ink on dark.</summary>
    public static InputPicture Of(string name, int height, int width, byte[] pixels) =>
        new(name, height, width, null, pixels, null);

    /// <inheritdoc cref="Of(string, int, int, byte[])"/>
    /// <exception cref="DataException">A value is none of a pixel.</exception>
    public static InputPicture Of(string name, int height, int width, float[] pixels)
    {
        int bad = Array.FindIndex(pixels, p => !(p >= 0 && p <= 255));
        if (bad >= 0) throw new DataException(FormattableString.Invariant($"'{name}' holds the value {pixels[bad]} at element {bad}; pixels are 0 … 255"));
        return new InputPicture(name, height, width, null, null, pixels);
    }

    /// <summary>Larger or smaller, and treated as this one; of one that is no array.</summary>
    public InputPicture Scaled(int width, int height) =>
        new(Name, height, width, Tent.Scaled(ToPicture(), width, height), null, null) { IsInverted = IsInverted, KeepsGround = KeepsGround };

    /// <summary>Its pixels with light ink on whatever ground it has, [Height, Width].</summary>
    public byte[] Light()
    {
        byte[] pixels = ToPicture().Pixels;
        return IsInverted ? Array.ConvertAll(pixels, p => (byte)(255 - p)) : [.. pixels];
    }

    private byte[] InkOnBlack()
    {
        byte[] ink = Light();
        if (!KeepsGround) Ground.TakeAway(ink, Width);
        return ink;
    }

    /// <summary>As a network gets it that reads pictures of its size.</summary>
    public Picture ToInput() => new(Width, Height, 1, _numbers is null ? [.. _ink ??= InkOnBlack()] : ToPicture().Pixels);

    /// <summary>As it came, to draw on.</summary>
    public Picture ToPicture() => _picture ?? new(Width, Height, 1, _ink ?? Array.ConvertAll(_numbers!, p => (byte)Math.Round(p)));
}

/// <summary>An array [Count, Height, Width] of pictures, light ink on dark: an .npy, or the only one of an .npz. They are read one by one.</summary>
public sealed class InputPictures : IDisposable
{
    private readonly string _path;
    private readonly NpyReader _reader;

    /// <exception cref="DataException">The file is missing or damaged, or has another shape.</exception>
    public InputPictures(string path)
    {
        _path = path;
        _reader = Npz.Is(path) ? Npz.OpenOnly(path) : new NpyReader(path);
        try
        {
            if (_reader.Shape.Count != 3) throw new DataException($"'{path}' has shape {_reader.ShapeText}; (n, height, width) was expected");
            if (Count == 0 || Height == 0 || Width == 0) throw new DataException($"'{path}' holds no pictures");
            if ((long)Height * Width > Picture.MostPixels)
                throw new DataException($"'{path}' holds pictures of {Width}×{Height} pixels; up to {Picture.MostPixels} are read. Cut them into parts");
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public int Count => _reader.Rows;
    public int Height => _reader.Shape[1];
    public int Width => _reader.Shape[2];

    /// <exception cref="DataException">The data is damaged, a value is none of a pixel, or all are 0 … 1.</exception>
    public IEnumerable<InputPicture> Read()
    {
        for (int i = 0; i < Count; i++)
        {
            string name = $"{_path}[{i}]";
            yield return _reader.HoldsBytes ? InputPicture.Of(name, Height, Width, Row<byte>(i)) : InputPicture.Of(name, Height, Width, Row<float>(i));
        }
    }

    private T[] Row<T>(int row) where T : unmanaged, INumber<T>
    {
        var pixels = new T[Height * Width];
        _reader.ReadRows<T>(row, 1, pixels);
        if (pixels.Max() is var most && most > T.Zero && most <= T.One)
            throw new DataException($"'{_path}[{row}]' has no value above 1; pixels are 0 … 255, so multiply what is 0 … 1 by 255");
        return pixels;
    }

    public void Dispose() => _reader.Dispose();
}
