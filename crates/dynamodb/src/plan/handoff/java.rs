//! Split properties as the Java connector writes them.
//!
//! `sourceTable`; for a segment of a scan `segmentId` and `segmentCount`; for a query `hashKeyName`, `index`, and under the name
//! of the hash key a JSON object from that name to the value. That value is plain JSON, so text or a number.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::HandoffError;
use crate::plan::{Expressions, KeyCondition, SplitWork, Value, Work};

/// The place of the items that the properties describe.
pub(super) fn split(properties: &BTreeMap<String, String>) -> Result<SplitWork, HandoffError> {
    let table = required(properties, "sourceTable")?.to_owned();
    let scan = match properties.get("partitionType").map(String::as_str) {
        None => properties.contains_key("segmentId"),
        Some("scan") => true,
        Some("query") => false,
        Some(_) => return Err(unexpected("partitionType", "`scan` or `query`")),
    };
    let (index, work) = if scan {
        let first = number(properties, "segmentId")?;
        let total = number(properties, "segmentCount")?;
        (
            None,
            Work::Segments {
                first,
                count: 1,
                total,
            },
        )
    } else {
        let hash = required(properties, "hashKeyName")?.to_owned();
        // Java writes the value over the property of that name.
        if RESERVED.contains(&hash.as_str()) {
            return Err(unexpected(
                "hashKeyName",
                "a name other than those of the split's properties",
            ));
        }
        let condition = KeyCondition {
            hash: hash_value(properties, &hash)?,
            range: None,
        };
        let index = properties
            .get("index")
            .filter(|index| !index.is_empty())
            .cloned();
        (
            index,
            Work::Keys {
                hash,
                range: None,
                conditions: vec![condition],
            },
        )
    };
    Ok(SplitWork {
        table,
        role: None,
        index,
        work,
        hash_key: None,
        range_key: None,
        expressions: Expressions::default(),
        consistent: false,
        held: None,
        only_wanted: false,
        top: None,
        budget: None,
    })
}

fn hash_value(properties: &BTreeMap<String, String>, hash: &str) -> Result<Value, HandoffError> {
    let expected = "a JSON object from the hash key to a text or number";
    // Raw, since a number of 38 digits does not survive as a binary one.
    let object: Option<BTreeMap<String, Box<RawValue>>> =
        serde_json::from_str(required(properties, hash)?).ok();
    let value = object
        .as_ref()
        .and_then(|object| object.get(hash))
        .map(|value| value.get());
    match value {
        Some(text) if text.starts_with('"') => serde_json::from_str(text).ok().map(Value::S),
        Some(text) if text.starts_with(|char: char| char == '-' || char.is_ascii_digit()) => {
            Some(Value::N(text.to_owned()))
        }
        _ => None,
    }
    .ok_or_else(|| unexpected(hash, expected))
}

fn number(properties: &BTreeMap<String, String>, property: &str) -> Result<u32, HandoffError> {
    required(properties, property)?
        .parse()
        .map_err(|_| unexpected(property, "a number of a segment or of segments"))
}

fn required<'a>(
    properties: &'a BTreeMap<String, String>,
    property: &str,
) -> Result<&'a str, HandoffError> {
    properties
        .get(property)
        .map(String::as_str)
        .ok_or_else(|| HandoffError::Missing {
            property: property.to_owned(),
        })
}

fn unexpected(property: &str, expected: &'static str) -> HandoffError {
    HandoffError::Property {
        property: property.to_owned(),
        expected,
    }
}

const RESERVED: [&str; 11] = [
    "sourceTable",
    "partitionType",
    "segmentId",
    "segmentCount",
    "index",
    "hashKeyName",
    "rangeKeyName",
    "rangeKeyFilter",
    "nonKeyFilter",
    "expressionAttributeNames",
    "expressionAttributeValues",
];
