//! A table of Markdown, as GitHub reads it.

use super::RowWriter;
use super::csv::flat_column;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::io::Write;

/// A line of names, one of rules, and one a row.
pub(super) struct Rows<W> {
    out: W,
}

impl<W: Write> Rows<W> {
    /// Writes names and rules, with numbers at the right.
    pub(super) fn open(schema: &SchemaRef, mut out: W) -> Result<Self, ArrowError> {
        let fields = schema.fields().iter();
        let names = fields.clone().map(|field| escaped(field.name()));
        writeln!(out, "{}", row(&names.collect::<Vec<_>>()))?;
        let rules = fields.map(|field| {
            let rule = if field.data_type().is_numeric() {
                "---:"
            } else {
                "---"
            };
            rule.to_owned()
        });
        writeln!(out, "{}", row(&rules.collect::<Vec<_>>()))?;
        Ok(Self { out })
    }
}

impl<W: Write + Send> RowWriter for Rows<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let options = FormatOptions::new().with_null("");
        let columns = batch.columns().iter().map(flat_column);
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let columns = columns
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for at in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| {
                let text = column.value(at).try_to_string()?;
                Ok(escaped(&text))
            });
            let cells = cells.collect::<Result<Vec<_>, ArrowError>>()?;
            writeln!(self.out, "{}", row(&cells))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ArrowError> {
        Ok(self.out.flush()?)
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// Text that neither ends a cell nor a row, nor is taken for a tag.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|");
    let text = text.replace('<', "&lt;").replace("\r\n", "<br>");
    text.replace(['\n', '\r'], "<br>")
}
