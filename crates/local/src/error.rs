//! What can go wrong with a command, and what is then said.

use crate::sql;
use athena_client::InvokeError;
use athena_local::report::Report;
use aws_credential_types::provider::error::CredentialsError;
use std::error::Error as StdError;
use std::io;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no Region is set")]
    NoRegion,
    #[error("two catalogs are called `{catalog}`")]
    SameCatalog { catalog: String },
    #[error("no AWS credentials were found")]
    NoCredentials,
    #[error("the AWS credentials cannot be used")]
    Credentials {
        #[source]
        source: CredentialsError,
    },
    #[error("the spill bucket `{bucket}` does not exist")]
    SpillBucketMissing { bucket: String },
    #[error("the spill bucket `{bucket}` may not be used with these credentials")]
    SpillBucketDenied { bucket: String },
    #[error("S3 does not answer for the spill bucket `{bucket}` at {place}")]
    SpillBucketUnreachable {
        bucket: String,
        place: String,
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    #[error("cannot find the program to start the connector with")]
    OwnProgram {
        #[source]
        source: io::Error,
    },
    #[error("cannot start the local AWS")]
    LocalAws {
        #[from]
        source: athena_testkit::Error,
    },
    #[error("cannot invoke the connector")]
    Invoke {
        #[from]
        source: InvokeError,
    },
    #[error("Glue has a table `{table}` already")]
    InGlueAlready { table: String },
    #[error("{}", .0.message)]
    Source(athena_federation::Fault),
    #[error(transparent)]
    Connector(#[from] athena_client::Error),
    #[error(transparent)]
    Sql(#[from] sql::Error),
    #[error("{wrong} of {all} statements did not answer what was loaded")]
    Differences { wrong: usize, all: usize },
    #[error("cannot write the picture to `{path}`")]
    Picture {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot write the rows to `{path}`")]
    Export {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("{broken} of {all} {} broken", if *all == 1 { "rule is" } else { "rules are" })]
    RulesBroken { broken: usize, all: usize },
    #[error("no rule could be tried")]
    NothingJudged,
    #[error("there is no rule `{rule}`")]
    UnknownRule { rule: String },
    #[error("the two sides do not give the same rows")]
    RowsDiffer,
    #[error("cannot write the page `{path}`")]
    Page {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot listen on port {port} of 127.0.0.1")]
    Listen {
        port: u16,
        #[source]
        source: io::Error,
    },
    #[error("expected one statement, got {got}")]
    NotOneStatement { got: usize },
    #[error("cannot read the statements in `{path}`")]
    File {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot write the output")]
    Output {
        #[from]
        source: io::Error,
    },
}

impl From<athena_federation::Fault> for Error {
    fn from(fault: athena_federation::Fault) -> Self {
        Self::Source(fault)
    }
}

impl Error {
    /// The same in a text that has so many lines before the statement.
    pub(crate) fn moved_down(mut self, lines: usize) -> Self {
        if let Self::Sql(sql::Error::Engine {
            place: Some(place), ..
        }) = &mut self
        {
            place.line += lines;
        }
        self
    }

    /// Whether whoever read the output has gone.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What to show of this error.
    pub(crate) fn report(&self) -> Report {
        match self {
            // What keeps a catalog of ours from being opened is an error of ours.
            Self::Sql(sql::Error::Open { source, .. }) => match source.downcast_ref::<Self>() {
                Some(own) => own.report(),
                None => Report::of(source.as_ref(), None),
            },
            Self::Sql(error) => error.into(),
            Self::Connector(error) => error.into(),
            _ => Report::of(self, self.hint()),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRegion => {
                "pass `--region`, set `AWS_REGION`, or set a region in the AWS profile"
            }
            Self::SameCatalog { .. } => "give each a name of its own: `--catalog NAME=TARGET`",
            Self::NoCredentials | Self::Credentials { .. } => {
                "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`; to try without AWS run `athena-local demo`"
            }
            Self::SpillBucketMissing { .. } => {
                "create the bucket in the same Region, or name another with `--spill-bucket`; without one large answers stay on this machine"
            }
            Self::SpillBucketDenied { .. } => {
                "allow `s3:ListBucket`, `s3:GetObject` and `s3:PutObject` on it"
            }
            Self::SpillBucketUnreachable { .. } => {
                "check the network, `--region` and `--endpoint-url`"
            }
            Self::Differences { .. } => {
                "the differences are shown above; run again with `--keep` to ask further"
            }
            Self::NotOneStatement { .. } => {
                "only `--format table` writes the answers of several statements"
            }
            Self::UnknownRule { .. } => "`athena-local validate --list` lists them all",
            Self::NothingJudged => "name a table with rows by `--table`, or raise `--rows`",
            Self::InGlueAlready { .. } => "pass `--replace` to replace it",
            Self::Source(fault) => return fault.hint.clone(),
            Self::Invoke { .. }
            | Self::OwnProgram { .. }
            | Self::LocalAws { .. }
            | Self::Connector(_)
            | Self::Sql(_)
            | Self::RulesBroken { .. }
            | Self::RowsDiffer
            | Self::Page { .. }
            | Self::Listen { .. }
            | Self::Picture { .. }
            | Self::Export { .. }
            | Self::File { .. }
            | Self::Output { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
