//! A message's header: suite, encryption context, wrapped data keys, and the tag over all of it.

use super::cursor::Cursor;
use super::suite::{COMMITMENT_BYTES, Suite};
use super::{TokenError, body};
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// A data key, wrapped by a provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EncryptedDataKey<'a> {
    /// Who wrapped it: `aws-kms`.
    pub provider: &'a str,
    /// Under which key: for KMS the key's ARN.
    pub key: &'a [u8],
    /// The wrapped key.
    pub ciphertext: &'a [u8],
}

impl std::fmt::Debug for EncryptedDataKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedDataKey")
            .field("provider", &self.provider)
            .field("key", &String::from_utf8_lossy(self.key))
            .finish_non_exhaustive()
    }
}

/// Everything before the body.
pub(super) struct Header<'a> {
    pub(super) suite: Suite,
    pub(super) message_id: &'a [u8],
    pub(super) context: BTreeMap<&'a str, &'a str>,
    pub(super) data_keys: Vec<EncryptedDataKey<'a>>,
    pub(super) framing: Framing,
    commitment: &'a [u8],
    /// The bytes that the tag proves.
    proven: &'a [u8],
    iv: [u8; body::IV_BYTES],
    tag: [u8; body::TAG_BYTES],
}

/// How the body is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// In one piece.
    None,
    /// In frames of so many bytes, the last one shorter.
    Frames(NonZeroU32),
}

impl<'a> Header<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, TokenError> {
        let start = cursor.position();
        let version = cursor.u8("version")?;
        let message_id_bytes = match version {
            1 => {
                let kind = cursor.u8("type")?;
                known("type", "128", kind == CUSTOMER_DATA, kind)?;
                16
            }
            2 => 32,
            _ => return Err(unknown("version", "1 or 2", version)),
        };
        let suite = Suite::of(version, cursor.u16("algorithm suite")?)?;
        let message_id = cursor.take("message id", message_id_bytes)?;
        let context = context(cursor.counted("encryption context")?)?;
        let data_keys = data_keys(cursor)?;
        let content_type = cursor.u8("content type")?;
        if version == 1 {
            let reserved = cursor.u32("reserved field")?;
            known("reserved field", "0", reserved == 0, reserved)?;
            let iv_bytes = cursor.u8("length of the IV")?;
            let fits = usize::from(iv_bytes) == body::IV_BYTES;
            known("length of the IV", "12", fits, iv_bytes)?;
        }
        let frame_bytes = cursor.u32("frame length")?;
        let framing = match (content_type, NonZeroU32::new(frame_bytes)) {
            (WHOLE, None) => Framing::None,
            (FRAMED, Some(bytes)) => Framing::Frames(bytes),
            (WHOLE, Some(_)) => {
                return Err(unknown("frame length", "0 without frames", frame_bytes));
            }
            (FRAMED, None) => return Err(unknown("frame length", "above 0", frame_bytes)),
            _ => return Err(unknown("content type", "1 or 2", content_type)),
        };
        let commitment = if suite.commits() {
            cursor.take("commitment", COMMITMENT_BYTES as u64)?
        } else {
            &[]
        };
        let proven = cursor.since(start);
        // Version 2 leaves the IV out, since it is zero.
        let iv = match version {
            1 => cursor.array("header's IV")?,
            _ => [0; body::IV_BYTES],
        };
        Ok(Self {
            suite,
            message_id,
            context,
            data_keys,
            framing,
            commitment,
            proven,
            iv,
            tag: cursor.array("header's tag")?,
        })
    }

    /// The key of the message, once commitment and header are proven to belong to `data_key`.
    pub(super) fn unlock(&self, data_key: &[u8]) -> Result<LessSafeKey, TokenError> {
        let key = self.suite.key(data_key, self.message_id, self.commitment)?;
        let iv = Nonce::assume_unique_for_key(self.iv);
        key.open_separate_gather(iv, Aad::from(self.proven), &[], &self.tag, &mut [])
            .map_err(|_| TokenError::Header)?;
        Ok(key)
    }
}

/// Pairs of texts behind their number; no bytes at all if there is none.
fn context(bytes: &[u8]) -> Result<BTreeMap<&str, &str>, TokenError> {
    const FIELD: &str = "encryption context";
    let malformed = |problem| TokenError::Context { problem };
    let mut context = BTreeMap::new();
    let mut cursor = Cursor::new(bytes);
    if bytes.is_empty() {
        return Ok(context);
    }
    for _ in 0..cursor.u16(FIELD)? {
        let (name, value) = (cursor.counted(FIELD)?, cursor.counted(FIELD)?);
        let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value)) else {
            return Err(malformed("is not text"));
        };
        if context.insert(name, value).is_some() {
            return Err(malformed("has a name twice"));
        }
    }
    match (cursor.left(), context.len()) {
        (0, 1..) => Ok(context),
        (0, 0) => Err(malformed("has a length and no pairs")),
        _ => Err(malformed("is longer than its pairs")),
    }
}

fn data_keys<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<EncryptedDataKey<'a>>, TokenError> {
    let count = cursor.u16("number of data keys")?;
    known("number of data keys", "above 0", count > 0, count)?;
    // Grows as keys are read, so that a number alone reserves nothing.
    let mut keys = Vec::new();
    for _ in 0..count {
        let provider = cursor.counted("data key's provider")?;
        keys.push(EncryptedDataKey {
            provider: str::from_utf8(provider).map_err(|_| TokenError::Provider)?,
            key: cursor.counted("data key's key")?,
            ciphertext: cursor.counted("data key")?,
        });
    }
    Ok(keys)
}

fn known(
    field: &'static str,
    expected: &'static str,
    fits: bool,
    got: impl Into<u64>,
) -> Result<(), TokenError> {
    if fits {
        Ok(())
    } else {
        Err(unknown(field, expected, got))
    }
}

fn unknown(field: &'static str, expected: &'static str, got: impl Into<u64>) -> TokenError {
    TokenError::Field {
        field,
        expected,
        got: got.into(),
    }
}

const CUSTOMER_DATA: u8 = 0x80;
const WHOLE: u8 = 1;
const FRAMED: u8 = 2;
