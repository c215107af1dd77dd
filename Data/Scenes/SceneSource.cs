using System.Buffers;

namespace FcnFromScratch.Data;

/// <summary>Scenes that are drawn when they are read, new ones in every epoch or the same ones.</summary>
public sealed class SceneSource : ISceneSource
{
    private readonly SceneMaker _maker;
    private readonly Func<int, SceneOptions> _optionsOf;
    private readonly IReadOnlyList<int> _scenes;
    private readonly int _most;
    private readonly bool _isFixed;

    /// <summary>New scenes in every epoch, a function of (seed, epoch, number).</summary>
    /// <param name="optionsOf">
    /// Of an epoch, counted from 0: all of one canvas. <see cref="SceneMaker.ExpectRoom"/> tells beforehand whether scenes can be like that.
    /// </param>
    /// <param name="scenes">Their numbers.</param>
    /// <param name="most">Digits of a scene at most, over all epochs.</param>
    public SceneSource(IDigitSource digits, Func<int, SceneOptions> optionsOf, IReadOnlyList<int> scenes, int most, ulong seed)
        : this(digits, optionsOf, scenes, most, seed, isFixed: false) { }

    private SceneSource(IDigitSource digits, Func<int, SceneOptions> optionsOf, IReadOnlyList<int> scenes, int most, ulong seed, bool isFixed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, SceneOptions.MostDigits);
        (_maker, _optionsOf, _scenes, _most, _isFixed) = (new SceneMaker(digits, seed), optionsOf, scenes, most, isFixed);
        var (width, height) = optionsOf(0).Canvas;
        Spec = ISceneSource.SpecOf(height, width, most);
    }

    /// <summary>The same scenes in every epoch, a function of (seed, number): those that <see cref="SceneWriter"/> writes.</summary>
    public static SceneSource Fixed(IDigitSource digits, SceneOptions options, IReadOnlyList<int> scenes, int most, ulong seed) =>
        new(digits, _ => options, scenes, most, seed, isFixed: true);

    /// <summary>The names of classes 0 … 9.</summary>
    public static IReadOnlyList<string> DigitNames { get; } = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    public IReadOnlyList<string> Classes => DigitNames;

    public int Count => _scenes.Count;

    public SampleSpec Spec { get; }

    public void Read(int epoch, int position, Sample sample)
    {
        Span<SceneDigit> room = stackalloc SceneDigit[_most];
        var drawn = Draw(epoch, position, sample.Pixels, room);
        for (int i = 0; i < drawn.Length; i++) ISceneSource.Put(sample, i, drawn[i].Box, drawn[i].Digit);
        ISceneSource.PutNone(sample, drawn.Length);
    }

    public SceneObject[] Objects(int epoch, int position)
    {
        byte[] pixels = ArrayPool<byte>.Shared.Rent(Spec.PixelCount);
        Span<SceneDigit> room = stackalloc SceneDigit[_most];
        var drawn = Draw(epoch, position, pixels.AsSpan(0, Spec.PixelCount), room);
        ArrayPool<byte>.Shared.Return(pixels);
        var objects = new SceneObject[drawn.Length];
        for (int i = 0; i < objects.Length; i++) objects[i] = drawn[i].ToObject();
        return objects;
    }

    private ReadOnlySpan<SceneDigit> Draw(int epoch, int position, Span<byte> pixels, Span<SceneDigit> room)
    {
        var options = _optionsOf(epoch);
        if (options.Canvas != new CanvasSize(Spec.Width, Spec.Height) || options.Digits.High > _most)
            throw new InvalidOperationException($"epoch {epoch} asks for up to {options.Digits.High} digits on {options.Canvas}, others for {_most} on "
                + $"{Spec.Width}x{Spec.Height}");
        // Epochs count from 1 here: 0 is that of the scenes that stay.
        return room[.._maker.Draw(options, _isFixed ? 0 : epoch + 1, _scenes[position], pixels, room).Drawn];
    }
}
