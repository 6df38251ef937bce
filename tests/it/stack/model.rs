//! What a column shows for an attribute: the rules of the connector's documentation, written plainly and on their own.

use super::Rows;
use arrow::datatypes::{DataType, Schema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the items of a table look like as rows.
pub(crate) struct Shown {
    pub(crate) rows: Rows,
    /// Values that fit no column and are null.
    pub(crate) misfits: u64,
}

/// The rows of `items` under `schema`, whose columns are named like the attributes in lower case.
pub(crate) fn shown_rows(items: &[Value], schema: &Schema) -> Shown {
    let mut misfits = 0;
    let rows = items.iter().map(|item| {
        let attributes = folded(item);
        let cells = schema.fields().iter().map(|field| {
            let value = attributes.get(field.name()).copied();
            let cell = shown(value, field.data_type(), &mut misfits);
            (field.name().clone(), cell)
        });
        Value::Object(cells.collect())
    });
    let rows = Rows::new(rows.collect::<Vec<_>>());
    Shown { rows, misfits }
}

/// The members of an object by their names in lower case; no test has two that differ in case only.
fn folded(object: &Value) -> BTreeMap<String, &Value> {
    let members = object.as_object().unwrap().iter();
    members
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect()
}

fn shown(value: Option<&Value>, data_type: &DataType, misfits: &mut u64) -> Value {
    let Some((tag, value)) = value
        .and_then(Value::as_object)
        .and_then(|map| map.iter().next())
    else {
        return Value::Null;
    };
    if tag == "NULL" {
        return Value::Null;
    }
    let text = || value.as_str().unwrap();
    let fitting = match (data_type, tag.as_str()) {
        (DataType::Utf8, "S" | "B") | (DataType::Boolean, "BOOL") | (DataType::Binary, "B") => {
            Some(value.clone())
        }
        (DataType::Utf8, "N") => Some(plain(text()).into()),
        (DataType::Utf8, _) => Some(json(tag, value).into()),
        (DataType::Decimal128(precision, scale), "N" | "S") => {
            scaled(text(), usize::from(*precision), i64::from(*scale)).map(Value::from)
        }
        (DataType::Boolean, "S") if text().eq_ignore_ascii_case("true") => Some(true.into()),
        (DataType::Boolean, "S") if text().eq_ignore_ascii_case("false") => Some(false.into()),
        (DataType::List(element), "L") => {
            let elements = value.as_array().unwrap().iter();
            Some(
                elements
                    .map(|value| shown(Some(value), element.data_type(), misfits))
                    .collect(),
            )
        }
        (DataType::List(element), "SS" | "NS" | "BS") => {
            let elements = value.as_array().unwrap().iter().map(|value| {
                let tagged = Map::from_iter([(tag[..1].to_owned(), value.clone())]);
                shown(Some(&Value::Object(tagged)), element.data_type(), misfits)
            });
            Some(elements.collect())
        }
        (DataType::Struct(children), "M") => {
            let members = folded(value);
            let cells = children.iter().map(|child| {
                let member = members.get(child.name()).copied();
                (
                    child.name().clone(),
                    shown(member, child.data_type(), misfits),
                )
            });
            Some(Value::Object(cells.collect()))
        }
        _ => None,
    };
    fitting.unwrap_or_else(|| {
        *misfits += 1;
        Value::Null
    })
}

/// A value as JSON text without DynamoDB's types.
fn json(tag: &str, value: &Value) -> String {
    let listed = |elements: Vec<String>| format!("[{}]", elements.join(","));
    match tag {
        "N" => plain(value.as_str().unwrap()),
        "NULL" => "null".to_owned(),
        "SS" | "NS" | "BS" => {
            let elements = value.as_array().unwrap().iter();
            listed(elements.map(|value| json(&tag[..1], value)).collect())
        }
        "L" | "M" => {
            let of = |value: &Value| {
                let (tag, value) = value.as_object().unwrap().iter().next().unwrap();
                json(tag, value)
            };
            if let Some(elements) = value.as_array() {
                return listed(elements.iter().map(of).collect());
            }
            let members = value.as_object().unwrap().iter();
            let members = members
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), of(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        _ => value.to_string(),
    }
}

/// Sign, digits without a point, and the power of ten that they are multiplied with; `None` if the text is no number.
fn parts(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches(['-', '+']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent: i64 = exponent.parse().ok()?;
    is_number.then(|| {
        (
            negative,
            digits,
            exponent - i64::try_from(fraction.len()).unwrap(),
        )
    })
}

/// A number as DynamoDB keeps it and a text column shows it: no exponent, no zeros that mean nothing.
fn plain(text: &str) -> String {
    let (negative, digits, mut exponent) = parts(text).unwrap();
    let mut digits = digits.trim_start_matches('0').to_owned();
    while digits.ends_with('0') {
        digits.pop();
        exponent += 1;
    }
    let sign = if negative { "-" } else { "" };
    match usize::try_from(exponent) {
        _ if digits.is_empty() => "0".to_owned(),
        Ok(zeros) => format!("{sign}{digits}{}", "0".repeat(zeros)),
        Err(_) => {
            let places = usize::try_from(-exponent).unwrap();
            let digits = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// The unscaled integer of a number at a scale, rounded half up; `None` if it is no number or has more digits than `precision`.
fn scaled(text: &str, precision: usize, scale: i64) -> Option<String> {
    let (negative, mut digits, exponent) = parts(text)?;
    let mut round_up = false;
    if let Ok(zeros) = usize::try_from(exponent + scale) {
        digits.push_str(&"0".repeat(zeros.min(300)));
    } else {
        let surplus = usize::try_from(-(exponent + scale)).unwrap();
        let mut kept = format!("{digits:0>width$}", width = surplus + 1);
        let cut = kept.split_off(kept.len() - surplus);
        round_up = cut.as_bytes()[0] >= b'5';
        digits = kept;
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > precision {
        return None;
    }
    let integer = digits.parse::<i128>().unwrap_or(0) + i128::from(round_up);
    let integer = if negative { -integer } else { integer };
    (integer.unsigned_abs() < 10_u128.pow(u32::try_from(precision).unwrap()))
        .then(|| integer.to_string())
}

#[test]
fn the_model_shows_numbers_as_documented() {
    let at = |text| scaled(text, 38, 9).unwrap_or_default();
    assert_eq!(at("12.345"), "12345000000");
    assert_eq!(at("-0.0000000005"), "-1");
    assert_eq!(at("0.00000000049"), "0");
    assert_eq!(at("1E+28"), format!("1{}", "0".repeat(37)));
    assert_eq!(at("1E+29"), "", "39 digits");
    assert_eq!(plain("1.50E+3"), "1500");
    assert_eq!(plain("-1E-3"), "-0.001");
    assert_eq!(plain("0.00"), "0");
}
