//! Every wire document of versions 2 to 6 is read as it is meant, and written again as it was.

use super::{fixtures, json, neutral, same};
use athena_protocol::wire::{Request, RequestError, Response, Version};
use std::path::PathBuf;

/// A document that the Java SDK wrote in one version.
struct Document {
    version: Version,
    path: PathBuf,
    text: String,
}

impl Document {
    /// All documents whose name contains `direction`.
    fn all(direction: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for version in Version::ALL {
            let folder = fixtures().join(format!("wire/v{}", version.number()));
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy();
                if name.contains(direction) && !name.ends_with(".expected.json") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    found.push(Self {
                        version,
                        path,
                        text,
                    });
                }
            }
        }
        found
    }

    /// The same document in the neutral form.
    fn expected(&self) -> serde_json::Value {
        json(&self.path.with_extension("expected.json"))
    }

    #[track_caller]
    fn check(&self, neutral: &serde_json::Value, written: &[u8]) {
        let path = self.path.display();
        if let Some(difference) = neutral::differs(neutral, &self.expected()) {
            panic!("{path} is read wrong at {difference}");
        }
        let written = std::str::from_utf8(written).unwrap();
        if let Some(difference) = same::differs(written, &self.text, self.version) {
            panic!("{path} is written otherwise at {difference}");
        }
    }
}

/// How many documents there are of each version.
fn counts(documents: &[Document]) -> [usize; 5] {
    Version::ALL.map(|version| {
        let of_version = documents.iter().filter(|one| one.version == version);
        of_version.count()
    })
}

#[test]
fn every_request_is_read_as_meant_and_written_as_it_was() {
    let documents = Document::all("_request");
    for document in &documents {
        let path = document.path.display();
        let request = Request::from_json(document.text.as_bytes())
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let written = request.to_json(document.version).unwrap();
        document.check(&neutral::request(&request), &written);
        assert_eq!(Request::from_json(&written).unwrap(), request, "{path}");
    }
    println!("{} request documents", documents.len());
    assert_eq!(counts(&documents), [12, 12, 13, 14, 14]);
}

#[test]
fn every_response_is_read_as_meant_and_written_as_it_was() {
    let documents = Document::all("_response");
    for document in &documents {
        let path = document.path.display();
        let response = Response::from_json(document.text.as_bytes())
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let written = response.to_json_as(document.version).unwrap();
        document.check(&neutral::response(&response), &written);
        assert_eq!(Response::from_json(&written).unwrap(), response, "{path}");
    }
    println!("{} response documents", documents.len());
    assert_eq!(counts(&documents), [21, 21, 23, 23, 23]);
}

#[test]
fn no_document_is_left_out() {
    let files = Version::ALL.map(|version| {
        let folder = fixtures().join(format!("wire/v{}", version.number()));
        std::fs::read_dir(folder).unwrap().count()
    });
    let documents = Document::all("_request").len() + Document::all("_response").len();
    // Each stands beside its neutral form.
    assert_eq!(files.iter().sum::<usize>(), 2 * documents);
    assert_eq!(documents, 176);
}

#[test]
fn responses_of_version_3_and_later_are_the_same_bytes() {
    for document in Document::all("_response") {
        let response = Response::from_json(document.text.as_bytes()).unwrap();
        let first = match response {
            Response::GetDataSourceCapabilities(_) => Version::V4,
            _ => Version::V3,
        };
        for version in Version::ALL.into_iter().filter(|version| *version >= first) {
            assert_eq!(
                response.to_json_as(version).unwrap(),
                response.to_json().unwrap(),
                "{}",
                document.path.display()
            );
        }
    }
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
