//! A whole message: parsed without a key, opened with one.

use super::TokenError;
use super::body::Body;
use super::cursor::Cursor;
use super::header::{EncryptedDataKey, Header};
use crate::text;
use aws_lc_rs::signature::UnparsedPublicKey;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// A message of the AWS Encryption SDK whose fields are all there. Until it is decrypted, nothing of it is proven.
///
/// It borrows the bytes it was parsed from, and needs a small multiple of them at most.
pub struct Message<'a> {
    header: Header<'a>,
    body: Body<'a>,
    footer: Option<Footer<'a>>,
}

/// The signature, what it signs, and the signer's key from the encryption context.
struct Footer<'a> {
    signed: &'a [u8],
    signature: &'a [u8],
    public_key: Vec<u8>,
}

impl<'a> Message<'a> {
    /// Reads the message's fields.
    ///
    /// # Errors
    /// A [`TokenError`] that names the field which is missing, lies about its length, or holds what it must not.
    pub fn parse(message: &'a [u8]) -> Result<Self, TokenError> {
        let mut cursor = Cursor::new(message);
        let header = Header::read(&mut cursor)?;
        let body = Body::read(&mut cursor, header.framing)?;
        let public_key = header.context.get(PUBLIC_KEY).copied();
        let footer = match (header.suite.signature, public_key) {
            (None, None) => None,
            (Some(_), Some(key)) => {
                let problem = "has a public key that is not base64";
                Some(Footer {
                    signed: cursor.since(0),
                    signature: cursor.counted("signature")?,
                    public_key: text::decode(key).ok_or(TokenError::Context { problem })?,
                })
            }
            // A signer's key without a signature: the suite was exchanged for a weaker one.
            (None, Some(_)) => {
                let problem = "has a public key, and the algorithm suite does not sign";
                return Err(TokenError::Context { problem });
            }
            (Some(_), None) => {
                let problem = "has no public key, and the algorithm suite signs";
                return Err(TokenError::Context { problem });
            }
        };
        match cursor.left() {
            0 => Ok(Self {
                header,
                body,
                footer,
            }),
            bytes => Err(TokenError::Trailing { bytes }),
        }
    }

    /// Number of the algorithm suite.
    pub fn suite(&self) -> u16 {
        self.header.suite.id
    }

    /// Whether no second data key can open this message to something else.
    pub fn commits_to_its_key(&self) -> bool {
        self.header.suite.commits()
    }

    /// What the data keys were wrapped with, and have to be unwrapped with.
    pub fn encryption_context(&self) -> &BTreeMap<&'a str, &'a str> {
        &self.header.context
    }

    /// The data key, wrapped once or several times. At least one.
    pub fn data_keys(&self) -> &[EncryptedDataKey<'a>] {
        &self.header.data_keys
    }

    /// What the message holds. Nothing is handed out before commitment, header, signature and every frame are proven.
    ///
    /// # Errors
    /// A [`TokenError`] that names what does not fit; a wrong data key shows in the commitment or in the header.
    pub fn decrypt(&self, data_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let key = self.header.unlock(data_key)?;
        if let (Some(algorithm), Some(footer)) = (self.header.suite.signature, &self.footer) {
            UnparsedPublicKey::new(algorithm, &footer.public_key)
                .verify(footer.signed, footer.signature)
                .map_err(|_| TokenError::Signature)?;
        }
        self.body.open(&self.header, &key)
    }
}

impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("suite", &format_args!("{:#06x}", self.suite()))
            .field("data_keys", &self.data_keys())
            .finish_non_exhaustive()
    }
}

/// The bytes of a token, which is base64 with or without padding.
///
/// # Errors
/// [`TokenError::Text`] if it is not.
pub fn decode_text(token: &str) -> Result<Vec<u8>, TokenError> {
    // The Java connector's decoder takes both.
    base64_simd::STANDARD_NO_PAD
        .decode_to_vec(token.trim_end_matches('='))
        .map_err(|_| TokenError::Text)
}

/// The name in the encryption context under which signing suites leave the signer's key, a compressed point in base64.
const PUBLIC_KEY: &str = "aws-crypto-public-key";
