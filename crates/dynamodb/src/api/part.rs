//! What a split is read by: chains of pages, each with its own way of going on.

use super::batch::BatchGet;
use super::page::PageRequest;
use super::statement::Statement;

/// One chain of pages.
#[derive(Debug, Clone)]
pub enum Part {
    /// A Scan or Query, which goes on from `LastEvaluatedKey`.
    Pages(PageRequest),
    /// A PartiQL statement, which goes on with `NextToken`.
    Statement(Statement),
    /// Items by key, which goes on with the keys that are left.
    Batch(BatchGet),
}

impl Part {
    /// The table that is read; empty if that is not known.
    pub fn table(&self) -> &str {
        match self {
            Self::Pages(request) => &request.table,
            Self::Statement(statement) => &statement.table,
            Self::Batch(batch) => &batch.table,
        }
    }
}
