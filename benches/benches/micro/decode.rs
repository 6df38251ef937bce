//! Scanning, skipping and decoding of pages.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use athena_dynamodb::json::each_item;
use athena_dynamodb::read::tail::PageTail;
use athena_testkit::pages::Shape;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

use crate::page::{canned, decoded, decoder_of, of_values, skipper};

const SHAPES: [Shape; 5] = [
    Shape::Mixed,
    Shape::Narrow,
    Shape::Wide,
    Shape::Nested,
    Shape::Columns(400),
];

/// Finds where each item ends, and nothing else.
#[divan::bench(args = SHAPES)]
fn scan(bencher: Bencher<'_, '_>, shape: Shape) {
    let page = canned(shape);
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        let items = each_item(black_box(&page), |cursor| cursor.skip_value().map(drop));
        items.expect("a page of the test kit is good")
    });
}

/// What has to be known before the next page can be asked for.
#[divan::bench(args = SHAPES)]
fn tail(bencher: Bencher<'_, '_>, shape: Shape) {
    let page = canned(shape);
    bencher
        .counter(BytesCount::new(page.len()))
        .bench(|| PageTail::of(black_box(&page)).expect("a page of the test kit is good"));
}

/// Rows without columns: all attributes are skipped.
#[divan::bench(args = SHAPES)]
fn skip(bencher: Bencher<'_, '_>, shape: Shape) {
    let page = canned(shape);
    let mut decoder = skipper();
    bencher
        .counter(BytesCount::new(page.len()))
        .bench_local(|| {
            decoder
                .decode(black_box(&page))
                .expect("it was decoded before")
        });
}

/// All columns.
#[divan::bench(args = SHAPES)]
fn decode(bencher: Bencher<'_, '_>, shape: Shape) {
    let page = canned(shape);
    let (mut decoder, _) = decoded(&page);
    bencher
        .counter(BytesCount::new(page.len()))
        .bench_local(|| {
            decoder
                .decode(black_box(&page))
                .expect("it was decoded before")
        });
}

/// One column of one type.
#[divan::bench(args = Type::ALL)]
fn decode_type(bencher: Bencher<'_, '_>, column: Type) {
    let page = of_values(|item| column.value(item));
    let field = Field::new("v", column.data_type(), true);
    let schema = Arc::new(Schema::new(vec![field]));
    let (mut decoder, batch) = decoder_of(schema, &[vec!["v".to_owned()]], page.as_bytes());
    // A column of nulls would measure something else.
    assert_eq!(batch.column(0).null_count(), 0, "{column}");
    bencher
        .counter(BytesCount::new(page.len()))
        .bench_local(|| {
            let batch = decoder.decode(black_box(page.as_bytes()));
            batch.expect("it was decoded before")
        });
}

/// A column's type, and what feeds it.
#[derive(Clone, Copy, Debug)]
enum Type {
    Text,
    EscapedText,
    Decimal,
    Int64,
    Float64,
    Boolean,
    Binary,
    Date,
    Timestamp,
    ZonedTimestamp,
    List,
    Struct,
    JsonText,
}

impl Type {
    const ALL: [Self; 13] = [
        Self::Text,
        Self::EscapedText,
        Self::Decimal,
        Self::Int64,
        Self::Float64,
        Self::Boolean,
        Self::Binary,
        Self::Date,
        Self::Timestamp,
        Self::ZonedTimestamp,
        Self::List,
        Self::Struct,
        Self::JsonText,
    ];

    fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::EscapedText | Self::JsonText => DataType::Utf8,
            Self::Decimal => DataType::Decimal128(38, 9),
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Binary => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Date64,
            Self::ZonedTimestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::List => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
            Self::Struct => {
                let member = |name: &str, data_type| Field::new(name, data_type, true);
                let members = vec![
                    member("city", DataType::Utf8),
                    member("zip", DataType::Decimal128(38, 9)),
                ];
                DataType::Struct(members.into())
            }
        }
    }

    /// The value of an item as typed JSON. Values differ in length, as real ones do.
    fn value(self, item: usize) -> String {
        match self {
            Self::Text => format!(
                r#"{{"S":"order {} of many, some of them longer"}}"#,
                item * item
            ),
            Self::EscapedText => format!(r#"{{"S":"a \"quoted\" line {item}\nand caf\u00e9"}}"#),
            Self::Decimal => format!(r#"{{"N":"{}.{:02}"}}"#, item * 37 % 5000, item % 100),
            Self::Int64 => format!(r#"{{"N":"{}"}}"#, item * item * 1_234_567),
            Self::Float64 => format!(r#"{{"N":"{}.{}"}}"#, item % 360, item * 7919),
            Self::Boolean => format!(r#"{{"BOOL":{}}}"#, item.is_multiple_of(3)),
            Self::Binary => {
                let bytes = [item.to_le_bytes(); 4].concat();
                let text = base64_simd::STANDARD.encode_to_string(bytes);
                format!(r#"{{"B":"{text}"}}"#)
            }
            Self::Date => format!(r#"{{"S":"2025-06-{:02}"}}"#, 1 + item % 28),
            Self::Timestamp | Self::ZonedTimestamp => {
                let (day, minute) = (1 + item % 28, item % 60);
                format!(r#"{{"S":"2025-06-{day:02}T12:{minute:02}:07.250Z"}}"#)
            }
            Self::List => format!(r#"{{"L":[{{"S":"red"}},{{"S":"{item}"}}]}}"#),
            Self::Struct => {
                format!(r#"{{"M":{{"city":{{"S":"Basel"}},"zip":{{"N":"{item}"}}}}}}"#)
            }
            Self::JsonText => {
                format!(r#"{{"M":{{"a":{{"L":[{{"N":"{item}"}},{{"NULL":true}}]}}}}}}"#)
            }
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
