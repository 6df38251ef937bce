//! `explain`: how a statement would read its tables, in words and as a picture.
//!
//! Everything is known before the first record is read: the connector was asked for layout and splits while the statement was
//! planned. The texts show values of the statement, since whoever sees them wrote it.

mod reads;
mod layout;
mod terminal;
mod svg;

#[cfg(test)]
mod tests;

pub(crate) use svg::escaped;

use crate::error::Error;
use crate::print::Printer;
use crate::sql::Shell;
use layout::layout;
use reads::Reads;
use std::path::Path;

/// Plans the statement and shows what came of it; draws it into a file too, if one is named.
///
/// # Errors
/// If the statement cannot be planned, or nothing can be written.
pub(crate) async fn show(
    shell: &Shell,
    statement: &str,
    svg: Option<&Path>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let plan = shell.plan(statement).await?;
    let reads = Reads::of(plan.as_ref());
    printer.data(&reads.to_string())?;
    printer.data("")?;
    printer.data(&terminal::draw(&layout(&reads, TERMINAL_SPLITS)))?;
    if let Some(path) = svg {
        let picture = svg::draw(&layout(&reads, SVG_SPLITS));
        std::fs::write(path, picture).map_err(|source| Error::Picture {
            path: path.display().to_string(),
            source,
        })?;
        printer.talk(&format!("drew the plan into {}", path.display()))?;
    }
    Ok(())
}

/// How a statement reads its tables.
pub(crate) struct Drawn {
    /// In words.
    pub(crate) text: String,
    /// As a picture, a document of SVG.
    pub(crate) svg: String,
}

/// Plans the statement and draws what came of it.
///
/// # Errors
/// If the statement cannot be planned.
pub(crate) async fn drawn(shell: &Shell, statement: &str) -> Result<Drawn, Error> {
    let plan = shell.plan(statement).await?;
    let reads = Reads::of(plan.as_ref());
    Ok(Drawn {
        text: reads.to_string(),
        svg: svg::draw(&layout(&reads, SVG_SPLITS)),
    })
}

/// Splits that are drawn one by one: each takes three lines of a terminal.
const TERMINAL_SPLITS: usize = 3;
const SVG_SPLITS: usize = 8;
