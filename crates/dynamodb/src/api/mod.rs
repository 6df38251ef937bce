//! Signed calls to DynamoDB.
//!
//! The SDK signs, retries and resolves endpoints and credentials. Its typed items are used for key attributes alone: pages
//! are taken raw, before its parser sees them.

mod throttling;
mod patience;
mod checked;
mod assume;
mod fault;
mod signer;
mod gzip;
mod raw_body;
mod compression;
mod page;
mod key;
mod statement;
mod batch;
mod part;

pub use assume::sts_client;
pub use batch::{BatchGet, BatchPage};
pub use checked::CheckAnswer;
pub use compression::Link;
pub use fault::{TableContext, fault};
pub use key::start_key;
pub use page::{Key, Page, PageRequest, Pages};
pub use part::Part;
pub use patience::{answer_time, repetitions};
pub use signer::{Signer, Signers};
pub use statement::Statement;
pub use throttling::throttles_unrepeated;
