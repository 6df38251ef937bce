//! `athena-dynamodb-deploy`: what the connector needs in AWS, from the command line.
//!
//! Modules are listed bottom-up: one uses only those before it. A library only so that tests can start it as a process of theirs.
#![forbid(unsafe_code)]

mod print;
mod names;
mod config;
mod permissions;
mod package;
mod settings;
mod stack;
mod documents;
mod aws;
mod change;
mod policy_text;
mod resource;
mod plan;
mod access;
mod rights;
mod report;
mod saved;
mod converge;
mod verify;
mod template;
mod handout;
mod session;
mod commands;
mod printed;
mod packing;
mod args;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::args::Terminal;
use crate::print::Printer;

/// Runs the command line of this process and says how it ended.
///
/// # Panics
/// Where the operating system gives no threads.
#[tokio::main]
pub async fn main() -> ExitCode {
    let mut printer = Printer::new(std::io::stdout(), std::io::stderr());
    let (writes, stopped) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (is_writing, stop) = (Arc::clone(&writes), Arc::clone(&stopped));
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            // The write call that is under way is finished, and the next one not begun, unless the one who waits insists.
            if !is_writing.load(Ordering::Relaxed) || stop.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        }
    });
    let terminal = Terminal {
        ask: &ask,
        stop: &|| {
            writes.store(true, Ordering::Relaxed);
            stopped.load(Ordering::Relaxed)
        },
    };
    args::run(std::env::args_os(), terminal, &mut printer).await
}

/// Asks whoever sits at the terminal.
fn ask(question: &str) -> Option<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return None;
    }
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{question}");
    let _ = stderr.flush();
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).ok()?;
    Some(matches!(answer.trim(), "y" | "Y" | "yes"))
}
