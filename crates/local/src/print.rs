//! What is written: data to standard output, talk to standard error.

use crate::args::Shown;
use crate::grid::grid;
use crate::sql::Answer;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use athena_client::Figures;
use athena_local::report::Report;
use athena_local::sql::Place;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// Rows shown of an answer where nobody can leaf through them.
pub(crate) const SHOWN_ROWS: usize = 20;
/// Rows shown of an answer on a terminal.
const PAGED_ROWS: usize = 1000;

/// The two outputs.
pub(crate) struct Printer {
    data: Box<dyn Write + Send>,
    talk: Talk,
    /// The command that long tables are leafed through with; none where nobody sits in front of standard output.
    pager: Option<String>,
}

/// Standard error.
pub(crate) struct Talk {
    out: Box<dyn Write + Send>,
    /// Whether what is talked can be written over.
    live: bool,
    /// Whether progress is told in any case.
    asked: bool,
    /// What was told last of something that is being done.
    step: Option<usize>,
    /// Whether the line has something that goes away.
    drawn: bool,
}

impl Printer {
    /// Standard output and standard error. On a terminal long tables go through `pager`.
    pub(crate) fn standard(pager: Option<String>) -> Self {
        let on_terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
        let pager = pager.unwrap_or_else(|| "less".to_owned());
        Self {
            data: Box::new(io::stdout()),
            talk: Talk {
                out: Box::new(io::stderr()),
                live: io::stderr().is_terminal(),
                asked: false,
                step: None,
                drawn: false,
            },
            pager: on_terminal.then_some(pager),
        }
    }

    /// Tells progress also where standard error is no terminal, if `asked`.
    pub(crate) fn asks_for_progress(&mut self, asked: bool) {
        self.talk.asked = asked;
    }

    /// How many rows of a table to show: as many as were asked for, else more on a terminal.
    pub(crate) fn shown_rows(&self, asked: Option<Shown>) -> usize {
        match (asked, &self.pager) {
            (Some(Shown(rows)), _) => rows,
            (None, Some(_)) => PAGED_ROWS,
            (None, None) => SHOWN_ROWS,
        }
    }

    /// The two outputs apart.
    pub(crate) fn split(&mut self) -> (&mut (dyn Write + Send), &mut Talk) {
        (self.data.as_mut(), &mut self.talk)
    }

    /// Writes a line of data.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.data, "{text}")?;
        self.data.flush()
    }

    /// Writes a line of talk.
    pub(crate) fn talk(&mut self, text: &str) -> io::Result<()> {
        self.talk.line(text)
    }

    /// Shows how much of something is done: on a terminal in one line that changes, else in a line for each fifth.
    pub(crate) fn progress(&mut self, what: &str, done: usize, all: usize) -> io::Result<()> {
        self.talk.progress(what, done, all)
    }

    /// Writes the first rows as a table, and how many more there are.
    pub(crate) fn table(&mut self, answer: &Answer) -> io::Result<()> {
        self.rows(&answer.schema, &answer.batches, answer.rows, SHOWN_ROWS)
    }

    /// Writes the first `most` rows as a table, and how many more of `rows` there are. On a terminal a long one can be leafed through.
    pub(crate) fn rows(
        &mut self,
        schema: &SchemaRef,
        batches: &[RecordBatch],
        rows: usize,
        most: usize,
    ) -> io::Result<()> {
        let table = grid(schema, batches, rows, most).map_err(io_error)?;
        match &self.pager {
            Some(pager) if !fits(&table) && page(pager, &table) => Ok(()),
            _ => self.data(&table),
        }
    }

    /// Writes what went wrong.
    pub(crate) fn error(&mut self, report: &Report) -> io::Result<()> {
        self.talk.clear()?;
        let out = &mut self.talk.out;
        writeln!(out, "error: {}", report.message)?;
        if let Some(place) = &report.place {
            writeln!(out, "{}", pointed(place))?;
        }
        for cause in &report.causes {
            writeln!(out, "  cause: {cause}")?;
        }
        for line in &report.log {
            writeln!(out, "  log: {line}")?;
        }
        if let Some(hint) = &report.hint {
            writeln!(out, "\nhint: {hint}")?;
        }
        out.flush()
    }
}

impl Talk {
    /// Writes a line.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.clear()?;
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// Whether what is written can be written over.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Whether somebody wants to know how far the reading is.
    pub(crate) fn wants_progress(&self) -> bool {
        self.live || self.asked
    }

    /// Writes a line in place of the one that was written so before; below it where that cannot be.
    pub(crate) fn replace(&mut self, text: &str) -> io::Result<()> {
        if !self.live {
            return self.line(text);
        }
        self.drawn = true;
        write!(self.out, "\r\x1b[K{text}")?;
        self.out.flush()
    }

    /// Takes such a line away.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.drawn) {
            write!(self.out, "\r\x1b[K")?;
            self.out.flush()?;
        }
        Ok(())
    }

    fn progress(&mut self, what: &str, done: usize, all: usize) -> io::Result<()> {
        let percent = (done * 100).checked_div(all).unwrap_or(100);
        let step = if self.live { percent } else { percent / 20 };
        if self.step == Some(step) {
            return Ok(());
        }
        self.step = Some(step);
        let line = format!(
            "{what}: {} of {} ({percent} %)",
            thousands(done),
            thousands(all)
        );
        self.replace(&line)?;
        if done == all {
            self.step = None;
            if std::mem::take(&mut self.drawn) {
                writeln!(self.out)?;
            }
        }
        self.out.flush()
    }
}

/// Whether any terminal shows the whole text at once. The pager itself knows how large this one is.
fn fits(text: &str) -> bool {
    text.lines().count() <= SHOWN_ROWS && text.lines().all(|line| line.width() <= NARROW)
}

/// Lets a text be leafed through; false if there is no such program.
fn page(pager: &str, text: &str) -> bool {
    let mut command = Command::new("sh");
    // As git does it: what fits is shown and left, and long lines are moved sideways.
    let script = format!("LESS=${{LESS-FRSX}}; export LESS; {pager}");
    command.args(["-c", &script]).stdin(Stdio::piped());
    let Ok(mut running) = command.spawn() else {
        return false;
    };
    if let Some(mut stdin) = running.stdin.take() {
        // Who leaves early does not read the rest.
        let _ = stdin.write_all(text.as_bytes());
        let _ = stdin.write_all(b"\n");
    }
    running
        .wait()
        .is_ok_and(|status| status.code() != Some(NOT_FOUND))
}

/// The line of the statement with a mark under the place.
fn pointed(place: &Place) -> String {
    // A tab would be wider than the mark knows.
    let letters: Vec<char> = place
        .text
        .chars()
        .map(|letter| if letter == '\t' { ' ' } else { letter })
        .collect();
    let at = (place.column - 1).min(letters.len());
    // Of a long line as much as helps.
    let from = at.saturating_sub(AROUND);
    let to = letters.len().min(at + place.length.max(AROUND));
    let text = |from: usize, to: usize| letters[from..to].iter().collect::<String>();
    let (cut, rest) = (
        if from > 0 { "…" } else { "" },
        if to < letters.len() { "…" } else { "" },
    );
    let marked = text(at, letters.len().min(at + place.length))
        .width()
        .max(1);
    let before = cut.width() + text(from, at).width();
    format!(
        "  at line {}, column {}\n  | {cut}{}{rest}\n  | {}{}",
        place.line,
        place.column,
        text(from, to),
        " ".repeat(before),
        "^".repeat(marked)
    )
}

/// The error of the file behind one of Arrow's, if there is one.
pub(crate) fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}

/// `20 rows in 0.12 s · 1 split · 1 page · 12.3 KB read · 0 blocks spilled`; a dash for what the connector does not tell.
pub(crate) fn figures(rows: usize, took: Duration, figures: &Figures) -> String {
    let source = &figures.source;
    let (pages, bytes) = if source.are_complete() {
        (
            counted(source.pages, "page"),
            format!("{} read", size(source.bytes)),
        )
    } else {
        ("- pages".to_owned(), "- read".to_owned())
    };
    let mut spilled = format!("{} spilled", counted(figures.spilled_blocks, "block"));
    if figures.spilled_blocks > 0 {
        let sealed = if figures.encrypted_blocks == figures.spilled_blocks {
            ", encrypted"
        } else {
            ""
        };
        // Writing into a string does not fail.
        let _ = write!(spilled, " ({}{sealed})", size(figures.spilled_bytes));
    }
    let rows = counted(rows as u64, "row");
    let splits = counted(figures.splits, "split");
    format!(
        "{rows} in {:.2} s · {splits} · {pages} · {bytes} · {spilled}",
        took.as_secs_f64()
    )
}

/// A number with its noun.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let number = thousands(usize::try_from(count).unwrap_or(usize::MAX));
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// Bytes in the unit that suits them, in powers of 1000.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let scaled = |unit: f64| bytes as f64 / unit;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} KB", scaled(1e3)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", scaled(1e6)),
        _ => format!("{:.1} GB", scaled(1e9)),
    }
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What `sh` says of a program that is not there.
const NOT_FOUND: i32 = 127;
/// The width of the narrowest terminal.
const NARROW: usize = 80;
/// Letters of a line that are shown on each side of a place.
const AROUND: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_figures_counts_in_words() {
        let mut counted = Figures {
            splits: 1,
            ..Figures::default()
        };
        counted.source.pages = 1;
        counted.source.bytes = 12_345;
        let line = figures(20, Duration::from_millis(120), &counted);
        assert_eq!(
            line,
            "20 rows in 0.12 s · 1 split · 1 page · 12.3 KB read · 0 blocks spilled"
        );

        counted.source.untold = 1;
        counted.spilled_blocks = 2;
        counted.encrypted_blocks = 2;
        counted.spilled_bytes = 6_500_000;
        let line = figures(20_000, Duration::from_secs(1), &counted);
        assert_eq!(
            line,
            "20,000 rows in 1.00 s · 1 split · - pages · - read · 2 blocks spilled (6.5 MB, encrypted)"
        );
    }

    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        assert_eq!(
            [size(0), size(999), size(1000), size(5_242_880)],
            ["0 B", "999 B", "1.0 KB", "5.2 MB"]
        );
    }

    #[track_caller]
    fn check(text: &str, column: usize, length: usize, expected: &str) {
        let place = Place {
            line: 3,
            column,
            length,
            text: text.to_owned(),
        };
        let shown = pointed(&place);
        assert_eq!(shown, format!("  at line 3, column {column}\n{expected}"));
    }

    #[test]
    fn the_mark_stands_under_the_place() {
        check(
            "select totl from t",
            8,
            4,
            "  | select totl from t\n  |        ^^^^",
        );
        check(
            "select '注文', 総計 x",
            14,
            2,
            "  | select '注文', 総計 x\n  |                ^^^^",
        );
        check("\tselect", 2, 6, "  |  select\n  |  ^^^^^^");
        check("select 1 +", 11, 1, "  | select 1 +\n  |           ^");
        let (long, dots) = ("a".repeat(200), "a".repeat(50));
        let mark = " ".repeat(51);
        check(&long, 101, 3, &format!("  | …{dots}{dots}…\n  | {mark}^^^"));
    }
}
