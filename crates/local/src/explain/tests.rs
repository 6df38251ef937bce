use super::layout::{Layout, cells, layout};
use super::reads::{Other, Reads, TableRead, Words};
use super::{SVG_SPLITS, TERMINAL_SPLITS, svg, terminal};
use athena_dynamodb::plan::{Access, Estimate, Expressions, KeyCondition, Plan, Value};
use std::collections::BTreeMap;

fn plan(access: Access) -> Plan {
    Plan {
        table: "Orders".to_owned(),
        role: None,
        index: None,
        access,
        hash_key: "id".to_owned(),
        range_key: None,
        expressions: Expressions {
            filter: Some("#n0 < :v0".to_owned()),
            projection: None,
            names: BTreeMap::from([("#n0".to_owned(), "status".to_owned())]),
            values: BTreeMap::from([(":v0".to_owned(), Value::S("<a & b>".to_owned()))]),
        },
        consistent: false,
        held: None,
        only_wanted: false,
        top: None,
        budget: None,
        estimate: Some(Estimate {
            bytes: 2_000_000,
            read_units: 245,
        }),
        left: Vec::new(),
    }
}

fn table(plan: &Plan) -> TableRead {
    let mut explanation = plan.explain();
    explanation.columns = Some(vec!["status".to_owned(), "total".to_owned()]);
    explanation.left.push("filter total > 100".to_owned());
    TableRead {
        name: "default.orders".to_owned(),
        words: Words::DynamoDb(Box::new(explanation)),
    }
}

/// A scan in many splits, a query, a table where nothing qualifies, and one of another connector.
fn reads() -> Reads {
    let scan = plan(Access::Scan {
        segments: 24,
        per_split: 2,
    });
    let query = plan(Access::Query {
        hash: "id".to_owned(),
        range: None,
        conditions: vec![KeyCondition {
            hash: Value::S("注文番号".repeat(12)),
            range: None,
        }],
        splits: 1,
    });
    let other = Words::Other(Other {
        constraints: vec!["state: 2 ranges".to_owned()],
        columns: vec!["state".to_owned()],
        splits: 2,
        properties: vec!["partition".to_owned()],
        filters: Vec::new(),
    });
    let other = TableRead {
        name: "default.elsewhere".to_owned(),
        words: other,
    };
    let nothing = plan(Access::Nothing);
    Reads {
        tables: vec![table(&scan), table(&query), table(&nothing), other],
        steps: vec!["limit", "sort", "join"],
    }
}

fn layouts() -> [Layout; 3] {
    [
        layout(&reads(), TERMINAL_SPLITS),
        layout(&reads(), SVG_SPLITS),
        layout(&Reads::default(), SVG_SPLITS),
    ]
}

#[test]
fn the_text_tells_of_each_table_whatever_its_connector() {
    let text = reads().to_string();
    for line in [
        "── default.orders",
        "how       scan, 24 segments",
        "filter    status < '<a & b>'",
        "columns   status, total",
        "splits    12 splits",
        "estimate  2.0 MB, 245 read units",
        "engine    filter total > 100",
        "how       nothing is read: no item can qualify",
        "── default.elsewhere",
        "sent      state: 2 ranges",
        "with      partition",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    assert_eq!(Reads::default().to_string(), "no table is read");
}

#[test]
fn no_panel_overlaps_another_or_leaves_the_picture() {
    for layout in layouts() {
        for (place, a) in layout.panels.iter().enumerate() {
            assert!(a.x + a.width <= layout.width, "{a:?}");
            assert!(a.y + a.height <= layout.height, "{a:?}");
            for b in &layout.panels[place + 1..] {
                let apart = a.x + a.width <= b.x
                    || b.x + b.width <= a.x
                    || a.y + a.height <= b.y
                    || b.y + b.height <= a.y;
                assert!(apart, "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn every_text_fits_its_panel() {
    for layout in layouts() {
        for panel in &layout.panels {
            assert!(panel.lines.len() + 2 <= panel.height, "{panel:?}");
            for line in &panel.lines {
                assert!(cells(line) + 4 <= panel.width, "{panel:?}");
            }
        }
    }
}

#[test]
fn a_text_of_several_lines_is_told_from_the_next_text() {
    for layout in layouts() {
        for panel in &layout.panels {
            let title = panel.lines.iter().take(panel.title);
            assert!(
                title.skip(1).all(|line| line.starts_with("  ")),
                "{panel:?}"
            );
            let next = panel.lines.get(panel.title);
            assert!(next.is_none_or(|line| !line.starts_with(' ')), "{panel:?}");
        }
    }
    let [_, svg, _] = layouts();
    let drawn = svg::draw(&svg);
    assert!(
        !drawn.contains("> "),
        "a blank that SVG would drop: {drawn}"
    );
}

#[test]
fn every_arrow_leads_from_one_panel_to_the_next() {
    for layout in layouts() {
        for arrow in &layout.arrows {
            let beside = |x: usize, at_end: bool| {
                layout.panels.iter().any(|panel| {
                    let edge = if at_end {
                        panel.x + panel.width
                    } else {
                        panel.x
                    };
                    edge == x && (panel.y..panel.y + panel.height).contains(&arrow.y)
                })
            };
            assert!(beside(arrow.x, true), "{arrow:?}");
            assert!(beside(arrow.x + arrow.length, false), "{arrow:?}");
        }
    }
}

#[test]
fn splits_that_are_not_drawn_are_counted() {
    let count = |layout: &Layout, text: &str| {
        let lines = layout.panels.iter().flat_map(|panel| &panel.lines);
        lines.filter(|line| line.starts_with(text)).count()
    };
    let [terminal, svg, _] = layouts();
    assert_eq!(count(&terminal, "segments "), 3);
    assert_eq!(count(&terminal, "… 9 more"), 1);
    assert_eq!(count(&svg, "segments "), 8);
    assert_eq!(count(&svg, "… 4 more"), 1);
    assert_eq!(count(&svg, "no split"), 1);
}

#[test]
fn the_lines_of_a_terminal_end_in_one_column() {
    let drawn = terminal::draw(&layout(&reads(), TERMINAL_SPLITS));
    let widths: Vec<usize> = drawn.lines().map(cells).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{drawn}");
    assert!(drawn.contains("▶│ segments 0–1"), "{drawn}");
}

#[test]
fn the_svg_is_well_formed_and_its_texts_are_escaped() {
    let drawn = svg::draw(&layout(&reads(), SVG_SPLITS));
    assert!(
        drawn.contains(">filter status &lt; '&lt;a &amp; b&gt;'</text>"),
        "{drawn}"
    );
    assert!(drawn.contains("prefers-color-scheme:dark"));
    let (mut open, mut rest) = (Vec::new(), drawn.as_str());
    while let Some(start) = rest.find('<') {
        check_text(&rest[..start]);
        let end = rest[start..].find('>').expect("a tag ends") + start;
        let tag = &rest[start + 1..end];
        let name = tag.trim_matches('/').split(' ').next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = &rest[end + 1..];
    }
    assert_eq!(open, [""; 0]);
    assert_eq!(rest.trim(), "");
}

#[track_caller]
fn check_text(text: &str) {
    assert!(!text.contains('>'), "{text}");
    for (place, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;"];
        assert!(
            known.iter().any(|entity| text[place..].starts_with(entity)),
            "{text}"
        );
    }
}

#[test]
fn letters_that_xml_does_not_know_are_replaced() {
    assert_eq!(svg::escaped("a\u{1b}\"b"), "a\u{fffd}&quot;b");
}
