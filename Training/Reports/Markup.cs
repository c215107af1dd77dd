using System.Net;

namespace FcnFromScratch.Training.Reports;

/// <summary>Text for HTML, XML and SVG.</summary>
public static class Markup
{
    /// <summary>Text as content or attribute value. Control characters, which XML cannot hold, become '?'.</summary>
    public static string Escape(string text) =>
        WebUtility.HtmlEncode(string.Create(text.Length, text, (line, source) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) && source[i] is not ('\n' or '\t') ? '?' : source[i];
        }));

    /// <summary>The key to a colour as HTML: its name on it.</summary>
    public static string Key(string name, Rgb colour) =>
        $"<span class=\"key\" style=\"background:{colour.Hex};color:{Palette.InkOn(colour).Hex}\">{Escape(name)}</span>";
}
