//! What can be wrong with a page, or with the schema it is to be decoded into.
//!
//! A page is customer data: the errors name a byte offset and what was expected there, never what was found.

use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// Why a page, or a column of a schema, cannot be decoded. Offsets count bytes from the start of the page.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The text stops in the middle of a value.
    #[error("page breaks off at byte {offset}")]
    UnexpectedEnd {
        /// Where the text ends.
        offset: usize,
    },
    /// Something else stands where the grammar wants `expected`.
    #[error("page has no {expected} at byte {offset}")]
    Expected {
        /// What should be there.
        expected: &'static str,
        /// Where it should be.
        offset: usize,
    },
    /// A backslash is followed by what JSON does not know.
    #[error("page has an invalid escape at byte {offset}")]
    InvalidEscape {
        /// Where the escape begins.
        offset: usize,
    },
    /// A `\u` escape is half of a surrogate pair.
    #[error("page has half of a surrogate pair at byte {offset}")]
    LoneSurrogate {
        /// Where the escape begins.
        offset: usize,
    },
    /// A text of the page is not UTF-8.
    #[error("page is not valid utf-8 at byte {offset}")]
    NotUtf8 {
        /// The first byte that is wrong.
        offset: usize,
    },
    /// A `B` value is not base64.
    #[error("page has invalid base64 in the value at byte {offset}")]
    InvalidBase64 {
        /// Where the text begins.
        offset: usize,
    },
    /// Values are nested deeper than `DynamoDB` permits, with a wide margin.
    #[error("page is nested too deeply at byte {offset}")]
    TooDeep {
        /// Where the first level too many opens.
        offset: usize,
    },
    /// An object names a member twice, so that its value is ambiguous.
    #[error("page has a duplicate member before byte {offset}")]
    Duplicate {
        /// Where the second value stands.
        offset: usize,
    },
    /// A column's values pass the 2 GiB that 32-bit offsets can address.
    #[error("page holds more than 2 gib in one column at byte {offset}")]
    TooLarge {
        /// Where the value stands that did not fit any more.
        offset: usize,
    },
    /// A type that has no decoder.
    #[error("column `{column}` has type {data_type}, which cannot be read from an attribute")]
    UnsupportedType {
        /// The column, or the path of the child in it.
        column: String,
        /// Its type, or the child's.
        data_type: DataType,
    },
    /// The schema's metadata says nothing useful of dates.
    #[error(transparent)]
    Times(#[from] crate::types::datetime::TimesError),
    /// A schema and the attribute names of its columns differ in number.
    #[error("schema has {columns} columns, but attribute names for {names}")]
    NameCount {
        /// Columns of the schema.
        columns: usize,
        /// Lists of names given.
        names: usize,
    },
    /// A column has no attribute to read from.
    #[error("column `{column}` is fed by no attribute")]
    NoName {
        /// The column.
        column: String,
    },
    /// One attribute is to feed two columns.
    #[error("attribute `{name}` feeds both column `{first}` and column `{second}`")]
    SharedName {
        /// The attribute's name.
        name: String,
        /// The column that asked first.
        first: String,
        /// The column that asked later.
        second: String,
    },
    /// The values do not make a batch of the schema: a null in a column that forbids nulls.
    #[error("cannot build a record batch of {rows} rows")]
    Batch {
        /// Rows decoded.
        rows: usize,
        /// What Arrow refused.
        #[source]
        source: ArrowError,
    },
}
