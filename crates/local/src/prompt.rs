//! The shell: reads statements and commands, and answers each.
//!
//! On a terminal lines are edited, completed and remembered; Ctrl-C ends the statement that is answered, and at the prompt what
//! was typed. Else standard input is read to its end.

mod commands;
mod vocabulary;
mod editor;
mod looking;
mod export;

use crate::answering::show;
use crate::error::Error;
use crate::explain;
use crate::interrupts::Interrupts;
use crate::print::Printer;
use crate::sql::Shell;
use crate::statements::Statements;
use commands::{Command, HELP};
use editor::{Editor, Typed};
use std::io::IsTerminal;
use std::path::PathBuf;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::runtime::Handle;
use vocabulary::Vocabulary;

/// What the shell is told at its start.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The file that keeps what was typed; `None` to keep nothing.
    pub(crate) history: Option<PathBuf>,
    /// How many rows of an answer are shown.
    pub(crate) rows: usize,
}

/// Answers statements until `\q` or the end of the input. One that fails does not end it.
///
/// # Errors
/// If input or output fail.
pub(crate) async fn run(
    shell: &Shell,
    settings: Settings,
    interrupts: &Interrupts,
    printer: &mut Printer,
) -> Result<(), Error> {
    let mut session = Session {
        shell,
        rows: settings.rows,
        timing: true,
        printer,
    };
    if std::io::stdin().is_terminal() {
        session.typed(settings.history, interrupts).await
    } else {
        session.read().await
    }
}

struct Session<'a> {
    shell: &'a Shell,
    rows: usize,
    timing: bool,
    printer: &'a mut Printer,
}

/// Whether the shell goes on.
#[derive(PartialEq)]
enum After {
    GoesOn,
    Ends,
}

impl Session<'_> {
    async fn typed(
        &mut self,
        history: Option<PathBuf>,
        interrupts: &Interrupts,
    ) -> Result<(), Error> {
        let _taken = interrupts.take();
        let vocabulary = Vocabulary::of(self.shell.clone(), Handle::current());
        let mut editor = Editor::open(history, vocabulary)?;
        self.printer.talk(GREETING)?;
        loop {
            match editor.read(PROMPT).await? {
                Typed::Text(text) => {
                    if self.take(&text, interrupts).await? == After::Ends {
                        return Ok(());
                    }
                }
                Typed::Interrupted => {}
                Typed::End => return Ok(()),
            }
        }
    }

    /// Answers what was typed, until Ctrl-C.
    async fn take(&mut self, text: &str, interrupts: &Interrupts) -> Result<After, Error> {
        let shell = self.shell;
        let after = tokio::select! {
            after = self.lines(text) => after?,
            () = interrupts.next() => {
                for catalog in shell.catalogs() {
                    catalog.cancel().await;
                }
                self.printer.talk("cancelled")?;
                After::GoesOn
            }
        };
        Ok(after)
    }

    async fn lines(&mut self, text: &str) -> Result<After, Error> {
        let mut statements = Statements::default();
        for line in text.lines() {
            if self.line(&mut statements, line).await? == After::Ends {
                return Ok(After::Ends);
            }
        }
        self.rest(statements).await?;
        Ok(After::GoesOn)
    }

    async fn read(&mut self) -> Result<(), Error> {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        let mut statements = Statements::default();
        while let Some(line) = lines.next_line().await? {
            if self.line(&mut statements, &line).await? == After::Ends {
                return Ok(());
            }
        }
        self.rest(statements).await
    }

    async fn line(&mut self, statements: &mut Statements, line: &str) -> Result<After, Error> {
        if line.trim_start().starts_with('\\') && !statements.is_begun() {
            return self.command(line.trim()).await;
        }
        for statement in statements.push(line) {
            self.answer(&statement.text).await?;
        }
        Ok(After::GoesOn)
    }

    async fn rest(&mut self, statements: Statements) -> Result<(), Error> {
        match statements.finish() {
            Some(statement) => self.answer(&statement.text).await,
            None => Ok(()),
        }
    }

    async fn answer(&mut self, statement: &str) -> Result<(), Error> {
        let shown = show(self.shell, statement, self.rows, self.printer).await;
        match self.survives(shown)? {
            Some(figures) if self.timing => Ok(self.printer.talk(&figures)?),
            _ => Ok(()),
        }
    }

    async fn command(&mut self, line: &str) -> Result<After, Error> {
        let command = match Command::parse(line) {
            Ok(command) => command,
            Err(complaint) => {
                self.printer.talk(&complaint)?;
                return Ok(After::GoesOn);
            }
        };
        let done = match command {
            Command::Quit => return Ok(After::Ends),
            Command::Help => Ok(self.printer.talk(HELP)?),
            Command::Timing(wanted) => {
                self.timing = wanted.unwrap_or(!self.timing);
                let now = if self.timing { "on" } else { "off" };
                Ok(self.printer.talk(&format!("timing is {now}"))?)
            }
            Command::Tables => looking::tables(self.shell, self.printer).await,
            Command::Describe(table) => looking::describe(self.shell, &table, self.printer).await,
            Command::Capabilities => looking::capabilities(self.shell, self.printer).await,
            Command::Splits(sql) => looking::splits(self.shell, &sql, self.printer).await,
            Command::Explain(sql) => explain::show(self.shell, &sql, None, self.printer).await,
            Command::Export { file, format, sql } => {
                let export = export::export(self.shell, &sql, &file, format, self.printer);
                export.await
            }
        };
        self.survives(done)?;
        Ok(After::GoesOn)
    }

    /// Shows an error and goes on, unless it is one of the output.
    fn survives<T>(&mut self, done: Result<T, Error>) -> Result<Option<T>, Error> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(error @ Error::Output { .. }) => Err(error),
            Err(error) => {
                self.printer.error(&error.report())?;
                Ok(None)
            }
        }
    }
}

const PROMPT: &str = "athena> ";
const GREETING: &str = "type SQL, each statement ended by `;`  (\\? for help, \\q to leave)";
