//! `EncryptionKey`: the AES key and nonce that all blocks of one split share (protocol §9.5).

use crate::text;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroize;

/// A key of 16 or 32 bytes and a nonce of 12, wiped when dropped and never shown by `Debug`.
///
/// The protocol has room for one pair a split, so every block of a split is sealed with the same nonce.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionKey {
    #[serde(serialize_with = "write", deserialize_with = "read")]
    key: Vec<u8>,
    #[serde(serialize_with = "write", deserialize_with = "read")]
    nonce: Vec<u8>,
}

impl EncryptionKey {
    /// Takes the bytes as they are; lengths are checked when the key is used.
    pub fn new(key: Vec<u8>, nonce: Vec<u8>) -> Self {
        Self { key, nonce }
    }

    /// The key's bytes.
    pub fn expose_key(&self) -> &[u8] {
        &self.key
    }

    /// The nonce's bytes.
    pub fn nonce(&self) -> &[u8] {
        &self.nonce
    }
}

impl Drop for EncryptionKey {
    fn drop(&mut self) {
        self.key.zeroize();
        self.nonce.zeroize();
    }
}

impl std::fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EncryptionKey({} bits)", self.key.len() * 8)
    }
}

fn write<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text::encode(bytes))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    text::deserialize(deserializer)
}
