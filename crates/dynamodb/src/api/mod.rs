//! Signed calls to DynamoDB.
//!
//! The SDK signs, retries and resolves endpoints and credentials. Its typed items are used for key attributes alone: pages
//! are taken raw, before its parser sees them.

mod throttling;
mod assume;
mod fault;
mod signer;
mod key;
mod page;
mod raw_body;

pub use assume::sts_client;
pub use fault::{TableContext, fault};
pub use key::start_key;
pub use page::{Key, Page, PageRequest, Pages};
pub use signer::{Signer, Signers};
pub use throttling::throttles_unrepeated;
