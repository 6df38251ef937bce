//! What must never be in the log: each test's connector runs at level `trace`, and when the test is over its log is searched.

use athena_testkit::{CALLERS_SECRET_ACCESS_KEY, SECRET_ACCESS_KEY};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Texts that were stored in tables. Tests that share a process share them, as no log may tell of any.
static STORED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Shorter texts may be in a log for another reason.
const TELLING: usize = 12;
/// Texts that are looked for, at most.
const MOST: usize = 400;

/// Notes the texts of an item.
pub(crate) fn note(item: &Value) {
    match item {
        Value::String(text) if text.len() >= TELLING => {
            let mut stored = STORED.lock().unwrap();
            if stored.len() < MOST {
                stored.insert(text.clone());
            }
        }
        Value::Array(values) => values.iter().for_each(note),
        Value::Object(members) => members.values().for_each(note),
        _ => {}
    }
}

/// Fails where a log tells what was stored, a secret of AWS, or what looks like a key.
pub(crate) fn check(log: &str) {
    for secret in [SECRET_ACCESS_KEY, CALLERS_SECRET_ACCESS_KEY] {
        assert!(!log.contains(secret), "the log holds a secret access key");
    }
    for text in STORED.lock().unwrap().iter() {
        if let Some(at) = log.find(text) {
            panic!("the log tells `{text}`, which is stored: {}", line(log, at));
        }
    }
    if let Some(at) = key(log) {
        panic!("the log holds what looks like a key: {}", line(log, at));
    }
}

fn line(log: &str, at: usize) -> &str {
    let from = log[..at].rfind('\n').map_or(0, |end| end + 1);
    log[from..].lines().next().unwrap_or_default()
}

/// Where a key of 16 or 32 bytes would stand, in base64 or as a list of numbers.
fn key(log: &str) -> Option<usize> {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let (mut run, mut numbers) = (0, 0);
    for (at, byte) in log.bytes().enumerate() {
        if byte == b'=' && (run == 22 || run == 43) {
            return Some(at);
        }
        run = if base64(byte) { run + 1 } else { 0 };
        numbers = match byte {
            b',' => numbers + 1,
            b' ' | b'0'..=b'9' => numbers,
            _ => 0,
        };
        if numbers == 11 {
            return Some(at);
        }
    }
    None
}

#[test]
fn keys_are_found_in_both_forms() {
    let key_of = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
    for bytes in [&[7; 16][..], &[200; 32]] {
        assert!(key(&format!("a line with {} in it", key_of(bytes))).is_some());
        assert!(key(&format!("a line with {bytes:?} in it")).is_some());
    }
    assert_eq!(key("a line with numbers, 1, 2, 3, and words=1"), None);
}
