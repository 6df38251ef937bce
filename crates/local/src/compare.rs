//! `compare`: one statement asked in two ways, with and without pushdown or through two connectors; rows and costs side by side.

mod cells;
mod difference;
mod order;
mod measure;
mod text;
mod json;
mod plot;
mod html;

use crate::args::CompareArgs;
use crate::error::Error;
use crate::print::{Printer, counted};
use crate::sql::{Answer, Keep, Shell};
use crate::targets;
use cells::Cells;
use difference::{Difference, Verdict, differences};
use measure::{Run, Side};
use std::collections::BTreeMap;

/// What came of a comparison.
struct Comparison {
    statement: String,
    sides: [Side; 2],
    verdict: Verdict,
}

/// Asks the statement on both sides, by turns where it is asked several times.
///
/// # Errors
/// If a side fails, nothing can be written, or the rows differ.
pub(crate) async fn run(
    args: CompareArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let names = args.names();
    let first = targets::shell(args.over.clone(), vars.clone())?;
    let second = if let Some(other) = args.other_side() {
        targets::shell(other, vars)?
    } else {
        first.clone().without_pushdown()
    };
    let comparison = ask(&args, names, [&first, &second], printer).await?;
    if args.json {
        printer.data(&json::of(&comparison))?;
    } else {
        printer.data(&text::of(&comparison))?;
    }
    if let Some(path) = &args.html {
        let page = html::page(&comparison);
        std::fs::write(path, page).map_err(|source| Error::Page {
            path: path.display().to_string(),
            source,
        })?;
        printer.talk(&format!("wrote the page {}", path.display()))?;
    }
    if comparison.verdict.is_same() {
        Ok(())
    } else {
        Err(Error::RowsDiffer)
    }
}

async fn ask(
    args: &CompareArgs,
    names: [String; 2],
    shells: [&Shell; 2],
    printer: &mut Printer,
) -> Result<Comparison, Error> {
    let mut sides = names.map(Side::new);
    let mut rows: [Option<Cells>; 2] = [None, None];
    // What starts a connector is no part of a statement's time.
    for catalog in shells.iter().flat_map(|shell| shell.catalogs()) {
        catalog.opened().await?;
    }
    let runs = u64::from(args.runs);
    for run in 0..args.runs {
        // By turns, and each first every other time, so that what gets slower or warmer meets both.
        for place in 0..2 {
            let side = if run % 2 == 0 { place } else { 1 - place };
            let name = &sides[side].name;
            printer.talk(&format!("run {} of {runs}, {name}", run + 1))?;
            let keep = if run == 0 { Keep::All } else { Keep::First(0) };
            let answer = shells[side].run(&args.statement, keep).await?;
            sides[side].runs.push(Run::of(&answer));
            if run == 0 {
                rows[side] = Some(cells(&answer)?);
            }
        }
    }
    let [Some(left), Some(right)] = rows else {
        unreachable!("there is a first run, of both sides");
    };
    let ordered = order::columns(&args.statement, &left.columns);
    let verdict = differences(&left, &right, ordered.as_deref());
    Ok(Comparison {
        statement: args.statement.clone(),
        verdict: verdict.with_counts(&sides),
        sides,
    })
}

fn cells(answer: &Answer) -> Result<Cells, Error> {
    let cells = Cells::of(&answer.schema, &answer.batches);
    cells.map_err(|error| std::io::Error::other(error).into())
}

impl Verdict {
    /// A side that gives another number of rows later is told too.
    fn with_counts(self, sides: &[Side; 2]) -> Self {
        if !self.is_same() {
            return self;
        }
        let unsteady = sides.iter().find(|side| {
            let mut rows = side.runs.iter().map(|run| run.rows);
            let first = rows.next();
            rows.any(|rows| Some(rows) != first)
        });
        match unsteady {
            None => self,
            Some(side) => Self::Unsteady(side.name.clone()),
        }
    }
}

/// A sentence for the verdict, and a line for each of the first differences.
fn told(comparison: &Comparison) -> (String, Vec<String>) {
    let [left, right] = &comparison.sides;
    match &comparison.verdict {
        Verdict::Same {
            rows,
            ordered,
            types,
        } => {
            let order = if *ordered {
                ", in the order asked for"
            } else {
                ""
            };
            let rows = counted(*rows as u64, "row");
            (format!("the same {rows}{order}"), types.clone())
        }
        Verdict::Unsteady(side) => (
            format!("{side} gives another number of rows from run to run"),
            Vec::new(),
        ),
        Verdict::Columns(why) => (format!("the columns differ: {why}"), Vec::new()),
        Verdict::Order { row, column } => (
            format!("the same rows in another order: from row {row} on column `{column}` differs"),
            Vec::new(),
        ),
        Verdict::Different(difference) => {
            let Difference {
                only_left,
                only_right,
                first,
            } = difference;
            let sentence = format!(
                "the rows differ: {} that only `{}` gives, {} that only `{}` gives",
                counted(*only_left as u64, "row"),
                left.name,
                counted(*only_right as u64, "row"),
                right.name
            );
            let lines = first.iter().map(|pair| pair.told(&left.name, &right.name));
            (sentence, lines.collect())
        }
    }
}
