//! Reads statements from standard input and answers each.

use crate::error::Error;
use crate::explain;
use crate::print::{Printer, SHOWN_ROWS, figures};
use crate::sql::{Keep, Shell};
use crate::statements::Statements;
use athena_local::report::Report;
use std::io::IsTerminal;
use tokio::io::{AsyncBufReadExt, BufReader};

/// Answers statements until `\q` or the end of the input. A statement that fails does not end it.
///
/// # Errors
/// If input or output fail.
pub(crate) async fn run(shell: &Shell, printer: &mut Printer) -> Result<(), Error> {
    let typed = std::io::stdin().is_terminal();
    printer.talk("type SQL, each statement ended by `;`  (\\? for help, \\q to leave)")?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut statements = Statements::default();
    loop {
        if typed {
            printer.prompt(if statements.is_begun() {
                "   ...> "
            } else {
                "athena> "
            })?;
        }
        let Some(line) = lines.next_line().await? else {
            break;
        };
        match line.trim() {
            "\\q" => return Ok(()),
            "\\?" => printer.talk(HELP)?,
            _ => {
                for statement in statements.push(&line) {
                    answer(shell, &statement, printer).await?;
                }
            }
        }
    }
    if let Some(statement) = statements.finish() {
        answer(shell, &statement, printer).await?;
    }
    Ok(())
}

async fn answer(shell: &Shell, statement: &str, printer: &mut Printer) -> Result<(), Error> {
    if let Some(explained) = statement.strip_prefix("\\explain ") {
        match explain::show(shell, explained, None, printer).await {
            Ok(()) => {}
            Err(error @ Error::Output { .. }) => return Err(error),
            Err(error) => printer.error(&error.report())?,
        }
        return Ok(());
    }
    match shell.run(statement, Keep::First(SHOWN_ROWS)).await {
        Ok(answer) => {
            printer.table(&answer)?;
            printer.talk(&figures(answer.rows, answer.took, &answer.figures))?;
        }
        Err(error) => printer.error(&Report::from(&error))?,
    }
    Ok(())
}

const HELP: &str = "\x20 show tables;                      all tables
  describe orders;                  the columns of a table
  select … from orders where …;     rows; names without catalog and schema mean the default ones
  address['city'], lines[1]['sku']  into maps and lists, which count from 1
  … from table(system.query(query => 'select …')) rows of a statement in the source's own language
  explain select …;                 the plan, with splits and what is pushed down
  \\explain select …;                how each table would be read, and a picture of it
  \\q                                leave";
