//! From the bytes of a page to Arrow columns, in one pass.
//!
//! [`tail`] reads what has to be known before the next page can be asked for, without looking at the items. [`decoder`] then goes
//! through the items once: [`members`] turns each attribute's name into a column, mostly by guessing it from the item before, and
//! the column's decoder in [`columns`] appends the value. [`mismatch`] counts what did not fit. Nothing here waits.

pub mod mismatch;
pub mod tail;
pub mod columns;
pub mod members;
pub mod decoder;
pub mod chain;
pub mod pace;
pub mod stream;

pub use decoder::PageDecoder;
pub use mismatch::Mismatches;
pub use pace::Pace;
pub use tail::PageTail;
