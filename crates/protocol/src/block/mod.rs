//! Blocks: record batches as the engine counts, frames and names them.

pub mod error;
pub mod size;

mod message;
mod schema;
mod arrays;
mod body;
pub mod frame;

mod content;
pub mod schema_text;

pub use content::Block;
pub use error::BlockError;
pub use frame::Framing;
pub use message::MAX_NESTING;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
