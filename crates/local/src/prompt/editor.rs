//! Lines with editing, history and completion. Waiting for keys blocks, so it has a thread of its own.

use super::vocabulary::{Vocabulary, is_complete};
use crate::error::Error;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Helper};
use std::io;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What came of a prompt.
pub(super) enum Typed {
    /// Complete statements, or a command.
    Text(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D.
    End,
}

/// The thread's end for those who wait without blocking.
pub(super) struct Editor {
    prompts: UnboundedSender<&'static str>,
    typed: UnboundedReceiver<io::Result<Typed>>,
}

impl Editor {
    /// Begins with the history of earlier times. A history that cannot be read or kept is none.
    ///
    /// # Errors
    /// If the terminal cannot be used.
    pub(super) fn open(history: Option<PathBuf>, vocabulary: Vocabulary) -> Result<Self, Error> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(true)
            .history_ignore_space(true)
            .max_history_size(MAX_HISTORY)
            .map_err(|error| io_error(&error))?
            .bracketed_paste(true)
            .build();
        let mut lines = rustyline::Editor::<Completing, FileHistory>::with_config(config)
            .map_err(|error| io_error(&error))?;
        lines.set_helper(Some(Completing(vocabulary)));
        if let Some(path) = &history {
            let _ = lines.load_history(path);
        }
        let (prompts, mut asked) = unbounded_channel::<&'static str>();
        let (answers, typed) = unbounded_channel();
        let read = move || {
            while let Some(prompt) = asked.blocking_recv() {
                let line = match lines.readline(prompt) {
                    Ok(text) => Ok(Typed::Text(text)),
                    Err(ReadlineError::Interrupted) => Ok(Typed::Interrupted),
                    Err(ReadlineError::Eof) => Ok(Typed::End),
                    Err(error) => Err(io_error(&error)),
                };
                if let (Ok(Typed::Text(_)), Some(path)) = (&line, &history) {
                    keep(&mut lines, path);
                }
                if answers.send(line).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new()
            .name("prompt".to_owned())
            .spawn(read)?;
        Ok(Self { prompts, typed })
    }

    /// Waits for what is typed at this prompt.
    ///
    /// # Errors
    /// If the terminal fails.
    pub(super) async fn read(&mut self, prompt: &'static str) -> io::Result<Typed> {
        let gone = || io::Error::other("the thread of the prompt has ended");
        self.prompts.send(prompt).map_err(|_| gone())?;
        self.typed.recv().await.ok_or_else(gone)?
    }
}

fn keep(lines: &mut rustyline::Editor<Completing, FileHistory>, path: &Path) {
    // A history that cannot be kept is no reason to keep anybody from an answer.
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let _ = lines.append_history(path);
}

fn io_error(error: &ReadlineError) -> io::Error {
    io::Error::other(error.to_string())
}

struct Completing(Vocabulary);

impl Completer for Completing {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.0.complete(line, at))
    }
}

impl Validator for Completing {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(if is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Hinter for Completing {
    type Hint = String;
}

impl Highlighter for Completing {}

impl Helper for Completing {}

const MAX_HISTORY: usize = 5000;
