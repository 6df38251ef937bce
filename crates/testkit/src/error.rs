//! What can go wrong while the small AWS is started, filled or asked.

use std::io;

/// An error of the test kit itself; what a server answers to its callers is never one.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No port on loopback could be had.
    #[error("cannot listen on 127.0.0.1 for the {server}")]
    Listen {
        /// Which of the servers.
        server: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A temporary folder could not be made.
    #[error("cannot make a temporary folder for the {server}")]
    Folder {
        /// Which of the servers.
        server: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An embedded server refused to start.
    #[error("cannot start the embedded {server}: {reason}")]
    Embedded {
        /// Which of the servers.
        server: &'static str,
        /// Its own words.
        reason: String,
    },
    /// A server that is a program of its own did not start.
    #[error("cannot start {server}: {reason}")]
    Program {
        /// Which of the servers.
        server: &'static str,
        /// What happened, with the program's last words.
        reason: String,
    },
    /// A builder was given a value that makes no sense.
    #[error("`{setting}` must be {expected}, got {got}")]
    Setting {
        /// The builder's method.
        setting: &'static str,
        /// What would do.
        expected: &'static str,
        /// What was given.
        got: String,
    },
    /// A request of this crate to one of its own servers failed.
    #[error("cannot {operation} `{resource}`")]
    Request {
        /// The operation, in words.
        operation: &'static str,
        /// The table, bucket or object.
        resource: String,
        /// The SDK's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Items were still unprocessed after the last retry.
    #[error("table `{table}` left {left} items unprocessed after {attempts} attempts")]
    Unprocessed {
        /// The table.
        table: String,
        /// How many items were not written.
        left: usize,
        /// How often they were sent.
        attempts: u32,
    },
}

impl Error {
    /// The constructor for `map_err` on an SDK call.
    pub(crate) fn request<E: std::error::Error + Send + Sync + 'static>(
        operation: &'static str,
        resource: &str,
    ) -> impl FnOnce(E) -> Self {
        let resource = resource.to_owned();
        move |source| Self::Request {
            operation,
            resource,
            source: Box::new(source),
        }
    }
}
