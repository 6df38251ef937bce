//! SQL over a connector: DataFusion plans and joins, the connector reads.
//!
//! A statement is one query of the connector, with an id and counters of its own. Its tables are asked for their columns while it
//! is planned, for layout and splits when it is about to run, and for records while it runs. What the connector offers to do
//! is asked once, and nothing else is asked of it. A shell has any number of connectors, and starts those that a statement needs.

mod spelling;
mod offer;
mod literal;
mod expression;
mod pushdown;
mod scan;
mod table;
mod first_rows;
mod passthrough;
mod catalog;
mod place;
mod error;
mod mount;
mod shell;

pub use catalog::{ConnectorCatalog, Names, UnknownTable};
pub use error::Error;
pub use first_rows::FirstRows;
pub use mount::{Catalog, Opened, Source};
pub use offer::{Offer, PassthroughFunction};
pub use passthrough::BadCall;
pub use place::Place;
pub use scan::SplitScan;
pub use shell::{Answer, Keep, Rows, Shell, Watch};
pub(crate) use spelling::nearest;
pub use table::ConnectorTable;

use datafusion::error::DataFusionError;

/// Hands one of our own errors through DataFusion.
fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
