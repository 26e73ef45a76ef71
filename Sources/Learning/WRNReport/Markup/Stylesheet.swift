// SPDX-License-Identifier: Apache-2.0

/// The page's style sheet: one column on small screens, two on large ones, black on white in print,
/// and a dark mode.
///
/// Lines have colours of Okabe and Ito, which are distinct for colour-blind readers; text has none
/// of them.
enum Stylesheet {
    static let text = """
        :root{color-scheme:light dark;--paper:#fff;--ink:#1a1a1a;--pale:#595959;--line:#d4d7da;--card:#f4f6f8;
        --first:#0072b2;--second:#d55e00;--right:0 114 178;--wrong:213 94 0}
        @media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e8eaec;--pale:#a9b1b8;--line:#3a4147;--card:#1e2327;
        --first:#56b4e9;--second:#e69f00}}
        @media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--pale:#444;--line:#bbb;--card:#fff;
        --first:#0072b2;--second:#d55e00}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main{max-width:1120px;margin:0 auto;padding:24px 16px 64px}
        h1{font-size:1.75rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
        h2{font-size:1.25rem;line-height:1.3;margin:48px 0 8px}
        p{margin:4px 0 12px;max-width:72ch;overflow-wrap:anywhere}
        .pale{color:var(--pale)}
        .figures{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:24px 0 0}
        .figures div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
        .figures dt{color:var(--pale);font-size:.875rem}
        .figures dd{margin:0;font-size:1.375rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
        .figures dd.note{color:var(--pale);font-size:.8125rem;font-weight:400;line-height:1.4}
        @media (max-width:720px){.figures{grid-template-columns:repeat(2,1fr)}}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:16px 32px}
        figure{margin:12px 0}
        figcaption{font-weight:600;margin-bottom:4px}
        svg{display:block;max-width:100%;height:auto}
        .chart{width:100%;max-width:560px;font-size:13px;fill:var(--ink)}
        .chart .pale{fill:var(--pale)}
        .chart path{fill:none;stroke-width:1}
        .chart .grid{stroke:var(--line)}
        .chart .axis{stroke:var(--pale)}
        .chart .curve{stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}
        .chart .dashed{stroke-dasharray:5 4}
        .first{stroke:var(--first)}.second{stroke:var(--second)}
        .chart .dot.first,.chart .bar{fill:var(--first)}.chart .dot.second{fill:var(--second)}
        .chart .gap{fill:var(--second);fill-opacity:.3;stroke:var(--second)}
        .scroll{overflow-x:auto;max-width:100%}
        .scroll:focus-visible{outline:2px solid var(--first);outline-offset:2px}
        table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
        caption{text-align:left;color:var(--pale);padding:0 0 6px}
        th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
        th{font-weight:600}
        thead th{vertical-align:bottom;border-bottom-color:var(--pale)}
        tbody th,tfoot th,thead th:first-child,.words th,.words td,th.words{text-align:left}
        .words td{overflow-wrap:anywhere}
        .words{width:100%;max-width:900px}
        .words tbody th{font-weight:400;color:var(--pale);white-space:nowrap}
        .confusion td{text-align:center;min-width:3.2em;border:1px solid var(--paper);padding:6px 4px}
        .confusion thead th{text-align:center;font-weight:400;max-width:6.5em;overflow-wrap:break-word;padding:4px}
        .confusion tbody th{font-weight:400;border:0;white-space:nowrap;vertical-align:middle}
        .confusion .right{background:rgb(var(--right)/var(--share))}
        .confusion .wrong{background:rgb(var(--wrong)/var(--share))}
        .mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:20px 16px;padding:0;margin:12px 0;list-style:none}
        .mistakes li{font-size:.8125rem;line-height:1.4;overflow-wrap:anywhere}
        .mistakes img{display:block;width:100%;max-width:160px;aspect-ratio:1;object-fit:contain;background:#000;border-radius:6px;
        image-rendering:pixelated;margin-bottom:6px}
        .pair{display:grid;grid-template-columns:1fr 1fr;gap:8px;align-items:start}
        .explained .pair{max-width:760px}
        .explained .pair img{width:100%;border-radius:6px;image-rendering:pixelated}
        .explained meter{width:min(240px,50%)}
        .explained h2{overflow-wrap:anywhere}
        .drawing svg{min-width:720px}
        .drawing svg>rect:first-of-type{fill:none}
        @media (prefers-color-scheme:dark){.drawing svg{filter:invert(1) hue-rotate(180deg)}}
        pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px;overflow-x:auto;font-size:.875rem;
        line-height:1.5;max-width:900px;white-space:pre-wrap;overflow-wrap:anywhere}
        code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        @media (max-width:480px){th,td{padding:4px 6px}.words{table-layout:fixed}
        .words tbody th{white-space:normal;overflow-wrap:anywhere}}
        @media print{main{padding:0;max-width:none}h2{break-after:avoid}figure,tr,li,pre,.figures div{break-inside:avoid}
        .charts{grid-template-columns:1fr 1fr}.mistakes{grid-template-columns:repeat(6,1fr)}
        .drawing svg{filter:none;min-width:0}.scroll{overflow:visible}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """
}
