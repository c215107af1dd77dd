namespace FcnFromScratch.Data;

/// <summary>Grey pictures, light ink on black, with the objects that they show.</summary>
public interface ISceneSource : ISampleSource
{
    /// <summary>Names of the objects' classes, in order.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>What the sample at a position shows, with all that its targets have no room for.</summary>
    SceneObject[] Objects(int epoch, int position);

    /// <summary>The width and height of the picture at a position, which a sample may continue with black at its right and below.</summary>
    (int Width, int Height) SizeOf(int position) => (Spec.Width, Spec.Height);

    /// <summary>
    /// What a sample is: a grey picture; "boxes" [most, 4] of its objects, each from its left and upper to its right and lower edge in pixels, 0 where there is
    /// none; "classes" [most], −1 where there is none.
    /// </summary>
    /// <param name="most">Objects that a picture has at most.</param>
    static SampleSpec SpecOf(int height, int width, int most) =>
        new(height, width, 1, new TargetSpec("boxes", TargetType.Float32, most, 4), new TargetSpec("classes", TargetType.Int32, most));

    /// <summary>Fills one object's room in the targets.</summary>
    static void Put(Sample sample, int index, Box box, int label)
    {
        var values = sample.Floats(0).Slice(4 * index, 4);
        (values[0], values[1], values[2], values[3]) = ((float)box.XMin, (float)box.YMin, (float)box.XMax, (float)box.YMax);
        sample.Ints(1)[index] = label;
    }

    /// <summary>Marks the room from an object on as empty.</summary>
    static void PutNone(Sample sample, int from)
    {
        sample.Floats(0)[(4 * from)..].Clear();
        sample.Ints(1)[from..].Fill(-1);
    }
}
