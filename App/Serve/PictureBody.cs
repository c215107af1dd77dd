using FcnFromScratch.Data;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Http;

namespace FcnFromScratch.App.Serve;

/// <summary>
/// Pictures that come in requests. What they take is bounded, whatever is sent: small bodies by the number of connections, large ones and large pictures by
/// how many may be held at once.
/// </summary>
internal sealed class PictureBody : IDisposable
{
    /// <summary>Bytes of a request.</summary>
    public const int MostBytes = 16 << 20;

    /// <summary>Media type of grey pixels as they are, [height, width], 0 black … 255 white.</summary>
    public const string GreyPixels = "application/x-fcn-grey";

    /// <summary>Types of bodies.</summary>
    public static readonly string[] Types = ["image/*", "application/octet-stream", GreyPixels];

    /// <summary>More would keep the device from everybody else for seconds.</summary>
    private const int MostPixels = 1 << 24;

    private const int SmallBytes = 1 << 18, SmallPixels = 1 << 20, MostLarge = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _large = new(MostLarge), _decoding = new(Environment.ProcessorCount);

    /// <summary>Reads the picture of a request and hands it on. As long as the work with it goes on, it counts as held.</summary>
    /// <exception cref="RefusedException">It is too large, of another type, or comes too slowly.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    public async Task<IResult> With(HttpRequest request, Func<InputPicture, Task<IResult>> work)
    {
        var cancel = request.HttpContext.RequestAborted;
        bool isHeld = request.ContentLength is null or > SmallBytes;
        if (isHeld) await Hold(cancel);
        try
        {
            byte[] body = await RequestBody.Read(request, MostBytes);
            var picture = await Decode(request, body, cancel);
            if (!isHeld && picture.Pixels.Length > SmallPixels)
            {
                await Hold(cancel);
                isHeld = true;
            }
            return await work(InputPicture.Of("picture", picture, Word(request, InputPicture.Invert), Switch(request, InputPicture.KeepGround)));
        }
        finally
        {
            if (isHeld) _large.Release();
        }
    }

    private async Task Hold(CancellationToken cancel)
    {
        if (!await _large.WaitAsync(s_patience, cancel)) throw new BusyException("too many large pictures are being read; send it again later");
    }

    private async Task<Picture> Decode(HttpRequest request, byte[] body, CancellationToken cancel)
    {
        if (request.ContentType?.Split(';')[0].Trim().Equals(GreyPixels, StringComparison.OrdinalIgnoreCase) == true)
        {
            int width = Side(request, "width"), height = Side(request, "height");
            return (long)width * height == body.Length ? new Picture(width, height, 1, body)
                : throw new RefusedException(400, $"{width}×{height} pixels have {(long)width * height} bytes, and the body has {body.Length}");
        }
        if (request.Query.Keys.FirstOrDefault(name => name is "width" or "height") is { } side)
            throw new RefusedException(400, $"{side} is for grey pixels ({GreyPixels}); this picture says how large it is");
        await _decoding.WaitAsync(cancel);
        try
        {
            return PictureFile.ReadGrey("picture", body, MostPixels);
        }
        finally
        {
            _decoding.Release();
        }
    }

    private static int Side(HttpRequest request, string name) =>
        int.TryParse(request.Query[name].ToString(), out int side) && side is >= 1 and <= MostBytes ? side
            : throw new RefusedException(400,
                $"{name} is {ForeignText.Quoted(request.Query[name].ToString())}; grey pixels need width and height as whole numbers from 1");

    private static string Word(HttpRequest request, TextParameter parameter) => (string)QueryParameters.Value(request, parameter)!;

    private static bool Switch(HttpRequest request, SwitchParameter parameter) => (bool)QueryParameters.Value(request, parameter)!;

    public void Dispose()
    {
        _large.Dispose();
        _decoding.Dispose();
    }
}
