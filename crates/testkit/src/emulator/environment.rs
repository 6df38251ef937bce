//! What a function is, and the environment that Lambda gives its processes (developer guide, "Defined runtime environment
//! variables").

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::credentials::REGION;

/// The account in the ARNs unless told.
pub(super) const ACCOUNT: &str = "123456789012";

/// A function's code and configuration.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) program: OsString,
    pub(super) args: Vec<OsString>,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) region: Option<String>,
    pub(super) task_root: Option<OsString>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) timeout: Duration,
    pub(super) memory_mb: u32,
    /// How far the clock of deadlines is ahead of the machine's.
    pub(super) clock_ahead_ms: i64,
    /// Invocations that one process may have in hand.
    pub(super) calls_a_process: usize,
}

impl Function {
    pub(super) fn arn(&self) -> String {
        let region = self.region.as_deref().unwrap_or(REGION);
        let (account, name) = (&self.account, &self.name);
        format!("arn:aws:lambda:{region}:{account}:function:{name}")
    }

    /// The whole environment of a process whose Runtime API is at `runtime_api`, and whose log stream is `log_stream`.
    pub(super) fn variables(
        &self,
        runtime_api: SocketAddr,
        log_stream: &str,
    ) -> BTreeMap<OsString, OsString> {
        let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
        let mut set = |name: &str, value: OsString| variables.insert(name.into(), value);
        if let Some(path) = search_path() {
            set("PATH", path);
        }
        if let Some(region) = &self.region {
            set("AWS_REGION", region.into());
            set("AWS_DEFAULT_REGION", region.into());
        }
        set("AWS_LAMBDA_FUNCTION_NAME", (&self.name).into());
        set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into());
        set(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            self.memory_mb.to_string().into(),
        );
        set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
        set(
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", self.name).into(),
        );
        set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream.into());
        set("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string().into());
        set("LAMBDA_TASK_ROOT", self.task_root());
        if self.calls_a_process > 1 {
            let calls = self.calls_a_process.to_string();
            set("AWS_LAMBDA_MAX_CONCURRENCY", calls.into());
        }
        for (name, value) in &self.environment {
            set(name, value.into());
        }
        variables
    }

    fn task_root(&self) -> OsString {
        let beside = || {
            Path::new(&self.program)
                .parent()
                .map(|folder| folder.as_os_str().to_owned())
        };
        self.task_root
            .clone()
            .or_else(beside)
            .filter(|folder| !folder.is_empty())
            .unwrap_or(".".into())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a function's command may be a name to look up, `java` for one"
)]
fn search_path() -> Option<OsString> {
    std::env::var_os("PATH")
}
