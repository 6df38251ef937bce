//! Algorithm suites: cipher, how the message's key comes from the data key, and who signs.

use super::TokenError;
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Algorithm, LessSafeKey, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf::{HKDF_SHA256, HKDF_SHA384, HKDF_SHA512, KeyType, Prk, Salt};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, EcdsaVerificationAlgorithm,
};
use zeroize::Zeroizing;

/// One row of the algorithms reference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suite {
    pub(super) id: u16,
    cipher: &'static Algorithm,
    derivation: Derivation,
    pub(super) signature: Option<&'static EcdsaVerificationAlgorithm>,
}

/// How the key that opens the message comes from the data key.
#[derive(Debug, Clone, Copy)]
enum Derivation {
    /// It is the data key.
    None,
    /// HKDF without salt, bound to the suite and the message.
    Hkdf(aws_lc_rs::hkdf::Algorithm),
    /// HKDF salted with the message's id, which also gives what the header commits to.
    Committing,
}

impl Suite {
    /// The suite of this number in this version of the format.
    pub(super) fn of(version: u8, id: u16) -> Result<Self, TokenError> {
        let (cipher, derivation) = match (version, id) {
            (1, 0x0014) => (&AES_128_GCM, Derivation::None),
            (1, 0x0046) => (&AES_192_GCM, Derivation::None),
            (1, 0x0078) => (&AES_256_GCM, Derivation::None),
            (1, 0x0114 | 0x0214) => (&AES_128_GCM, Derivation::Hkdf(HKDF_SHA256)),
            (1, 0x0146) => (&AES_192_GCM, Derivation::Hkdf(HKDF_SHA256)),
            (1, 0x0178) => (&AES_256_GCM, Derivation::Hkdf(HKDF_SHA256)),
            (1, 0x0346) => (&AES_192_GCM, Derivation::Hkdf(HKDF_SHA384)),
            (1, 0x0378) => (&AES_256_GCM, Derivation::Hkdf(HKDF_SHA384)),
            (2, 0x0478 | 0x0578) => (&AES_256_GCM, Derivation::Committing),
            _ => return Err(TokenError::Suite { version, suite: id }),
        };
        let signature = match id {
            0x0214 => Some(&ECDSA_P256_SHA256_ASN1),
            0x0346 | 0x0378 | 0x0578 => Some(&ECDSA_P384_SHA384_ASN1),
            _ => None,
        };
        Ok(Self {
            id,
            cipher,
            derivation,
            signature,
        })
    }

    /// Whether a message of this suite can be opened with one data key only.
    pub(super) fn commits(&self) -> bool {
        matches!(self.derivation, Derivation::Committing)
    }

    /// The key that opens the message `message_id`; `commitment` is what its header commits to, empty without commitment.
    pub(super) fn key(
        &self,
        data_key: &[u8],
        message_id: &[u8],
        commitment: &[u8],
    ) -> Result<LessSafeKey, TokenError> {
        let expected = self.cipher.key_len();
        let wrong_length = TokenError::DataKey {
            expected,
            got: data_key.len(),
        };
        if data_key.len() != expected {
            return Err(wrong_length);
        }
        let id = self.id.to_be_bytes();
        let key = match self.derivation {
            Derivation::None => Zeroizing::new(data_key.to_vec()),
            Derivation::Hkdf(hash) => {
                let extracted = Salt::new(hash, &[]).extract(data_key);
                expand(&extracted, &[&id, message_id], expected)
            }
            Derivation::Committing => {
                let extracted = Salt::new(HKDF_SHA512, message_id).extract(data_key);
                let committed = expand(&extracted, &[b"COMMITKEY"], COMMITMENT_BYTES);
                verify_slices_are_equal(&committed, commitment)
                    .map_err(|_| TokenError::Commitment)?;
                expand(&extracted, &[&id, b"DERIVEKEY"], expected)
            }
        };
        let unbound = UnboundKey::new(self.cipher, &key).map_err(|_| wrong_length)?;
        Ok(LessSafeKey::new(unbound))
    }
}

fn expand(extracted: &Prk, info: &[&[u8]], bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut expanded = Zeroizing::new(vec![0; bytes]);
    extracted
        .expand(info, Bytes(bytes))
        .and_then(|expansion| expansion.fill(&mut expanded))
        .expect("a hash gives 255 times its length, and 32 bytes are asked for at most");
    expanded
}

/// How much an expansion gives.
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

/// Bytes of what a header commits to.
pub(super) const COMMITMENT_BYTES: usize = 32;
