//! The spill pipeline: rows are cut into blocks, blocks are encoded and sealed, objects are put to S3.
//!
//! Everything is bounded: one block in the making, and encoded blocks only within a byte budget.

pub mod placement;

mod bucket;
mod cutter;
mod keys;
mod spiller;
mod store;

pub use bucket::{BucketCheck, Ownership};
pub use cutter::{BlockCutter, BlockRows, Origin};
pub use keys::{KeyFactory, KmsKeys, LocalKeys, NoKeys};
pub use spiller::{InFlight, Spiller};
pub(crate) use store::EXPECTED_OWNER;
pub use store::{S3Store, SpillStore};
