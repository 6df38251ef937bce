//! The table in the head of this module, row by row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Decimal128Type;
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Int8Type, Int32Type, Int64Type};
use arrow::datatypes::{TimeUnit, TimestampMillisecondType};
use arrow::util::display::array_value_to_string;
use athena_protocol::timestamp::{self, Zone};

use super::{Column, Tally};
use crate::json::{Cursor, DecodeError, Tag};
use crate::types::datetime::{DEFAULT_ZONE, FORMATS};
use crate::types::hints::{Hints, MEMBER_NAMES};

const EVERY: [(&str, Tag); 9] = [
    (r#"{"S":"a"}"#, Tag::S),
    (r#"{"N":"1"}"#, Tag::N),
    (r#"{"B":"AQI="}"#, Tag::B),
    (r#"{"BOOL":true}"#, Tag::Bool),
    (r#"{"SS":["a","b"]}"#, Tag::Ss),
    (r#"{"NS":["1","2"]}"#, Tag::Ns),
    (r#"{"BS":["AQI="]}"#, Tag::Bs),
    (r#"{"L":[{"S":"a"},{"N":"1"}]}"#, Tag::L),
    (r#"{"M":{"a":{"S":"x"}}}"#, Tag::M),
];

fn append(column: &mut Column, tagged: &str, tally: &mut Tally) -> Result<(), DecodeError> {
    let mut cursor = Cursor::new(tagged.as_bytes());
    column.append_tagged(&mut cursor, tally)?;
    cursor.end()
}

/// A column of the one value, and what was counted.
#[track_caller]
fn read(data_type: &DataType, tagged: &str) -> (ArrayRef, Tally) {
    let mut column = Column::new("c", data_type, &Hints::default()).unwrap();
    let mut tally = Tally::default();
    append(&mut column, tagged, &mut tally).unwrap();
    assert_eq!(column.len(), 1);
    let array = column.finish().unwrap();
    assert_eq!(array.data_type(), data_type);
    assert_eq!(array.len(), 1);
    (array, tally)
}

#[track_caller]
fn check_mismatch(data_type: &DataType, tagged: &str, tag: Tag) {
    let (array, tally) = read(data_type, tagged);
    assert!(array.is_null(0), "{tagged} as {data_type}");
    assert_eq!(
        tally.iter().collect::<Vec<_>>(),
        [(tag, 1)],
        "{tagged} as {data_type}"
    );
}

#[track_caller]
fn check_text(data_type: &DataType, tagged: &str, expected: &str) {
    let (array, tally) = read(data_type, tagged);
    assert!(array.is_valid(0), "{tagged} as {data_type}");
    assert_eq!(
        array_value_to_string(&array, 0).unwrap(),
        expected,
        "{tagged} as {data_type}"
    );
    assert!(tally.is_empty(), "{tagged} as {data_type}");
}

fn list_of(data_type: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("c.element", data_type, true)))
}

fn struct_of(children: &[(&str, DataType)]) -> DataType {
    DataType::Struct(
        children
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), true))
            .collect(),
    )
}

fn map_of(value: DataType) -> DataType {
    let children = vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", value, true),
    ];
    DataType::Map(
        Arc::new(Field::new(
            "entries",
            DataType::Struct(children.into()),
            false,
        )),
        false,
    )
}

#[test]
fn text_takes_every_type() {
    let texts = [
        "a",
        "1",
        "AQI=",
        "true",
        r#"["a","b"]"#,
        "[1,2]",
        r#"["AQI="]"#,
        r#"["a",1]"#,
        r#"{"a":"x"}"#,
    ];
    for ((tagged, _), text) in EVERY.into_iter().zip(texts) {
        check_text(&DataType::Utf8, tagged, text);
    }
    check_text(
        &DataType::Utf8,
        r#"{"S":"tab\tquote\" \ud83d\ude00"}"#,
        "tab\tquote\" 😀",
    );
    check_text(&DataType::Utf8, r#"{"N":"-1.5E+3"}"#, "-1500");
    check_text(
        &DataType::Utf8,
        r#"{"M":{"n":{"N":"1E+3"},"z":{"NULL":true}}}"#,
        r#"{"n":1E+3,"z":null}"#,
    );
}

#[test]
fn a_type_that_a_column_cannot_take_is_null_and_counted() {
    use Tag::{B, Bool, Bs, L, M, N, Ns, S, Ss};
    let accepting: [(DataType, &[Tag]); 12] = [
        (DataType::Boolean, &[Bool]),
        (DataType::Binary, &[B]),
        (DataType::Int8, &[N]),
        (DataType::Int16, &[N]),
        (DataType::Int32, &[N]),
        (DataType::Int64, &[N]),
        (DataType::Float32, &[N]),
        (DataType::Float64, &[N]),
        (DataType::Decimal128(38, 9), &[N]),
        (list_of(DataType::Utf8), &[Ss, Ns, Bs, L]),
        (struct_of(&[("a", DataType::Utf8)]), &[M]),
        (map_of(DataType::Utf8), &[M]),
    ];
    for (data_type, tags) in accepting {
        for (tagged, tag) in EVERY {
            if tags.contains(&tag) {
                let (array, tally) = read(&data_type, tagged);
                assert!(
                    array.is_valid(0) && tally.is_empty(),
                    "{tagged} as {data_type}"
                );
            } else {
                check_mismatch(&data_type, tagged, tag);
            }
        }
        let (array, tally) = read(&data_type, r#"{"NULL":true}"#);
        assert!(array.is_null(0) && tally.is_empty(), "NULL as {data_type}");
    }
    let _ = S;
}

#[test]
fn truth_values_may_be_spelled_as_text() {
    check_text(&DataType::Boolean, r#"{"BOOL":false}"#, "false");
    check_text(&DataType::Boolean, r#"{"S":"TRUE"}"#, "true");
    check_text(&DataType::Boolean, r#"{"S":"False"}"#, "false");
    check_mismatch(&DataType::Boolean, r#"{"S":"yes"}"#, Tag::S);
}

#[test]
fn bytes_are_decoded() {
    let (array, _) = read(&DataType::Binary, r#"{"B":"AAEC\/w=="}"#);
    assert_eq!(array.as_binary::<i32>().value(0), [0, 1, 2, 255]);
    let (array, _) = read(&DataType::Binary, r#"{"B":""}"#);
    assert!(array.as_binary::<i32>().value(0).is_empty());
    let mut column = Column::new("c", &DataType::Binary, &Hints::default()).unwrap();
    let refused = append(&mut column, r#"{"B":"no base64"}"#, &mut Tally::default());
    assert!(matches!(
        refused,
        Err(DecodeError::InvalidBase64 { offset: 5 })
    ));
}

#[test]
fn integers_are_exact_or_null() {
    let value = |tagged| {
        read(&DataType::Int8, tagged)
            .0
            .as_primitive::<Int8Type>()
            .value(0)
    };
    assert_eq!(value(r#"{"N":"-128"}"#), -128);
    assert_eq!(value(r#"{"N":"1.2E+2"}"#), 120);
    assert_eq!(value(r#"{"N":"7.0"}"#), 7);
    assert_eq!(value(r#"{"S":"5"}"#), 5);
    for text in [
        "128",
        "-129",
        "3.7",
        "1E+30",
        "99999999999999999999999999999999999999",
    ] {
        check_mismatch(&DataType::Int8, &format!(r#"{{"N":"{text}"}}"#), Tag::N);
    }
    for text in ["", " 5", "5 ", "five", "5,0"] {
        check_mismatch(&DataType::Int32, &format!(r#"{{"S":"{text}"}}"#), Tag::S);
    }
    let (array, _) = read(&DataType::Int32, r#"{"N":"3000000"}"#);
    assert_eq!(array.as_primitive::<Int32Type>().value(0), 3_000_000);
    check_mismatch(&DataType::Int32, r#"{"N":"3000000000"}"#, Tag::N);
    let (array, _) = read(&DataType::Int64, r#"{"N":"-9223372036854775808"}"#);
    assert_eq!(array.as_primitive::<Int64Type>().value(0), i64::MIN);
    check_mismatch(&DataType::Int64, r#"{"N":"9223372036854775808"}"#, Tag::N);
}

#[test]
fn floats_are_the_nearest_value_but_never_infinite() {
    let (array, _) = read(&DataType::Float64, r#"{"N":"0.1"}"#);
    assert_eq!(
        array.as_primitive::<Float64Type>().value(0).to_bits(),
        0.1_f64.to_bits()
    );
    let (array, _) = read(&DataType::Float64, r#"{"N":"1E+125"}"#);
    assert_eq!(
        array.as_primitive::<Float64Type>().value(0).to_bits(),
        1e125_f64.to_bits()
    );
    let (array, _) = read(&DataType::Float32, r#"{"S":"16777217"}"#);
    assert_eq!(
        array.as_primitive::<Float32Type>().value(0).to_bits(),
        16_777_216_f32.to_bits()
    );
    check_mismatch(&DataType::Float32, r#"{"N":"1E+100"}"#, Tag::N);
    check_mismatch(&DataType::Float64, r#"{"S":"1E+400"}"#, Tag::S);
    for text in ["inf", "NaN", "infinity", "", "."] {
        check_mismatch(&DataType::Float64, &format!(r#"{{"S":"{text}"}}"#), Tag::S);
    }
}

#[test]
fn decimals_are_rounded_to_the_scale_and_null_beyond_the_precision() {
    let decimal = DataType::Decimal128(5, 2);
    check_text(&decimal, r#"{"N":"-123.4"}"#, "-123.40");
    check_text(&decimal, r#"{"S":"1E+2"}"#, "100.00");
    let (array, tally) = read(&decimal, r#"{"N":"1.005"}"#);
    assert_eq!(array.as_primitive::<Decimal128Type>().value(0), 101);
    assert_eq!((tally.rounded(), tally.iter().count()), (1, 0));
    check_mismatch(&decimal, r#"{"N":"1000"}"#, Tag::N);
    check_mismatch(&decimal, r#"{"N":"999.999"}"#, Tag::N);
    check_mismatch(&decimal, r#"{"S":"12a"}"#, Tag::S);
}

#[test]
fn a_list_keeps_the_place_of_what_does_not_fit() {
    let numbers = list_of(DataType::Int32);
    check_text(&numbers, r#"{"NS":["1","2"]}"#, "[1, 2]");
    check_text(&numbers, r#"{"L":[]}"#, "[]");
    let (array, tally) = read(
        &numbers,
        r#"{"L":[{"N":"1"},{"S":"x"},{"NULL":true},{"BOOL":true},{"S":"4"}]}"#,
    );
    assert_eq!(array_value_to_string(&array, 0).unwrap(), "[1, , , , 4]");
    assert_eq!(
        tally.iter().collect::<Vec<_>>(),
        [(Tag::S, 1), (Tag::Bool, 1)]
    );
    let (array, _) = read(
        &list_of(DataType::Utf8),
        r#"{"L":[{"S":"a"},{"N":"1"},{"BOOL":true},{"L":[{"S":"b"}]}]}"#,
    );
    assert_eq!(
        array_value_to_string(&array, 0).unwrap(),
        r#"[a, 1, true, ["b"]]"#
    );
    let nested = list_of(list_of(DataType::Binary));
    check_text(
        &nested,
        r#"{"L":[{"BS":["AQ=="]},{"L":[{"B":"Ag=="}]},{"L":[]}]}"#,
        "[[01], [02], []]",
    );
}

#[test]
fn a_struct_finds_its_children_in_any_case() {
    let data_type = struct_of(&[("a", DataType::Utf8), ("Größe", DataType::Int32)]);
    check_text(
        &data_type,
        r#"{"M":{"GRÖSSE":{"N":"0"},"GRÖßE":{"N":"7"},"A":{"S":"x"}}}"#,
        "{a: x, Größe: 7}",
    );
    check_text(
        &data_type,
        r#"{"M":{"A":{"S":"folded"},"a":{"S":"exact"}}}"#,
        "{a: exact, Größe: }",
    );
    check_text(
        &data_type,
        r#"{"M":{"A":{"S":"folded"},"a":{"NULL":true}}}"#,
        "{a: folded, Größe: }",
    );
    check_text(&data_type, r#"{"M":{}}"#, "{a: , Größe: }");
    check_text(
        &struct_of(&[("ab", DataType::Utf8)]),
        r#"{"M":{"aB":{"S":"2"},"AB":{"S":"1"}}}"#,
        "{ab: 1}",
    );
    let (array, tally) = read(&data_type, r#"{"M":{"größe":{"S":"big"}}}"#);
    assert!(array.is_valid(0));
    assert_eq!(tally.nulled(Tag::S), 1);
    check_text(
        &DataType::Struct(Vec::<Field>::new().into()),
        r#"{"M":{"a":{"S":"x"}}}"#,
        "{}",
    );
}

#[test]
fn a_map_keeps_every_entry() {
    let data_type = map_of(DataType::Int32);
    let (array, tally) = read(
        &data_type,
        r#"{"M":{"b\n":{"N":"1"},"a":{"NULL":true},"B":{"S":"x"}}}"#,
    );
    assert_eq!(
        array_value_to_string(&array, 0).unwrap(),
        "{b\n: 1, a: , B: }"
    );
    assert_eq!(tally.iter().collect::<Vec<_>>(), [(Tag::S, 1)]);
    check_text(&data_type, r#"{"M":{}}"#, "{}");
}

#[test]
fn a_cleared_column_starts_anew() {
    for data_type in [
        DataType::Utf8,
        DataType::Boolean,
        DataType::Binary,
        DataType::Int64,
        DataType::Decimal128(38, 9),
        list_of(DataType::Utf8),
        struct_of(&[("a", DataType::Utf8)]),
        map_of(DataType::Utf8),
    ] {
        let mut column = Column::new("c", &data_type, &Hints::default()).unwrap();
        for (tagged, _) in EVERY {
            append(&mut column, tagged, &mut Tally::default()).unwrap();
        }
        column.append_null();
        column.clear();
        assert!(column.is_empty(), "{data_type}");
        column.append_null();
        let array = column.finish().unwrap();
        assert_eq!((array.len(), array.null_count()), (1, 1), "{data_type}");
        assert_eq!(column.finish().unwrap().len(), 0, "{data_type}");
    }
}

/// A table in Berlin with two formats.
fn berlin() -> Hints {
    let berlin = [
        (DEFAULT_ZONE, "Europe/Berlin"),
        (FORMATS, "d=dd.MM.yyyy,s=epoch_seconds"),
    ];
    let berlin = berlin.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Hints::of(&berlin.into()).unwrap()
}

fn zoned() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

#[test]
fn dates_take_text_and_numbers_and_show_the_clock_of_the_tables_zone() {
    let times = berlin();
    let show = |name: &str, data_type: &DataType, tagged: &str| {
        let mut column = Column::new(name, data_type, &times).unwrap();
        let mut tally = Tally::default();
        append(&mut column, tagged, &mut tally).unwrap();
        let array = column.finish().unwrap();
        assert_eq!(array.data_type(), data_type);
        let shown = array
            .is_valid(0)
            .then(|| array_value_to_string(&array, 0).unwrap());
        (shown, tally)
    };
    for (name, data_type, tagged, shown) in [
        ("c", DataType::Date32, r#"{"S":"2020-01-02"}"#, "2020-01-02"),
        ("d", DataType::Date32, r#"{"S":"02.01.2020"}"#, "2020-01-02"),
        ("d", DataType::Date32, r#"{"S":"2020-01-02"}"#, "2020-01-02"),
        (
            "c",
            DataType::Date32,
            r#"{"S":"2020-01-01T23:30:00Z"}"#,
            "2020-01-02",
        ),
        (
            "c",
            DataType::Date64,
            r#"{"S":"2020-01-01 23:30"}"#,
            "2020-01-01T23:30:00",
        ),
        (
            "c",
            DataType::Date64,
            r#"{"S":"2020-07-01T12:00:00.5Z"}"#,
            "2020-07-01T14:00:00.500",
        ),
        (
            "c",
            DataType::Date64,
            r#"{"N":"1577836800000"}"#,
            "2020-01-01T01:00:00",
        ),
        (
            "s",
            DataType::Date64,
            r#"{"N":"1577836800"}"#,
            "2020-01-01T01:00:00",
        ),
        (
            "s",
            DataType::Date64,
            r#"{"S":"1577836800"}"#,
            "2020-01-01T01:00:00",
        ),
    ] {
        let (got, tally) = show(name, &data_type, tagged);
        assert_eq!(got.as_deref(), Some(shown), "{tagged} as {data_type}");
        assert!(tally.is_empty(), "{tagged} as {data_type}");
    }
    let (_, tally) = show(
        "c",
        &DataType::Date64,
        r#"{"S":"2020-01-01T00:00:00.0001"}"#,
    );
    assert_eq!(tally.rounded(), 1);
}

#[test]
fn timestamps_keep_the_zone_they_were_spelled_in() {
    let (times, zoned) = (berlin(), zoned());
    for (tagged, millis, zone) in [
        (
            r#"{"S":"2020-01-01T00:00:00+05:30"}"#,
            1_577_817_000_000,
            "+05:30",
        ),
        (r#"{"S":"2020-01-01"}"#, 1_577_833_200_000, "Europe/Berlin"),
        (
            r#"{"N":"1577836800000"}"#,
            1_577_836_800_000,
            "Europe/Berlin",
        ),
        (
            r#"{"S":"2020-01-01T00:00:00Z[America/New_York]"}"#,
            1_577_836_800_000,
            "America/New_York",
        ),
    ] {
        let mut column = Column::new("c", &zoned, &times).unwrap();
        append(&mut column, tagged, &mut Tally::default()).unwrap();
        let array = column.finish().unwrap();
        let packed = array.as_primitive::<TimestampMillisecondType>().value(0);
        let zone = Zone::from_id(zone).unwrap();
        assert_eq!(timestamp::unpack(packed), (millis, Some(zone)), "{tagged}");
    }
}

#[test]
fn what_is_no_point_in_time_does_not_fit_a_date() {
    for data_type in [DataType::Date32, DataType::Date64, zoned()] {
        for (tagged, tag) in EVERY {
            if tag != Tag::N {
                check_mismatch(&data_type, tagged, tag);
            }
        }
        check_mismatch(&data_type, r#"{"N":"1E+60"}"#, Tag::N);
        check_mismatch(&data_type, r#"{"S":"2020-02-30"}"#, Tag::S);
    }
}

#[test]
fn a_member_that_was_named_feeds_its_child_in_that_spelling_alone() {
    let names = r#"{"c.zip":"PostCode","c.lines.sku":"S"}"#.to_owned();
    let hints = Hints::of(&[(MEMBER_NAMES.to_owned(), names)].into()).unwrap();
    let lines = list_of(struct_of(&[("sku", DataType::Utf8)]));
    let data_type = struct_of(&[
        ("zip", DataType::Utf8),
        ("city", DataType::Utf8),
        ("lines", lines),
    ]);
    let mut column = Column::new("c", &data_type, &hints).unwrap();
    let tagged = r#"{"M":{"zip":{"S":"no"},"POSTCODE":{"S":"no"},"PostCode":{"S":"1"},"City":{"S":"x"},
        "Lines":{"L":[{"M":{"S":{"S":"a"},"sku":{"S":"no"}}}]}}}"#;
    append(&mut column, tagged, &mut Tally::default()).unwrap();
    let shown = array_value_to_string(&column.finish().unwrap(), 0).unwrap();
    assert_eq!(shown, "{zip: 1, city: x, lines: [{sku: a}]}");
}

#[test]
fn a_type_without_a_decoder_is_refused_by_its_path() {
    let refused = |data_type: &DataType| match Column::new("c", data_type, &Hints::default()) {
        Err(DecodeError::UnsupportedType { column, data_type }) => (column, data_type),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(&DataType::LargeBinary),
        ("c".to_owned(), DataType::LargeBinary)
    );
    let inner = struct_of(&[("a", list_of(map_of(DataType::UInt8)))]);
    assert_eq!(refused(&inner), ("c.a[]{}".to_owned(), DataType::UInt8));
    for data_type in [
        DataType::Decimal128(39, 0),
        DataType::Decimal128(5, 6),
        DataType::LargeUtf8,
        DataType::Null,
    ] {
        assert_eq!(refused(&data_type).1, data_type);
    }
}
