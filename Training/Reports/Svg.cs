using System.Text;
using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>
/// An SVG drawing: shapes and real text. Colours are classes of <see cref="Style"/>, so that a page that holds the drawing can restyle it for a dark ground;
/// <see cref="ToFile"/> brings them along on a light one.
/// </summary>
public sealed class Svg(int width, int height, string label)
{
    public const string Style =
        """
        .chart text { font: 13px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #23282f; font-variant-numeric: tabular-nums; }
        .chart .title { font-size: 15px; font-weight: 600; }
        .chart .dim { fill: #667080; font-size: 12px; }
        .chart .small { font-size: 10.5px; }
        .chart .on { fill: #ffffff; }
        .chart .grid { stroke: #e3e7ec; stroke-width: 1; }
        .chart .axis { stroke: #9aa4b2; stroke-width: 1; }
        .chart .curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
        .chart .faint { fill: none; stroke-width: 1; stroke-opacity: 0.38; }
        .chart .blue { stroke: #1f6feb; } .chart .orange { stroke: #d1570a; } .chart .green { stroke: #11845b; }
        .chart .dot.blue { fill: #1f6feb; } .chart .dot.orange { fill: #d1570a; } .chart .dot.green { fill: #11845b; }
        .chart .right { fill: #1f6feb; } .chart .wrong { fill: #d1570a; }
        .chart .ground { fill: #ffffff; }
        """;

    private readonly StringBuilder _body = new();

    public void Text(double x, double y, string text, string style = "", string anchor = "start", int turn = 0)
    {
        string rotate = turn == 0 ? "" : Invariant($" transform=\"rotate({turn} {x:0.#} {y:0.#})\"");
        Add($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{style}\" text-anchor=\"{anchor}\"", $"{rotate}>{Markup.Escape(text)}</text>");
    }

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        Add($"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"", "/>");

    public void Rectangle(double x, double y, double w, double h, string style, double opacity = 1, string? title = null)
    {
        string end = title is null ? "/>" : $"><title>{Markup.Escape(title)}</title></rect>";
        Add($"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{w:0.#}\" height=\"{h:0.#}\" rx=\"3\" class=\"{style}\" fill-opacity=\"{opacity:0.###}\"", end);
    }

    public void Dot(double x, double y, string style, string title) =>
        Add($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.5\" class=\"dot {style}\"", $"><title>{Markup.Escape(title)}</title></circle>");

    public void Curve(IEnumerable<(double X, double Y)> points, string style) =>
        Add($"<polyline class=\"{style}\"", $" points=\"{string.Join(' ', points.Select(p => Invariant($"{p.X:0.#},{p.Y:0.#}")))}\"/>");

    private string Attributes =>
        $"xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{Markup.Escape(label)}\"";

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
