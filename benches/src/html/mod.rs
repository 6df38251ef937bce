//! `report.html`: the figures on one page that needs nothing but itself, drawn by [`crate::plot`], each plot with its table behind it.
//!
//! The page is HTML that is well-formed XML too, so that a parser of either reads it.

mod figure;
mod summary;
mod latency;
mod reads;
mod scales;
mod lambda;

use std::fmt::Write as _;

use crate::plot::escaped;
use crate::report::Report;

use figure::Figure;

/// The page.
pub(crate) fn page(report: &Report) -> String {
    let title = format!("Connector benchmark, {}", day(&report.date));
    let title = escaped(&title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n{}</header>\n<main>\n",
        summary::facts(report)
    );
    let goals = summary::goals(report);
    section(&mut page, "goals", "Goals", summary::GOALS, &goals);
    let ratios = summary::ratios(report);
    section(&mut page, "ratios", "Ratios", summary::RATIOS, &ratios);
    for (id, heading, text, figures) in [
        (
            "start",
            "Start and single calls",
            latency::TEXT,
            latency::figures(report),
        ),
        ("reads", "Whole reads", reads::TEXT, reads::figures(report)),
        (
            "memory",
            "Memory over time",
            reads::MEMORY_TEXT,
            reads::memory(report),
        ),
        ("scaling", "Scaling", scales::TEXT, scales::figures(report)),
        (
            "lambda",
            "In a function of 3,008 MB",
            lambda::TEXT,
            lambda::figures(report),
        ),
        (
            "steps",
            "The steps of a read",
            reads::STEPS_TEXT,
            reads::steps(report),
        ),
    ] {
        section(&mut page, id, heading, text, &cards(&figures));
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// A section, unless there is nothing in it.
fn section(page: &mut String, id: &str, heading: &str, text: &str, content: &str) {
    if content.is_empty() {
        return;
    }
    let (heading, text) = (escaped(heading), escaped(text));
    let _ = write!(
        page,
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>\n<p>{text}</p>\n\
         {content}</section>\n"
    );
}

fn cards(figures: &[Figure]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    let figures: String = figures.iter().map(Figure::html).collect();
    format!("<div class=\"cards\">\n{figures}</div>\n")
}

/// The day of an instant in RFC 3339.
fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

const STYLE: &str = include_str!("style.css");
