//! What is written: data to standard output, talk to standard error.

use crate::output::{self, Format};
use crate::sql::Answer;
use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches;
use athena_client::Figures;
use athena_local::report::Report;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

/// Rows shown of an answer.
pub(crate) const SHOWN_ROWS: usize = 20;

/// The two outputs.
pub(crate) struct Printer {
    data: Box<dyn Write + Send>,
    talk: Box<dyn Write + Send>,
    /// Whether what is talked can be written over.
    live: bool,
    progress: Option<usize>,
}

impl Printer {
    /// Standard output and standard error.
    pub(crate) fn standard() -> Self {
        Self {
            data: Box::new(io::stdout()),
            talk: Box::new(io::stderr()),
            live: io::stderr().is_terminal(),
            progress: None,
        }
    }

    /// Writes a line of data.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.data, "{text}")?;
        self.data.flush()
    }

    /// Writes a line of talk.
    pub(crate) fn talk(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.talk, "{text}")
    }

    /// Writes talk without ending the line.
    pub(crate) fn prompt(&mut self, text: &str) -> io::Result<()> {
        write!(self.talk, "{text}")?;
        self.talk.flush()
    }

    /// Shows how much of something is done: on a terminal in one line that changes, else in a line for each fifth.
    pub(crate) fn progress(&mut self, what: &str, done: usize, all: usize) -> io::Result<()> {
        let percent = (done * 100).checked_div(all).unwrap_or(100);
        let step = if self.live { percent } else { percent / 20 };
        if self.progress == Some(step) {
            return Ok(());
        }
        self.progress = Some(step);
        let line = format!(
            "{what}: {} of {} ({percent} %)",
            thousands(done),
            thousands(all)
        );
        match (self.live, done == all) {
            (true, false) => write!(self.talk, "\r{line}")?,
            (true, true) => writeln!(self.talk, "\r{line}")?,
            (false, _) => writeln!(self.talk, "{line}")?,
        }
        if done == all {
            self.progress = None;
        }
        self.talk.flush()
    }

    /// Writes the rows as a table, and how many more there are.
    pub(crate) fn table(&mut self, answer: &Answer) -> io::Result<()> {
        let table = table(answer).map_err(io::Error::other)?;
        self.data(&table)
    }

    /// Writes all rows in a form for other programs.
    pub(crate) fn write(&mut self, format: Format, answer: &Answer) -> io::Result<()> {
        output::write(format, &answer.schema, &answer.batches, &mut self.data)
            .map_err(io::Error::other)?;
        self.data.flush()
    }

    /// Writes what went wrong.
    pub(crate) fn error(&mut self, report: &Report) -> io::Result<()> {
        writeln!(self.talk, "error: {}", report.message)?;
        for cause in &report.causes {
            writeln!(self.talk, "  cause: {cause}")?;
        }
        for line in &report.log {
            writeln!(self.talk, "  log: {line}")?;
        }
        if let Some(hint) = &report.hint {
            writeln!(self.talk, "\nhint: {hint}")?;
        }
        self.talk.flush()
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

fn table(answer: &Answer) -> Result<String, ArrowError> {
    // A plan is a text of many lines, and all of it is wanted.
    let shape: fn(&str) -> String = if is_plan(answer) {
        str::to_owned
    } else {
        one_line
    };
    let mut shown = Vec::new();
    let mut room = SHOWN_ROWS;
    for batch in &answer.batches {
        let batch = batch.slice(0, room.min(batch.num_rows()));
        room -= batch.num_rows();
        shown.push(cells(&batch, shape)?);
    }
    if shown.is_empty() {
        shown.push(cells(
            &RecordBatch::new_empty(answer.schema.clone()),
            shape,
        )?);
    }
    let mut text = pretty_format_batches(&shown)?.to_string();
    if let Some(more @ 1..) = answer.rows.checked_sub(SHOWN_ROWS) {
        // Writing into a string does not fail.
        let _ = write!(text, "\n… and {}", counted(more as u64, "more row"));
    }
    Ok(text)
}

fn is_plan(answer: &Answer) -> bool {
    answer
        .schema
        .fields()
        .first()
        .is_some_and(|field| field.name() == "plan_type")
}

/// The same rows with each value as a text.
fn cells(batch: &RecordBatch, shape: fn(&str) -> String) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), DataType::Utf8, true))
        .collect();
    let columns = batch
        .columns()
        .iter()
        .map(|column| texts(column, shape))
        .collect::<Result<Vec<_>, _>>()?;
    if columns.is_empty() {
        return Ok(batch.clone());
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn texts(column: &ArrayRef, shape: fn(&str) -> String) -> Result<ArrayRef, ArrowError> {
    let options = FormatOptions::new().with_null(NULL);
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let decimal = matches!(column.data_type(), DataType::Decimal128(..));
    let texts = (0..column.len()).map(|row| {
        let text = formatter.value(row).try_to_string()?;
        Ok(Some(if decimal {
            short_decimal(&text)
        } else {
            shape(&text)
        }))
    });
    Ok(Arc::new(
        texts.collect::<Result<StringArray, ArrowError>>()?,
    ))
}

/// Without the zeros that only the column's scale adds.
fn short_decimal(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index == MAX_CELL {
            line.push('…');
            break;
        }
        match letter {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            letter => line.push(letter),
        }
    }
    line
}

const NULL: &str = "null";
const MAX_CELL: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal128Array, Int32Array};

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
    fn a_table_shows_twenty_rows_each_on_one_line() {
        let schema = Arc::new(Schema::new(vec![
            Field::new("n", DataType::Decimal128(38, 9), true),
            Field::new("text", DataType::Utf8, true),
        ]));
        let numbers = Decimal128Array::from(vec![Some(1_500_000_000); 30])
            .with_precision_and_scale(38, 9)
            .unwrap();
        let words: StringArray = (0..30)
            .map(|row| if row == 0 { None } else { Some("two\nlines") })
            .collect();
        let batch =
            RecordBatch::try_new(schema.clone(), vec![Arc::new(numbers), Arc::new(words)]).unwrap();
        let answer = Answer {
            schema,
            batches: vec![batch],
            rows: 30,
            took: Duration::ZERO,
            figures: Figures::default(),
        };
        let text = table(&answer).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3 + 20 + 1 + 1);
        assert_eq!(lines[3], "| 1.5 | null       |");
        assert_eq!(lines[4], "| 1.5 | two\\nlines |");
        assert_eq!(lines[24], "… and 10 more rows");
    }

    #[test]
    fn an_answer_without_rows_still_names_its_columns() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
        let batches = vec![
            RecordBatch::try_new(
                schema.clone(),
                vec![Arc::new(Int32Array::from(Vec::<i32>::new()))],
            )
            .unwrap(),
        ];
        let answer = Answer {
            schema,
            batches,
            rows: 0,
            took: Duration::ZERO,
            figures: Figures::default(),
        };
        assert_eq!(table(&answer).unwrap(), "+---+\n| n |\n+---+\n+---+");
    }

    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        assert_eq!(
            [size(0), size(999), size(1000), size(5_242_880)],
            ["0 B", "999 B", "1.0 KB", "5.2 MB"]
        );
    }
}
