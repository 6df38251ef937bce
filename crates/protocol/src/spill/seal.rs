//! AES in GCM mode over a whole block: no additional data, 12-byte nonce, 16-byte tag at the end (protocol §9.5).

use super::EncryptionKey;
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Bytes that sealing adds at the end of a block.
pub const TAG_BYTES: usize = 16;

/// Encrypts `block` where it stands and appends the tag.
///
/// # Errors
/// [`SealError::KeyLength`] or [`SealError::NonceLength`] for a pair that the protocol does not have.
pub fn seal(key: &EncryptionKey, block: &mut Vec<u8>) -> Result<(), SealError> {
    let (cipher, nonce) = cipher(key)?;
    cipher
        .seal_in_place_append_tag(nonce, Aad::empty(), block)
        .map_err(|_| SealError::TooLarge { bytes: block.len() })
}

/// Decrypts a sealed object and checks its tag.
///
/// # Errors
/// [`SealError::Forged`] if the object was not sealed with this key or has been changed; the errors of [`seal`].
pub fn open(key: &EncryptionKey, mut sealed: Vec<u8>) -> Result<Vec<u8>, SealError> {
    let (cipher, nonce) = cipher(key)?;
    let clear_bytes = cipher
        .open_in_place(nonce, Aad::empty(), &mut sealed)
        .map_err(|_| SealError::Forged)?
        .len();
    sealed.truncate(clear_bytes);
    Ok(sealed)
}

fn cipher(key: &EncryptionKey) -> Result<(LessSafeKey, Nonce), SealError> {
    let algorithm = match key.expose_key().len() {
        16 => &AES_128_GCM,
        32 => &AES_256_GCM,
        bytes => return Err(SealError::KeyLength { bytes }),
    };
    let nonce =
        Nonce::try_assume_unique_for_key(key.nonce()).map_err(|_| SealError::NonceLength {
            bytes: key.nonce().len(),
        })?;
    let unbound =
        UnboundKey::new(algorithm, key.expose_key()).map_err(|_| SealError::KeyLength {
            bytes: key.expose_key().len(),
        })?;
    Ok((LessSafeKey::new(unbound), nonce))
}

/// Why a block cannot be sealed or opened.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Neither AES-128 nor AES-256.
    #[error("an encryption key has {bytes} bytes, expected 16 or 32")]
    KeyLength {
        /// Its length.
        bytes: usize,
    },
    /// GCM takes 12 bytes here.
    #[error("an encryption nonce has {bytes} bytes, expected 12")]
    NonceLength {
        /// Its length.
        bytes: usize,
    },
    /// The tag does not fit: wrong key, or the object was changed.
    #[error("a spilled block does not open with the key of its split")]
    Forged,
    /// Above what one GCM message can hold.
    #[error("a block of {bytes} bytes is too large to encrypt")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
}
