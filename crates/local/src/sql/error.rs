//! Why a statement has no answer.

use datafusion::error::DataFusionError;

/// Why a statement has no answer; [`Report`](crate::report::Report) has words for it.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connector fails before there is a statement.
    #[error(transparent)]
    Connector(#[from] athena_client::Error),
    /// It is not SQL, names what is not there, or a connector fails while it is answered.
    #[error(transparent)]
    Engine(#[from] DataFusionError),
    /// It would write.
    #[error("only statements that read are answered, not {verb}")]
    Writes {
        /// Its first word, in capitals.
        verb: String,
    },
}
