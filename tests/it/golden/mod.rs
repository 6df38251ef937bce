//! Documents, blocks and verdicts that the Java federation SDK wrote (see `tests/fixtures/README.md`), and messages of the AWS
//! Encryption SDK.

mod neutral;
mod same;

mod documents;
mod sizes;
mod spilled;
mod timestamps;
mod tokens;
mod verdicts;

use std::path::{Path, PathBuf};

/// The folder of fixtures.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A fixture as JSON.
#[track_caller]
fn json(path: &Path) -> serde_json::Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
