//! Messages that the AWS Encryption SDK wrote (see `tests/fixtures/encryption_sdk/README.md`), whole and damaged.

use super::{fixtures, json};
use athena_protocol::token::{Message, TokenError, decode_text};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

struct Vector {
    name: String,
    suite: u16,
    context: Value,
    data_key: Vec<u8>,
    message: Vec<u8>,
    clear: Vec<u8>,
}

static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    let vectors = json(&fixtures().join("encryption_sdk/vectors.json"));
    let vector = |vector: &Value| {
        let bytes = |name: &str| decode_text(vector[name].as_str().unwrap()).unwrap();
        let suite = u16::try_from(vector["suite"].as_u64().unwrap()).unwrap();
        Vector {
            name: format!(
                "{suite:#06x} {} {}",
                vector["framed"],
                vector["name"].as_str().unwrap()
            ),
            suite,
            context: vector["context"].clone(),
            data_key: bytes("dataKey"),
            message: bytes("message"),
            clear: bytes("clear"),
        }
    };
    vectors.as_array().unwrap().iter().map(vector).collect()
});

fn open(message: &[u8], data_key: &[u8]) -> Result<Vec<u8>, TokenError> {
    Ok(Message::parse(message)?.decrypt(data_key)?.to_vec())
}

/// The vectors of one clear text.
fn of(clear: &str) -> impl Iterator<Item = &'static Vector> {
    VECTORS
        .iter()
        .filter(move |vector| vector.name.ends_with(clear))
}

#[test]
fn every_message_of_the_sdk_opens_with_its_data_key_and_no_other() {
    let mut suites = BTreeMap::new();
    for vector in VECTORS.iter() {
        let name = &vector.name;
        let message = Message::parse(&vector.message).unwrap_or_else(|e| panic!("{name}: {e}"));
        let context = serde_json::to_value(message.encryption_context()).unwrap();
        assert_eq!(context, vector.context, "{name}");
        assert_eq!(message.suite(), vector.suite, "{name}");
        let commits = vector.suite >= 0x0400;
        assert_eq!(message.commits_to_its_key(), commits, "{name}");
        let [data_key] = message.data_keys() else {
            panic!("{name}: one data key")
        };
        assert_eq!(data_key.provider, "tests", "{name}");
        assert!(data_key.key.starts_with(b"raw"), "{name}");
        let clear = message.decrypt(&vector.data_key);
        let clear = clear.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(*clear, vector.clear, "{name}");

        let mut other = vector.data_key.clone();
        other[0] ^= 1;
        let wrong = if commits {
            TokenError::Commitment
        } else {
            TokenError::Header
        };
        assert_eq!(message.decrypt(&other), Err(wrong), "{name}");
        let (expected, got) = (other.len(), other.len() - 1);
        let short = TokenError::DataKey { expected, got };
        assert_eq!(message.decrypt(&other[1..]), Err(short), "{name}");
        *suites.entry(vector.suite).or_insert(0) += 1;
    }
    println!("{} messages of {} suites", VECTORS.len(), suites.len());
    assert_eq!(suites.len(), 11);
    assert!(suites.values().all(|vectors| *vectors == 8));
}

#[test]
fn a_changed_byte_anywhere_is_an_error() {
    let mut changes = 0;
    for vector in of("small").chain(of("frames")) {
        let mut message = vector.message.clone();
        for at in 0..message.len() {
            message[at] ^= 1 << (at % 8);
            let opened = open(&message, &vector.data_key);
            assert!(opened.is_err(), "{}: byte {at}", vector.name);
            message[at] = vector.message[at];
            changes += 1;
        }
        assert_eq!(open(&message, &vector.data_key), Ok(vector.clear.clone()));
    }
    println!("{changes} changed messages");
    assert!(changes > 44 * 200, "{changes}");
}

#[test]
fn a_message_that_is_cut_off_or_goes_on_is_refused_before_a_key_is_asked_for() {
    for vector in VECTORS.iter() {
        for end in 0..vector.message.len() {
            let parsed = Message::parse(&vector.message[..end]);
            assert!(parsed.is_err(), "{}: {end} bytes", vector.name);
        }
        let longer = [&vector.message, &[0_u8][..]].concat();
        let parsed = Message::parse(&longer);
        assert!(
            matches!(parsed, Err(TokenError::Trailing { bytes: 1 })),
            "{}: {parsed:?}",
            vector.name
        );
    }
}

#[test]
fn a_signed_message_is_not_opened_as_an_unsigned_one() {
    let signed = of("small").find(|vector| vector.suite == 0x0578).unwrap();
    let mut message = signed.message.clone();
    message[1] = 0x04;
    let parsed = Message::parse(&message);
    assert!(
        matches!(parsed, Err(TokenError::Context { .. })),
        "{parsed:?}"
    );
}

#[test]
fn numbers_that_lie_reserve_nothing_and_are_refused() {
    let unsigned = of("frames").find(|vector| vector.suite == 0x0478).unwrap();
    let message = &unsigned.message;
    let keys_at = 1 + 2 + 32 + 2 + usize::from(u16::from_be_bytes([message[35], message[36]]));
    let mut many_keys = message.clone();
    many_keys[keys_at..keys_at + 2].fill(0xFF);
    let parsed = Message::parse(&many_keys);
    assert!(
        matches!(parsed, Err(TokenError::Truncated { .. })),
        "{parsed:?}"
    );
    let mut no_keys = message.clone();
    no_keys[keys_at..keys_at + 2].fill(0);
    assert!(Message::parse(&no_keys).is_err());

    let mut frame_length = message.len() - 1;
    while message[frame_length - 3..=frame_length] != 128_u32.to_be_bytes() {
        frame_length -= 1;
    }
    let framing = frame_length - 3..=frame_length;
    for (bytes, field) in [
        (0_u32, "frame length"),
        (u32::MAX, "frame"),
        (16, "frame number"),
    ] {
        let mut lying = message.clone();
        lying[framing.clone()].copy_from_slice(&bytes.to_be_bytes());
        match Message::parse(&lying) {
            Err(
                TokenError::Field { field: named, .. } | TokenError::Truncated { field: named, .. },
            ) => assert_eq!(named, field, "{bytes}"),
            other => panic!("{bytes}: {other:?}"),
        }
    }
}

#[test]
fn errors_and_debug_forms_show_nothing_of_what_was_encrypted() {
    assert_eq!(of("small").count(), 22);
    for vector in of("small") {
        let message = Message::parse(&vector.message).unwrap();
        let shown = format!("{message:?}");
        assert!(
            !shown.contains("café") && !shown.contains("a small one"),
            "{shown}"
        );
        assert!(shown.len() < 200, "{shown}");
    }
    assert_eq!(decode_text("no base64!"), Err(TokenError::Text));
    assert_eq!(decode_text("YQ"), decode_text("YQ=="));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&bytes, &[0; 32]).is_err());
    }

    #[test]
    fn damaged_messages_never_panic_and_never_open_to_something_else(
        vector in 0..VECTORS.len(),
        damage in prop::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![Just(0_u8), Just(0xFF), Just(0x80), any::<u8>()], 1..5_usize),
            1..4,
        ),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let vector = &VECTORS[vector];
        let mut message = vector.message.clone();
        for (at, value, bytes) in damage {
            let at = at.index(message.len());
            let end = message.len().min(at + bytes);
            message[at..end].fill(value);
        }
        if let Some(cut) = cut {
            let at = cut.index(message.len());
            message.remove(at);
        }
        match open(&message, &vector.data_key) {
            Ok(_) => prop_assert_eq!(&message, &vector.message),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
