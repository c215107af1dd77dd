using FcnFromScratch.Data;
using FcnFromScratch.Training.Tasks.Detect;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>Pictures with boxes, made by hand and by chance.</summary>
internal static class Scenes
{
    public static SceneObject Object(int k, double x, double y, double width, double height, bool isCrowd = false) =>
        new(new Box(x, y, x + width, y + height), k, width * height, isCrowd);

    public static Detection Found(int k, double score, double x, double y, double width, double height) =>
        new(new Box(x, y, x + width, y + height), k, score);

    public static DetectedPicture Picture(IReadOnlyList<SceneObject> truth, params Detection[] found) => new(0, truth, found);

    /// <summary>
    /// Few places, sizes and scores, so that IoUs, scores and whole boxes are often equal; crowds; empty pictures; more detections than are looked at.
    /// </summary>
    public static DetectedPicture[] Random(Random random, int classes)
    {
        int scale = random.Next(3) switch { 0 => 4, 1 => 8, _ => 24 }, pictures = random.Next(1, 7);
        int Places() => scale * random.Next(0, 6);
        Box NewBox()
        {
            int x = Places(), y = Places();
            return new(x, y, x + Places() + scale, y + Places() + scale);
        }

        return [.. Enumerable.Range(0, pictures).Select(p =>
        {
            SceneObject[] truth =
            [
                .. Enumerable.Range(0, random.Next(4) == 0 ? 0 : random.Next(1, 9)).Select(_ =>
                {
                    var box = NewBox();
                    return new SceneObject(box, random.Next(classes), random.Next(2) == 0 ? box.Area : Math.Floor(box.Area * 0.7), random.Next(8) == 0);
                }),
            ];
            Detection[] found =
            [
                .. Enumerable.Range(0, random.Next(4) == 0 ? 0 : random.Next(20) == 0 ? 300 : random.Next(1, 16)).Select(_ =>
                {
                    // Half are near an object, mostly of its class.
                    var near = truth.Length > 0 && random.Next(2) == 0 ? truth[random.Next(truth.Length)] : null;
                    int shift = random.Next(3) * scale / 4;
                    var box = near is null ? NewBox() : near.Box with { XMin = near.Box.XMin + shift, XMax = near.Box.XMax + shift };
                    return new Detection(box, near is null || random.Next(5) == 0 ? random.Next(classes) : near.Class, random.Next(1, 8) / 8.0);
                }),
            ];
            return new DetectedPicture(p, truth, found);
        })];
    }
}
