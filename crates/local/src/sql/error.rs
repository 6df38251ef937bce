//! Why a statement has no answer.

use super::place::Place;
use datafusion::error::DataFusionError;
use std::error::Error as StdError;

/// Why a statement has no answer; [`Report`](crate::report::Report) has words for it.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A connector cannot be had.
    #[error("the catalog `{catalog}` cannot be opened")]
    Open {
        /// Its catalog.
        catalog: String,
        /// Why, in the words of its [`Source`](super::Source).
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A connector fails before there is a statement.
    #[error(transparent)]
    Connector(#[from] athena_client::Error),
    /// It is not SQL, names what is not there, or a connector fails while it is answered.
    #[error("{}", .source.strip_backtrace())]
    Engine {
        /// What DataFusion says, or a connector through it.
        #[source]
        source: Box<DataFusionError>,
        /// Where in the statement, if that is known.
        place: Option<Place>,
    },
    /// It would write.
    #[error("only statements that read are answered, not {verb}")]
    Writes {
        /// Its first word, in capitals.
        verb: String,
    },
}

impl From<DataFusionError> for Error {
    fn from(source: DataFusionError) -> Self {
        Self::Engine {
            source: Box::new(source),
            place: None,
        }
    }
}

impl Error {
    /// An error of the engine about this statement.
    pub(super) fn engine(source: DataFusionError, sql: &str) -> Self {
        let place = Place::of(&source, sql);
        Self::Engine {
            source: Box::new(source),
            place,
        }
    }
}
