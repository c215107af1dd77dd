using System.Text;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>Test pictures for a page: each view an image of its own, so that they wrap on a small screen, and all words real text.</summary>
/// <param name="test">With the scores of each image kept.</param>
internal sealed class PredictionGallery(SegmentationScores test)
{
    /// <summary>The keys to the digits' colours.</summary>
    public static string Keys() =>
        $"""<div class="keys">{string.Concat(Enumerable.Range(0, SegmentationData.Background).Select(ClassColour.Key))}</div>""";

    /// <summary>Figures in a grid, each with a heading of its own if it has one.</summary>
    public string Of(IEnumerable<(string Heading, PredictedPicture Picture)> pictures) =>
        $"<div class=\"gallery\">\n{string.Concat(pictures.Select(shown => Figure(shown.Heading, shown.Picture)))}</div>";

    private string Figure(string heading, PredictedPicture p)
    {
        var image = test.Images[p.Position];
        var html = new StringBuilder("<figure class=\"shown\">\n");
        html.Append($"<figcaption>{heading}picture {p.Position} <small>{PredictionPanels.Caption(p, image)}</small></figcaption>\n");
        html.Append("<div class=\"panels\">\n");
        foreach (var (name, colour) in PredictionPanels.Of(p))
        {
            var canvas = new Canvas(p.Width, p.Height, Palette.Ground);
            canvas.Paste(0, 0, p.Width, p.Height, 1, colour);
            string source = Convert.ToBase64String(Png.Encode(canvas.Picture));
            html.Append($"<figure><figcaption>{name}</figcaption>")
                .Append($"<img alt=\"{name}\" width=\"{p.Width}\" height=\"{p.Height}\" src=\"data:image/png;base64,{source}\"/></figure>\n");
        }
        html.Append("</div>\n<table>\n<tbody>\n");
        foreach (int k in PredictionPanels.Digits(image))
        {
            string words = image.Truth[k] > 0
                ? Invariant($"<td>IoU {image.Iou[k]:F3}</td><td>Dice {image.Dice[k]:F3}</td>")
                : $"<td colspan=\"2\" class=\"alarm\">{PredictionPanels.NotThere(image, k)}</td>";
            html.Append($"<tr><th scope=\"row\">{ClassColour.Key(k)}</th>{words}</tr>\n");
        }
        return html.Append("</tbody>\n</table>\n</figure>\n").ToString();
    }
}
