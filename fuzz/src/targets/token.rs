//! Tokens of a caller's credentials: the AWS Encryption SDK's message format.

use athena_protocol::token::{Message, TokenCredentials, decode_text};
use serde_json::Value;

use super::Target;
use crate::fixtures;

/// A byte that tells text from message; the text in base64, or the message.
pub(super) const TARGET: Target = Target {
    name: "token",
    seeds,
    check,
};

fn seeds() -> Vec<Vec<u8>> {
    let vectors = fixtures::json("encryption_sdk/vectors.json");
    let tokens = fixtures::json("encryption_sdk/tokens.json");
    let messages = vectors
        .as_array()
        .expect("a list of vectors")
        .iter()
        .map(|vector| &vector["message"]);
    let tokens = tokens
        .as_object()
        .expect("an object of tokens")
        .values()
        .map(|token| &token["token"]);
    let messages = messages.map(|message| [vec![MESSAGE], fixtures::base64(message)].concat());
    let tokens = tokens
        .filter_map(Value::as_str)
        .map(|text| [&[TEXT][..], text.as_bytes()].concat());
    messages.chain(tokens).collect()
}

fn check(input: &[u8]) {
    match input.split_first() {
        Some((&TEXT, text)) => {
            if let Ok(message) = decode_text(&String::from_utf8_lossy(text)) {
                read(&message);
            }
        }
        Some((_, message)) => {
            read(message);
            let _ = TokenCredentials::from_json(message);
        }
        None => {}
    }
}

fn read(bytes: &[u8]) {
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    assert!(!message.data_keys().is_empty());
    assert!(message.encryption_context().len() <= bytes.len());
    // The keys of all suites: none of them made a message that was changed at random.
    for length in [16, 24, 32] {
        assert!(
            message.decrypt(&vec![0xa5; length]).is_err(),
            "opened by a key that is not its own"
        );
    }
    assert!(!format!("{message:?}").is_empty());
}

const MESSAGE: u8 = 0;
const TEXT: u8 = 1;
