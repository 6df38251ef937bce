use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use athena_protocol::predicate::{Bound, Domain, Marker, Range, Scalar};
use athena_protocol::timestamp::{self, Zone};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

use super::Moments;
use crate::plan::interval::Interval;
use crate::plan::stored::{Shown, Values};
use crate::plan::value::Value;
use crate::read::PageDecoder;
use crate::types::datetime::{EPOCH_UNIT, FORMATS};
use crate::types::hints::Hints;

fn zoned() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

fn metadata(zone: &str, unit: &str, format: &str) -> HashMap<String, String> {
    HashMap::from([
        ("defaultTimeZone".to_owned(), zone.to_owned()),
        (EPOCH_UNIT.to_owned(), unit.to_owned()),
        (FORMATS.to_owned(), format.to_owned()),
    ])
}

fn moments(metadata: &HashMap<String, String>, domain: Domain) -> Moments {
    let reader = Hints::of(metadata).unwrap().times("c");
    let set = domain.into_set();
    Moments::of(&reader, &Shown::of(&set)).unwrap()
}

fn lies_in(intervals: &[Interval], value: &Value) -> bool {
    intervals.iter().any(|interval| {
        let low = interval.low.as_ref().is_none_or(|end| {
            let order = end.value.order(value);
            order.is_lt() || (order.is_eq() && end.inclusive)
        });
        let high = interval.high.as_ref().is_none_or(|end| {
            let order = value.order(&end.value);
            order.is_lt() || (order.is_eq() && end.inclusive)
        });
        low && high
    })
}

/// Whether the filter lets the text pass.
fn passes(moments: &Moments, text: &str) -> bool {
    moments.texts.as_ref().is_none_or(|texts| {
        lies_in(texts, &Value::S(text.to_owned()))
            || !text.contains('-')
            || text.contains("E-")
            || text.contains("e-")
    })
}

fn day(text: &str) -> Scalar {
    let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
    let epoch = chrono::NaiveDate::default();
    Scalar::Date32(i32::try_from((date - epoch).num_days()).unwrap())
}

fn days(first: &str, last: &str) -> Domain {
    let from = Domain::above(&DataType::Date32, day(first), true);
    from.and(&Domain::below(&DataType::Date32, day(last), true))
}

#[test]
fn texts_of_other_years_and_months_do_not_pass() {
    let plain = metadata("UTC", "millis", "");
    let june = moments(&plain, days("2020-06-10", "2020-06-20"));
    for text in [
        "2020-06-15",
        "2020-06-10T00:00:00Z",
        "2020-6-15",
        "20200615",
        "20200615T030405-0500",
        " 2020-06-15",
        "+2020-06-15",
        // May be numbers.
        "1592179200000",
        "1592179200000000E-3",
    ] {
        assert!(passes(&june, text), "{text}");
    }
    for text in [
        "2020-05-31",
        "2020-07-01T00:00:00Z",
        "2020-1-15",
        "2020-10-15",
        "2019-06-15",
        "2021-06-15",
        "2020-7-1",
        "20200515T030405-0500",
        "any-day",
    ] {
        assert!(!passes(&june, text), "{text}");
    }
    let long = moments(&plain, days("2018-11-05", "2020-02-01"));
    for (text, expected) in [
        ("2018-11-05", true),
        ("2018-11-01", false),
        ("2018-1-1", false),
        ("2019-9-9", true),
        ("2020-1-5", true),
        ("2020-2-5", true),
        ("2020-3-1", false),
        ("2020-11-01", false),
    ] {
        assert_eq!(passes(&long, text), expected, "{text}");
    }
}

#[test]
fn numbers_count_in_the_unit_of_the_column_and_the_zone_of_the_table() {
    let bounds = |zone: &str, unit: &str| {
        let found = moments(&metadata(zone, unit, ""), days("2020-01-02", "2020-01-02"));
        let Values::Intervals(intervals) = found.numbers else {
            panic!("{:?}", found.numbers)
        };
        let end = |value: &Value| match value {
            Value::N(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        let interval = intervals.first().unwrap();
        (
            intervals.len(),
            end(&interval.low.as_ref().unwrap().value),
            end(&interval.high.as_ref().unwrap().value),
        )
    };
    let expected = |count, low: &str, high: &str| (count, low.to_owned(), high.to_owned());
    assert_eq!(
        bounds("UTC", "millis"),
        expected(1, "1577923199999.999999999", "1578009600000")
    );
    assert_eq!(
        bounds("UTC", "seconds"),
        expected(1, "1577923199.999999999", "1578009600")
    );
    assert_eq!(
        bounds("Europe/Berlin", "seconds"),
        expected(1, "1577919599.999999999", "1578006000")
    );
    assert_eq!(bounds("UTC", "auto").0, 2);
}

#[test]
fn of_a_format_of_the_tables_own_no_text_is_left_out() {
    let own = metadata("UTC", "millis", "c=dd.MM.yyyy");
    assert_eq!(moments(&own, days("2020-01-02", "2020-01-02")).texts, None);
}

#[test]
fn a_long_list_is_one_stretch_of_time() {
    let days = (0..1000).map(|day| Scalar::Date32(day * 10));
    let domain = Domain::values(&DataType::Date32, days);
    let found = moments(&metadata("UTC", "millis", ""), domain);
    assert!(matches!(found.numbers, Values::Intervals(intervals) if intervals.len() == 1));
    assert!(found.texts.unwrap().len() < 6);
}

/// A text or number near some days, in one of the forms that are read.
fn stored() -> impl Strategy<Value = Value> {
    let at = prop_oneof![
        4 => 1_575_000_000_000_i64..1_583_000_000_000,
        1 => -2_000_000_000_000_i64..4_000_000_000_000,
        1 => prop::sample::select(vec![1_577_836_800_000, 1_577_836_799_999, 1_580_515_200_000, 0]),
    ];
    (at, 0_usize..16, 0_usize..8, 0_u64..1000).prop_map(|(millis, form, zone, odd)| {
        use chrono::{DateTime, Datelike, Timelike};
        let at = DateTime::from_timestamp_millis(millis).unwrap();
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        let zone = [
            "",
            "Z",
            "+18:00",
            "-18:00",
            "-0500",
            " Europe/Berlin",
            " Pacific/Apia",
            "+05",
        ][zone];
        let time = format!("{hour:02}:{minute:02}:{second:02}");
        Value::S(match form {
            0 => format!("{year:04}-{month:02}-{day:02}"),
            1 => format!("{year:04}-{month}-{day}"),
            2 => format!("{year:04}{month:02}{day:02}"),
            3 => format!("{year:04}-{month:02}-{day:02}T{time}{zone}"),
            4 => format!("{year:04}-{month}-{day:02} {hour}:{minute:02}{zone}"),
            5 => format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}{zone}"),
            6 => format!(" \t{year:04}-{month:02}-{day}t{time},{odd:03}{zone} "),
            7 => format!("+{year:05}-{month:02}-{day:02}T{time}{zone}"),
            8 => format!("{millis:020}"),
            9 => format!("{}.{odd:03}E3", millis / 1000),
            10 => format!("{millis}000e-3"),
            11 => format!("{day:02}.{month:02}.{year:04}"),
            12 => format!("{}", millis / 1000),
            13 => return Value::N(format!("{}.{odd:03}", millis / 1000)),
            14 => return Value::N(format!("{millis}.{odd:03}9999999")),
            _ => return Value::N(millis.to_string()),
        })
    })
}

/// What the column shows of it.
fn shown(
    metadata: &HashMap<String, String>,
    data_type: &DataType,
    stored: &Value,
) -> Option<Scalar> {
    let field = Field::new("c", data_type.clone(), true);
    let schema = Schema::new_with_metadata(vec![field], metadata.clone());
    let mut decoder = PageDecoder::new(Arc::new(schema), &[vec!["c".to_owned()]]).unwrap();
    let page = serde_json::json!({"Items": [{"c": stored}], "Count": 1}).to_string();
    let batch = decoder.decode(page.as_bytes()).unwrap();
    let column: &ArrayRef = batch.column(0);
    column.is_valid(0).then(|| Scalar::of(column, 0).unwrap())
}

fn later(value: &Scalar, data_type: &DataType, millis: i64) -> Scalar {
    match value {
        Scalar::Date32(days) => Scalar::Date32(days + i32::try_from(millis / 86_400_000).unwrap()),
        Scalar::Date64(wall) => Scalar::Date64(wall + millis),
        Scalar::Timestamp(packed) => {
            let instant = timestamp::epoch_millis(*packed) + millis;
            Scalar::Timestamp(timestamp::pack(instant, Zone::UTC).unwrap())
        }
        other => panic!("{other:?} of {data_type}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sets around what is shown, whose ends lie near, far away, or nowhere.
    #[test]
    fn what_shows_a_time_that_qualifies_passes(
        stored in stored(),
        data_type in prop::sample::select(vec![DataType::Date32, DataType::Date64, zoned()]),
        zone in prop::sample::select(vec!["UTC", "+14:00", "-12:00", "Europe/Berlin", "Pacific/Apia", "America/New_York"]),
        unit in prop::sample::select(vec!["millis", "seconds", "auto"]),
        format in prop::sample::select(vec!["", "", "", "c=dd.MM.yyyy"]),
        before in prop::sample::select(vec![None, Some(0), Some(1), Some(86_400_000), Some(40_000_000_000)]),
        behind in prop::sample::select(vec![None, Some(0), Some(1), Some(86_400_000), Some(40_000_000_000)]),
    ) {
        let metadata = metadata(zone, unit, format);
        let Some(value) = shown(&metadata, &data_type, &stored) else {
            return Ok(());
        };
        let marker = |millis: i64| Marker {
            data_type: data_type.clone(),
            value: Some(later(&value, &data_type, millis)),
            bound: Bound::Exactly,
        };
        let range = Range {
            low: before.map_or(Marker::lower_unbounded(&data_type), |before: i64| marker(-before)),
            high: behind.map_or(Marker::upper_unbounded(&data_type), marker),
        };
        let set = Domain::of_ranges(&data_type, vec![range]).into_set();
        let reader = Hints::of(&metadata).unwrap().times("c");
        let Some(moments) = Moments::of(&reader, &Shown::of(&set)) else {
            prop_assert!(before.is_none() && behind.is_none());
            return Ok(());
        };
        let passes = match (&stored, &moments.numbers) {
            (Value::S(text), _) => passes(&moments, text),
            (_, Values::Intervals(intervals)) => lies_in(intervals, &stored),
            (_, Values::Any) => true,
            (_, Values::OneOf(_)) => false,
        };
        prop_assert!(passes, "{} {moments:?}", serde_json::to_string(&stored).unwrap());
    }
}
