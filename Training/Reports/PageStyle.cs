namespace FcnFromScratch.Training.Reports;

/// <summary>How a page looks, on light and dark grounds and on paper.</summary>
internal static class PageStyle
{
    public const string Css =
        """
        :root { color-scheme: light dark; --page: #f5f6f8; --paper: #ffffff; --ink: #1b2027; --dim: #5d6876;
            --line: #dfe3e9; --accent: #1f6feb; --track: #262c35; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
        main { max-width: 1060px; margin: 0 auto; padding: 48px 24px 72px; }
        h1 { font-size: 34px; line-height: 1.2; margin: 4px 0 20px; letter-spacing: -0.015em; }
        h2 { font-size: 22px; margin: 0 0 6px; letter-spacing: -0.01em; }
        section { margin-top: 56px; }
        section > p { max-width: 46em; margin: 0 0 18px; color: var(--dim); }
        .eyebrow { margin: 0; color: var(--accent); font-size: 14px; font-weight: 600; }
        .headline { margin: 0; font-size: 84px; line-height: 1; font-weight: 700; letter-spacing: -0.035em; font-variant-numeric: tabular-nums; }
        .headline small { white-space: nowrap; font-size: 30px; font-weight: 500; letter-spacing: 0; color: var(--dim); }
        .lead { max-width: 46em; margin: 12px 0 0; color: var(--dim); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 28px 0 0; }
        .cards div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 14px 16px; background: var(--paper);
            border: 1px solid var(--line); border-radius: 10px; }
        .cards dt { color: var(--dim); font-size: 13px; line-height: 1.35; }
        .cards dd { margin: 0; font-size: 20px; font-weight: 600; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .wide { display: block; width: 100%; height: auto; border-radius: 12px; }
        .paper { padding: 12px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; overflow-x: auto; }
        .paper svg { display: block; width: 100%; min-width: 640px; height: auto; }
        .scroll { overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 8px 16px; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 7px 8px; text-align: left; font-weight: 400; border-top: 1px solid var(--line); }
        thead th, tbody:first-child tr:first-child > * { border-top: 0; }
        thead th { color: var(--dim); font-size: 13px; }
        .number { text-align: right; white-space: nowrap; width: 1%; }
        .dim { color: var(--dim); font-size: 14px; }
        .key { display: inline-block; width: 26px; border-radius: 5px; text-align: center; font-weight: 700; }
        .bar { min-width: 150px; }
        .bar div { height: 14px; background: var(--track); border-radius: 4px; overflow: hidden; }
        .bar i { display: block; height: 100%; }
        .facts th { width: 14em; color: var(--dim); }
        .facts td { overflow-wrap: anywhere; }
        .commands { margin: 0; padding: 16px 20px; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
        .commands dt { color: var(--dim); font-size: 14px; }
        .commands dd { margin: 2px 0 14px; overflow-wrap: anywhere; }
        .commands dd:last-child { margin-bottom: 0; }
        code { font: 14px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }

        """ + Svg.Style + """

        @media (prefers-color-scheme: dark) {
        :root { --page: #101318; --paper: #181c23; --ink: #e9edf2; --dim: #9aa4b2; --line: #2a303a; --accent: #6ea8ff; --track: #0c0f13; }
        .chart text { fill: #e9edf2; }
        .chart .dim { fill: #9aa4b2; }
        .chart .on { fill: #ffffff; }
        .chart .grid { stroke: #2a303a; }
        .chart .axis { stroke: #66707e; }
        .chart .blue { stroke: #6ea8ff; } .chart .orange { stroke: #ff9e57; } .chart .green { stroke: #4cc995; }
        .chart .dot.blue { fill: #6ea8ff; } .chart .dot.orange { fill: #ff9e57; } .chart .dot.green { fill: #4cc995; }
        }
        @media print { body { background: #ffffff; } section { break-inside: avoid; } }
        """;
}
