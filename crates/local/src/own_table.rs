//! The shell, `sql` and `explain`: statements over one's own tables.

use crate::answering::{show, write};
use crate::args::{AskArgs, ExplainArgs, ShellArgs};
use crate::error::Error;
use crate::explain;
use crate::interrupts::Interrupts;
use crate::output::Format;
use crate::print::Printer;
use crate::prompt::{self, Settings};
use crate::statements::{Statement, Statements};
use crate::targets;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Answers the statement, or those of a file one after the other until one fails.
///
/// # Errors
/// If a setting is missing, the spill bucket cannot be used, or a query fails.
pub(crate) async fn run(
    args: AskArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let statements = statements(&args)?;
    if args.format != Format::Table && statements.len() != 1 {
        let got = statements.len();
        return Err(Error::NotOneStatement { got });
    }
    printer.asks_for_progress(args.over.progress);
    let most = printer.shown_rows(args.rows);
    let shell = targets::shell(args.over, vars)?;
    for Statement { text, before } in statements {
        let figures = match args.format {
            Format::Table => show(&shell, &text, most, printer).await,
            format => write(&shell, &text, format, printer).await,
        };
        let figures = figures.map_err(|error| error.moved_down(before))?;
        printer.talk(&figures)?;
    }
    Ok(())
}

fn statements(args: &AskArgs) -> Result<Vec<Statement>, Error> {
    let Some(path) = &args.file else {
        let given = args.statement.iter().map(|text| Statement {
            text: text.clone(),
            before: 0,
        });
        return Ok(given.collect());
    };
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })?;
    let mut found = Statements::default();
    let mut all: Vec<Statement> = text.lines().flat_map(|line| found.push(line)).collect();
    all.extend(found.finish());
    Ok(all)
}

/// Answers what is typed, or what standard input says.
///
/// # Errors
/// If two catalogs have the same name, or input or output fail.
pub(crate) async fn shell(
    args: ShellArgs,
    vars: BTreeMap<String, String>,
    interrupts: &Interrupts,
    printer: &mut Printer,
) -> Result<(), Error> {
    let own = args.history.or_else(|| history(&vars));
    let settings = Settings {
        history: own.filter(|_| !args.no_history),
        rows: printer.shown_rows(args.rows),
    };
    printer.asks_for_progress(args.over.progress);
    let shell = targets::shell(args.over, vars)?;
    prompt::run(&shell, settings, interrupts, printer).await
}

/// Where a user's programs keep what is worth keeping but not worth a backup (XDG base directory specification).
fn history(vars: &BTreeMap<String, String>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let folder = vars.get(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("athena-local/history"))
}

/// Shows how the statement would be read.
///
/// # Errors
/// As [`run`]; or if the picture cannot be written.
pub(crate) async fn explain(
    args: ExplainArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let shell = targets::shell(args.over, vars)?;
    explain::show(&shell, &args.statement, args.svg.as_deref(), printer).await
}
