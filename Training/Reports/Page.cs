using System.Text;

namespace FcnFromScratch.Training.Reports;

/// <summary>A figure with what it is, at the head of a page.</summary>
public sealed record Card(string Name, string Value);

/// <summary>A part of a page.</summary>
/// <param name="Note">A sentence or two of HTML.</param>
/// <param name="Content">HTML; tables of the class "reflow" stack their cells on a phone, each under its "data-name".</param>
public sealed record Section(string Heading, string Note, string Content)
{
    /// <summary>A drawing as content, in the form that fits the screen.</summary>
    public static string Chart(Svg wide, Svg narrow) =>
        $"""<div class="paper"><div class="wide">{wide.ToInline()}</div><div class="narrow">{narrow.ToInline()}</div></div>""";

    /// <summary>Figures as content: a row for each name, a column for each head.</summary>
    public static string Table(IReadOnlyList<string> heads, IEnumerable<(string Name, string[] Figures)> rows)
    {
        string head = string.Concat(heads.Select(h => $"<th scope=\"col\" class=\"number\">{Markup.Escape(h)}</th>"));
        string body = string.Concat(rows.Select(row => $"<tr><th scope=\"row\">{Markup.Escape(row.Name)}</th>"
            + string.Concat(heads.Zip(row.Figures, (h, figure) => $"<td class=\"number\" data-name=\"{Markup.Escape(h)}\">{Markup.Escape(figure)}</td>"))
            + "</tr>\n"));
        return $"<div class=\"table\"><table class=\"reflow\">\n<thead><tr><th scope=\"col\"></th>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>";
    }
}

/// <summary>
/// A page of HTML: a head with the figure that counts, cards, and sections. One file with its pictures inside and no script; it is well-formed XML too,
/// so that any reader can take it apart.
/// </summary>
public sealed class Page
{
    private readonly StringBuilder _page = new();

    /// <param name="eyebrow">What kind of page it is.</param>
    /// <param name="title">What this one is about.</param>
    public Page(string eyebrow, string title) => Add($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>{Markup.Escape(title)}</title>
        <style>
        {PageStyle.Css}
        </style>
        </head>
        <body>
        <main>
        <header>
        <p class="eyebrow">{Markup.Escape(eyebrow)}</p>
        <h1>{Markup.Escape(title)}</h1>
        """);

    /// <summary>The figure that counts, in large type.</summary>
    public void Headline(string figure, string plusMinus) =>
        Add($"<p class=\"headline\">{Markup.Escape(figure)}{(plusMinus.Length == 0 ? "" : $" <small>± {Markup.Escape(plusMinus)}</small>")}</p>");

    /// <summary>A paragraph of HTML at the head.</summary>
    public void Lead(string html) => Add($"<p class=\"lead\">{html}</p>");

    /// <summary>Ends the head.</summary>
    public void Cards(IEnumerable<Card> cards)
    {
        Add("<dl class=\"cards\">");
        foreach (var (name, value) in cards) Add($"<div><dt>{Markup.Escape(name)}</dt><dd>{Markup.Escape(value)}</dd></div>");
        Add("</dl>\n</header>");
    }

    public void Section(Section section) =>
        Add($"<section>\n<h2>{Markup.Escape(section.Heading)}</h2>\n<p>{section.Note}</p>\n{section.Content}\n</section>");

    /// <summary>The whole page; nothing can be added after it.</summary>
    public string End()
    {
        Add("</main>\n</body>\n</html>");
        return _page.ToString();
    }

    private void Add(string text) => _page.Append(text).Append('\n');
}
