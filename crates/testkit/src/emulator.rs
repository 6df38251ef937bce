//! A Lambda emulator: it starts a function's processes, feeds them through the Runtime API and answers the Invoke API.
//!
//! It answers as the service does where callers can tell: errors of the function are 200 with `X-Amz-Function-Error`, payloads
//! are limited both ways, a process that runs too long is killed, and the log's tail comes with the answer (AWS Lambda
//! developer guide, "Using the Lambda runtime API" and "Invoke").
//!
//! The Invoke API has one listener. Each process talks to a Runtime API listener of its own, as each execution environment of
//! the service does: that is how the emulator knows whose poll, log and answer it has in hand.
//!
//! A caller beyond the limit of concurrency waits; the service would refuse it.

mod log;
mod fault;
mod environment;
mod process;
mod runtime_api;
mod launch;
mod pool;
mod invoke_api;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::Error;
use crate::credentials::REGION;
use crate::fault::Fault;
use crate::server::Server;

use environment::Function;
pub(crate) use invoke_api::respond;
use pool::Pool;

/// The largest request that can be invoked with, in bytes (Lambda quota, 6 MB).
pub const MAX_REQUEST_BYTES: usize = 6_291_456;
/// The largest response that a function may give, in bytes (protocol §15).
pub const MAX_RESPONSE_BYTES: usize = 6_291_556;

/// A running emulator of one function. Dropping it kills the function's processes and closes all ports.
#[derive(Debug)]
pub struct Emulator {
    pool: Arc<Pool>,
    server: Server,
}

impl Emulator {
    /// An emulator of the function that `program` is the bootstrap of.
    pub fn builder(program: impl Into<OsString>) -> Builder {
        Builder {
            function: Function {
                program: program.into(),
                args: Vec::new(),
                name: "function".to_owned(),
                account: environment::ACCOUNT.to_owned(),
                region: Some(REGION.to_owned()),
                task_root: None,
                environment: BTreeMap::new(),
                timeout: Duration::from_mins(15),
                memory_mb: 3008,
                clock_ahead_ms: 0,
                calls_a_process: 1,
            },
            concurrency: 1,
        }
    }

    /// Invokes the function as the Invoke API does, on the same code path.
    ///
    /// The invocation goes on when the returned future is dropped, as it does in the service when a caller hangs up.
    pub async fn invoke(&self, payload: Bytes) -> InvokeOutcome {
        self.pool.clone().invoke(payload).await
    }

    /// Has the next `calls` calls of the Runtime API meet `fault`: of `next`, `response` or `error`, as its paths end.
    pub fn fail_next(&self, operation: &str, calls: usize, fault: Fault) {
        self.pool.faults.add(operation, calls, fault);
    }

    /// Forgets the faults to come.
    pub fn clear_faults(&self) {
        self.pool.faults.clear();
    }

    /// Where the Invoke API listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// The address of the Invoke API.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The function's ARN.
    pub fn function_arn(&self) -> String {
        self.pool.function().arn()
    }

    /// What was counted since the start.
    pub fn stats(&self) -> Stats {
        self.pool.stats()
    }

    /// The process ids of the processes that run now, oldest first.
    pub fn pids(&self) -> Vec<u32> {
        self.pool.pids()
    }

    /// What each process wrote, with the emulator's own lines, oldest process first: the last MiB of each, and of ended
    /// processes the last 32.
    pub fn logs(&self) -> Vec<ProcessLog> {
        self.pool.logs()
    }

    /// Kills all processes and waits until they are gone.
    pub async fn shutdown(self) {
        self.pool.shutdown().await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.pool.kill_all();
    }
}

/// The settings of an [`Emulator`].
#[derive(Clone, Debug)]
pub struct Builder {
    function: Function,
    concurrency: usize,
}

impl Builder {
    /// Adds an argument of the command.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.function.args.push(arg.into());
        self
    }

    /// Adds arguments of the command.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.function.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets one environment variable of the function. It wins over what Lambda sets.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.function.environment.insert(name.into(), value.into());
        self
    }

    /// Sets environment variables of the function, credentials among them. Nothing else of this process's environment but
    /// `PATH` reaches the function.
    #[must_use]
    pub fn envs<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.function.environment.extend(variables);
        self
    }

    /// The function's name, `function` unless told.
    #[must_use]
    pub fn function_name(mut self, name: impl Into<String>) -> Self {
        self.function.name = name.into();
        self
    }

    /// The account in ARNs, 123456789012 unless told.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.function.account = account.into();
        self
    }

    /// The Region in ARNs and in `AWS_REGION`, us-east-1 unless told; `None` leaves the variable out.
    #[must_use]
    pub fn region(mut self, region: Option<String>) -> Self {
        self.function.region = region;
        self
    }

    /// `LAMBDA_TASK_ROOT`: the folder of the program unless told.
    #[must_use]
    pub fn task_root(mut self, folder: impl Into<OsString>) -> Self {
        self.function.task_root = Some(folder.into());
        self
    }

    /// How long an invocation, or the start of a process, may take: 900 s unless told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.function.timeout = timeout;
        self
    }

    /// The memory that the function is told it has, in MB: 3,008 unless told. It is not enforced.
    #[must_use]
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.function.memory_mb = memory_mb;
        self
    }

    /// How many milliseconds the clock by which the function is told its deadline is ahead of the machine's: 0 unless told.
    #[must_use]
    pub fn clock_ahead_ms(mut self, millis: i64) -> Self {
        self.function.clock_ahead_ms = millis;
        self
    }

    /// How many invocations one process is given at once, as Lambda Managed Instances do: 1 unless told. It is told so in
    /// `AWS_LAMBDA_MAX_CONCURRENCY`, and has to poll as often.
    #[must_use]
    pub fn calls_a_process(mut self, calls: usize) -> Self {
        self.function.calls_a_process = calls;
        self
    }

    /// How many processes may run at once: 1 unless told. Each is started when no idle one is at hand.
    #[must_use]
    pub fn concurrency(mut self, processes: usize) -> Self {
        self.concurrency = processes;
        self
    }

    /// Opens the Invoke API. No process is started before the first invocation.
    ///
    /// # Errors
    /// [`Error::Listen`] when there is no port, [`Error::Setting`] for a concurrency, or room in a process, of 0.
    pub async fn start(self) -> Result<Emulator, Error> {
        if self.concurrency == 0 || self.function.calls_a_process == 0 {
            let (expected, got) = ("at least 1", "0".to_owned());
            return Err(Error::Setting {
                setting: "concurrency",
                expected,
                got,
            });
        }
        let pool = Arc::new(Pool::new(self.function, self.concurrency));
        let invoked = pool.clone();
        let answer = move |request| invoke_api::answer(invoked.clone(), request);
        let server = Server::start("Lambda Invoke API", answer).await?;
        Ok(Emulator { pool, server })
    }
}

/// What the Invoke API answers.
#[derive(Clone, Debug)]
pub struct InvokeOutcome {
    /// The HTTP status: 200 whenever the function was run, well or not.
    pub status: u16,
    /// `Unhandled` when the function failed, was killed or could not run (`X-Amz-Function-Error`).
    pub function_error: Option<String>,
    /// The function's response, or the error document.
    pub payload: Bytes,
    /// The last 4,096 bytes of the log since the invocation began; none when it was refused.
    pub log_tail: Option<String>,
}

/// What an emulator counted.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Invocations that ended, well or not; refused ones are not among them.
    pub invocations: u64,
    /// Those of them that ended with a function error.
    pub errors: u64,
    /// Processes started, or tried to.
    pub cold_starts: u64,
    /// The processes that could be started, oldest first.
    pub processes: Vec<ProcessStats>,
}

/// What an emulator measured of one process.
#[derive(Clone, Debug)]
pub struct ProcessStats {
    /// Its process id.
    pub pid: u32,
    /// From just before the spawn to the arrival of its first poll; none if it never polled.
    pub to_first_poll: Option<Duration>,
    /// The invocations that it was given.
    pub invocations: u64,
    /// The most memory that it was seen to hold at the end of an invocation (`VmHWM`), in bytes.
    pub peak_memory_bytes: u64,
}

/// The log of one process.
#[derive(Clone, Debug)]
pub struct ProcessLog {
    /// Its process id.
    pub pid: u32,
    /// Standard output and standard error as they were written, not UTF-8 replaced.
    pub text: String,
}
