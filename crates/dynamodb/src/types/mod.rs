//! What an attribute value is worth in terms of Arrow.
//!
//! [`decimal`] turns number text into scaled integers and plain text, [`json_text`] writes a nested value as plain JSON, and
//! [`infer`] derives a schema from a sample of pages, whose lower-case names [`names`] ties to the attributes.

pub mod decimal;
pub mod json_text;
pub mod names;
pub mod infer;
