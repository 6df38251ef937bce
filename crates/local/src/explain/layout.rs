//! Where the parts of the picture stand, in cells of a letter each: from the left source, splits, connector, engine.
//!
//! Terminal and SVG draw the same layout. Source and connector are as high as the splits between them, and the engine as high as
//! all, so that every arrow is a straight line.

use super::reads::{Reads, TableRead, Words};
use crate::print::counted;
use athena_dynamodb::plan::How;

/// A picture in cells.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) panels: Vec<Panel>,
    pub(super) arrows: Vec<Arrow>,
}

/// A frame with lines of text in it.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) kind: PanelKind,
    pub(super) x: usize,
    pub(super) y: usize,
    /// With the frame.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) lines: Vec<String>,
    /// How many of the lines say what the panel is.
    pub(super) title: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PanelKind {
    /// Where items lie.
    Source,
    Split,
    /// Splits that are counted only.
    More,
    Connector,
    Engine,
}

/// From left to right, between two panels.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) length: usize,
}

/// Lays out what is read, with at most this many splits of a table one by one.
pub(super) fn layout(reads: &Reads, most_splits: usize) -> Layout {
    let mut layout = Layout::default();
    let mut y = 0;
    for table in &reads.tables {
        y += layout.add(table, y, most_splits) + GAP;
    }
    let mut engine = vec!["engine".to_owned()];
    for table in &reads.tables {
        engine.extend(wrapped(&left(table), COLUMNS[3], MAX_LINES));
    }
    let steps: Vec<&str> = reads.steps.iter().rev().copied().collect();
    if !steps.is_empty() {
        engine.extend(wrapped(
            &[format!("then {}", steps.join(", "))],
            COLUMNS[3],
            MAX_LINES,
        ));
    }
    let height = y.saturating_sub(GAP).max(engine.len() + FRAME);
    layout.panels.push(Panel {
        kind: PanelKind::Engine,
        x: column(3),
        y: 0,
        width: COLUMNS[3] + PADDING,
        height,
        lines: engine,
        title: 1,
    });
    layout.width = column(3) + COLUMNS[3] + PADDING;
    layout.height = height;
    layout
}

impl Layout {
    /// Adds a table's row of panels, and tells its height.
    fn add(&mut self, table: &TableRead, y: usize, most_splits: usize) -> usize {
        let (source, splits, connector) = texts(table);
        let title = wrapped(&source[..1], COLUMNS[0], MAX_LINES).len();
        let source = wrapped(&source, COLUMNS[0], MAX_LINES);
        let connector = wrapped(&connector, COLUMNS[2], MAX_LINES);
        let (shown, more) = match splits.len().checked_sub(most_splits) {
            Some(more @ 1..) => (most_splits, more),
            _ => (splits.len(), 0),
        };
        let mut boxes: Vec<(PanelKind, String)> = splits
            .into_iter()
            .take(shown)
            .map(|text| (PanelKind::Split, text))
            .collect();
        if more > 0 {
            boxes.push((PanelKind::More, format!("… {more} more")));
        }
        if boxes.is_empty() {
            boxes.push((PanelKind::More, "no split".to_owned()));
        }
        let height = (boxes.len() * SPLIT_HEIGHT)
            .max(source.len() + FRAME)
            .max(connector.len() + FRAME);
        let mut panel = |kind, place: usize, y, height, lines, title| {
            self.panels.push(Panel {
                kind,
                x: column(place),
                y,
                width: COLUMNS[place] + PADDING,
                height,
                lines,
                title,
            });
        };
        panel(PanelKind::Source, 0, y, height, source, title);
        panel(PanelKind::Connector, 2, y, height, connector, 1);
        // A few splits stand in the middle.
        let first = y + (height - boxes.len() * SPLIT_HEIGHT) / 2;
        for (place, (kind, text)) in boxes.into_iter().enumerate() {
            let top = first + place * SPLIT_HEIGHT;
            let lines = wrapped(&[text], COLUMNS[1], 1);
            panel(kind, 1, top, SPLIT_HEIGHT, lines, 1);
            for before in [1, 2] {
                self.arrows.push(Arrow::ending_at(before, top + 1));
            }
        }
        self.arrows.push(Arrow::ending_at(3, y + height / 2));
        height
    }
}

impl Arrow {
    /// The arrow that ends at a column.
    fn ending_at(place: usize, y: usize) -> Self {
        Self {
            x: column(place) - ARROW,
            y,
            length: ARROW,
        }
    }
}

/// Cells that a text takes: letters of East Asia take two.
pub(super) fn cells(text: &str) -> usize {
    text.chars().map(cells_of).sum()
}

pub(super) fn cells_of(letter: char) -> usize {
    match letter {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// What stands in the panels of one table: the source, each split, the connector.
fn texts(table: &TableRead) -> (Vec<String>, Vec<String>, Vec<String>) {
    match &table.words {
        Words::DynamoDb(plan) if plan.how == How::Nothing => (
            vec![plan.source(), plan.way()],
            Vec::new(),
            vec!["connector".to_owned()],
        ),
        Words::DynamoDb(plan) => {
            let columns = plan.columns.as_deref().unwrap_or_default().join(", ");
            let filter = plan
                .filter
                .as_deref()
                .map_or("no filter".to_owned(), |text| format!("filter {text}"));
            let mut connector = vec!["connector".to_owned()];
            connector.extend(plan.keys.first().map(|key| format!("key {key}")));
            if let Some(more @ 1..) = plan.keys.len().checked_sub(1) {
                connector.push(format!("or {}", counted(more as u64, "other key")));
            }
            connector.push(filter);
            connector.extend(plan.first_rows.clone());
            connector.push(format!("columns {columns}"));
            let figures = match plan.estimate {
                Some(_) => plan.figures(),
                None => "cost not known".to_owned(),
            };
            (
                vec![plan.source(), plan.way(), figures],
                plan.splits.clone(),
                connector,
            )
        }
        Words::Other(other) => {
            let mut connector = vec!["connector".to_owned()];
            connector.extend(other.constraints.iter().cloned());
            connector.push(format!("columns {}", other.columns.join(", ")));
            let splits = (1..=other.splits).map(|number| format!("split {number}"));
            (
                vec![format!("table {}", table.name)],
                splits.collect(),
                connector,
            )
        }
    }
}

fn left(table: &TableRead) -> Vec<String> {
    match &table.words {
        Words::DynamoDb(plan) => plan.left.clone(),
        Words::Other(other) => other.filters.clone(),
    }
}

/// The texts in lines of at most `width` cells, all but the first of a text indented; a text that takes more than `most` lines is cut.
fn wrapped(texts: &[String], width: usize, most: usize) -> Vec<String> {
    let mut all = Vec::new();
    for text in texts {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let line = lines.last_mut().expect("there is a line from the start");
            let is_begun = !line.trim_start().is_empty();
            if is_begun && cells(line) + 1 + cells(word) <= width {
                line.push(' ');
                line.push_str(word);
                continue;
            }
            if is_begun {
                lines.push(INDENT.to_owned());
            }
            for letter in word.chars().filter(|letter| !letter.is_control()) {
                let line = lines.last_mut().expect("there is a line from the start");
                if cells(line) + cells_of(letter) > width {
                    lines.push(format!("{INDENT}{letter}"));
                } else {
                    line.push(letter);
                }
            }
        }
        if lines.len() > most {
            lines.truncate(most);
            let last = lines.last_mut().expect("at least one line is kept");
            while cells(last) + 1 > width {
                last.pop();
            }
            last.push('…');
        }
        all.extend(lines);
    }
    all
}

fn column(place: usize) -> usize {
    COLUMNS[..place]
        .iter()
        .map(|width| width + PADDING + ARROW)
        .sum()
}

/// Before the further lines of a text.
const INDENT: &str = "  ";
/// Cells for text in each column.
const COLUMNS: [usize; 4] = [20, 17, 26, 24];
/// Frame and blank on both sides.
const PADDING: usize = 4;
const ARROW: usize = 3;
/// Lines of the frame.
const FRAME: usize = 2;
const SPLIT_HEIGHT: usize = 3;
/// Between two tables.
const GAP: usize = 1;
/// Lines that one text may take.
const MAX_LINES: usize = 4;
