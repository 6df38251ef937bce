//! The connector as Lambda runs it: a process of its own that polls a Runtime API, invoked over HTTP.

use crate::error::Error;
use athena_client::{Connector, EndpointInvoker, Limits, SpillStore};
use athena_testkit::Emulator;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

/// The first argument that makes this program a connector's `bootstrap`.
pub(crate) const AS_CONNECTOR: &str = "__connector";

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    program: OsString,
    args: Vec<String>,
}

impl Command {
    /// This program itself, as the DynamoDB connector.
    ///
    /// # Errors
    /// If the system does not tell where this program lies.
    pub(crate) fn own() -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(|source| Error::OwnProgram { source })?;
        Ok(Self {
            program: program.into(),
            args: vec![AS_CONNECTOR.to_owned()],
        })
    }

    /// A program with arguments, parted at blanks; `None` if there is nothing but blanks.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(str::to_owned);
        Some(Self {
            program: words.next()?.into(),
            args: words.collect(),
        })
    }
}

/// A connector under the emulator. Dropping it ends the connector's processes.
pub(crate) struct Function {
    pub(crate) emulator: Emulator,
    pub(crate) connector: Connector,
}

impl Function {
    /// Opens the function, with as many processes as calls may run at once; its processes start when they are needed.
    ///
    /// # Errors
    /// If there is no port to listen on.
    pub(crate) async fn start(
        command: Command,
        environment: BTreeMap<String, String>,
        store: Arc<dyn SpillStore>,
        catalog: &str,
        limits: Limits,
    ) -> Result<Self, Error> {
        let emulator = Emulator::builder(command.program)
            .args(command.args)
            .function_name(NAME)
            .region(environment.get("AWS_REGION").cloned())
            .envs(environment)
            .timeout(TIME_LIMIT)
            .concurrency(limits.calls_at_once)
            .start()
            .await?;
        // The emulator's own limit comes first, as its error says more.
        let invoker = EndpointInvoker::new(&emulator.endpoint(), NAME, TIME_LIMIT + GRACE)?;
        let connector = Connector::new(Arc::new(invoker), store, catalog, limits);
        Ok(Self {
            emulator,
            connector,
        })
    }
}

const NAME: &str = "athena-local";
/// Lambda's own limit.
pub(crate) const TIME_LIMIT: Duration = Duration::from_mins(15);
const GRACE: Duration = Duration::from_secs(10);
