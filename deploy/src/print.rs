//! Where output goes: data to one stream, talk to the other.

use std::error::Error;
use std::io::{self, Write};

/// Writes data (documents) and talk (errors, hints) to two streams, which in the binary are stdout and stderr.
pub(crate) struct Printer<D, T> {
    data: D,
    talk: T,
}

impl<D: Write, T: Write> Printer<D, T> {
    /// A printer over two streams.
    pub(crate) fn new(data: D, talk: T) -> Self {
        Self { data, talk }
    }

    /// Writes one line of data, or several.
    ///
    /// # Errors
    /// What the stream answers.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.data, "{}", text.trim_end_matches('\n'))?;
        self.data.flush()
    }

    /// Writes one line of talk. Where stderr is gone, there is nobody left to tell.
    pub(crate) fn talk(&mut self, text: &str) {
        let _ = writeln!(self.talk, "{}", text.trim_end_matches('\n'));
    }

    /// Writes an error with its causes, then what to do about it.
    pub(crate) fn error(&mut self, error: &dyn Error, hint: Option<&str>) {
        self.talk(&format!("error: {error}"));
        let mut cause = error.source();
        while let Some(source) = cause {
            self.talk(&format!("  cause: {source}"));
            cause = source.source();
        }
        if let Some(hint) = hint {
            self.talk(&format!("\nhint: {hint}"));
        }
    }
}
