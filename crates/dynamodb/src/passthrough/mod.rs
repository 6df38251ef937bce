//! Passthrough queries: PartiQL statements that the engine hands on as they are.
//!
//! [`tokens`] takes a statement apart, [`select`] tells what can be known of it without being DynamoDB, [`arguments`] checks what the
//! engine sent. A statement may hold values: its text is in no error, no log and no `Debug`.

mod tokens;
mod select;
mod arguments;

pub use arguments::{ARGUMENT, FUNCTION_NAME, FUNCTION_SCHEMA, Query};
pub use select::{NotSelect, Select};
