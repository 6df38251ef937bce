//! Every wire document of versions 2 to 6 is read; every response is written again as it was.

use super::fixtures;
use athena_protocol::wire::{Request, RequestError, Response};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for version in 2..=6 {
        let folder = fixtures().join(format!("wire/v{version}"));
        let entries = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.ends_with(".json")
                && !name.ends_with(".expected.json")
                && !name.starts_with("user_defined")
        }));
    }
    found.sort();
    found
}

/// The text with the parts masked that may differ: allocator ids, and Arrow bytes, whose flatbuffers have another layout.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    loop {
        let next = ["\"aId\":\"", "\"schema\":\"", "\"records\":\""]
            .iter()
            .filter_map(|field| rest.find(field).map(|at| at + field.len()))
            .min();
        let Some(start) = next else { break };
        let end = start + rest[start..].find('"').unwrap();
        masked.push_str(&rest[..start]);
        // Empty records mean no rows, which must not change.
        masked.push_str(if start == end { "" } else { "*" });
        rest = &rest[end..];
    }
    sorted_properties(&(masked + rest))
}

/// The properties of a split have no order.
fn sorted_properties(text: &str) -> String {
    const FIELD: &str = "\"properties\":{";
    let Some(at) = text.find(FIELD) else {
        return text.to_owned();
    };
    let (before, object) = text.split_at(at + FIELD.len() - 1);
    let mut objects =
        serde_json::Deserializer::from_str(object).into_iter::<BTreeMap<String, String>>();
    let properties = objects.next().unwrap().unwrap();
    let rest = &object[objects.byte_offset()..];
    format!(
        "{before}{}{}",
        serde_json::to_string(&properties).unwrap(),
        sorted_properties(rest)
    )
}

#[test]
fn every_request_is_read_whatever_its_version() {
    let mut read = 0;
    for path in documents() {
        let text = std::fs::read(&path).unwrap();
        if !path.to_string_lossy().contains("_request") {
            continue;
        }
        let request =
            Request::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!request.query_id().is_empty(), "{}", path.display());
        // What the engine's half writes is what the connector's half reads.
        let again = Request::from_json(&serde_json::to_vec(&request).unwrap()).unwrap();
        assert_eq!(again, request, "{}", path.display());
        read += 1;
    }
    println!("{read} request documents");
    assert_eq!(read, 60, "the fixtures hold this many requests");
}

#[test]
fn every_response_is_read_and_written_again_in_the_same_order() {
    let mut written = 0;
    for path in documents() {
        if !path.to_string_lossy().contains("_response") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let response = Response::from_json(text.as_bytes())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let again = String::from_utf8(response.to_json().unwrap()).unwrap();
        assert_eq!(masked(&again), masked(&text), "{}", path.display());
        assert_eq!(
            Response::from_json(again.as_bytes()).unwrap(),
            response,
            "{}",
            path.display()
        );
        written += 1;
    }
    println!("{written} response documents");
    assert_eq!(written, 106, "the fixtures hold this many responses");
}

#[test]
fn a_malformed_request_is_described_without_its_values() {
    let secret = "hunter2";
    for text in [
        format!(
            "{{\"@type\":\"PingRequest\",\"identity\":null,\"catalogName\":[\"{secret}\"],\"queryId\":\"q\"}}"
        ),
        format!(
            "{{\"@type\":\"ListTablesRequest\",\"catalogName\":\"c\",\"queryId\":\"q\",\"schemaName\":\"s\",\"pageSize\":\"{secret}\"}}"
        ),
        format!("{{\"@type\":\"PingRequest\",\"{secret}\""),
        format!("{{\"catalogName\":\"{secret}\"}}"),
    ] {
        let error = Request::from_json(text.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains(secret), "{error}");
    }
}

#[test]
fn an_unknown_kind_of_request_is_named() {
    let error = Request::from_json(br#"{"@type":"DropTableRequest"}"#).unwrap_err();
    assert_eq!(
        error,
        RequestError::UnknownType {
            kind: "DropTableRequest".to_owned()
        }
    );
    assert_eq!(
        error.to_string(),
        "No SerDe configured for DropTableRequest"
    );
}
