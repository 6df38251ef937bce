//! Invocation: a function's processes run behind the emulator, with its environment and the credentials of its role.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Cursor};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use iam_policy_kit::Arn;
use s3s::Body;
use tempfile::TempDir;
use tokio::sync::Mutex;
use zip::ZipArchive;

use super::function::State;
use super::update::ready;
use super::{Function, no_qualifier, permitted};
use crate::Emulator;
use crate::cloud::Next;
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::keys::Credentials;
use crate::cloud::world::World;
use crate::emulator::{InvokeOutcome, respond};

/// An invocation that may be made.
#[derive(Debug)]
pub(in crate::cloud) struct Job {
    function: Box<Function>,
    credentials: Credentials,
    /// Of the role: a role that was made anew is another one.
    session_id: String,
    payload: Bytes,
    wants_log: bool,
}

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Next, Refusal> {
    no_qualifier(call)?;
    let function = permitted(world, call, "lambda:InvokeFunction", |ask| ask)?;
    if let State::Pending(_) = function.state {
        ready(function)?;
    }
    let function = function.clone();
    match call.wire.header("x-amz-invocation-type") {
        None | Some("RequestResponse") => {}
        Some("DryRun") => return Ok(Next::Done(Reply::empty(204))),
        Some(other) => {
            return Err(Refusal::not_offered(format!(
                "no invocation of type {other}"
            )));
        }
    }
    let wants_log = call.wire.header("x-amz-log-type") == Some("Tail");
    let job = job(world, function, call.wire.body.clone(), wants_log)?;
    Ok(Next::Invoke(job))
}

/// An invocation that Athena makes for the caller, with the caller's rights.
pub(in crate::cloud) fn through_athena(
    world: &mut World,
    call: &Call,
    function: &Arn,
    payload: Bytes,
) -> Result<Job, Refusal> {
    let absent = || {
        let message = format!("Function not found: {function}");
        Refusal::new(404, "ResourceNotFoundException", message)
    };
    let owner = function.account_id().ok_or_else(absent)?;
    let ask = Ask::on("lambda:InvokeFunction", function, &owner)
        .with("aws:CalledVia", Some("athena.amazonaws.com"));
    world.permit(call, &ask)?;
    let functions = world.accounts.get(&owner).map(|owned| &owned.functions);
    let mut functions = functions.into_iter().flat_map(BTreeMap::values);
    let found = functions.find(|found| found.arn == *function).cloned();
    job(world, found.ok_or_else(absent)?, payload, false)
}

/// An invocation of a function with its role's credentials.
fn job(
    world: &mut World,
    function: Function,
    payload: Bytes,
    wants_log: bool,
) -> Result<Job, Refusal> {
    let cannot = || {
        let message = "The role defined for the function cannot be assumed by Lambda.";
        Refusal::new(403, "AccessDeniedException", message)
    };
    let role: Arn = function.role.parse().map_err(|_| cannot())?;
    if !world.lambda_may_assume(&role, &function.arn)? {
        return Err(cannot());
    }
    let (_, name) = function.arn.resource.split_once(':').unwrap_or_default();
    let session = world.assume(&role, name, Vec::new());
    let (credentials, holder) = session.ok_or_else(cannot)?;
    Ok(Job {
        function: Box::new(function),
        credentials,
        session_id: holder.unique_id,
        payload,
        wants_log,
    })
}

/// Runs functions.
#[derive(Debug)]
pub(in crate::cloud) struct Runner {
    /// The program of every function; else the `bootstrap` of each one's zip.
    program: Option<OsString>,
    /// Further variables of every function, which win over its own.
    environment: BTreeMap<String, String>,
    /// By ARN; one of another revision ends when the function is next invoked.
    running: Mutex<BTreeMap<String, Arc<Running>>>,
}

/// A revision of a function that runs.
#[derive(Debug)]
struct Running {
    revision_id: String,
    session_id: String,
    emulator: Emulator,
    _code: Option<TempDir>,
}

impl Runner {
    pub(in crate::cloud) fn new(
        program: Option<OsString>,
        environment: BTreeMap<String, String>,
    ) -> Self {
        Self {
            program,
            environment,
            running: Mutex::default(),
        }
    }

    /// Runs an invocation to its end. The processes speak to the cloud at `endpoint`.
    pub(in crate::cloud) async fn run(
        &self,
        job: Job,
        endpoint: &str,
    ) -> Result<Response<Body>, Refusal> {
        let wants_log = job.wants_log;
        let response = respond(self.outcome(job, endpoint).await?, wants_log);
        let (head, body) = response.into_parts();
        let Ok(body) = body.collect().await;
        Ok(Response::from_parts(head, Body::from(body.to_bytes())))
    }

    /// The same, without the Invoke API's form.
    pub(in crate::cloud) async fn outcome(
        &self,
        job: Job,
        endpoint: &str,
    ) -> Result<InvokeOutcome, Refusal> {
        let running = self.running(&job, endpoint).await?;
        Ok(running.emulator.invoke(job.payload).await)
    }

    async fn running(&self, job: &Job, endpoint: &str) -> Result<Arc<Running>, Refusal> {
        let function = &job.function;
        let mut running = self.running.lock().await;
        let arn = function.arn.to_string();
        if let Some(found) = running.get(&arn)
            && found.revision_id == function.revision_id
            && found.session_id == job.session_id
        {
            return Ok(found.clone());
        }
        let failed = |reason: String| {
            let message = format!("cannot run {arn}: {reason}");
            Refusal::new(502, "InvalidZipFileException", message)
        };
        let (program, code) = if let Some(program) = &self.program {
            (program.clone(), None)
        } else {
            let folder = unpack(&function.code).map_err(|error| failed(error.to_string()))?;
            (folder.path().join("bootstrap").into(), Some(folder))
        };
        let builder = self.builder(program, job, endpoint);
        let started = builder.start().await;
        let started = Arc::new(Running {
            revision_id: function.revision_id.clone(),
            session_id: job.session_id.clone(),
            emulator: started.map_err(|error| failed(error.to_string()))?,
            _code: code,
        });
        running.insert(arn, started.clone());
        Ok(started)
    }

    fn builder(&self, program: OsString, job: &Job, endpoint: &str) -> crate::emulator::Builder {
        let function = &job.function;
        let (_, name) = function.arn.resource.split_once(':').unwrap_or_default();
        let number = |name: &str| function.configuration[name].as_u64().unwrap_or_default();
        let Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        } = &job.credentials;
        let token = session_token.clone().unwrap_or_default();
        Emulator::builder(program)
            .function_name(name)
            .account(&function.arn.account)
            .region(Some(function.arn.region.clone()))
            .timeout(Duration::from_secs(number("Timeout")))
            .memory_mb(u32::try_from(number("MemorySize")).unwrap_or(u32::MAX))
            .env("AWS_ACCESS_KEY_ID", access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", secret_access_key)
            .env("AWS_SESSION_TOKEN", token)
            .env("AWS_ENDPOINT_URL", endpoint)
            .envs(function.environment.clone())
            .envs(self.environment.clone())
    }
}

/// The files of the zip's top, in a folder of their own.
fn unpack(code: &[u8]) -> io::Result<TempDir> {
    let folder = TempDir::with_prefix("testkit-function-")?;
    let mut archive = ZipArchive::new(Cursor::new(code)).map_err(io::Error::other)?;
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).map_err(io::Error::other)?;
        let path = file.enclosed_name().filter(|_| file.is_file());
        let Some(path) = path.filter(|path| path.parent() == Some(Path::new(""))) else {
            continue;
        };
        let path = folder.path().join(path);
        io::copy(&mut file, &mut File::create(&path)?)?;
        if let Some(mode) = file.unix_mode() {
            std::fs::set_permissions(&path, Permissions::from_mode(mode))?;
        }
    }
    Ok(folder)
}
