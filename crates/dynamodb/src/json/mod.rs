//! The JSON text of `DynamoDB` answers, read where it lies.
//!
//! [`cursor`] steps through the bytes of a page and borrows what it finds; [`tag`] names the ten attribute types that the
//! page's values are tagged with; [`error`] says where a page broke, [`items`] finds the items of a page,
//! [`batch`] and [`capacity`] what a batch says besides and what a call cost. Nothing here builds a value: what a piece of text
//! becomes is decided by the caller, column by column.

pub mod error;
pub mod tag;
mod scan;
pub mod cursor;
pub mod items;
pub mod capacity;
pub mod batch;

pub use batch::BatchAnswer;
pub use capacity::capacity_units;
pub use cursor::Cursor;
pub use error::DecodeError;
pub use items::each_item;
pub use tag::Tag;
