//! Values as conditions carry them: typed, exact, and in the form of `DynamoDB`'s JSON.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::table::KeyKind;

/// A value of an expression. Its serialized form is that of `DynamoDB`: `{"S":"text"}`, `{"B":"base64"}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Value {
    /// Text.
    S(String),
    /// A number as text; planning writes it without exponent and without superfluous zeros.
    N(String),
    /// Bytes.
    B(#[serde(with = "base64")] Vec<u8>),
    /// A truth value.
    #[serde(rename = "BOOL")]
    Bool(bool),
}

impl Value {
    /// `unscaled * 10^-scale` as a number that `DynamoDB` takes; `None` beyond 38 digits or its range of exponents.
    pub fn number(unscaled: i128, scale: i32) -> Option<Self> {
        if unscaled == 0 {
            return Some(Self::N("0".to_owned()));
        }
        let (mut digits, mut places) = (unscaled.unsigned_abs(), scale);
        while digits % 10 == 0 {
            digits /= 10;
            places -= 1;
        }
        let digits = digits.to_string();
        let length = i32::try_from(digits.len()).expect("an i128 has at most 39 digits");
        if length > MAX_DIGITS || length - places > MAX_INTEGER_DIGITS || places > MAX_PLACES {
            return None;
        }
        let sign = if unscaled < 0 { "-" } else { "" };
        let whole = length - places;
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
        Some(Self::N(if places <= 0 {
            format!("{sign}{digits}{}", zeros(-places))
        } else if whole <= 0 {
            format!("{sign}0.{}{digits}", zeros(-whole))
        } else {
            let (whole, fraction) =
                digits.split_at(digits.len() - usize::try_from(places).unwrap_or_default());
            format!("{sign}{whole}.{fraction}")
        }))
    }

    /// The type of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Self::S(_) => Kind::S,
            Self::N(_) => Kind::N,
            Self::B(_) => Kind::B,
            Self::Bool(_) => Kind::Bool,
        }
    }

    /// Bytes that the value takes as a key.
    pub fn key_bytes(&self) -> usize {
        match self {
            Self::S(text) | Self::N(text) => text.len(),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) => 1,
        }
    }

    /// Whether a key attribute can hold the value: keys are never empty, and of limited length.
    pub fn is_key(&self, limit: usize) -> bool {
        (1..=limit).contains(&self.key_bytes())
    }

    /// `DynamoDB`'s order of two values of one kind: text by bytes of UTF-8, numbers as [`Value::number`] writes them by worth.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::N(a), Self::N(b)) => number_order(a, b),
            _ => self.cmp(other),
        }
    }
}

/// Shows the kind of the value, never the value itself.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(..)", self.kind().name())
    }
}

/// The types that conditions can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
    /// A truth value.
    Bool,
}

impl Kind {
    /// The name that `attribute_type` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Bool => "BOOL",
        }
    }
}

impl From<KeyKind> for Kind {
    fn from(kind: KeyKind) -> Self {
        match kind {
            KeyKind::S => Self::S,
            KeyKind::N => Self::N,
            KeyKind::B => Self::B,
        }
    }
}

/// Orders two numbers as [`Value::number`] writes them.
fn number_order(a: &str, b: &str) -> Ordering {
    let (a_size, b_size) = (a.strip_prefix('-'), b.strip_prefix('-'));
    match (a_size, b_size) {
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(a), Some(b)) => size_order(b, a),
        (None, None) => size_order(a, b),
    }
}

/// Without leading and trailing zeros a longer whole part is larger, and fractions order like text.
fn size_order(a: &str, b: &str) -> Ordering {
    let ((a, a_fraction), (b, b_fraction)) = (split_point(a), split_point(b));
    a.len()
        .cmp(&b.len())
        .then_with(|| a.cmp(b))
        .then_with(|| a_fraction.cmp(b_fraction))
}

fn split_point(text: &str) -> (&str, &str) {
    text.split_once('.').unwrap_or((text, ""))
}

mod base64 {
    use base64_simd::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode_to_string(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode_to_vec(text)
            .map_err(|_| D::Error::custom("a binary value is not base64"))
    }
}

/// What a number of `DynamoDB` can hold: up to 38 digits, between 1E-130 and 9.9E+125.
const MAX_DIGITS: i32 = 38;
const MAX_INTEGER_DIGITS: i32 = 126;
const MAX_PLACES: i32 = 130;

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{Value, number_order};

    #[track_caller]
    fn check(unscaled: i128, scale: i32, expected: Option<&str>) {
        assert_eq!(
            Value::number(unscaled, scale),
            expected.map(|text| Value::N(text.to_owned())),
            "{unscaled} {scale}"
        );
    }

    #[test]
    fn numbers_are_written_plainly() {
        check(0, 9, Some("0"));
        check(5_000_000_000, 9, Some("5"));
        check(-5_100, 3, Some("-5.1"));
        check(7, 3, Some("0.007"));
        check(-70, 1, Some("-7"));
        check(12, -2, Some("1200"));
        check(10_i128.pow(38), 0, Some(&format!("1{}", "0".repeat(38))));
        check(
            10_i128.pow(38) - 1,
            38,
            Some(&format!("0.{}", "9".repeat(38))),
        );
    }

    #[test]
    fn numbers_that_dynamodb_refuses_are_not_written() {
        check(10_i128.pow(38) + 1, 0, None);
        check(1, 131, None);
        check(1, -126, None);
        check(1, -125, Some(&format!("1{}", "0".repeat(125))));
    }

    #[test]
    fn numbers_order_by_worth() {
        let sorted = [
            "-10", "-9.5", "-9", "-0.07", "0", "0.007", "0.07", "0.1", "9", "9.05", "9.5", "10",
            "100",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(number_order(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(
            Value::S("b".into()).order(&Value::S("ab".into())),
            Ordering::Greater
        );
    }

    #[test]
    fn the_serialized_form_is_that_of_dynamodb_and_debug_shows_no_value() {
        let values = [
            (Value::S("a\"".into()), r#"{"S":"a\""}"#),
            (Value::N("1.5".into()), r#"{"N":"1.5"}"#),
            (Value::B(vec![0, 255]), r#"{"B":"AP8="}"#),
            (Value::Bool(true), r#"{"BOOL":true}"#),
        ];
        for (value, text) in values {
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
            assert!(format!("{value:?}").ends_with("(..)"));
        }
        assert!(serde_json::from_str::<Value>(r#"{"B":"?"}"#).is_err());
    }
}
