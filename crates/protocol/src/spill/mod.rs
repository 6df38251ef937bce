//! Spilled blocks: where they lie, and how they are sealed (protocol §9).

mod key;
mod location;
mod seal;

pub use key::EncryptionKey;
pub use location::SpillLocation;
pub use seal::{SealError, TAG_BYTES, open, seal};
