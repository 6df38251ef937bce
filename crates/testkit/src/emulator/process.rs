//! One process of a function, an execution environment: its life, and one invocation at a time through it.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::environment::Function;
use super::log::{Log, Mark};
use super::{ProcessLog, ProcessStats, fault};

/// A process and all that is known of it. It outlives the process, for the log and the figures.
#[derive(Debug)]
pub(super) struct Process {
    function: Arc<Function>,
    log: Log,
    pid: OnceLock<Pid>,
    spawned: Instant,
    inbox: mpsc::UnboundedSender<Invocation>,
    /// The other end of `inbox`: a poll takes the next invocation out.
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    state: Mutex<State>,
    /// Set once, when the process is of no more use.
    ended: watch::Sender<Option<Ended>>,
    /// Set once, when the process is gone and its id may be given to another.
    collected: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    to_first_poll: Option<Duration>,
    invocations: u64,
    peak_memory_bytes: u64,
    /// The invocations that the function has in its hands.
    current: HashMap<String, oneshot::Sender<Posted>>,
}

/// What a poll takes out.
#[derive(Debug)]
struct Invocation {
    request_id: String,
    payload: Bytes,
    begun: oneshot::Sender<Begun>,
    posted: oneshot::Sender<Posted>,
}

/// When an invocation began, and where in the log.
#[derive(Clone, Copy, Debug)]
struct Begun {
    at: Instant,
    mark: Mark,
}

/// What the function posted.
#[derive(Debug)]
pub(super) enum Posted {
    Response(Bytes),
    ResponseTooLarge,
    Error(Bytes),
}

/// Why a process is of no more use.
#[derive(Clone, Debug)]
enum Ended {
    /// It posted this to `/init/error`.
    Init(Bytes),
    /// It is gone: `exit status 1`, or none for status 0.
    Exit(Option<String>),
}

/// How an invocation went.
#[derive(Debug)]
pub(super) struct Run {
    /// The function's response, or the error document.
    pub(super) answer: Result<Bytes, Bytes>,
    pub(super) log_tail: Vec<u8>,
    pub(super) process: Afterwards,
}

/// What an invocation left of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Afterwards {
    /// It can take the next invocation.
    Usable,
    /// It is lost.
    Lost,
    /// It was lost before it took the invocation.
    LostBefore,
}

impl Process {
    /// The process that is about to be spawned and to write to `log`.
    pub(super) fn new(function: Arc<Function>, log: Log) -> Self {
        let (inbox, waiting) = mpsc::unbounded_channel();
        Self {
            function,
            log,
            pid: OnceLock::new(),
            spawned: Instant::now(),
            inbox,
            waiting: tokio::sync::Mutex::new(waiting),
            state: Mutex::default(),
            ended: watch::Sender::new(None),
            collected: watch::Sender::new(false),
        }
    }

    /// Notes the id that the process was spawned with.
    pub(super) fn was_spawned(&self, pid: Pid) {
        self.pid.set(pid).expect("a process is spawned once");
    }

    /// Keeps what the process writes, until it and all that it started have closed their outputs.
    pub(super) async fn follow_log(&self) -> io::Result<()> {
        self.log.follow().await
    }

    /// Notes that the process is gone and collected, `how` as in `exit status 1`, or none for status 0.
    pub(super) fn was_collected(&self, how: Option<String>) {
        if let Some(pid) = self.pid.get() {
            // What it left behind would keep the pipe open. The group's id is not given away while the group has members.
            let _ = kill_process_group(*pid, Signal::KILL);
        }
        self.collected.send_replace(true);
        self.log.catch_up();
        self.end(Ended::Exit(how));
    }

    /// Has the process run one invocation, from its next poll on.
    pub(super) async fn run(&self, request_id: &str, payload: Bytes) -> Run {
        let timeout = self.function.timeout;
        let assigned = Begun {
            at: Instant::now(),
            mark: Mark::BEGINNING,
        };
        let (begun, mut taken) = oneshot::channel();
        let (posted, mut answer) = oneshot::channel();
        let invocation = Invocation {
            request_id: request_id.to_owned(),
            payload,
            begun,
            posted,
        };
        self.inbox
            .send(invocation)
            .expect("the receiver is a field of the same value");

        // Biased, so that a process that answers and exits at once has answered.
        let begun = tokio::select! {
            biased;
            Ok(begun) = &mut taken => begun,
            ended = self.ended() => {
                return self.lost(request_id, assigned, &ended, Afterwards::LostBefore);
            }
            () = sleep_until(assigned.at + timeout) => {
                return self.time_out(request_id, assigned).await;
            }
        };
        tokio::select! {
            biased;
            Ok(posted) = &mut answer => {
                let answer = match posted {
                    Posted::Response(body) => Ok(body),
                    Posted::ResponseTooLarge => Err(fault::response_too_large()),
                    Posted::Error(body) => Err(body),
                };
                let log_tail = self.report(request_id, begun);
                Run { answer, log_tail, process: Afterwards::Usable }
            }
            ended = self.ended() => self.lost(request_id, begun, &ended, Afterwards::Lost),
            () = sleep_until(begun.at + timeout) => self.time_out(request_id, begun).await,
        }
    }

    /// Waits for the next invocation, on behalf of a poll, and begins it. The caller hands id and payload to the function.
    pub(super) async fn next(&self) -> (String, Bytes) {
        let waited = self.spawned.elapsed();
        self.lock().to_first_poll.get_or_insert(waited);
        let next = self.waiting.lock().await.recv().await;
        let next = next.expect("the sender is a field of the same value");
        let Invocation {
            request_id,
            payload,
            begun,
            posted,
        } = next;
        let mark = self
            .log
            .note(&format!("START RequestId: {request_id} Version: $LATEST"));
        let mut state = self.lock();
        state.invocations += 1;
        state.current.insert(request_id.clone(), posted);
        // Nobody listens any more when the invocation timed out while it waited to be taken.
        let _ = begun.send(Begun {
            at: Instant::now(),
            mark,
        });
        (request_id, payload)
    }

    /// Ends the invocation with what the function posted; false if it does not have this invocation in its hands.
    pub(super) fn post(&self, request_id: &str, posted: Posted) -> bool {
        let Some(answer) = self.lock().current.remove(request_id) else {
            return false;
        };
        self.log.catch_up();
        answer.send(posted).is_ok()
    }

    /// Takes the error that the function posted instead of polling, and ends the process.
    pub(super) fn fail_init(&self, document: Bytes) {
        self.end(Ended::Init(document));
        self.kill();
    }

    /// Kills the process and what it started; its watcher collects it.
    pub(super) fn kill(&self) {
        if let (Some(pid), false) = (self.pid.get(), *self.collected.borrow()) {
            // It may have ended by itself meanwhile, which is as good.
            let _ = kill_process_group(*pid, Signal::KILL);
        }
    }

    /// Kills the process and waits until it is gone.
    pub(super) async fn stop(&self) {
        self.kill();
        let mut collected = self.collected.subscribe();
        collected
            .wait_for(|collected| *collected)
            .await
            .expect("the sender is a field of self");
    }

    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    pub(super) fn is_alive(&self) -> bool {
        self.ended.borrow().is_none()
    }

    pub(super) fn pid(&self) -> u32 {
        let pid = self
            .pid
            .get()
            .expect("a process that was started has an id");
        pid.as_raw_nonzero().get().unsigned_abs()
    }

    pub(super) fn stats(&self) -> ProcessStats {
        let state = self.lock();
        ProcessStats {
            pid: self.pid(),
            to_first_poll: state.to_first_poll,
            invocations: state.invocations,
            peak_memory_bytes: state.peak_memory_bytes,
        }
    }

    pub(super) fn log(&self) -> ProcessLog {
        ProcessLog {
            pid: self.pid(),
            text: self.log.text(),
        }
    }

    pub(super) fn forget_log(&self) {
        self.log.forget();
    }

    async fn ended(&self) -> Ended {
        let mut ended = self.ended.subscribe();
        let ended = ended
            .wait_for(Option::is_some)
            .await
            .expect("the sender is a field of self");
        ended.clone().expect("it was waited for")
    }

    /// Notes why the process is of no more use; the first reason stays.
    fn end(&self, why: Ended) {
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert(why);
            first
        });
    }

    fn lost(&self, request_id: &str, begun: Begun, why: &Ended, process: Afterwards) -> Run {
        let document = match why {
            Ended::Init(document) => document.clone(),
            Ended::Exit(how) => {
                let sentence = fault::exited(request_id, how.as_deref());
                self.log.note(&sentence);
                fault::exit_error(&sentence)
            }
        };
        Run {
            answer: Err(document),
            log_tail: self.report(request_id, begun),
            process,
        }
    }

    async fn time_out(&self, request_id: &str, begun: Begun) -> Run {
        self.measure_memory();
        self.stop().await;
        let sentence = fault::timed_out(request_id, self.function.timeout);
        self.log.note(&sentence);
        let log_tail = self.report(request_id, begun);
        Run {
            answer: Err(fault::message(&sentence)),
            log_tail,
            process: Afterwards::Lost,
        }
    }

    /// Ends the invocation in the log and returns its tail.
    fn report(&self, request_id: &str, begun: Begun) -> Vec<u8> {
        let took = begun.at.elapsed();
        self.measure_memory();
        let state = self.lock();
        let init = match (state.invocations, state.to_first_poll) {
            (1, Some(init)) => format!("\tInit Duration: {:.2} ms", init.as_secs_f64() * 1e3),
            _ => String::new(),
        };
        // One note for both lines, or the function could write between them.
        let report = format!(
            "END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {} ms\t\
             Memory Size: {} MB\tMax Memory Used: {} MB{init}",
            took.as_secs_f64() * 1e3,
            took.as_millis() + 1,
            self.function.memory_mb,
            state.peak_memory_bytes.div_ceil(1 << 20),
        );
        drop(state);
        self.log.close(&report, begun.mark)
    }

    /// Takes in the process's peak of resident memory, while there is a process to ask.
    fn measure_memory(&self) {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", self.pid())) else {
            return;
        };
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        let peak = kilobytes.unwrap_or(0_u64) * 1024;
        let mut state = self.lock();
        state.peak_memory_bytes = state.peak_memory_bytes.max(peak);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
