namespace FcnFromScratch.Training.Reports;

/// <summary>How a page looks, on light and dark grounds, on a phone and on paper.</summary>
internal static class PageStyle
{
    public const string Css =
        """
        :root { color-scheme: light dark; --page: #f5f6f8; --paper: #ffffff; --ink: #1b2027; --dim: #5d6876;
            --line: #dfe3e9; --accent: #1f6feb; --wrong: #b3261e; --track: #262c35; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
            -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        main { max-width: 1060px; margin: 0 auto; padding: 48px 24px 72px; }
        h1 { font-size: 34px; line-height: 1.2; margin: 4px 0 20px; letter-spacing: -0.015em; }
        h2 { font-size: 22px; margin: 0 0 6px; letter-spacing: -0.01em; }
        h3 { font-size: 16px; margin: 26px 0 10px; }
        a { color: var(--accent); }
        section { margin-top: 56px; }
        section > p { max-width: 46em; margin: 0 0 18px; color: var(--dim); }
        .eyebrow { margin: 0; color: var(--accent); font-size: 14px; font-weight: 600; }
        .headline { margin: 0; font-size: 84px; line-height: 1; font-weight: 700; letter-spacing: -0.035em; font-variant-numeric: tabular-nums; }
        .headline small { white-space: nowrap; font-size: 30px; font-weight: 500; letter-spacing: 0; color: var(--dim); }
        .lead { max-width: 46em; margin: 12px 0 0; color: var(--dim); overflow-wrap: anywhere; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 28px 0 0; }
        .cards div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 14px 16px; background: var(--paper);
            border: 1px solid var(--line); border-radius: 10px; }
        .cards dt { color: var(--dim); font-size: 13px; line-height: 1.35; }
        .cards dd { margin: 0; font-size: 20px; font-weight: 600; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .paper { padding: 12px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
        .paper svg { display: block; width: 100%; height: auto; }
        .narrow { display: none; }
        .table { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 8px 16px; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 7px 8px; text-align: left; font-weight: 400; border-top: 1px solid var(--line); }
        thead th, table > tbody:first-child > tr:first-child > * { border-top: 0; }
        thead th { color: var(--dim); font-size: 13px; }
        th.number { text-align: right; }
        .number { text-align: right; white-space: nowrap; width: 1%; padding-left: 16px; }
        td small, .dim { color: var(--dim); font-size: 14px; }
        .key { display: inline-block; min-width: 26px; padding: 0 8px; border-radius: 5px; line-height: 26px; text-align: center; font-weight: 700; }
        .keys { display: flex; flex-wrap: wrap; gap: 6px; }
        .bar { min-width: 150px; }
        .bar div { position: relative; height: 16px; background: var(--track); border-radius: 4px; overflow: hidden; }
        .bar i { display: block; height: 100%; }
        .bar b { position: absolute; top: 7px; height: 2px; background: #ffffff; box-shadow: 0 0 0 1px #14171c; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 16px; }
        .tiles { grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 10px; }
        .tiles img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }
        .shown { margin: 0; padding: 14px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
        .shown > img { display: block; width: 100%; height: auto; border-radius: 4px; }
        .shown > figcaption { margin-bottom: 8px; font-weight: 600; }
        .shown > figcaption small { display: block; color: var(--dim); font-size: 14px; font-weight: 400; }
        .panels { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
        .panels figure { margin: 0; }
        .panels figcaption { color: var(--dim); font-size: 13px; line-height: 1.5; }
        .panels img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }
        .shown table { margin-top: 12px; border-top: 1px solid var(--line); font-size: 15px; }
        .shown td, .shown th { padding: 4px 6px 4px 0; border-top: 0; vertical-align: top; }
        .shown th { width: 40px; }
        .alarm { color: var(--wrong); }
        .facts th { width: 14em; color: var(--dim); }
        .facts td { overflow-wrap: anywhere; }
        details { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 10px 16px; margin-top: 14px; }
        summary { cursor: pointer; font-weight: 600; }
        details table { margin-top: 8px; }
        .best > * { font-weight: 700; }
        .commands, .files { margin: 0; padding: 16px 20px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
        .commands dt { color: var(--dim); font-size: 14px; }
        .commands dd { margin: 2px 0 14px; overflow-wrap: anywhere; }
        .commands dd:last-child { margin-bottom: 0; }
        .commands code { user-select: all; }
        .files { list-style: none; }
        .files li { padding: 3px 0; overflow-wrap: anywhere; }
        code { font: 14px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }

        """ + Svg.Style + """

        @media (prefers-color-scheme: dark) {
        :root { --page: #101318; --paper: #181c23; --ink: #e9edf2; --dim: #9aa4b2; --line: #2a303a; --accent: #6ea8ff; --wrong: #ff8a7a; --track: #0c0f13; }
        .chart text { fill: #e9edf2; }
        .chart .dim { fill: #9aa4b2; }
        .chart .on { fill: #ffffff; }
        .chart .grid { stroke: #2a303a; }
        .chart .axis { stroke: #66707e; }
        .chart .blue { stroke: #6ea8ff; } .chart .orange { stroke: #ff9e57; } .chart .green { stroke: #4cc995; }
        .chart .dot.blue { fill: #6ea8ff; } .chart .dot.orange { fill: #ff9e57; } .chart .dot.green { fill: #4cc995; }
        .chart .spot rect { fill: #c3cad4; }
        }
        @media screen and (max-width: 720px) {
        main { padding: 24px 16px 48px; }
        section { margin-top: 44px; }
        h1 { font-size: 27px; overflow-wrap: anywhere; }
        .headline { font-size: 64px; }
        .headline small { font-size: 22px; }
        .cards { grid-template-columns: 1fr 1fr; }
        .wide { display: none; }
        .narrow { display: block; max-width: 480px; margin: 0 auto; }
        .paper { padding: 8px 0; }
        .reflow thead { display: none; }
        .reflow tr { display: flex; flex-wrap: wrap; gap: 4px 14px; padding: 9px 0; border-top: 1px solid var(--line); }
        .reflow tbody tr:first-child { border-top: 0; }
        .reflow th, .reflow td { padding: 0; border: 0; width: auto; text-align: left; }
        .reflow td[data-name] { flex: 1 0 74px; }
        .reflow td[data-name]::before { content: attr(data-name); display: block; color: var(--dim); font-size: 12px; font-weight: 400; }
        .reflow th, .reflow .bar, .facts td { flex: 1 0 100%; }
        .bar { order: 1; }
        }
        @media print { body { background: #ffffff; } section, .shown { break-inside: avoid; } }
        """;
}
