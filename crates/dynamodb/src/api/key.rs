//! Keys as DynamoDB sends them, to keys as it is asked: `LastEvaluatedKey` and `UnprocessedKeys`.

use super::page::Key;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use std::collections::HashMap;

/// Reads a key from its JSON text; `None` if it holds anything but key attributes.
pub fn start_key(json: &[u8]) -> Option<Key> {
    attributes(serde_json::from_slice(json).ok()?)
}

/// Reads `UnprocessedKeys`: the keys of the one table that it names, none if it names none; `None` if it is anything else.
pub(super) fn unprocessed_keys(json: &[u8]) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct OfTable {
        #[serde(rename = "Keys")]
        keys: Vec<HashMap<String, KeyValue>>,
    }
    let tables: HashMap<String, OfTable> = serde_json::from_slice(json).ok()?;
    if tables.len() > 1 {
        return None;
    }
    let keys = tables.into_values().flat_map(|table| table.keys);
    keys.map(attributes).collect()
}

fn attributes(key: HashMap<String, KeyValue>) -> Option<Key> {
    key.into_iter()
        .map(|(name, value)| Some((name, value.attribute()?)))
        .collect()
}

/// The three types that a key attribute can have.
#[derive(Deserialize)]
enum KeyValue {
    S(String),
    N(String),
    B(String),
}

impl KeyValue {
    fn attribute(self) -> Option<AttributeValue> {
        Some(match self {
            Self::S(text) => AttributeValue::S(text),
            Self::N(number) => AttributeValue::N(number),
            Self::B(text) => {
                AttributeValue::B(Blob::new(base64_simd::STANDARD.decode_to_vec(text).ok()?))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_with_its_types() {
        let key =
            start_key(br#"{"id":{"S":"a\"7"},"at":{"N":"1E+3"},"part":{"B":"AQI="}}"#).unwrap();
        assert_eq!(key["id"], AttributeValue::S("a\"7".to_owned()));
        assert_eq!(key["at"], AttributeValue::N("1E+3".to_owned()));
        assert_eq!(key["part"], AttributeValue::B(Blob::new([1, 2])));
    }

    #[test]
    fn what_no_key_can_hold_is_refused() {
        for text in [
            r#"{"id":{"BOOL":true}}"#,
            r#"{"id":"a"}"#,
            r#"{"id":{"B":"?"}}"#,
            "[]",
            "",
        ] {
            assert!(start_key(text.as_bytes()).is_none(), "{text}");
        }
    }
}
