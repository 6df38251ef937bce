//! Pages of DynamoDB's JSON: decoding, the tail, and inference.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use athena_dynamodb::json::BatchAnswer;
use athena_dynamodb::read::{PageDecoder, PageTail};
use athena_dynamodb::types::infer::{KeyType, NumberType, Sample};

use super::Target;

pub(super) const TARGET: Target = Target {
    name: "page",
    seeds: || PAGES.iter().map(|page| page.as_bytes().to_vec()).collect(),
    check,
};

fn check(page: &[u8]) {
    let names: Vec<Vec<String>> = SCHEMA
        .fields()
        .iter()
        .map(|field| vec![field.name().clone(), field.name().to_uppercase()])
        .collect();
    let mut decoder =
        PageDecoder::new(Arc::clone(&SCHEMA), &names).expect("the schema has decoders");
    let first = decoder.decode(page);
    // What the decoder has learned of the first time changes nothing.
    match (&first, decoder.decode(page)) {
        (Ok(first), Ok(second)) => assert_eq!(*first, second),
        (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
        _ => panic!("the second decoding differs"),
    }
    if let Ok(PageTail {
        last_evaluated_key: Some(key),
        ..
    }) = PageTail::of(page)
    {
        assert!(key.starts_with(b"{") || key.contains(&b'"'));
    }
    if let (Ok(answer), Ok(batch)) = (BatchAnswer::of(page), &first) {
        assert_eq!(answer.items, batch.num_rows());
    }
    let mut sample = Sample::new();
    if let (Ok(items), Ok(batch)) = (sample.push_page(page), &first) {
        assert_eq!(items, batch.num_rows());
    }
    let keys = [("s".to_owned(), KeyType::S), ("n".to_owned(), KeyType::N)];
    let inferred = sample.schema(&keys, NumberType::Auto);
    assert_eq!(inferred.schema.fields().len(), inferred.names.len());
}

/// A column of every kind that has a decoder.
static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    let list = |element| DataType::List(Arc::new(field("item", element)));
    let structure = DataType::Struct(
        vec![
            field("a", DataType::Utf8),
            field("b", list(DataType::Decimal128(38, 9))),
        ]
        .into(),
    );
    let entries = DataType::Struct(
        vec![
            Field::new("key", DataType::Utf8, false),
            field("value", DataType::Int64),
        ]
        .into(),
    );
    let map = DataType::Map(Arc::new(Field::new("entries", entries, false)), false);
    Arc::new(Schema::new(vec![
        field("s", DataType::Utf8),
        field("n", DataType::Decimal128(38, 9)),
        field("i", DataType::Int32),
        field("y", DataType::Int8),
        field("f", DataType::Float64),
        field("b", DataType::Binary),
        field("t", DataType::Boolean),
        field("l", list(DataType::Utf8)),
        field("ll", list(list(structure.clone()))),
        field("m", structure),
        field("k", map),
        field("d", DataType::Date32),
        field("w", DataType::Date64),
        field(
            "z",
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ),
    ]))
});

const PAGES: &[&str] = &[
    r#"{"Count":2,"Items":[{"s":{"S":"a"},"n":{"N":"12.345"},"i":{"N":"7"},"t":{"BOOL":true},"b":{"B":"AQID"}},{"s":{"S":"ä\n\u00e4\ud83d\ude00"},"n":{"NULL":true},"f":{"N":"1E-3"}}],"ScannedCount":2,"LastEvaluatedKey":{"s":{"S":"a"}}}"#,
    r#"{"Items":[{"l":{"L":[{"S":"x"},{"N":"1"},{"NULL":true},{"L":[{"BOOL":false}]}]},"m":{"M":{"a":{"S":"x"},"B":{"NS":["1","2"]}}},"k":{"M":{"x":{"N":"1"},"y":{"S":"2"}}}}],"Count":1,"ConsumedCapacity":{"TableName":"t","CapacityUnits":0.5}}"#,
    r#"{"Items":[{"l":{"SS":["a","b"]},"ll":{"L":[{"L":[{"M":{"a":{"S":"d"},"b":{"L":[]}}}]}]},"s":{"M":{"deep":{"L":[{"B":"AA=="},{"BS":["AQ=="]}]}}},"other":{"N":"-99999999999999999999999999999999999999"}}],"Count":1,"ScannedCount":9,"NextToken":"abc"}"#,
    r#"{"Items":[{"d":{"S":"2020-01-02"},"w":{"S":"20200102T030405.678+05:30"},"z":{"S":"2020-01-02 03:04:05 Europe/Berlin"}},{"d":{"N":"1577836800000"},"w":{"S":"2020-1-2 3:04"},"z":{"S":"2020-01-02T03:04:05Z[America/New_York]"}}],"Count":2}"#,
    r#"{"Items":[],"Count":0,"ScannedCount":0}"#,
    r#"{"ConsumedCapacity":[{"CapacityUnits":1.5,"TableName":"t"}],"Responses":{"t":[{"s":{"S":"a"},"n":{"N":"1"}},{}]},"UnprocessedKeys":{"t":{"Keys":[{"s":{"S":"b"}}]}}}"#,
    r#"{ "ScannedCount" : 1 , "Items" : [ { "S" : { "N" : "1.10" } , "I" : { "S" : "12" } , "Y" : { "N" : "300" } } ] , "Count" : 1 }"#,
];
