//! Each form is read back by a reader that is not its writer's.

use super::*;
use arrow::array::{
    ArrayRef, BinaryArray, Date32Array, Decimal128Array, Float64Array, Int32Array, ListArray,
    StringArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::Int32Type;
use arrow::ipc::reader::StreamReader;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::sync::{Arc, Mutex};

fn batch() -> RecordBatch {
    let texts = [
        Some("plain"),
        Some("a, \"b\"\nc|d"),
        Some(""),
        None,
        Some("注文\\<x>"),
    ];
    let numbers = Decimal128Array::from(vec![Some(12_345), Some(-1), None, Some(0), Some(5)]);
    let lists = [
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
        Some(vec![Some(-7)]),
        None,
    ];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("text", Arc::new(StringArray::from(texts.to_vec()))),
        (
            "price",
            Arc::new(numbers.with_precision_and_scale(10, 2).unwrap()),
        ),
        (
            "n",
            Arc::new(Int32Array::from(vec![
                Some(1),
                None,
                Some(i32::MIN),
                Some(3),
                Some(4),
            ])),
        ),
        (
            "f",
            Arc::new(Float64Array::from(vec![
                Some(0.1),
                Some(1e300),
                None,
                Some(-2.5),
                Some(3.0),
            ])),
        ),
        (
            "raw",
            Arc::new(BinaryArray::from(vec![
                Some(&[1_u8, 255][..]),
                Some(&[]),
                None,
                Some(&[0]),
                None,
            ])),
        ),
        (
            "day",
            Arc::new(Date32Array::from(vec![
                Some(0),
                None,
                Some(18_321),
                Some(-1),
                None,
            ])),
        ),
        (
            "list",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .unwrap()
}

fn written(format: Format) -> String {
    String::from_utf8(bytes(format)).unwrap()
}

/// The batch in two parts.
fn bytes(format: Format) -> Vec<u8> {
    let batch = batch();
    write(format, &[batch.slice(0, 2), batch.slice(2, 3)])
}

/// These rows, written one batch after the other.
fn write(format: Format, batches: &[RecordBatch]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = format.open(&batch().schema(), Box::new(&mut out)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    out
}

fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(text.as_bytes());
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        record.iter().map(str::to_owned).collect()
    });
    records.collect()
}

#[test]
fn csv_keeps_quotes_lines_and_commas_apart() {
    let records = records(&written(Format::Csv));
    assert_eq!(
        records[0],
        ["text", "price", "n", "f", "raw", "day", "list"]
    );
    assert_eq!(
        records[1],
        [
            "plain",
            "123.45",
            "1",
            "0.1",
            "01ff",
            "1970-01-01",
            "[1,null]"
        ]
    );
    assert_eq!(
        records[2],
        ["a, \"b\"\nc|d", "-0.01", "", "1e300", "", "", "[]"]
    );
    assert_eq!(
        records[4],
        ["", "0.00", "3", "-2.5", "00", "1969-12-31", "[-7]"]
    );
    assert_eq!(records.len(), 6);
}

#[test]
fn an_empty_answer_still_has_its_names() {
    let schema = batch().schema();
    assert_eq!(write(Format::Csv, &[]), b"text,price,n,f,raw,day,list\n");
    assert_eq!(write(Format::Json, &[]), b"[]\n");
    assert_eq!(write(Format::Ndjson, &[]), b"");
    let markdown = String::from_utf8(write(Format::Markdown, &[])).unwrap();
    assert_eq!(cells(&markdown).len(), 2);
    let out = write(Format::Arrow, &[]);
    let reader = StreamReader::try_new(out.as_slice(), None).unwrap();
    assert_eq!((reader.schema(), reader.count()), (schema.clone(), 0));
    let out = Bytes::from(write(Format::Parquet, &[]));
    let reader = ParquetRecordBatchReaderBuilder::try_new(out).unwrap();
    assert_eq!(reader.schema().fields(), schema.fields());
    assert_eq!(reader.build().unwrap().count(), 0);
}

#[test]
fn json_and_ndjson_say_the_same_objects() {
    let array: Vec<serde_json::Value> = serde_json::from_str(&written(Format::Json)).unwrap();
    let lines: Vec<serde_json::Value> = written(Format::Ndjson)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(array, lines);
    assert_eq!(array.len(), 5);
    assert_eq!(array[1]["text"], "a, \"b\"\nc|d");
    assert_eq!(array[1]["n"], serde_json::Value::Null);
    assert_eq!(array[0]["list"], serde_json::json!([1, null]));
    assert_eq!(array[0]["raw"], "01ff");
    assert_eq!(array[0]["price"].to_string().trim_matches('"'), "123.45");
    assert_eq!(array[4]["text"], "注文\\<x>");
}

/// The cells of a table of Markdown as a reader shows them: bars and backslashes that are escaped belong to the text.
fn cells(text: &str) -> Vec<Vec<String>> {
    let row = |line: &str| {
        let line = line.strip_prefix("| ").unwrap().strip_suffix(" |").unwrap();
        let (mut cells, mut cell) = (Vec::new(), String::new());
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => cell.extend(letters.next()),
                '|' => cells.push(std::mem::take(&mut cell)),
                other => cell.push(other),
            }
        }
        cells.push(cell);
        let shown = |cell: String| {
            let cell = cell.trim().replace("<br>", "\n");
            cell.replace("&lt;", "<")
        };
        cells.into_iter().map(shown).collect()
    };
    text.lines().map(row).collect()
}

#[test]
fn markdown_comes_back_cell_by_cell() {
    let cells = cells(&written(Format::Markdown));
    assert_eq!(cells.len(), 2 + 5);
    assert_eq!(cells[0], ["text", "price", "n", "f", "raw", "day", "list"]);
    assert_eq!(
        cells[1],
        ["---", "---:", "---:", "---:", "---", "---", "---"]
    );
    assert_eq!(
        cells[3],
        ["a, \"b\"\nc|d", "-0.01", "", "1e300", "", "", "[]"]
    );
    assert_eq!(cells[6], ["注文\\<x>", "0.05", "4", "3.0", "", "", ""]);
}

#[test]
fn parquet_comes_back_with_all_types() {
    let file = Bytes::from(bytes(Format::Parquet));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let group = reader.metadata().row_group(0).column(0).compression();
    assert_eq!(group, Compression::SNAPPY);
    let batches = reader.build().unwrap().collect::<Result<Vec<_>, _>>();
    let whole = concat_batches(&batch().schema(), &batches.unwrap());
    assert_eq!(whole.unwrap(), batch());
}

#[test]
fn arrow_comes_back_with_all_types() {
    let reader = StreamReader::try_new(bytes(Format::Arrow).as_slice(), None)
        .map(Iterator::collect::<Result<Vec<_>, _>>);
    let batches = reader.unwrap().unwrap();
    let whole = concat_batches(&batch().schema(), &batches).unwrap();
    assert_eq!(whole, batch());
}

/// What was written, seen from outside while the writer has it.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn rows_are_written_as_they_come() {
    for format in [
        Format::Csv,
        Format::Json,
        Format::Ndjson,
        Format::Markdown,
        Format::Arrow,
    ] {
        let out = Shared::default();
        let mut writer = format
            .open(&batch().schema(), Box::new(out.clone()))
            .unwrap();
        writer.write(&batch()).unwrap();
        let first = out.0.lock().unwrap().clone();
        let has = |text: &str| {
            first
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(has("plain") && has("注文"), "{format:?}");
        writer.write(&batch()).unwrap();
        assert!(out.0.lock().unwrap().len() > first.len() + 20, "{format:?}");
    }
}

#[test]
fn the_extension_of_a_file_names_its_form() {
    let of = |name: &str| Format::of_path(Path::new(name));
    assert_eq!(of("a/b.csv"), Some(Format::Csv));
    assert_eq!(of("B.JSONL"), Some(Format::Ndjson));
    assert_eq!(of("x.y.parquet"), Some(Format::Parquet));
    assert_eq!(of("x.xls"), None);
    assert_eq!(of("csv"), None);
}
