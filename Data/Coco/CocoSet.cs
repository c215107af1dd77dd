namespace FcnFromScratch.Data;

/// <summary>A class as a COCO file names it.</summary>
public sealed record CocoCategory(long Id, string Name);

/// <summary>A picture of a COCO set: grey, light ink on black, and what it shows, boxes in its own pixels.</summary>
/// <param name="File">As the set names it.</param>
public sealed record CocoImage(long Id, string File, Picture Picture, IReadOnlyList<SceneObject> Objects);

/// <summary>Pictures with boxes in the format of COCO (Lin et al., "Microsoft COCO: common objects in context", 2014), anyone's.</summary>
/// <param name="Path">The JSON file.</param>
/// <param name="Categories">In the order of their ids, which is that of the classes.</param>
/// <param name="Sha256">Of the JSON file and the pictures as they are read, in lower-case hexadecimal.</param>
public sealed record CocoSet(string Path, IReadOnlyList<CocoCategory> Categories, IReadOnlyList<CocoImage> Images, string Sha256)
{
    /// <summary>Pixels along a side of a picture.</summary>
    public const int MostSide = 640;

    /// <summary>Bytes of all pictures, which are held in memory.</summary>
    private const long MostBytes = 1L << 31;

    private const string FileName = "instances.json", Annotations = "annotations", Pictures = "images";

    private static readonly string[] s_endings = [".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".pbm"];

    /// <summary>The largest width and height of the pictures.</summary>
    public int Width { get; } = Images.Max(image => image.Picture.Width);
    public int Height { get; } = Images.Max(image => image.Picture.Height);

    /// <summary>Objects of a picture at most, crowds not counted, and 1 at least.</summary>
    public int Most { get; } = Math.Max(1, Images.Max(image => image.Objects.Count(o => !o.IsCrowd)));

    /// <summary>Whether a folder holds a set: a JSON file where <see cref="Read"/> looks for one, and pictures where it looks for them.</summary>
    /// <exception cref="DataException">The folder cannot be read.</exception>
    public static bool IsThere(string folder) =>
        Candidates(folder).Count > 0 && Homes(folder).Any(home => InputFile.IsFolder(home) && Files(home, "*").Any(IsPicture));

    /// <summary>
    /// Reads the set of a folder: instances.json in it or in its folder annotations, or else the only JSON file in one of them. The pictures lie beside it or
    /// in its folder images; they become light ink on black, as those that <c>fcn predict</c> is given.
    /// </summary>
    /// <exception cref="DataException">There is none or more than one, or something in it is of no use.</exception>
    public static CocoSet Read(string folder)
    {
        var candidates = Candidates(folder);
        if (candidates.Count == 0)
        {
            throw new DataException(
                $"no pictures with boxes in '{folder}': {FileName}, or one other .json, was expected there or in its folder {Annotations}.");
        }
        if (candidates.Count > 1)
        {
            throw new DataException($"'{System.IO.Path.GetDirectoryName(candidates[0])}' holds {candidates.Count} .json files and no {FileName}; "
                + "give the one that is meant this name.");
        }
        string path = candidates[0];
        byte[] json = InputFile.Read(path);
        var content = CocoJson.Parse(json, path);
        var images = new List<CocoImage>();
        long bytes = 0;
        foreach (var (id, file, width, height, annotations) in content.Images)
        {
            var picture = ReadInk(Find(folder, path, id, file));
            if ((width ?? picture.Width, height ?? picture.Height) != (picture.Width, picture.Height))
            {
                throw new DataException($"'{path}': image {id} is {ForeignText.Quoted(file)} of {width}×{height} pixels, and the picture has "
                    + $"{picture.Width}×{picture.Height}; its boxes would lie elsewhere.");
            }
            if ((bytes += picture.Pixels.Length) > MostBytes)
                throw new DataException($"'{path}': its pictures have more than {MostBytes} pixels in all; take fewer or smaller ones.");
            images.Add(new CocoImage(id, file, picture, [.. annotations.Select(a => a.ToObject(picture, path))]));
        }
        return new CocoSet(path, content.Categories, images, ContentHash.Of([json, .. images.Select(image => image.Picture.Pixels)]));
    }

    /// <summary>The JSON files that may be meant, all of the first folder that has any.</summary>
    private static IReadOnlyList<string> Candidates(string folder)
    {
        string[] homes = [.. new[] { folder, System.IO.Path.Combine(folder, Annotations) }.Where(InputFile.IsFolder)];
        foreach (string home in homes)
            if (System.IO.Path.Combine(home, FileName) is var named && InputFile.Exists(named)) return [named];
        return homes.Select(home => Files(home, "*.json")).FirstOrDefault(files => files.Length > 0) ?? [];
    }

    private static string[] Homes(string folder) => [folder, System.IO.Path.Combine(folder, Pictures)];

    private static string[] Files(string folder, string pattern)
    {
        try
        {
            return [.. Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{folder}' cannot be read: {e.Message}", e);
        }
    }

    private static bool IsPicture(string path) => s_endings.Contains(System.IO.Path.GetExtension(path).ToLowerInvariant());

    private static string Find(string folder, string path, long id, string file)
    {
        // A file's name is foreign: it must not lead to what is not the set's.
        if (System.IO.Path.IsPathRooted(file) || file.Split('/', '\\').Contains("..") || file.Any(char.IsControl))
            throw new DataException($"'{path}': image {id} is {ForeignText.Quoted(file)}, which is no name of a file in its folder.");
        return Homes(folder).Select(home => System.IO.Path.Combine(home, file)).FirstOrDefault(InputFile.Exists)
            ?? throw new DataException($"'{path}': image {id} is {ForeignText.Quoted(file)}, which is neither in '{folder}' nor in its folder {Pictures}.");
    }

    /// <summary>As networks get pictures: what is dark on light is turned over, and the ground taken away.</summary>
    private static Picture ReadInk(string path)
    {
        var picture = PictureFile.ReadGrey(path);
        var (width, height, _, pixels) = picture;
        if (width > MostSide || height > MostSide)
            throw new DataException($"'{path}' has {width}×{height} pixels; up to {MostSide}×{MostSide} are read. Scale the set down, its boxes too.");
        if (new Paper(pixels, width).HasDarkInk(pixels))
            foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)(255 - pixel);
        Ground.TakeAway(pixels, width);
        return picture;
    }
}
