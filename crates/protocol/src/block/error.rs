//! What can be wrong with the Arrow bytes of a block.

use arrow::error::ArrowError;

/// Why a schema or a record batch cannot be read or written.
///
/// A column of a nested type is named with the columns it lies in, as in `orders.items.price`.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The bytes end before the message does.
    #[error("an Arrow message is truncated: it needs {needed} bytes and has {got}")]
    Truncated {
        /// Bytes that the message announces.
        needed: usize,
        /// Bytes that are there.
        got: usize,
    },
    /// The flatbuffer of a message is damaged.
    #[error("the metadata of an Arrow message of {bytes} bytes is malformed")]
    Metadata {
        /// Length of the metadata.
        bytes: usize,
    },
    /// A message of another kind stands where one was expected.
    #[error("expected an Arrow {expected} message, got another kind")]
    MessageKind {
        /// `schema` or `record batch`.
        expected: &'static str,
    },
    /// Something of Arrow that is not part of the protocol, such as compression (protocol §6).
    #[error("an Arrow message uses {feature}, which the protocol does not have")]
    Unsupported {
        /// What is used.
        feature: &'static str,
    },
    /// A column's type is not part of the protocol (protocol §4).
    #[error("column `{column}` has the type {got}, which the protocol does not have")]
    UnsupportedType {
        /// The column.
        column: String,
        /// Its type.
        got: String,
    },
    /// A column's type has children or parameters that it cannot have.
    #[error("the type of column `{column}` is malformed: {problem}")]
    MalformedType {
        /// The column.
        column: String,
        /// What is wrong, as a clause.
        problem: &'static str,
    },
    /// Types lie in types deeper than anything real does.
    #[error("a schema nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest that is read and written.
        limit: usize,
    },
    /// A record batch has other parts than its schema calls for.
    #[error("a record batch has {got} {what}, expected {expected} for its schema")]
    Parts {
        /// `field nodes` or `buffers`.
        what: &'static str,
        /// As many as the schema calls for.
        expected: usize,
        /// As many as there are.
        got: usize,
    },
    /// A length or a count of nulls is none, or none that the body can hold.
    #[error(
        "column `{column}` announces {rows} values with {nulls} nulls, at most {limit} can be there"
    )]
    Lengths {
        /// The column.
        column: String,
        /// The values announced.
        rows: i64,
        /// The nulls announced.
        nulls: i64,
        /// The most values that the column can have here.
        limit: usize,
    },
    /// Parts of a column do not belong together.
    #[error("column `{column}` has {got} {what}, expected {expected}")]
    Mismatch {
        /// The column.
        column: String,
        /// What is counted.
        what: &'static str,
        /// As many as there should be.
        expected: usize,
        /// As many as there are.
        got: usize,
    },
    /// The offsets of a column decrease, or point outside of its values.
    #[error("the offsets of column `{column}` decrease or point outside of its values")]
    Offsets {
        /// The column.
        column: String,
    },
    /// Arrow refused the values of a column, for instance bytes that are not UTF-8.
    #[error("cannot read the values of column `{column}`")]
    Values {
        /// The column.
        column: String,
        /// Arrow's reason.
        #[source]
        source: ArrowError,
    },
    /// The number of rows is none, or too large.
    #[error("a record batch announces {rows} rows, at most {limit} are read")]
    Rows {
        /// Rows announced.
        rows: i64,
        /// The most that are read.
        limit: usize,
    },
    /// The engine's reader fails on rows without columns, so they are never written (protocol §6).
    #[error("cannot encode {rows} rows without columns, which no reader of the protocol takes")]
    NoColumns {
        /// Rows of the batch.
        rows: usize,
    },
    /// Arrow refused to put columns together.
    #[error("cannot decode a record batch with a body of {bytes} bytes")]
    Decode {
        /// Length of its body.
        bytes: usize,
        /// Arrow's reason.
        #[source]
        source: ArrowError,
    },
    /// Arrow refused to write the batch.
    #[error("cannot encode a record batch of {rows} rows")]
    Encode {
        /// Rows of the batch.
        rows: usize,
        /// Arrow's reason.
        #[source]
        source: ArrowError,
    },
}

impl BlockError {
    /// The same error of a column that lies within the column `parent`.
    pub(super) fn within(mut self, parent: &str) -> Self {
        if let Self::UnsupportedType { column, .. }
        | Self::MalformedType { column, .. }
        | Self::Lengths { column, .. }
        | Self::Mismatch { column, .. }
        | Self::Offsets { column }
        | Self::Values { column, .. } = &mut self
        {
            // Names come from strangers and may be long: what names the column to a reader is its end.
            if column.len() < MAX_PATH {
                *column = format!("{}.{column}", shown(parent));
            }
        }
        self
    }
}

/// A column's name as errors show it, cut where it is too long to help.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}…", &name[..end]),
    }
}

/// Characters of one name that an error shows.
const MAX_NAME: usize = 80;

/// Bytes of a path beyond which an error shows no further names.
const MAX_PATH: usize = 200;
