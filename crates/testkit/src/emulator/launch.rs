//! Starts a process with a Runtime API of its own, and collects it when it ends.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::Pid;
use tokio::process::{Child, Command};

use super::environment::Function;
use super::log::Log;
use super::process::Process;
use super::runtime_api;
use crate::fault::Faults;
use crate::server::Server;

/// Starts a process of the function, whose log stream is to be `log_stream`; its calls of the Runtime API meet `faults`.
pub(super) async fn launch(
    function: Arc<Function>,
    log_stream: &str,
    faults: Arc<Faults>,
) -> io::Result<Arc<Process>> {
    let (log, stdout, stderr) = Log::open()?;
    let process = Arc::new(Process::new(function.clone(), log));
    let polled = process.clone();
    let answer = move |request| runtime_api::answer(polled.clone(), faults.clone(), request);
    let server = Server::start("Lambda Runtime API", answer).await;
    let server = server.map_err(io::Error::other)?;
    let child = Command::new(&function.program)
        .args(&function.args)
        .env_clear()
        .envs(function.variables(server.address(), log_stream))
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        // A group of its own, so that what a wrapper script started is killed with it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    process.was_spawned(pid.expect("a child that nobody waited for has an id"));
    tokio::spawn(watch_over(process.clone(), child, server));
    Ok(process)
}

/// Keeps the process's log and collects the process; its Runtime API ends with it.
async fn watch_over(process: Arc<Process>, mut child: Child, server: Server) {
    let followed = process.clone();
    let following = tokio::spawn(async move { followed.follow_log().await });
    let how = match child.wait().await {
        Ok(status) => describe(status),
        Err(error) => Some(error.to_string()),
    };
    process.was_collected(how);
    following.abort();
    drop(server);
}

/// The service's words for a status; none for a process that ended as if all was well.
fn describe(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit status {code}")),
        (None, Some(9)) => Some("signal: killed".to_owned()),
        (None, Some(signal)) => Some(format!("signal: {signal}")),
        (None, None) => Some(status.to_string()),
    }
}
