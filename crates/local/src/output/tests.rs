//! Each form is read back by a reader that is not its writer's.

use super::*;
use arrow::array::{
    BinaryArray, Date32Array, Decimal128Array, Float64Array, Int32Array, ListArray,
};
use arrow::datatypes::Int32Type;
use arrow::ipc::reader::StreamReader;

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
    let (batch, mut out) = (batch(), Vec::new());
    let parts = [batch.slice(0, 2), batch.slice(2, 3)];
    write(format, &batch.schema(), &parts, &mut out).unwrap();
    out
}

/// A reader of RFC 4180, written for this test alone.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(
        !quoted && field.is_empty() && record.is_empty(),
        "it ends with a line"
    );
    records
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
    let (batch, mut out) = (batch(), Vec::new());
    write(Format::Csv, &batch.schema(), &[], &mut out).unwrap();
    assert_eq!(out, b"text,price,n,f,raw,day,list\n");
    out.clear();
    write(Format::Json, &batch.schema(), &[], &mut out).unwrap();
    assert_eq!(out, b"[]\n");
    out.clear();
    write(Format::Arrow, &batch.schema(), &[], &mut out).unwrap();
    let reader = StreamReader::try_new(out.as_slice(), None).unwrap();
    assert_eq!((reader.schema(), reader.count()), (batch.schema(), 0));
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

#[test]
fn markdown_has_a_line_a_row_and_as_many_cells_as_columns() {
    let text = written(Format::Markdown);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + 5);
    assert_eq!(lines[1], "| --- | ---: | ---: | ---: | --- | --- | --- |");
    for line in &lines {
        let bars = line
            .replace("\\\\", "")
            .replace("\\|", "")
            .matches('|')
            .count();
        assert_eq!(bars, 8, "{line}");
    }
    assert!(
        lines[3].starts_with("| a, \"b\"<br>c\\|d | -0.01 |  |"),
        "{text}"
    );
    assert!(lines[6].starts_with("| 注文\\\\&lt;x> |"), "{text}");
}

#[test]
fn arrow_comes_back_with_all_types() {
    let reader = StreamReader::try_new(bytes(Format::Arrow).as_slice(), None)
        .map(Iterator::collect::<Result<Vec<_>, _>>);
    let batches = reader.unwrap().unwrap();
    let whole = arrow::compute::concat_batches(&batch().schema(), &batches).unwrap();
    assert_eq!(whole, batch());
}
