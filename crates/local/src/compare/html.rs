//! The comparison as one page that needs nothing else: the verdict, plots, and the table.

use super::measure::measures;
use super::{Comparison, plot, told};
use crate::explain::escaped;
use std::fmt::Write as _;

/// The page.
pub(super) fn page(comparison: &Comparison) -> String {
    let (sentence, lines) = told(comparison);
    let same = comparison.verdict.is_same();
    let [left, right] = &comparison.sides;
    let all = measures(&comparison.sides);
    let runs = left.runs.len();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>athena-local compare</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>{}</h1>\n<p class=\"verdict {}\">{}</p></header>\n<pre class=\"sql\">{}</pre>\n",
        if same {
            "The same rows"
        } else {
            "Different rows"
        },
        if same { "same" } else { "different" },
        escaped(&sentence),
        escaped_lines(&comparison.statement),
    );
    // Writing into a string does not fail.
    if !lines.is_empty() {
        page.push_str("<ul class=\"differences\">\n");
        for line in &lines {
            let _ = writeln!(page, "<li>{}</li>", escaped(line));
        }
        page.push_str("</ul>\n");
    }
    let _ = write!(
        page,
        "<p class=\"legend\"><span class=\"key a\"></span>{}<span class=\"key b\"></span>{}</p>\n\
         <h2>Time{}</h2>\n<div class=\"wide\">{}</div>\n<h2>Cost</h2>\n<div class=\"bars\">\n",
        escaped(&left.name),
        escaped(&right.name),
        if runs > 1 {
            format!(" of {runs} runs each")
        } else {
            String::new()
        },
        plot::times(&comparison.sides),
    );
    let names = [left.name.as_str(), right.name.as_str()];
    // What neither side tells, or has none of, is no picture.
    let plotted = all.iter().filter(|measure| {
        let any = measure.values.iter().flatten().any(|value| *value > 0.0);
        any && !measure.name.starts_with("time")
    });
    for measure in plotted {
        let _ = writeln!(page, "<div>{}</div>", plot::bars(measure, names));
    }
    let _ = write!(
        page,
        "</div>\n<h2>Figures</h2>\n<table>\n<thead><tr><th></th><th>{}</th><th>{}</th><th></th></tr></thead>\n<tbody>\n",
        escaped(&left.name),
        escaped(&right.name)
    );
    for measure in &all {
        let _ = writeln!(
            page,
            "<tr><th>{}</th><td>{}</td><td>{}</td><td class=\"ratio\">{}</td></tr>",
            escaped(measure.name),
            escaped(&measure.shown(0)),
            escaped(&measure.shown(1)),
            escaped(&measure.ratio())
        );
    }
    page.push_str("</tbody>\n</table>\n</body>\n</html>\n");
    page
}

/// A statement keeps its lines.
fn escaped_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escaped).collect();
    lines.join("\n")
}

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--panel:#f6f8fa;--a:#0969da;--b:#bc4c00;--good:#1a7f37;--bad:#cf222e}
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--panel:#151b23;--a:#4493f8;--b:#f0883e;--good:#3fb950;--bad:#f85149}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:62rem;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
h1{font-size:1.6rem;margin:0}
h2{font-size:1.05rem;margin:2.2rem 0 .6rem}
.verdict{margin:.2rem 0 1.2rem;color:var(--soft)}
.verdict::before{content:'';display:inline-block;width:.65rem;height:.65rem;border-radius:50%;margin-right:.5rem}
.same::before{background:var(--good)}.different::before{background:var(--bad)}
pre.sql{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.9rem 1.1rem;overflow-x:auto;font:14px/1.5 ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}
.differences{color:var(--bad)}
.legend{color:var(--soft)}
.key{display:inline-block;width:.8rem;height:.8rem;border-radius:3px;margin:0 .4rem 0 1.2rem;vertical-align:-1px}.key:first-child{margin-left:0}
.key.a{background:var(--a)}.key.b{background:var(--b)}
svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
svg text{fill:var(--ink)}svg .name{font-weight:600}svg .tick{fill:var(--soft);text-anchor:middle}svg .side{text-anchor:end}svg .value{fill:var(--soft)}
svg .a{fill:var(--a)}svg .b{fill:var(--b)}svg circle{fill-opacity:.75}
svg .grid{stroke:var(--line)}svg .median{stroke:var(--ink);stroke-width:2}
.bars{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1.2rem 2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.35rem 1.4rem .35rem 0;border-bottom:1px solid var(--line);text-align:right}
tbody th{text-align:left;font-weight:400}.ratio{color:var(--soft)}
";

#[cfg(test)]
mod tests {
    use super::super::difference::{Difference, Pair, Verdict};
    use super::super::measure::tests::side;
    use super::*;

    fn comparison(verdict: Verdict) -> Comparison {
        Comparison {
            statement: "select '<b>'\nfrom t".to_owned(),
            sides: [
                side("with <pushdown>", &[10, 14], 5, 1000),
                side("without", &[25, 20], 5, 12_345),
            ],
            verdict,
        }
    }

    #[test]
    fn the_page_asks_for_nothing_and_escapes_what_is_not_its_own() {
        let pair = Pair {
            left: Some(1),
            right: Some(2),
            columns: vec!["<i>".to_owned()],
        };
        let difference = Difference {
            only_left: 1,
            only_right: 1,
            first: vec![pair],
        };
        let page = page(&comparison(Verdict::Different(difference)));
        for foreign in ["<b>", "<i>", "<pushdown>"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        for asset in [
            "http:", "https:", "src=", "href=", "@import", "url(", "<script",
        ] {
            assert!(!page.contains(asset), "{asset}");
        }
        assert!(
            page.contains("row 1 (with &lt;pushdown&gt;) and row 2 (without) differ"),
            "{page}"
        );
        assert_eq!(page.matches("<circle").count(), 4);
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    }

    #[test]
    fn figures_that_nobody_has_are_in_the_table_and_not_in_a_plot() {
        let same = Verdict::Same {
            rows: 5,
            ordered: false,
            types: Vec::new(),
        };
        let page = page(&comparison(same));
        assert_eq!(page.matches("blocks spilled").count(), 1);
        assert!(page.matches("bytes received").count() > 1);
    }
}
