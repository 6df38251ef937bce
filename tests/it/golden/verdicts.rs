//! Value sets, and which values the Java classes find in them.

use super::{fixtures, json};
use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{DataType, TimeUnit};
use athena_protocol::predicate::{Scalar, ValueSet};
use serde_json::Value;

#[test]
fn values_qualify_as_java_says() {
    let sets = json(&fixtures().join("constraints.json"));
    let (mut evaluated, mut projected, mut in_columns, mut rounded) = (0, 0, 0, 0);
    for entry in sets.as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        for version in ["valueSetV2", "valueSetV6"] {
            let set: ValueSet = serde_json::from_value(entry[version].clone())
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            let data_type = set.data_type().unwrap();
            for case in entry["cases"].as_array().unwrap() {
                let at = format!("{name} ({version}): {}", case["value"]);
                let value = scalar(data_type, &case["value"]);
                let contains = case["contains"].as_bool().unwrap();
                assert_eq!(set.contains(data_type, value.as_ref()), contains, "{at}");
                evaluated += 1;

                let projector = case["projector"].as_bool().unwrap();
                assert_eq!(set.contains_unstored(value.as_ref()), projector, "{at}");
                projected += 1;

                match column(data_type, value.as_ref()) {
                    Some(column) => {
                        assert_eq!(set.matches(&column).value(0), contains, "{at}");
                        in_columns += 1;
                    }
                    None => rounded += 1,
                }
            }
        }
    }
    println!(
        "{evaluated} verdicts of the evaluator and {projected} of the projector; {in_columns} of the former in columns, \
         {rounded} of values that no column of the type holds"
    );
    assert_eq!((evaluated, projected), (800, 800));
    assert_eq!((in_columns, rounded), (780, 20));
}

/// The neutral value with all its digits.
#[track_caller]
fn scalar(data_type: &DataType, value: &Value) -> Option<Scalar> {
    if value.is_null() {
        return None;
    }
    let text = || value.as_str().unwrap();
    let int = || value.as_i64().unwrap();
    let float = || {
        value
            .as_f64()
            .unwrap_or_else(|| text().replace("Infinity", "inf").parse().unwrap())
    };
    Some(match data_type {
        DataType::Utf8 => Scalar::Utf8(text().to_owned()),
        DataType::Binary => Scalar::Binary(from_hex(text())),
        DataType::Boolean => Scalar::Bool(value.as_bool().unwrap()),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Scalar::Int(int()),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the fixture was written from a float"
        )]
        DataType::Float32 => Scalar::Float32(float() as f32),
        DataType::Float64 => Scalar::Float64(float()),
        DataType::Decimal128(..) => {
            let (_, fraction) = text().split_once('.').unwrap_or((text(), ""));
            Scalar::Decimal {
                unscaled: text().replace('.', "").parse().unwrap(),
                scale: i8::try_from(fraction.len()).unwrap(),
            }
        }
        DataType::Date32 => Scalar::Date32(i32::try_from(int()).unwrap()),
        DataType::Date64 => Scalar::Date64(int()),
        DataType::Timestamp(TimeUnit::Millisecond, _) => Scalar::Timestamp(int()),
        other => panic!("the fixtures have no set of type {other}"),
    })
}

/// A column holding the value alone; `None` where it has more digits than such a column.
fn column(data_type: &DataType, value: Option<&Scalar>) -> Option<ArrayRef> {
    let Some(value) = value else {
        return Some(new_null_array(data_type, 1));
    };
    let value = match (value, data_type) {
        (&Scalar::Decimal { unscaled, scale }, &DataType::Decimal128(_, to)) => Scalar::Decimal {
            unscaled: unscaled * 10i128.pow(u32::try_from(to - scale).ok()?),
            scale: to,
        },
        _ => value.clone(),
    };
    Some(Scalar::to_array(data_type, [&value]).unwrap())
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
