//! Binary values inside JSON: standard base64 with padding (protocol §3).

use serde::de::{Deserializer, Error as _, Visitor};

/// Encodes `bytes` in the standard alphabet with padding and no line breaks.
pub(crate) fn encode(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

/// Decodes standard base64, `None` if `text` is not.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    base64_simd::STANDARD.decode_to_vec(text).ok()
}

/// Reads a base64 string of a JSON document without copying its text first.
///
/// # Errors
/// The deserializer's error if the value is not a string or not base64; the text itself is never part of it.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    struct Base64;
    impl Visitor<'_> for Base64 {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a base64 string")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
            decode(text).ok_or_else(|| E::custom("a base64 string is malformed"))
        }
    }
    deserializer
        .deserialize_str(Base64)
        .map_err(D::Error::custom)
}
