//! What the page asks: tables, the columns of one, a statement's rows, its plan. Values travel as texts, errors as what a terminal shows.

use super::reply::{Reply, json, refused};
use crate::error::Error;
use crate::explain;
use crate::sql::{Answer, Keep, Shell};
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use athena_client::Figures;
use hyper::StatusCode;
use serde_json::{Value, json as value};

/// Answers a call of the page.
pub(super) async fn answer(shell: &Shell, call: &str, body: &[u8]) -> Reply {
    let asked = match Asked::of(body) {
        Ok(asked) => asked,
        Err(why) => return refused(StatusCode::BAD_REQUEST, why),
    };
    let answered = match call {
        "tables" => tables(shell).await,
        "columns" => columns(shell, &asked.text).await,
        "query" => query(shell, &asked).await,
        "explain" => explained(shell, &asked.text).await,
        _ => return refused(StatusCode::NOT_FOUND, "there is no such call"),
    };
    json(&answered.unwrap_or_else(|error| told(&error)))
}

/// What a call brings along.
struct Asked {
    /// A statement, or the name of a table.
    text: String,
    /// Rows that are shown.
    rows: usize,
    pushdown: bool,
}

impl Asked {
    fn of(body: &[u8]) -> Result<Self, &'static str> {
        let asked: Value = match body {
            [] => Value::Null,
            body => serde_json::from_slice(body).map_err(|_| "expected a JSON object")?,
        };
        let rows = asked.get("rows").and_then(Value::as_u64);
        let rows = rows.and_then(|rows| usize::try_from(rows).ok());
        let text = asked.get("text").and_then(Value::as_str);
        Ok(Self {
            text: text.unwrap_or_default().to_owned(),
            rows: rows.unwrap_or(SHOWN_ROWS).min(MOST_ROWS),
            pushdown: asked.get("pushdown").and_then(Value::as_bool) != Some(false),
        })
    }
}

/// All catalogs with their schemas and tables. One that cannot be opened says why, and the others are there.
async fn tables(shell: &Shell) -> Result<Value, Error> {
    let mut catalogs = Vec::new();
    for catalog in shell.catalogs() {
        catalogs.push(match catalog.opened().await {
            Err(error) => value!({"name": catalog.name(), "error": told(&error.into())["error"]}),
            Ok(opened) => {
                let schemas = opened.names.schemas().map(|(schema, tables)| {
                    value!({"name": schema, "tables": tables.unwrap_or_default()})
                });
                value!({
                    "name": catalog.name(),
                    "source": opened.ping.source_type,
                    "version": opened.ping.ser_de_version,
                    "schemas": schemas.collect::<Vec<_>>(),
                })
            }
        });
    }
    Ok(value!({ "catalogs": catalogs }))
}

async fn columns(shell: &Shell, table: &str) -> Result<Value, Error> {
    let (name, schema) = shell.describe(table).await?;
    Ok(value!({"name": name, "columns": described(&schema)}))
}

async fn query(shell: &Shell, asked: &Asked) -> Result<Value, Error> {
    let plain;
    let shell = if asked.pushdown {
        shell
    } else {
        plain = shell.clone().without_pushdown();
        &plain
    };
    let answer = shell.run(&asked.text, Keep::First(asked.rows)).await?;
    let rows = rows(&answer).map_err(std::io::Error::other)?;
    Ok(value!({
        "columns": described(&answer.schema),
        "rows": rows,
        "total": answer.rows,
        "milliseconds": answer.took.as_secs_f64() * 1e3,
        "figures": figures(&answer.figures),
    }))
}

async fn explained(shell: &Shell, statement: &str) -> Result<Value, Error> {
    let explained = explain::drawn(shell, statement).await?;
    let picture = base64_simd::STANDARD.encode_to_string(explained.svg);
    Ok(value!({"text": explained.text, "svg": picture}))
}

fn described(schema: &Schema) -> Vec<Value> {
    let fields = schema.fields().iter();
    fields
        .map(|field| {
            let numeric = field.data_type().is_numeric();
            value!({"name": field.name(), "type": words(field.data_type()), "numeric": numeric})
        })
        .collect()
}

/// A type as Athena names it.
fn words(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "varchar".to_owned(),
        DataType::Binary => "varbinary".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Date64 => "timestamp".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::List(child) => format!("array({})", words(child.data_type())),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(sides) => {
                let sides: Vec<String> = sides.iter().map(|side| words(side.data_type())).collect();
                format!("map({})", sides.join(","))
            }
            other => other.to_string(),
        },
        DataType::Struct(fields) => {
            let fields = fields.iter();
            let fields: Vec<String> = fields
                .map(|field| format!("{} {}", field.name(), words(field.data_type())))
                .collect();
            format!("row({})", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn rows(answer: &Answer) -> Result<Vec<Value>, ArrowError> {
    let mut rows = Vec::new();
    for batch in &answer.batches {
        rows.extend(of_batch(batch)?);
    }
    Ok(rows)
}

/// Rows as lists of texts and nulls; long texts are cut, which a last `…` tells.
fn of_batch(batch: &RecordBatch) -> Result<Vec<Value>, ArrowError> {
    let options = FormatOptions::new();
    let columns = batch.columns().iter();
    let columns = columns
        .map(|column| Ok((column, ArrayFormatter::try_new(column, &options)?)))
        .collect::<Result<Vec<_>, ArrowError>>()?;
    (0..batch.num_rows())
        .map(|row| {
            let cells = columns.iter().map(|(column, formatter)| {
                // A column that is nothing but null does not say so row by row.
                if column.is_null(row) || *column.data_type() == DataType::Null {
                    return Ok(Value::Null);
                }
                let text = formatter.value(row).try_to_string()?;
                Ok(Value::String(cut(text, column.data_type())))
            });
            Ok(Value::Array(cells.collect::<Result<_, ArrowError>>()?))
        })
        .collect()
}

fn cut(text: String, data_type: &DataType) -> String {
    if matches!(data_type, DataType::Decimal128(..)) && text.contains('.') {
        // Without the zeros that only the column's scale adds.
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn figures(figures: &Figures) -> Value {
    let told = figures.source.are_complete();
    let source = |figure: u64| if told { value!(figure) } else { Value::Null };
    value!({
        "calls": figures.calls.values().sum::<u64>(),
        "splits": figures.splits,
        "received": figures.received_bytes,
        "spilled": figures.spilled_blocks,
        "pages": source(figures.source.pages),
        "items": source(figures.source.items),
        "bytes": source(figures.source.bytes),
        "milliUnits": source(figures.source.milli_units),
    })
}

/// An error as it is shown in a terminal.
fn told(error: &Error) -> Value {
    let report = error.report();
    value!({"error": {
        "message": report.message,
        "causes": report.causes,
        "log": report.log,
        "hint": report.hint,
    }})
}

/// Rows that are shown unless the page asks for another number, and at most.
const SHOWN_ROWS: usize = 200;
const MOST_ROWS: usize = 5000;
/// Letters of a value.
const MOST_LETTERS: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Decimal128Array, StringArray};
    use arrow::datatypes::Field;
    use std::sync::Arc;

    #[test]
    fn nulls_stay_nulls_and_long_texts_are_cut() {
        let long = "ä".repeat(MOST_LETTERS + 1);
        let texts: ArrayRef = Arc::new(StringArray::from(vec![None, Some("<b>"), Some(&long)]));
        let decimals = Decimal128Array::from(vec![1_500_000_000, 2_000_000_000, 10_000_000_000]);
        let decimals: ArrayRef = Arc::new(decimals.with_precision_and_scale(38, 9).unwrap());
        let batch = RecordBatch::try_from_iter([("t", texts), ("d", decimals)]).unwrap();
        let rows = of_batch(&batch).unwrap();
        assert_eq!(rows[0], value!([null, "1.5"]));
        assert_eq!(rows[1], value!(["<b>", "2"]));
        assert_eq!(rows[2][1], "10");
        let shown = rows[2][0].as_str().unwrap();
        assert!(shown.ends_with("ä…") && shown.chars().count() == MOST_LETTERS + 1);
    }

    #[test]
    fn types_are_named_as_athena_does_at_every_depth() {
        let list = |child| DataType::List(Arc::new(Field::new("x", child, true)));
        let fields = vec![
            Field::new("a", list(DataType::Utf8), true),
            Field::new("b", DataType::Decimal128(38, 9), true),
        ];
        assert_eq!(
            words(&list(DataType::Struct(fields.into()))),
            "array(row(a array(varchar), b decimal(38,9)))"
        );
    }

    #[test]
    fn a_call_without_a_body_has_no_text_and_one_that_is_no_json_is_refused() {
        let none = Asked::of(b"").unwrap();
        assert!(none.text.is_empty() && none.pushdown && none.rows == SHOWN_ROWS);
        let asked = Asked::of(br#"{"text":"select 1","rows":999999,"pushdown":false}"#).unwrap();
        assert_eq!(
            (asked.text.as_str(), asked.rows, asked.pushdown),
            ("select 1", MOST_ROWS, false)
        );
        assert!(Asked::of(b"select 1").is_err());
    }
}
