//! Value sets, and which values the Java classes find in them.

use super::{fixtures, json};
use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::DataType;
use athena_protocol::predicate::{Scalar, ValueSet};
use serde_json::Value;

#[test]
fn values_qualify_as_java_says() {
    let sets = json(&fixtures().join("constraints.json"));
    let (mut checked, mut left_out) = (0, 0);
    for entry in sets.as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        for version in ["valueSetV2", "valueSetV6"] {
            let mut set: ValueSet = serde_json::from_value(entry[version].clone())
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            set.normalise();
            let data_type = data_type(&set);
            for case in entry["cases"].as_array().unwrap() {
                let Some(column) = column(&data_type, &case["value"]) else {
                    left_out += 1;
                    continue;
                };
                let expected = case["contains"].as_bool().unwrap();
                assert_eq!(
                    set.matches(&column).value(0),
                    expected,
                    "{name} ({version}): {}",
                    case["value"]
                );
                checked += 1;
            }
        }
    }
    println!("{checked} verdicts, {left_out} of timestamps, nested and rounded values left out");
    assert_eq!((checked, left_out), (704, 96));
}

fn data_type(set: &ValueSet) -> DataType {
    match set {
        ValueSet::SortedRangeSet { data_type, .. }
        | ValueSet::AllOrNoneValueSet { data_type, .. } => data_type.clone(),
        ValueSet::EquatableValueSet { value_block, .. } => {
            value_block.schema().field(0).data_type().clone()
        }
    }
}

/// A column holding the neutral value alone; `None` where that needs more than a scalar.
fn column(data_type: &DataType, value: &Value) -> Option<ArrayRef> {
    if value.is_null() {
        return Some(new_null_array(data_type, 1));
    }
    let float = || {
        value
            .as_f64()
            .or_else(|| value.as_str()?.replace("Infinity", "inf").parse().ok())
    };
    let scalar = match data_type {
        DataType::Utf8 => Scalar::Utf8(value.as_str()?.to_owned()),
        DataType::Binary => Scalar::Binary(from_hex(value.as_str()?)),
        DataType::Boolean => Scalar::Bool(value.as_bool()?),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            Scalar::Int(value.as_i64()?)
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the fixture was written from a float"
        )]
        DataType::Float32 => Scalar::Float32(float()? as f32),
        DataType::Float64 => Scalar::Float64(float()?),
        DataType::Decimal128(_, scale) => {
            let text = value.as_str()?;
            let (_, fraction) = text.split_once('.').unwrap_or((text, ""));
            if i8::try_from(fraction.len()).ok()? != *scale {
                return None;
            }
            Scalar::Decimal {
                unscaled: text.replace('.', "").parse().ok()?,
                scale: *scale,
            }
        }
        DataType::Date32 => Scalar::Date32(i32::try_from(value.as_i64()?).ok()?),
        DataType::Date64 => Scalar::Date64(value.as_i64()?),
        _ => return None,
    };
    let column = Scalar::to_array(data_type, [&scalar])?;
    assert_eq!(column.len(), 1);
    Some(column)
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
