//! What real writers wrote, as the inputs from which mutation starts.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of the acceptance tests' fixtures.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

/// A file of that folder.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of that folder, as JSON.
pub(crate) fn json(name: &str) -> Value {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The bytes of a text in base64 within a fixture.
pub(crate) fn base64(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("a text in base64");
    athena_protocol::token::decode_text(text).expect("fixtures are valid base64")
}

/// All documents of the wire whose `@type` ends in `suffix`, in all versions, in the order of their names.
pub(crate) fn documents(suffix: &str) -> Vec<Vec<u8>> {
    let mut documents = Vec::new();
    for version in ["v2", "v3", "v4", "v5", "v6"] {
        let folder = folder().join("wire").join(version);
        let entries = folder.read_dir().expect("a folder for each version");
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.expect("a readable folder").path())
            .filter(|path| !path.to_string_lossy().ends_with(".expected.json"))
            .collect();
        files.sort();
        for file in files {
            let document = std::fs::read(&file).expect("a readable fixture");
            let value: Value = serde_json::from_slice(&document).expect("fixtures are valid JSON");
            if value["@type"]
                .as_str()
                .is_some_and(|kind| kind.ends_with(suffix))
            {
                documents.push(document);
            }
        }
    }
    documents
}
