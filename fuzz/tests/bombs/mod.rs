//! Inputs that are small or regular to write and could be ruinous to read.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use athena_fuzz::find;
use athena_protocol::block::frame;
use base64_simd::STANDARD;

/// Target, name and bytes of each.
pub(super) fn all() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut bombs = Vec::new();
    let mut bomb =
        |target, name: &str, bytes: Vec<u8>| bombs.push((target, name.to_owned(), bytes));
    for depth in [100, 100_000] {
        for target in [
            "request",
            "response",
            "fault",
            "value_set",
            "handoff",
            "page",
        ] {
            bomb(
                target,
                &format!("{depth} arrays"),
                "[".repeat(depth).into_bytes(),
            );
            bomb(
                target,
                &format!("{depth} objects"),
                r#"{"a":"#.repeat(depth).into_bytes(),
            );
        }
        bomb(
            "request",
            &format!("{depth} expressions"),
            read_records("expression", &expressions(depth)),
        );
        bomb(
            "fault",
            &format!("{depth} causes"),
            r#"{"errorMessage":"m","cause":"#.repeat(depth).into_bytes(),
        );
        bomb(
            "fault",
            &format!("{depth} frames"),
            format!(r#"{{"stackTrace":{}"#, "[".repeat(depth)).into_bytes(),
        );
        bomb(
            "page",
            &format!("{depth} lists"),
            page(&(r#"{"L":["#.repeat(depth) + &"]}".repeat(depth))),
        );
        bomb(
            "page",
            &format!("{depth} maps"),
            page(&(r#"{"M":{"a":"#.repeat(depth) + r#"{"S":""}"# + &"}}".repeat(depth))),
        );
        bomb(
            "block",
            &format!("a list {depth} deep"),
            nested(depth.min(1_000)),
        );
    }
    bomb(
        "block",
        "10,000 columns",
        with_length(&frame::encode_schema(&columns(4_000)), &[]),
    );
    bomb(
        "request",
        "10,000 columns",
        get_splits(&frame::encode_schema(&columns(10_000))),
    );
    for depth in [90, 100_000] {
        bomb("plan", &format!("{depth} messages"), messages(depth));
    }
    for count in [100, 2_000] {
        bomb("value_set", &format!("{count} ranges"), ranges(count));
        bomb(
            "value_set",
            &format!("{count} ranges from the last"),
            backwards(count),
        );
    }
    bomb("value_set", "100,000 listed values", listed(100_000));
    bomb(
        "page",
        "an item of 100,000 attributes",
        page_of(&many(100_000)),
    );
    bomb(
        "page",
        "100,000 empty items",
        page_items(&"{},".repeat(100_000)),
    );
    bomb("token", "base64 garbage", vec![b'A'; 1 << 20]);
    bomb("token", "no base64", vec![1; 1 << 20]);
    bomb(
        "request",
        "base64 garbage",
        get_splits(&vec![0x5a; 1 << 20]),
    );
    bombs.extend(lengths());
    bombs
}

/// Seeds with a length where none belongs, at every place near the start.
fn lengths() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut bombs = Vec::new();
    let mut bomb = |target, name: String, bytes: Vec<u8>| bombs.push((target, name, bytes));
    for length in [0x7fff_ffff_u32, 0xffff_ffff, 1 << 30, 1 << 16] {
        for target in ["block", "spilled", "token", "plan"] {
            for seed in (find(target).unwrap().seeds)().into_iter().take(6) {
                for at in (0..seed.len().min(400)).step_by(4) {
                    let mut bytes = seed.clone();
                    let end = bytes.len().min(at + 4);
                    bytes[at..end].copy_from_slice(&length.to_le_bytes()[..end - at]);
                    bomb(
                        target,
                        format!("the length {length:#x} at {at}"),
                        bytes.clone(),
                    );
                    bytes[at..end].copy_from_slice(&length.to_be_bytes()[..end - at]);
                    bomb(
                        target,
                        format!("the length {length:#x} at {at}, big end first"),
                        bytes,
                    );
                }
            }
        }
    }
    bombs
}

fn page(value: &str) -> Vec<u8> {
    page_items(&format!(r#"{{"s":{value},"l":{value}}}"#))
}

fn page_of(item: &str) -> Vec<u8> {
    page_items(&format!("{{{item}}}"))
}

fn page_items(items: &str) -> Vec<u8> {
    let items = items.trim_end_matches(',');
    format!(r#"{{"Items":[{items}],"Count":1,"ScannedCount":1}}"#).into_bytes()
}

fn many(attributes: usize) -> String {
    let attributes: Vec<String> = (0..attributes)
        .map(|n| format!(r#""a{n}":{{"S":"x"}}"#))
        .collect();
    attributes.join(",")
}

/// `depth` function calls within each other.
fn expressions(depth: usize) -> String {
    let call = r#"{"@type":"FunctionCallExpression","type":{"@type":"Bool"},"functionName":{"functionName":"$not"},"arguments":["#;
    format!("[{}{}]", call.repeat(depth), "]}".repeat(depth))
}

/// A request to read records whose constraints have this field.
fn read_records(field: &str, value: &str) -> Vec<u8> {
    let schema = STANDARD.encode_to_string(frame::encode_schema(&Schema::empty()));
    format!(
        r#"{{"@type":"ReadRecordsRequest","queryId":"q","catalogName":"c","tableName":{{"schemaName":"s","tableName":"t"}},"schema":"{schema}","split":{{"spillLocation":null,"encryptionKey":null,"properties":{{}}}},"constraints":{{"summary":{{}},"{field}":{value}}},"maxBlockSize":"1","maxInlineBlockSize":"1"}}"#
    )
    .into_bytes()
}

/// A plan of one relation: a filter of a filter and so on, up to some 64 KiB.
fn messages(depth: usize) -> Vec<u8> {
    let mut relation = Vec::new();
    for _ in 0..depth {
        if relation.len() > 1 << 16 {
            break;
        }
        // `Rel.filter`, and in it `FilterRel.input`.
        relation = within(0x12, &within(0x12, &relation));
    }
    // `Plan.relations`, and in it `PlanRel.rel`.
    within(0x1a, &within(0x0a, &relation))
}

/// A message as the field of another one.
fn within(field: u8, message: &[u8]) -> Vec<u8> {
    let mut around = vec![field];
    let mut length = message.len();
    while length >= 0x80 {
        around.push(u8::try_from(length % 0x80).unwrap() | 0x80);
        length /= 0x80;
    }
    around.push(u8::try_from(length).unwrap());
    around.extend(message);
    around
}

/// A request for splits, its partitions of this schema.
fn get_splits(schema: &[u8]) -> Vec<u8> {
    let schema = STANDARD.encode_to_string(schema);
    format!(
        r#"{{"@type":"GetSplitsRequest","queryId":"q","catalogName":"c","tableName":{{"schemaName":"s","tableName":"t"}},"partitions":{{"aId":"","schema":"{schema}","records":""}},"partitionColumns":[],"constraints":{{}}}}"#
    )
    .into_bytes()
}

fn columns(count: usize) -> Schema {
    let field = |number| Field::new(format!("c{number}"), DataType::Utf8, true);
    Schema::new((0..count).map(field).collect::<Vec<_>>())
}

/// A schema message with its length before it, as the target takes it; a longer one is cut off.
fn with_length(schema: &[u8], rows: &[u8]) -> Vec<u8> {
    let length = u16::try_from(schema.len()).unwrap_or(u16::MAX);
    [&length.to_le_bytes()[..], schema, rows].concat()
}

/// Lists within lists.
fn nested(depth: usize) -> Vec<u8> {
    let work = move || {
        let inner = (0..depth).fold(DataType::Utf8, |inner, _| {
            DataType::List(Arc::new(Field::new("i", inner, true)))
        });
        with_length(
            &frame::encode_schema(&Schema::new(vec![Field::new("c", inner, true)])),
            &[],
        )
    };
    // Arrow writes nested types by recursion.
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap()
}

pub(super) fn ranges(count: usize) -> Vec<u8> {
    set(&(0..count).map(range).collect::<Vec<_>>())
}

fn backwards(count: usize) -> Vec<u8> {
    set(&(0..count).rev().map(range).collect::<Vec<_>>())
}

fn set(ranges: &[String]) -> Vec<u8> {
    format!(
        r#"{{"@type":"SortedRangeSet","type":{TYPE},"ranges":[{}],"nullAllowed":false}}"#,
        ranges.join(",")
    )
    .into_bytes()
}

/// The range of one number, its two ends without a block each.
fn range(number: usize) -> String {
    use arrow::array::{Int64Array, RecordBatch};
    let column = Arc::new(Int64Array::from(vec![i64::try_from(number).unwrap()]));
    let batch = RecordBatch::try_from_iter_with_nullable([("col1", column as _, true)]).unwrap();
    let block = serde_json::to_string(&athena_protocol::block::Block::new(batch)).unwrap();
    let marker = |bound| {
        format!(r#"{{"@type":"Marker","valueBlock":{block},"bound":"{bound}","nullValue":false}}"#)
    };
    format!(
        r#"{{"@type":"Range","low":{},"high":{}}}"#,
        marker("EXACTLY"),
        marker("EXACTLY")
    )
}

fn listed(count: i64) -> Vec<u8> {
    use arrow::array::{Int64Array, RecordBatch};
    let column = Arc::new(Int64Array::from_iter_values(0..count));
    let batch = RecordBatch::try_from_iter_with_nullable([("col1", column as _, true)]).unwrap();
    let block = serde_json::to_string(&athena_protocol::block::Block::new(batch)).unwrap();
    format!(r#"{{"@type":"EquatableValueSet","valueBlock":{block},"whiteList":true,"nullAllowed":false}}"#).into_bytes()
}

const TYPE: &str = r#"{"@type":"Int","bitWidth":64,"isSigned":true}"#;
