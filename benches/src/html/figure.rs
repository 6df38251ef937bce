//! A plot with its caption, its legend, and the table behind it.

use std::fmt::Write as _;

use crate::plot::{escaped, hue};
use crate::table::Table;

/// A plot on the page.
pub(super) struct Figure {
    pub(super) caption: String,
    /// How to read it.
    pub(super) note: String,
    pub(super) legend: Vec<Key>,
    /// The drawing, an element of the page.
    pub(super) svg: String,
    /// The same figures as text.
    pub(super) table: Table,
}

/// What a colour or a line stands for.
pub(super) struct Key {
    pub(super) mark: Mark,
    pub(super) word: String,
}

/// What a legend shows.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// A line of a hue.
    Line(usize),
    /// A bar of a hue.
    Bar(usize),
    Goal,
}

impl Key {
    pub(super) fn new(mark: Mark, word: impl Into<String>) -> Self {
        let word = word.into();
        Self { mark, word }
    }
}

impl Figure {
    /// The figure as an element.
    pub(super) fn html(&self) -> String {
        let (caption, note) = (escaped(&self.caption), escaped(&self.note));
        let mut html = format!("<figure>\n<figcaption><strong>{caption}</strong>");
        if !note.is_empty() {
            let _ = write!(html, "<span>{note}</span>");
        }
        html.push_str("</figcaption>\n");
        if !self.legend.is_empty() {
            html.push_str("<ul class=\"legend\">\n");
            for key in &self.legend {
                let (mark, word) = (key.mark.svg(), escaped(&key.word));
                let _ = writeln!(html, "<li>{mark}<span>{word}</span></li>");
            }
            html.push_str("</ul>\n");
        }
        html.push_str(&self.svg);
        let table = table(&self.table, &self.caption);
        let _ = write!(
            html,
            "<details>\n<summary>Table</summary>\n{table}</details>\n</figure>\n"
        );
        html
    }
}

impl Mark {
    fn svg(self) -> String {
        let inside = match self {
            Self::Line(number) => format!("<path class=\"line {}\" d=\"M1 5L17 5\"/>", hue(number)),
            Self::Bar(number) => {
                let class = hue(number);
                format!("<rect class=\"bar {class}\" x=\"4\" y=\"0\" width=\"10\" height=\"10\"/>")
            }
            Self::Goal => "<path class=\"goal\" d=\"M1 5L17 5\"/>".to_owned(),
        };
        format!("<svg viewBox=\"0 0 18 10\" aria-hidden=\"true\">{inside}</svg>")
    }
}

/// A table as an element that scrolls by itself where it is too wide.
pub(super) fn table(table: &Table, caption: &str) -> String {
    let (names, mut rows) = (table.names(), table.rows().iter());
    let caption = escaped(caption);
    let mut html = format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n"
    );
    let class = |column: usize| {
        if column < names {
            " class=\"name\""
        } else {
            ""
        }
    };
    if let Some(heading) = rows.next() {
        html.push_str("<thead>\n<tr>");
        for (column, cell) in heading.iter().enumerate() {
            let (class, cell) = (class(column), escaped(cell));
            let _ = write!(html, "<th scope=\"col\"{class}>{cell}</th>");
        }
        html.push_str("</tr>\n</thead>\n");
    }
    html.push_str("<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let (class, text) = (class(column), escaped(cell));
            let verdict = if cell.ends_with(MET) {
                " class=\"met\""
            } else if cell.ends_with(MISSED) {
                " class=\"missed\""
            } else {
                class
            };
            let _ = if column == 0 {
                write!(html, "<th scope=\"row\"{class}>{text}</th>")
            } else {
                write!(html, "<td{verdict}>{text}</td>")
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}

/// What a cell ends with whose figure meets its goal, and one whose does not.
pub(super) const MET: &str = "✓";
pub(super) const MISSED: &str = "✗";
