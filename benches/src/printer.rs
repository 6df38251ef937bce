//! Where results and progress go.

use std::io::{self, Write};

use crate::table::Table;

/// Writes results to one stream and all talk to another.
pub(crate) struct Printer {
    data: Box<dyn Write>,
    talk: Box<dyn Write>,
}

impl Printer {
    /// Results to `data`, progress and errors to `talk`.
    pub(crate) fn new(data: impl Write + 'static, talk: impl Write + 'static) -> Self {
        Self {
            data: Box::new(data),
            talk: Box::new(talk),
        }
    }

    /// Prints a table under its name.
    ///
    /// # Errors
    /// If nobody reads the results any more.
    pub(crate) fn table(&mut self, name: &str, table: &Table) -> io::Result<()> {
        writeln!(self.data, "{name}\n{table}")?;
        self.data.flush()
    }

    /// Tells what is being done.
    pub(crate) fn talk(&mut self, line: &str) {
        // Progress that nobody reads is no reason to stop.
        let _ = writeln!(self.talk, "{line}");
    }

    /// Tells an error with its causes.
    pub(crate) fn error(&mut self, error: &anyhow::Error) {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        self.talk(&format!("error: {}", causes.join("\n  caused by: ")));
    }
}
