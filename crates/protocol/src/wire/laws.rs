//! Laws of all documents: what is written is read again, and what cannot be read is refused without a word of it.

mod arbitrary;
mod columns;

use super::{Request, RequestError, Response, Version, WriteError};
use arbitrary::{any_request, any_response};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The versions that can carry it, with the document.
fn versions<T>(write: impl Fn(Version) -> Result<T, WriteError>) -> Vec<(Version, T)> {
    let written = Version::ALL.map(|version| (version, write(version)));
    let carries: Vec<bool> = written.iter().map(|(_, result)| result.is_ok()).collect();
    assert!(
        carries.is_sorted(),
        "a later version carries what an earlier one does"
    );
    assert!(carries[4], "the highest version carries everything");
    for (version, result) in &written {
        if let Err(error) = result {
            assert!(
                matches!(error, WriteError::NotInVersion { version: named, since, .. }
                    if named == version && version < since),
                "{error}"
            );
        }
    }
    let written = written.into_iter();
    written
        .filter_map(|(version, result)| Some((version, result.ok()?)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_request_survives_every_version_that_can_carry_it(request in any_request()) {
        for (version, json) in versions(|version| request.to_json(version)) {
            let read = Request::from_json(&json);
            prop_assert_eq!(read.as_ref(), Ok(&request), "{}", version);
        }
    }

    #[test]
    fn a_response_survives_every_version_that_can_carry_it(response in any_response()) {
        for (version, json) in versions(|version| response.to_json_as(version)) {
            let read = Response::from_json(&json);
            prop_assert_eq!(read.as_ref(), Ok(&response), "{}", version);
        }
    }

    #[test]
    fn a_request_may_come_with_unknown_fields_and_in_any_order(request in any_request(), seed: u64) {
        let json = request.to_json(Version::HIGHEST).unwrap();
        let document: Value = serde_json::from_slice(&json).unwrap();
        let text = shuffled(&document, &mut { seed });
        let read = Request::from_json(text.as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&request));
    }

    #[test]
    fn no_value_of_a_broken_request_is_told(
        request in any_request(),
        place: proptest::sample::Index,
        secret in proptest::sample::select(secrets()),
    ) {
        let json = request.to_json(Version::HIGHEST).unwrap();
        let mut document: Value = serde_json::from_slice(&json).unwrap();
        let mut places = Vec::new();
        nodes(&document, "", &mut places);
        *document.pointer_mut(&places[place.index(places.len())]).unwrap() = secret;
        let text = document.to_string();
        for cut in [text.len(), text.len() / 2] {
            let bytes = &text.as_bytes()[..cut];
            if let Err(error) = Request::from_json(bytes) {
                prop_assert!(!error.to_string().contains(SECRET), "{}", error);
            }
            // A shorter text than the whole is no document, whatever it holds.
            if cut < text.len() {
                prop_assert!(Request::from_json(bytes).is_err());
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_an_error_and_nothing_worse(bytes: Vec<u8>, text in "[\\[\\]{}\":,@typeNn0-9\\\\ ]{0,40}") {
        prop_assert!(Request::from_json(&bytes).is_err());
        prop_assert!(Request::from_json(text.as_bytes()).is_err());
        prop_assert!(Response::from_json(&bytes).is_err());
    }
}

/// What must not be told: as text, as digits, within the words of the parser, as a name.
const SECRET: &str = "8472639105";

fn secrets() -> Vec<Value> {
    vec![
        json!(SECRET),
        json!(8_472_639_105_u64),
        json!(-8_472_639_105_i64),
        json!(8_472_639_105.5),
        json!(format!(
            "`{SECRET}`, expected \"{SECRET}\" at line 1 column {SECRET}"
        )),
        json!(format!("x\", expected {SECRET}")),
        json!([SECRET]),
        json!({SECRET: SECRET}),
        json!({"@type": "Int", "bitWidth": SECRET, "isSigned": SECRET}),
        json!({"@type": "Timestamp", "unit": [SECRET]}),
        json!({"functionName": {SECRET: SECRET}}),
    ]
}

/// The places of all values but those whose names are told on purpose: kinds, and columns as a whole.
fn nodes(value: &Value, place: &str, places: &mut Vec<String>) {
    if !place.is_empty() && !place.ends_with("/@type") && !place.ends_with("/summary") {
        places.push(place.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                nodes(member, &format!("{place}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                nodes(item, &format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// Writes the members of every object from another one on, with some that nobody knows among those of fixed names.
fn shuffled(value: &Value, seed: &mut u64) -> String {
    match value {
        Value::Object(members) => {
            let is_map = members.keys().all(|name| name.starts_with("key"));
            let members = members
                .iter()
                .map(|(name, member)| format!("\n {} :\t{}", json!(name), shuffled(member, seed)));
            let mut members: Vec<String> = members.collect();
            if !is_map {
                members.push(r#""later":{"@type":7,"identity":[null,{"aId":"b"}]}"#.to_owned());
                members.push(r#""AID":null"#.to_owned());
            }
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if !members.is_empty() {
                let by = usize::try_from(*seed >> 33).unwrap() % members.len();
                members.rotate_left(by);
            }
            format!("{{{} }}", members.join(" ,"))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shuffled(item, seed)).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

#[track_caller]
fn refused(json: &str, expected: &str) {
    let error = Request::from_json(json.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_document_that_is_none_is_refused_in_a_clear_sentence() {
    let line = "malformed request at line 1, column";
    refused("", &format!("{line} 0: EOF while parsing a value"));
    refused(
        "null",
        &format!("{line} 4: invalid type: null, expected an object"),
    );
    refused(
        "[\"PingRequest\",null,\"c\",\"q\"]",
        "malformed request: the field `@type` is missing",
    );
    refused("{}", "malformed request: the field `@type` is missing");
    refused(
        r#"{"@type":null}"#,
        "malformed request: the field `@type` is missing",
    );
    refused(
        r#"{"@type":7}"#,
        &format!("{line} 10: invalid type: integer, expected a string"),
    );
    refused(
        r#"{"@type":"PingRequest","identity":null,"queryId":"q"}"#,
        &format!("{line} 53: missing field `catalogName`"),
    );
    refused(
        r#"{"@type":"PingRequest","identity":null,"queryId":"q","queryId":"p"}"#,
        &format!("{line} 62: duplicate field `queryId`"),
    );
}

#[test]
fn a_kind_of_any_length_is_named_briefly() {
    let long = format!(r#"{{"@type":"{}"}}"#, "x\\n`\\\"".repeat(500_000));
    let error = Request::from_json(long.as_bytes()).unwrap_err();
    assert_eq!(
        error,
        RequestError::UnknownType {
            kind: "x".repeat(64)
        }
    );
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    let deep = |open: &str, close: &str, depth: usize| {
        format!("{}{}", open.repeat(depth), close.repeat(depth))
    };
    let read = r#""identity":null,"queryId":"q","catalogName":"c","tableName":{"schemaName":"s","tableName":"t"},"schema":"","partitionColumns":[]"#;
    let call = r#"{"@type":"FunctionCallExpression","type":{"@type":"Bool"},"functionName":{"functionName":"$not"},"arguments":["#;
    for value in [
        deep("[", "]", 1_000_000),
        deep("{\"a\":", "}", 1_000_000),
        deep(call, "]}", 100_000),
    ] {
        for field in ["expression", "summary", "unknown"] {
            let text = format!(
                r#"{{"@type":"GetTableLayoutRequest",{read},"constraints":{{"{field}":[{value}]}}}}"#
            );
            assert!(Request::from_json(text.as_bytes()).is_err());
        }
    }
}

#[test]
fn only_standard_base64_with_padding_is_taken() {
    let good = super::Split {
        spill_location: None,
        encryption_key: Some(crate::spill::EncryptionKey::new(vec![0xFB, 0xFF], vec![0])),
        properties: [].into(),
    };
    let text = serde_json::to_string(&good).unwrap();
    assert_eq!(
        text,
        r#"{"spillLocation":null,"encryptionKey":{"key":"+/8=","nonce":"AA=="},"properties":{}}"#
    );
    for broken in [
        "+/8", "-_8=", "+/8=\\n", " +/8=", "+/8==", "AA=", "A", "=", "\\u0000", "ä",
    ] {
        let text = text.replace("+/8=", broken);
        let error = serde_json::from_str::<super::Split>(&text).expect_err(broken);
        assert!(
            error
                .to_string()
                .starts_with("a base64 string is malformed"),
            "{error}"
        );
    }
}
