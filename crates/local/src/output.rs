//! Answers in the forms that other programs read: all rows, values as they are.

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::csv::WriterBuilder;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::io::Write;
use std::sync::Arc;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people: the first rows, long values cut
    Table,
    /// Comma-separated values with a line of names; null is empty, lists and maps are JSON, bytes hexadecimal
    Csv,
    /// One JSON array of objects; bytes are hexadecimal
    Json,
    /// A JSON object a line
    Ndjson,
    /// A table of Markdown
    Markdown,
    /// A stream of Arrow's IPC format, with all types
    Arrow,
}

/// Writes all rows; [`Format::Table`] is [`Printer::table`](crate::print::Printer::table)'s.
///
/// # Errors
/// If nothing can be written, or a value has no place in the form.
pub(crate) fn write(
    format: Format,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    out: &mut dyn Write,
) -> Result<(), ArrowError> {
    match format {
        Format::Csv => csv(schema, batches, out),
        Format::Json => {
            let mut writer = json::WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, json::writer::JsonArray>(&mut *out);
            for batch in batches {
                writer.write(batch)?;
            }
            writer.finish()?;
            Ok(writeln!(out)?)
        }
        Format::Ndjson => {
            let mut writer = json::WriterBuilder::new()
                .with_explicit_nulls(true)
                .build::<_, json::writer::LineDelimited>(out);
            for batch in batches {
                writer.write(batch)?;
            }
            writer.finish()
        }
        Format::Table | Format::Markdown => markdown(schema, batches, out),
        Format::Arrow => {
            let mut writer = StreamWriter::try_new(out, schema)?;
            for batch in batches {
                writer.write(batch)?;
            }
            writer.finish()
        }
    }
}

fn csv(schema: &SchemaRef, batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), ArrowError> {
    let flat = Arc::new(flat_schema(schema));
    let mut writer = WriterBuilder::new().with_header(true).build(out);
    // The names are written even where no row is.
    writer.write(&RecordBatch::new_empty(flat.clone()))?;
    for batch in batches {
        let columns = batch.columns().iter().map(flat_column);
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        writer.write(&RecordBatch::try_new(flat.clone(), columns)?)?;
    }
    Ok(())
}

/// The schema with text in place of what CSV has no form for.
fn flat_schema(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        let data_type = match field.data_type() {
            nested if nested.is_nested() => DataType::Utf8,
            other => other.clone(),
        };
        Field::new(field.name(), data_type, true)
    });
    Schema::new(fields.collect::<Vec<_>>())
}

fn flat_column(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if column.data_type().is_nested() {
        return Ok(Arc::new(json_texts(column)?));
    }
    Ok(column.clone())
}

/// Each value as JSON.
fn json_texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    let field = Field::new(VALUE, column.data_type().clone(), true);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column.clone()])?;
    let mut lines = Vec::new();
    let mut writer = json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, json::writer::LineDelimited>(&mut lines);
    writer.write(&batch)?;
    writer.finish()?;
    drop(writer);
    let text =
        String::from_utf8(lines).map_err(|problem| ArrowError::JsonError(problem.to_string()))?;
    let (head, tail) = (format!("{{\"{VALUE}\":"), "}");
    let texts = text.lines().enumerate().map(|(row, line)| {
        let value = line.strip_prefix(&head)?.strip_suffix(tail)?;
        column.is_valid(row).then_some(value)
    });
    Ok(texts.collect())
}

fn markdown(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    out: &mut dyn Write,
) -> Result<(), ArrowError> {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let fields = schema.fields().iter();
    let names = fields.clone().map(|field| escaped(field.name()));
    writeln!(out, "{}", row(names.collect()))?;
    // Numbers stand at the right.
    let rules = fields.map(|field| {
        let rule = if field.data_type().is_numeric() {
            "---:"
        } else {
            "---"
        };
        rule.to_owned()
    });
    writeln!(out, "{}", row(rules.collect()))?;
    let options = FormatOptions::new().with_null("");
    for batch in batches {
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
            writeln!(out, "{}", row(cells.collect::<Result<_, ArrowError>>()?))?;
        }
    }
    Ok(())
}

/// Text that neither ends a cell nor a row, nor is taken for a tag.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|");
    let text = text.replace('<', "&lt;").replace("\r\n", "<br>");
    text.replace(['\n', '\r'], "<br>")
}

const VALUE: &str = "value";

#[cfg(test)]
mod tests;
