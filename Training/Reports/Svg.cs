using System.Text;
using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>
/// An SVG drawing: shapes and real text. Colours are classes of <see cref="Style"/>, so that a page that holds the drawing can restyle it for a dark ground;
/// <see cref="ToFile"/> brings them along on a light one.
/// </summary>
public sealed class Svg(int width, int height, string label)
{
    /// <summary>The width of a drawing that fills a phone's screen pixel for pixel.</summary>
    public const int Narrow = 356;

    public const string Style =
        """
        .chart text { font: 13px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #23282f; font-variant-numeric: tabular-nums; }
        .chart .title { font-size: 15px; font-weight: 600; }
        .chart .dim { fill: #667080; font-size: 12px; }
        .chart .small { font-size: 11px; }
        .chart .on { fill: #ffffff; }
        .chart .grid { stroke: #e3e7ec; stroke-width: 1; }
        .chart .axis { stroke: #9aa4b2; stroke-width: 1; }
        .chart .curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
        .chart .faint { fill: none; stroke-width: 1.3; stroke-opacity: 0.6; }
        .chart .blue { stroke: #1f6feb; } .chart .orange { stroke: #d1570a; } .chart .green { stroke: #11845b; }
        .chart .dot.blue { fill: #1f6feb; } .chart .dot.orange { fill: #d1570a; } .chart .dot.green { fill: #11845b; }
        .chart .right { fill: #1f6feb; } .chart .wrong { fill: #d1570a; }
        .chart .ground { fill: #ffffff; }
        .chart .spot { outline: none; cursor: pointer; }
        .chart .spot rect { fill: #5d6876; fill-opacity: 0; }
        .chart .spot text { visibility: hidden; pointer-events: none; }
        .chart .spot:hover rect, .chart .spot:focus rect { fill-opacity: 0.18; }
        .chart:not(:hover) .spot:focus text, .chart .spot:hover text { visibility: visible; }
        """;

    private readonly StringBuilder _body = new();

    /// <summary>As much of a name as has room.</summary>
    public static string Short(string name, int most) => name.Length <= most ? name : $"{name[..(most - 1)]}…";

    public void Text(double x, double y, string text, string style = "", string anchor = "start", int turn = 0)
    {
        string rotate = turn == 0 ? "" : Invariant($" transform=\"rotate({turn} {x:0.#} {y:0.#})\"");
        Add($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{style}\" text-anchor=\"{anchor}\"", $"{rotate}>{Markup.Escape(text)}</text>");
    }

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        Add($"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"", "/>");

    public void Rectangle(double x, double y, double w, double h, string style, double opacity) =>
        Add($"<rect class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{w:0.#}\" height=\"{h:0.#}\"",
            Invariant($" rx=\"3\" fill-opacity=\"{opacity:0.###}\"/>"));

    public void Dot(double x, double y, string style, double radius) =>
        Add($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" class=\"dot {style}\"", "/>");

    /// <summary>
    /// An area that says something, elsewhere in the drawing, while it is pointed at, tapped or reached by the tab key. It lies above what was drawn before.
    /// </summary>
    public void Spot(double x, double y, double w, double h, double textX, double textY, string text)
    {
        Add($"<g class=\"spot\" tabindex=\"0\"><rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{w:0.#}\" height=\"{h:0.#}\"", "/>");
        Add($"<text x=\"{textX:0.#}\" y=\"{textY:0.#}\"", $">{Markup.Escape(text)}</text></g>");
    }

    public void Curve(IEnumerable<(double X, double Y)> points, string style) =>
        Add($"<polyline class=\"{style}\"", $" points=\"{string.Join(' ', points.Select(p => Invariant($"{p.X:0.#},{p.Y:0.#}")))}\"/>");

    private string Attributes =>
        $"xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"{Markup.Escape(label)}\"";

    /// <summary>For a page that has <see cref="Style"/>.</summary>
    public string ToInline() => $"<svg {Attributes}>\n{_body}</svg>";

    /// <summary>A file of its own.</summary>
    public string ToFile() =>
        $"""
        <svg {Attributes} width="{width}" height="{height}">
        <style>
        {Style}
        </style>
        <rect width="{width}" height="{height}" class="ground"/>
        {_body}</svg>

        """;

    private void Add(FormattableString start, string end) => _body.Append(Invariant(start)).Append(end).Append('\n');
}
