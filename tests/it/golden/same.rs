//! Whether two documents are the same on the wire: token for token and in order, Arrow messages by content and framing.

use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::{MetadataVersion, root_as_message};
use athena_protocol::block::frame;
use athena_protocol::wire::Version;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;
use std::sync::Arc;

/// Where two documents of this version differ, if they do.
///
/// Allocator ids may differ, and the order within maps whose keys are the user's.
pub(super) fn differs(ours: &str, theirs: &str, version: Version) -> Option<String> {
    let read = |text: &str| -> Json {
        let json: Json = serde_json::from_str(text).unwrap();
        // So that neither spaces nor needless escapes hide in what the tree does not show.
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
        json
    };
    node("", &read(ours), &read(theirs), version).err()
}

/// A JSON value that keeps the order of its members.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    #[serde(serialize_with = "in_order")]
    Object(Vec<(String, Json)>),
}

/// Members of these have no order.
const MAPS: [&str; 5] = [
    "tags",
    "configOptions",
    "properties",
    "queryPassthroughArguments",
    "summary",
];

fn node(place: &str, ours: &Json, theirs: &Json, version: Version) -> Result<(), String> {
    let name = place.rsplit('.').next().unwrap_or_default();
    match (ours, theirs) {
        (Json::Object(ours), Json::Object(theirs)) => {
            let (mut ours, mut theirs) = (ours.clone(), theirs.clone());
            if MAPS.contains(&name) {
                ours.sort_by(|a, b| a.0.cmp(&b.0));
                theirs.sort_by(|a, b| a.0.cmp(&b.0));
            }
            let names = |of: &[(String, Json)]| -> Vec<String> {
                of.iter().map(|(name, _)| name.clone()).collect()
            };
            if names(&ours) != names(&theirs) {
                let (ours, theirs) = (names(&ours), names(&theirs));
                return Err(format!("{place}: fields {ours:?} instead of {theirs:?}"));
            }
            if let (
                [(id, Json::Text(_)), (_, schema), (_, records)],
                [_, (_, their_schema), (_, their_records)],
            ) = (ours.as_slice(), theirs.as_slice())
                && id == "aId"
            {
                let ours = messages(place, schema, records, version)?;
                let theirs = messages(place, their_schema, their_records, version)?;
                return if ours == theirs {
                    Ok(())
                } else {
                    Err(format!("{place}: the blocks differ"))
                };
            }
            for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
                node(&format!("{place}.{name}"), ours, theirs, version)?;
            }
            Ok(())
        }
        (Json::List(ours), Json::List(theirs)) if ours.len() == theirs.len() => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                node(&format!("{place}[{index}]"), ours, theirs, version)?;
            }
            Ok(())
        }
        (Json::Text(_), Json::Text(_)) if name == "schema" || name == "outputSchema" => {
            if schema(place, ours, version)? == schema(place, theirs, version)? {
                Ok(())
            } else {
                Err(format!("{place}: the schemas differ"))
            }
        }
        _ if ours == theirs => Ok(()),
        _ => Err(format!("{place}: {ours:?} instead of {theirs:?}")),
    }
}

fn messages(
    place: &str,
    schema_text: &Json,
    records: &Json,
    version: Version,
) -> Result<(SchemaRef, Option<arrow::array::RecordBatch>), String> {
    let schema = Arc::new(schema(place, schema_text, version)?);
    let message = message(place, records)?;
    if message.is_empty() {
        return Ok((schema, None));
    }
    framed(place, &message, version)?;
    let batch = frame::decode_batch(&schema, &message).map_err(|e| format!("{place}: {e}"))?;
    Ok((schema, Some(batch)))
}

fn schema(place: &str, text: &Json, version: Version) -> Result<Schema, String> {
    let message = message(place, text)?;
    framed(place, &message, version)?;
    frame::decode_schema(&message).map_err(|e| format!("{place}: {e}"))
}

fn message(place: &str, text: &Json) -> Result<Vec<u8>, String> {
    let Json::Text(text) = text else {
        return Err(format!("{place}: a text was expected, got {text:?}"));
    };
    let decoded = base64_simd::STANDARD.decode_to_vec(text);
    decoded.map_err(|_| format!("{place}: no base64"))
}

/// One message alone in the framing of the version: marker, metadata version, padding, and nothing after its body (protocol §6).
fn framed(place: &str, message: &[u8], version: Version) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{place}: {what}"));
    let (start, metadata) = if version < Version::V3 {
        (4, MetadataVersion::V4)
    } else {
        (8, MetadataVersion::V5)
    };
    let has_marker = message.starts_with(&[0xFF; 4]);
    if has_marker != (start == 8) {
        return wrong("the continuation marker");
    }
    let length = i32::from_le_bytes(message[start - 4..start].try_into().unwrap());
    let end = start + usize::try_from(length).unwrap();
    let root = root_as_message(&message[start..end]).map_err(|e| format!("{place}: {e}"))?;
    if root.version() != metadata {
        return wrong("the metadata version");
    }
    let body = usize::try_from(root.bodyLength()).unwrap();
    if end % 8 != 0 || body % 8 != 0 {
        return wrong("the padding");
    }
    if end + body != message.len() {
        return wrong("something before or after the body");
    }
    Ok(())
}

fn in_order<S: Serializer>(members: &[(String, Json)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(members.len()))?;
    for (name, value) in members {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tree;
        impl<'de> Visitor<'de> for Tree {
            type Value = Json;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
                Ok(Json::Bool(truth))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
                Ok(Json::Number(number.into()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
                Ok(Json::Number(number.into()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(member) = members.next_entry()? {
                    object.push(member);
                }
                Ok(Json::Object(object))
            }
        }
        deserializer.deserialize_any(Tree)
    }
}

#[test]
fn an_order_a_value_and_a_framing_that_differ_are_seen() {
    let original = super::fixtures().join("wire/v2/read_records_response_one_row.json");
    let legacy = std::fs::read_to_string(original).unwrap();
    let current = {
        let original = super::fixtures().join("wire/v3/read_records_response_one_row.json");
        std::fs::read_to_string(original).unwrap()
    };
    assert_eq!(differs(&legacy, &legacy, Version::V2), None);
    assert_eq!(differs(&current, &current, Version::V3), None);
    let difference = differs(&legacy, &current, Version::V2).unwrap();
    assert_eq!(difference, ".records: the continuation marker");
    for (ours, theirs, found) in [
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true),
        (
            r#"{"tags":{"a":1,"b":2}}"#,
            r#"{"tags":{"b":2,"a":1}}"#,
            false,
        ),
        (r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, true),
        (r#"{"a":null}"#, "{}", true),
        (r#"{"a":"1"}"#, r#"{"a":1}"#, true),
    ] {
        assert_eq!(
            differs(ours, theirs, Version::V6).is_some(),
            found,
            "{ours}"
        );
    }
}
