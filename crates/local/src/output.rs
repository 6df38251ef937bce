//! Answers in the forms that other programs read: all rows, values as they are, written as they come.

mod csv;
mod markdown;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, JsonFormat, LineDelimited};
use arrow::json::{Writer as JsonWriter, WriterBuilder as JsonBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::path::Path;

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
    /// A Parquet file, compressed with Snappy, with all types
    Parquet,
    /// A stream of Arrow's IPC format, with all types
    Arrow,
}

/// Writes rows as they come.
pub(crate) trait RowWriter: Send {
    /// Writes some rows.
    ///
    /// # Errors
    /// If nothing can be written, or a value has no place in the form.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError>;

    /// Writes what stands behind the last row. Without it the form is not complete.
    ///
    /// # Errors
    /// If nothing can be written.
    fn finish(self: Box<Self>) -> Result<(), ArrowError>;
}

impl Format {
    /// The form that the extension of a file's name stands for.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "md" | "markdown" => Self::Markdown,
            "parquet" => Self::Parquet,
            "arrow" | "arrows" => Self::Arrow,
            _ => return None,
        })
    }

    /// A writer of rows of this schema; [`Format::Table`] is [`Printer::table`](crate::print::Printer::table)'s, and here a table of
    /// Markdown.
    ///
    /// # Errors
    /// If nothing can be written, or a column has no place in the form.
    pub(crate) fn open<'a>(
        self,
        schema: &SchemaRef,
        out: Box<dyn Write + Send + 'a>,
    ) -> Result<Box<dyn RowWriter + 'a>, ArrowError> {
        Ok(match self {
            Self::Csv => Box::new(csv::Rows::open(schema, out)?),
            Self::Json => Box::new(Json {
                writer: json::<JsonArray>(out),
                end: "\n",
            }),
            Self::Ndjson => Box::new(Json {
                writer: json::<LineDelimited>(out),
                end: "",
            }),
            Self::Table | Self::Markdown => Box::new(markdown::Rows::open(schema, out)?),
            Self::Parquet => Box::new(Parquet::open(schema, out)?),
            Self::Arrow => Box::new(Stream(StreamWriter::try_new(out, schema)?)),
        })
    }
}

fn json<F: JsonFormat>(
    out: Box<dyn Write + Send + '_>,
) -> JsonWriter<Box<dyn Write + Send + '_>, F> {
    JsonBuilder::new().with_explicit_nulls(true).build(out)
}

struct Json<W: Write, F: JsonFormat> {
    writer: JsonWriter<W, F>,
    /// What the form itself does not end with.
    end: &'static str,
}

impl<W: Write + Send, F: JsonFormat + Send> RowWriter for Json<W, F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(batch)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ArrowError> {
        self.writer.finish()?;
        let mut out = self.writer.into_inner();
        out.write_all(self.end.as_bytes())?;
        Ok(out.flush()?)
    }
}

struct Stream<W: Write>(StreamWriter<W>);

impl<W: Write + Send> RowWriter for Stream<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.0.write(batch)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ArrowError> {
        self.0.finish()?;
        self.0.flush()
    }
}

struct Parquet<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> Parquet<W> {
    fn open(schema: &SchemaRef, out: W) -> Result<Self, ArrowError> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties.build()));
        Ok(Self(writer.map_err(arrow_error)?))
    }
}

impl<W: Write + Send> RowWriter for Parquet<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.0.write(batch).map_err(arrow_error)?;
        if self.0.memory_size() > GROUP_BYTES {
            self.0.flush().map_err(arrow_error)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ArrowError> {
        let mut out = self.0.into_inner().map_err(arrow_error)?;
        Ok(out.flush()?)
    }
}

/// Without the coat that hides an error of the file.
fn arrow_error(error: ParquetError) -> ArrowError {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => (*error).into(),
            Err(other) => ArrowError::from_external_error(other),
        },
        other => ArrowError::ParquetError(other.to_string()),
    }
}

/// A row group of a Parquet file is held in memory until it is written.
const GROUP_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests;
