//! Single fields, read as leniently as Java reads them: numbers in strings, null for what is empty (protocol §2, §3).

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::IntErrorKind;

/// Something that is not known here and left to the engine; says what, for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotKnown(pub(crate) String);

/// Reads a value, taking null for the default.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a whole number, also one in a string.
pub(crate) fn integer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    Integer::deserialize(deserializer).map(|integer| integer.0)
}

/// Reads an object of texts: null is empty, a null entry is none, a number or truth value is its text, the last of equal names
/// wins.
pub(crate) fn string_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let map: Option<BTreeMap<String, Option<Text>>> = Option::deserialize(deserializer)?;
    let entries = map.unwrap_or_default().into_iter();
    Ok(entries
        .filter_map(|(name, text)| Some((name, text?.0)))
        .collect())
}

/// A whole number, also one in a string.
pub(crate) struct Integer<T>(pub(crate) T);

impl<'de, T: TryFrom<i128>> Deserialize<'de> for Integer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits<T>(PhantomData<T>);
        impl<T: TryFrom<i128>> Visitor<'_> for Digits<T> {
            type Value = T;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i128<E: Error>(self, number: i128) -> Result<T, E> {
                number
                    .try_into()
                    .map_err(|_| E::custom("a number is out of range"))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
                self.visit_i128(number.into())
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
                self.visit_i128(number.into())
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
                if number.fract() != 0.0 {
                    return Err(E::custom("a number is not a whole one"));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "it is whole, and what is too large is out of every range anyway"
                )]
                self.visit_i128(number as i128)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
                match text.trim().parse() {
                    Ok(number) => self.visit_i128(number),
                    Err(error) => match error.kind() {
                        IntErrorKind::PosOverflow => self.visit_i128(i128::MAX),
                        IntErrorKind::NegOverflow => self.visit_i128(i128::MIN),
                        _ => Err(E::custom("a text stands for no whole number")),
                    },
                }
            }
        }
        deserializer
            .deserialize_any(Digits(PhantomData))
            .map(Integer)
    }
}

/// A text; a number or truth value is taken for its text.
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = String;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E>(self, text: &str) -> Result<String, E> {
                Ok(text.to_owned())
            }
            fn visit_string<E>(self, text: String) -> Result<String, E> {
                Ok(text)
            }
            fn visit_bool<E>(self, truth: bool) -> Result<String, E> {
                Ok(truth.to_string())
            }
            fn visit_u64<E>(self, number: u64) -> Result<String, E> {
                Ok(number.to_string())
            }
            fn visit_i64<E>(self, number: i64) -> Result<String, E> {
                Ok(number.to_string())
            }
            fn visit_f64<E>(self, number: f64) -> Result<String, E> {
                Ok(number.to_string())
            }
        }
        deserializer.deserialize_any(Scalar).map(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Option<i32>) {
        let read = serde_json::from_str::<Integer<i32>>(json).ok();
        assert_eq!(read.map(|integer| integer.0), expected, "{json}");
    }

    #[test]
    fn a_whole_number_may_stand_in_a_string_and_a_broken_one_is_refused() {
        check("-7", Some(-7));
        check("7.0", Some(7));
        check("\" 7\"", Some(7));
        check("\"2147483648\"", None);
        check("1e300", None);
        check("7.5", None);
        for json in ["\"\"", "\"seven\"", "true", "null", "[7]", "{}"] {
            check(json, None);
        }
    }

    #[test]
    fn digits_beyond_all_types_are_the_largest_number() {
        let digits = "9".repeat(60);
        for (json, expected) in [
            (format!("\"{digits}\""), i128::MAX),
            (format!("\"-{digits}\""), i128::MIN),
            (digits, i128::MAX),
        ] {
            let read: Integer<i128> = serde_json::from_str(&json).unwrap();
            assert_eq!(read.0, expected);
        }
    }

    #[test]
    fn a_map_of_texts_forgives_nulls_and_scalars() {
        let read = |json: &str| string_map(&mut serde_json::Deserializer::from_str(json)).ok();
        assert_eq!(read("null"), Some(BTreeMap::new()));
        let expected = [("a", "x"), ("b", "7"), ("c", "true")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(
            read(r#"{"a":"w","a":"x","b":7,"c":true,"d":null}"#),
            Some(expected.into())
        );
        assert_eq!(read(r#"{"a":["x"]}"#), None);
        assert_eq!(read(r#""x""#), None);
    }
}
