//! Credentials that come with a request: base64 of a message of the AWS Encryption SDK (protocol §12).
//!
//! The message is opened in two steps, so that nothing here waits: [`Message::parse`] tells which data keys there are and the
//! encryption context they were wrapped with, somebody has KMS unwrap one of them, and [`Message::decrypt`] checks and opens the
//! rest. Format versions 1 and 2 and all algorithm suites are read, as AWS documents them under "AWS Encryption SDK message
//! format reference" and "algorithms reference". Nothing writes such messages.

mod error;
mod cursor;
mod suite;
mod header;
mod body;
mod message;
mod credentials;

pub use credentials::TokenCredentials;
pub use error::TokenError;
pub use header::EncryptedDataKey;
pub use message::{Message, decode_text};
