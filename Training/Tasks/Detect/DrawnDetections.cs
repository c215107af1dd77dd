using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Test pictures with what was found in them, each by its position in the scores.</summary>
internal sealed class DrawnDetections(DetectionScores test, ISampleSource samples)
{
    public Picture Draw(int position)
    {
        var picture = test.Pictures[position];
        var batch = new Batch(samples.Spec, 1);
        batch.Read(samples, 0, [picture.Position]);
        var isFound = test.Evaluation.IsFound(position, test.Together.Threshold);
        return DetectionPicture.Draw(new Picture(samples.Spec.Width, samples.Spec.Height, 1, batch.PixelsOf(0).ToArray()),
            [.. picture.Found.Where(d => d.Score >= test.Together.Threshold)], test.ClassNames,
            [.. picture.Truth.Where((o, i) => !o.IsCrowd && !isFound[i])]);
    }

    public string Words(int position)
    {
        var (right, wrong, missed) = test.Tally(position);
        return Invariant($"{right} found, {wrong} wrong, {missed} missed");
    }

    /// <param name="drawn">As <see cref="Draw"/> gave it.</param>
    /// <param name="name">Escaped.</param>
    public string ToHtml(int position, Picture drawn, string name) =>
        $"<figure class=\"shown\">\n<figcaption>{name} <small>{Words(position)}</small></figcaption>\n"
        + $"<img alt=\"{name} with its boxes\" width=\"{drawn.Width}\" height=\"{drawn.Height}\" "
        + $"src=\"data:image/png;base64,{Convert.ToBase64String(Png.Encode(drawn))}\"/>\n</figure>\n";
}
