//! A run of everything over the least there is: the page that it writes is whole, and its figures are all there.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use tempfile::TempDir;

/// Elements that a browser would fetch something for, and attributes that name what.
const OUTSIDE: [&str; 8] = [
    "link", "script", "img", "iframe", "object", "src", "href", "srcset",
];

#[test]
fn a_run_of_everything_fills_the_page_and_the_report() {
    let folder = TempDir::new().unwrap();
    let least = [
        "--shape",
        "mixed",
        "--pages",
        "1",
        "--runs",
        "1",
        "--starts",
        "1",
        "--calls",
        "1",
        "--scaling-runs",
        "1",
    ];
    // A name that means something to HTML.
    let own = format!(
        "'{}' __connector '<&>'",
        env!("CARGO_BIN_EXE_athena-benches")
    );
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_athena-benches"))
        .args(least)
        .args(["--connector", "self", "--connector", &own, "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{talk}");

    let text = std::fs::read(folder.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&text).unwrap();
    every_figure_is_there(&report, &["self", &own]);

    let text = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    let page = Page::read(&text);
    for section in [
        "goals", "ratios", "start", "reads", "memory", "scaling", "lambda", "steps",
    ] {
        assert!(page.ids.contains(section), "no section `{section}`");
    }
    // Two of the start, four of calls, four of reads, one of memory, six scales, two of a function, one of steps.
    assert_eq!((page.figures, page.plots), (20, 20), "{:?}", page.ids);
    assert_eq!(page.tables, page.figures + 2, "a table behind each plot");
}

fn every_figure_is_there(report: &Value, connectors: &[&str; 2]) {
    let at = |pointer: &str| {
        report
            .pointer(pointer)
            .unwrap_or_else(|| panic!("no {pointer}"))
    };
    let places = |pointer: &str, name: &str| -> Vec<u64> {
        let points = at(pointer).as_array().expect("a list");
        points
            .iter()
            .filter_map(|point| point[name].as_u64())
            .collect()
    };
    assert_eq!(places("/scaling/segments", "at"), [1, 1, 2, 2, 4, 4, 8, 8]);
    assert_eq!(
        places("/scaling/latency", "at"),
        [0, 0, 10, 10, 30, 30, 100, 100]
    );
    assert_eq!(
        places("/scaling/columns", "at"),
        [20, 20, 100, 100, 400, 400]
    );
    assert_eq!(places("/scaling/growth", "at"), [1, 1, 2, 2, 4, 4]);
    let grown = at("/scaling/growth").as_array().expect("a list");
    for point in grown {
        assert_eq!(point["cold"]["pages"], point["at"], "{point}");
    }
    for (of, connector) in ["starts", "reads", "scaling/growth", "scaling/compression"]
        .into_iter()
        .flat_map(|of| [(of, connectors[0]), (of, connectors[1])])
    {
        let all = at(&format!("/{of}")).as_array().expect("a list");
        let found = all.iter().any(|figures| figures["connector"] == connector);
        assert!(found, "{of} of {connector}");
    }
    let calls = at("/calls").as_array().expect("a list");
    let kinds: Vec<&str> = calls
        .iter()
        .filter_map(|call| call["call"].as_str())
        .collect();
    assert_eq!(kinds, [["ping", "describe", "plan", "read"]; 2].concat());
    for call in calls {
        assert!(
            call["ms"]["median"].as_f64().expect("a number") > 0.0,
            "{call}"
        );
        assert_eq!(call["ms"]["samples"].as_array().expect("a list").len(), 1);
    }
    for read in at("/reads").as_array().expect("a list") {
        let memory = read["memory"].as_array().expect("a list");
        assert!(memory.len() >= 2, "{read}");
        let most = memory
            .iter()
            .filter_map(|sample| sample["mb"].as_f64())
            .fold(0.0, f64::max);
        let peak = read["peak_memory_mb"].as_f64().expect("a number");
        assert!(most > 1.0 && most <= peak * 1.01, "{most} of {peak}");
    }
    // Whether pages came in gzip or not, they hold the same JSON.
    let compressed = at("/scaling/compression").as_array().expect("a list");
    let json: BTreeSet<u64> = compressed
        .iter()
        .filter_map(|of| of["cold"]["json_bytes"].as_u64())
        .collect();
    assert_eq!((compressed.len(), json.len()), (4, 1), "{json:?}");
    let never = compressed
        .iter()
        .filter(|of| of["page_compression"] == "never");
    for plain in never {
        assert_eq!(plain["cold"]["sent_bytes"], plain["cold"]["json_bytes"]);
    }
    // A page is read in some hundredths of a second by an unoptimised connector, so that its processor time can be told.
    for derived in ["roofline", "bills_per_tb"] {
        assert_eq!(
            at(&format!("/{derived}")).as_array().expect("a list").len(),
            2,
            "{derived}"
        );
    }
    let goals = at("/goals").as_array().expect("a list");
    let figures: BTreeSet<&str> = goals
        .iter()
        .filter_map(|goal| goal["figure"].as_str())
        .collect();
    assert_eq!(figures.len(), 10, "{figures:?}");
    for ratio in at("/ratios").as_array().expect("a list") {
        assert_eq!(
            (ratio["connector"].as_str(), ratio["of"].as_str()),
            (Some(connectors[1]), Some("self"))
        );
        assert!(ratio["times"].as_f64().expect("a number") > 0.0, "{ratio}");
    }
}

/// What a page holds.
#[derive(Debug, Default)]
struct Page {
    ids: BTreeSet<String>,
    figures: usize,
    /// Drawings that say what they show.
    plots: usize,
    tables: usize,
}

impl Page {
    /// Reads a page as XML, which is stricter than HTML: each element closed, each attribute quoted, each id once.
    fn read(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = true;
        let mut page = Self::default();
        let mut depth = 0;
        loop {
            match reader.read_event().expect("well-formed XML") {
                Event::Start(element) => {
                    depth += 1;
                    page.element(&element);
                }
                Event::End(_) => depth -= 1,
                Event::Empty(element) => page.element(&element),
                Event::Text(text) => drop(
                    text.xml_content(quick_xml::XmlVersion::Implicit1_0)
                        .expect("well-formed UTF-8"),
                ),
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "every element is closed");
        page
    }

    fn element(&mut self, element: &BytesStart<'_>) {
        let name = String::from_utf8(element.name().as_ref().to_vec()).expect("well-formed UTF-8");
        assert!(
            !OUTSIDE.contains(&&*name),
            "the page needs nothing else, not even a `{name}`"
        );
        let mut attributes = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute.expect("well-formed UTF-8");
            let key =
                String::from_utf8(attribute.key.as_ref().to_vec()).expect("well-formed UTF-8");
            let value = String::from_utf8(attribute.value.to_vec()).expect("well-formed UTF-8");
            assert!(!OUTSIDE.contains(&&*key), "`{key}` leads out of the page");
            attributes.push((key, value));
        }
        let value = |key: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        if let Some(id) = value("id") {
            assert!(self.ids.insert(id.clone()), "`{id}` twice");
        }
        self.figures += usize::from(name == "figure");
        self.tables += usize::from(name == "table");
        self.plots += usize::from(name == "svg" && value("aria-labelledby").is_some());
    }
}
