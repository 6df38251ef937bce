//! What an attribute value is worth in terms of Arrow.
//!
//! [`decimal`] turns number text into scaled integers and plain text, [`datetime`] text and numbers into points in time,
//! [`json_text`] writes a nested value as plain JSON, [`hive`] reads the types of the Glue Data Catalog, and [`infer`] derives a schema
//! from a sample of pages, whose lower-case names [`names`] ties to the attributes.

pub mod decimal;
pub mod datetime;
pub mod json_text;
pub mod hive;
pub mod names;
pub mod hints;
pub mod infer;
pub mod census;
pub mod item_columns;
