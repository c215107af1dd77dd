using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Test pictures with what was found in them, chosen by rank, so that nobody has to trust a choice.</summary>
internal sealed class DetectionGallery
{
    public const string File = "predictions.png";

    private const int PerGroup = 3, Gap = 16, Line = 24;

    private readonly DetectionScores _test;
    private readonly DrawnDetections _pictures;
    private readonly (string Heading, int[] Positions)[] _groups;
    private readonly Dictionary<int, Picture> _drawn;

    public DetectionGallery(DetectionScores test, ISampleSource samples)
    {
        (_test, _pictures) = (test, new DrawnDetections(test, samples));
        _groups = Groups([.. Enumerable.Range(0, test.Pictures.Count).OrderBy(test.PictureF1)]);
        _drawn = _groups.SelectMany(group => group.Positions).ToDictionary(p => p, _pictures.Draw);
    }

    private static (string, int[])[] Groups(int[] order) => order.Length <= 3 * PerGroup ? [("From the worst to the best", order)]
        :
        [
            ($"The {PerGroup} worst", order[..PerGroup]), ($"The {PerGroup} about the median", order[((order.Length - PerGroup) / 2)..][..PerGroup]),
            ($"The {PerGroup} best", order[^PerGroup..]),
        ];

    public Section Section => new("What it finds",
        Invariant($"Test pictures, chosen by rank, not by hand. Boxes are those with a score of {_test.Together.Threshold:F2} and more, in the colours ")
            + "of their classes, with their scores in per cent; what was missed is framed in red, with a question mark.",
        string.Concat(_groups.Select(group =>
            $"\n<h3>{group.Heading}</h3>\n<div class=\"gallery\">\n"
            + string.Concat(group.Positions.Select(p => _pictures.ToHtml(p, _drawn[p], $"picture {p}"))) + "</div>")));

    /// <summary>All of them in one picture.</summary>
    public byte[] Sheet()
    {
        int width = _drawn.Values.Max(p => p.Width), height = _drawn.Values.Max(p => p.Height);
        int columns = Math.Min(PerGroup, _drawn.Count), rows = _groups.Sum(g => (g.Positions.Length + columns - 1) / columns);
        var canvas = new Canvas(Gap + columns * (width + Gap), Gap + _groups.Length * (Line + Gap) + rows * (height + Line + Gap), Palette.Ground);
        int y = Gap;
        foreach (var (heading, positions) in _groups)
        {
            canvas.Text(Gap, y, heading, Palette.Ink);
            y += Line + Gap;
            foreach (int[] row in positions.Chunk(columns))
            {
                foreach (var (i, position) in row.Index())
                {
                    var picture = _drawn[position];
                    int x = Gap + i * (width + Gap);
                    canvas.Paste(x, y, picture.Width, picture.Height, 1,
                        at => new Rgb(picture.Pixels[3 * at], picture.Pixels[3 * at + 1], picture.Pixels[3 * at + 2]));
                    canvas.Text(x, y + height + 4, $"picture {position}: {_pictures.Words(position)}", Palette.Dim, scale: 1);
                }
                y += height + Line + Gap;
            }
        }
        return Png.Encode(canvas.Picture);
    }
}
