//! What was measured where, and how it stands to the goals and between connectors.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::figure::{MET, MISSED, table};
use crate::plot::{escaped, short};
use crate::report::Report;
use crate::table::Table;

pub(super) const GOALS: &str = "What this project wants of two quiet cores of a present server. On another machine absolute figures \
    are a hint only, and the ratios between connectors that ran in one go count.";
pub(super) const RATIOS: &str =
    "Each figure of a connector, divided by that of the first one in the same run.";

/// Where and how it was measured.
pub(super) fn facts(report: &Report) -> String {
    let (machine, settings) = (&report.machine, &report.settings);
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    let memory = machine
        .memory_mb
        .map_or_else(String::new, |mb| format!(", {} MB", grouped(mb)));
    let kernel = machine.kernel.as_deref().unwrap_or("unknown kernel");
    let link = match settings.link_mb_per_second {
        0 => "loopback".to_owned(),
        link => format!("{link} MB/s"),
    };
    let mut list = String::from("<dl class=\"facts\">\n");
    for (name, value) in [
        (
            "Measured",
            report.date.replace('T', " ").replace('Z', " UTC"),
        ),
        (
            "Machine",
            format!(
                "{} cores of {cpu} ({}){memory}",
                machine.cores, machine.architecture
            ),
        ),
        ("Kernel", kernel.to_owned()),
        (
            "Reads",
            format!(
                "{} pages, {} segments, {} ms a page, {link}, {} warm runs, scales {}",
                settings.pages,
                settings.segments,
                settings.latency_ms,
                settings.runs,
                settings.scaling_runs
            ),
        ),
        ("Benchmark", format!("version {}", report.version)),
        ("Connectors", report.connectors.join(" · ")),
    ] {
        let value = escaped(&value);
        let _ = writeln!(list, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    list.push_str("</dl>\n");
    if !report.optimised {
        list.push_str(
            "<p class=\"warning\">This was not a release build: its figures mean nothing.</p>\n",
        );
    }
    list
}

/// The goals as a table, nothing if none was measured.
pub(super) fn goals(report: &Report) -> String {
    if report.goals.is_empty() {
        return String::new();
    }
    let mut heading = vec!["figure", "goal"];
    heading.extend(report.connectors.iter().map(String::as_str));
    let mut sheet = Table::new(2, &heading);
    let mut seen = BTreeSet::new();
    for goal in &report.goals {
        if !seen.insert(&goal.figure) {
            continue;
        }
        let bound = if goal.at_least { "≥" } else { "≤" };
        let mut row = vec![
            goal.figure.clone(),
            // A unit is one word, whatever its hyphen.
            format!(
                "{bound} {} {}",
                short(goal.wanted),
                goal.unit.replace('-', "\u{2011}")
            ),
        ];
        for connector in &report.connectors {
            let mut all = report.goals.iter();
            let found = all.find(|of| of.figure == goal.figure && of.connector == *connector);
            row.push(found.map_or_else(
                || "-".to_owned(),
                |found| {
                    let verdict = if found.met { MET } else { MISSED };
                    format!("{} {verdict}", short(found.reached))
                },
            ));
        }
        sheet.push(row);
    }
    format!("<div class=\"sheet\">\n{}</div>\n", table(&sheet, "Goals"))
}

/// Connectors compared with the first, nothing if there is one only.
pub(super) fn ratios(report: &Report) -> String {
    let Some((first, others)) = report.connectors.split_first() else {
        return String::new();
    };
    if report.ratios.is_empty() {
        return String::new();
    }
    let mut heading = vec!["figure"];
    heading.extend(others.iter().map(String::as_str));
    let mut sheet = Table::new(1, &heading);
    let mut figures: Vec<&str> = report
        .ratios
        .iter()
        .map(|ratio| ratio.figure.as_str())
        .collect();
    // A connector may lack a figure, so the names come from all of them; equal ones are neighbours of one connector each.
    let mut seen = BTreeSet::new();
    figures.retain(|figure| seen.insert(*figure));
    for figure in figures {
        let mut row = vec![figure.to_owned()];
        for connector in others {
            let mut all = report.ratios.iter();
            let found = all.find(|ratio| ratio.figure == figure && ratio.connector == *connector);
            row.push(found.map_or_else(|| "-".to_owned(), |found| format!("{:.2}", found.times)));
        }
        sheet.push(row);
    }
    let caption = format!("In figures of {first}");
    format!("<div class=\"sheet\">\n{}</div>\n", table(&sheet, &caption))
}

fn grouped(mb: u64) -> String {
    let mut text = mb.to_string();
    let mut place = text.len();
    while place > 3 {
        place -= 3;
        text.insert(place, ',');
    }
    text
}
