//! Comma-separated values (RFC 4180), with what has no form there as JSON.

use super::RowWriter;
use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::csv::{Writer, WriterBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json;
use std::io::Write;
use std::sync::Arc;

/// A line of names, and a record a row.
pub(super) struct Rows<W: Write> {
    writer: Writer<W>,
    flat: SchemaRef,
}

impl<W: Write> Rows<W> {
    /// Writes the names, even where no row is to come.
    pub(super) fn open(schema: &SchemaRef, out: W) -> Result<Self, ArrowError> {
        let flat = Arc::new(flat_schema(schema));
        let mut writer = WriterBuilder::new().with_header(true).build(out);
        writer.write(&RecordBatch::new_empty(flat.clone()))?;
        Ok(Self { writer, flat })
    }
}

impl<W: Write + Send> RowWriter for Rows<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let columns = batch.columns().iter().map(flat_column);
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let flat = RecordBatch::try_new(self.flat.clone(), columns)?;
        self.writer.write(&flat)
    }

    fn finish(self: Box<Self>) -> Result<(), ArrowError> {
        Ok(self.writer.into_inner().flush()?)
    }
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

/// The column with text in place of what has no form of its own.
pub(super) fn flat_column(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
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

const VALUE: &str = "value";
