//! Requests, responses and faults, as JSON.

use athena_protocol::wire::{FaultDocument, Request, Response, Version, WriteError};

use super::Target;
use crate::fixtures;

pub(super) const REQUEST: Target = Target {
    name: "request",
    seeds: || fixtures::documents("Request"),
    check: |json| match Request::from_json(json) {
        Ok(request) => {
            // Rows without columns are read and never written.
            let Ok(written) = request.to_json(Version::HIGHEST) else {
                return;
            };
            let again = Request::from_json(&written).expect("what was written can be read");
            let twice = again.to_json(Version::HIGHEST).expect("once more");
            assert_eq!(written, twice, "the second writing differs");
            assert_eq!(request.kind(), again.kind());
            for version in Version::ALL {
                match request.to_json(version) {
                    Ok(_) | Err(WriteError::NotInVersion { .. }) => {}
                    Err(error) => panic!("{version}: {error}"),
                }
            }
        }
        Err(error) => bounded(&error),
    },
};

pub(super) const RESPONSE: Target = Target {
    name: "response",
    seeds: || fixtures::documents("Response"),
    check: |json| match Response::from_json(json) {
        Ok(response) => {
            // Rows without columns are read and never written.
            let Ok(written) = response.to_json() else {
                return;
            };
            let again = Response::from_json(&written).expect("what was written can be read");
            assert_eq!(written, again.to_json().expect("once more"));
            assert_eq!(response.kind(), again.kind());
        }
        Err(error) => bounded(&error),
    },
};

pub(super) const FAULT: Target = Target {
    name: "fault",
    seeds: || {
        [
            r#"{"errorMessage":"m","errorType":"t"}"#,
            r#"{"errorType":"java.lang.RuntimeException","errorMessage":"outer","stackTrace":["a.b(C.java:7)","d"],"cause":{"errorMessage":"inner","stackTrace":[["f.py",7,"run","x = 1"],{"odd":1}]}}"#,
            r#"{"errorMessage":null,"errorType":null,"cause":null,"stackTrace":null,"requestId":"r"}"#,
            r#"{"errorMessage":"\u00e4 \ud83d\ude00","errorType":"","trace":[]}"#,
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
    },
    check: |json| {
        let Ok(fault) = serde_json::from_slice::<FaultDocument>(json) else {
            return;
        };
        let written = serde_json::to_vec(&fault).expect("plain texts are always JSON");
        let again: FaultDocument =
            serde_json::from_slice(&written).expect("what was written can be read");
        assert_eq!(fault, again);
        assert!(fault.chain().count() >= 1);
    },
};

/// An error says in a few words what is wrong, however long the input.
fn bounded(error: &dyn std::fmt::Display) {
    let text = error.to_string();
    assert!(text.len() <= 1_000, "{} bytes of error", text.len());
}
