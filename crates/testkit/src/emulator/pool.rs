//! The function's processes: which one takes an invocation, and when another is started.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::join_all;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::environment::Function;
use super::launch::launch;
use super::process::{Afterwards, Process};
use super::{InvokeOutcome, MAX_REQUEST_BYTES, ProcessLog, Stats, fault};
use crate::fault::Faults;

/// Of how many ended processes the log is kept.
const KEPT_LOGS: usize = 32;

/// All processes of one function.
#[derive(Debug)]
pub(super) struct Pool {
    function: Arc<Function>,
    /// One permit for each invocation that may run. A process stands among the idle ones as often as it has room, or is held by who has
    /// a permit, so there are never more processes than were allowed.
    permits: Semaphore,
    /// One process is started at a time, as it may have room for those who wait for another.
    starting: tokio::sync::Mutex<()>,
    pub(super) faults: Arc<Faults>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    idle: Vec<Arc<Process>>,
    /// All that ever ran, by the order of their start.
    processes: BTreeMap<u64, Arc<Process>>,
    cold_starts: u64,
    invocations: u64,
    errors: u64,
}

impl Pool {
    pub(super) fn new(function: Function, concurrency: usize) -> Self {
        Self {
            permits: Semaphore::new(concurrency * function.calls_a_process),
            function: Arc::new(function),
            starting: tokio::sync::Mutex::default(),
            faults: Arc::default(),
            state: Mutex::default(),
        }
    }

    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    /// Runs one invocation to its end, even if the returned future is dropped.
    pub(super) async fn invoke(self: Arc<Self>, payload: Bytes) -> InvokeOutcome {
        if payload.len() > MAX_REQUEST_BYTES {
            return InvokeOutcome {
                status: 413,
                function_error: None,
                payload: fault::request_too_large(),
                log_tail: None,
            };
        }
        let running = tokio::spawn(async move { self.run(payload).await });
        match running.await {
            Ok(outcome) => outcome,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Kills every process and waits until they are gone.
    pub(super) async fn shutdown(&self) {
        self.kill_all();
        let processes: Vec<_> = self.lock().processes.values().cloned().collect();
        join_all(processes.iter().map(|process| process.stop())).await;
    }

    /// Kills every process and starts no more.
    pub(super) fn kill_all(&self) {
        self.permits.close();
        let mut state = self.lock();
        state.closed = true;
        state.processes.values().for_each(|process| process.kill());
    }

    pub(super) fn stats(&self) -> Stats {
        let state = self.lock();
        Stats {
            invocations: state.invocations,
            errors: state.errors,
            cold_starts: state.cold_starts,
            processes: state
                .processes
                .values()
                .map(|process| process.stats())
                .collect(),
        }
    }

    pub(super) fn pids(&self) -> Vec<u32> {
        let state = self.lock();
        let alive = state
            .processes
            .values()
            .filter(|process| process.is_alive());
        alive.map(|process| process.pid()).collect()
    }

    pub(super) fn logs(&self) -> Vec<ProcessLog> {
        self.lock()
            .processes
            .values()
            .map(|process| process.log())
            .collect()
    }

    async fn run(&self, payload: Bytes) -> InvokeOutcome {
        let request_id = Uuid::new_v4().to_string();
        let (answer, log_tail) = self.run_on_a_process(&request_id, payload).await;
        let mut state = self.lock();
        state.invocations += 1;
        state.errors += u64::from(answer.is_err());
        drop(state);
        let log_tail = Some(String::from_utf8_lossy(&log_tail).into_owned());
        let (payload, function_error) = match answer {
            Ok(payload) => (payload, None),
            Err(document) => (document, Some("Unhandled".to_owned())),
        };
        InvokeOutcome {
            status: 200,
            function_error,
            payload,
            log_tail,
        }
    }

    async fn run_on_a_process(
        &self,
        request_id: &str,
        payload: Bytes,
    ) -> (Result<Bytes, Bytes>, Vec<u8>) {
        let failed = |why: &str| {
            let sentence = fault::not_started(request_id, why);
            (
                Err(fault::exit_error(&sentence)),
                format!("{sentence}\n").into_bytes(),
            )
        };
        let Ok(_permit) = self.permits.acquire().await else {
            return failed("the emulator was shut down");
        };
        loop {
            let (process, is_new) = match self.process().await {
                Ok(found) => found,
                Err(error) => return failed(&error.to_string()),
            };
            let run = process.run(request_id, payload.clone()).await;
            if run.process == Afterwards::Usable {
                self.lock().idle.push(process);
            }
            // A process that died while it was idle is no fault of this invocation: the service starts another.
            if run.process != Afterwards::LostBefore || is_new || self.lock().closed {
                return (run.answer, run.log_tail);
            }
        }
    }

    /// A process with room for an invocation, and whether it is a new one.
    async fn process(&self) -> std::io::Result<(Arc<Process>, bool)> {
        let idle = || {
            let mut state = self.lock();
            state.idle.retain(|process| process.is_alive());
            state.idle.pop()
        };
        if let Some(process) = idle() {
            return Ok((process, false));
        }
        let _starting = self.starting.lock().await;
        if let Some(process) = idle() {
            return Ok((process, false));
        }
        let process = self.start_process().await?;
        let room = std::iter::repeat_n(process.clone(), self.function.calls_a_process - 1);
        self.lock().idle.extend(room);
        Ok((process, true))
    }

    async fn start_process(&self) -> std::io::Result<Arc<Process>> {
        let number = {
            let mut state = self.lock();
            state.cold_starts += 1;
            state.cold_starts
        };
        let log_stream = format!("[$LATEST]{number:032x}");
        let process = launch(self.function.clone(), &log_stream, self.faults.clone()).await?;
        let mut state = self.lock();
        state.processes.insert(number, process.clone());
        if state.closed {
            process.kill();
        }
        let ended: Vec<_> = state
            .processes
            .values()
            .filter(|process| !process.is_alive())
            .collect();
        for old in ended.iter().rev().skip(KEPT_LOGS) {
            old.forget_log();
        }
        Ok(process)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
