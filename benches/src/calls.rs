//! How long single calls take: the same small query again and again, through one process.

use anyhow::Context as _;
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::TableName;
use athena_testkit::pages::Shape;
use futures::TryStreamExt as _;
use serde::Serialize;

use crate::figures::{Distribution, milliseconds};
use crate::printer::Printer;
use crate::program::Program;
use crate::rig::{Function, Rig, Settings};
use crate::table::Table;

/// What calls of one kind to one connector took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallFigures {
    pub(crate) connector: String,
    pub(crate) call: Kind,
    /// From the poll that took the call to its answer, in milliseconds.
    pub(crate) ms: Distribution,
}

/// A kind of call, in the order of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A ping of a process that answered one before.
    Ping,
    /// `GetTable`.
    Describe,
    /// `GetTableLayout` and `GetSplits`.
    Plan,
    /// `ReadRecords` of one mixed page, which is spilled.
    Read,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Ping, Self::Describe, Self::Plan, Self::Read];

    /// Its name in tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Describe => "GetTable",
            Self::Plan => "layout and splits",
            Self::Read => "ReadRecords, one page",
        }
    }
}

/// Sends a query of one page through each program `calls` times, in turns.
///
/// # Errors
/// If a connector fails.
pub(crate) async fn run(
    programs: &[Program],
    calls: u32,
    printer: &mut Printer,
) -> anyhow::Result<Vec<CallFigures>> {
    printer.talk(&format!("measuring {calls} queries of one page"));
    let rig = Rig::start(Settings::one_page(Shape::Mixed)).await?;
    let mut subjects = Vec::new();
    for program in programs {
        let function = rig.function(program).await?;
        let first = query(&rig, &function).await;
        first.map_err(|error| function.explain(error))?;
        subjects.push((function, Vec::new()));
    }
    for _ in 0..calls {
        for (function, measured) in &mut subjects {
            let took = query(&rig, function).await;
            measured.push(took.map_err(|error| function.explain(error))?);
        }
        rig.forget_blocks().await?;
    }
    let mut figures = Vec::new();
    for (function, measured) in &subjects {
        for (place, call) in Kind::ALL.into_iter().enumerate() {
            let of_kind = measured.iter().map(|took| took[place]);
            figures.push(CallFigures {
                connector: function.label.clone(),
                call,
                ms: Distribution::of(of_kind).context("there was no call")?,
            });
        }
    }
    Ok(figures)
}

/// One line a kind of call and connector.
pub(crate) fn table(calls: &[CallFigures]) -> Table {
    let heading = [
        "call",
        "connector",
        "calls",
        "median ms",
        "least",
        "p90",
        "p99",
        "most",
    ];
    let mut table = Table::new(2, &heading);
    for CallFigures {
        connector,
        call,
        ms,
    } in calls
    {
        let mut row = vec![
            call.label().to_owned(),
            connector.clone(),
            ms.samples.len().to_string(),
        ];
        let figures = [
            ms.spread.median,
            ms.spread.least,
            ms.p90,
            ms.p99,
            ms.spread.most,
        ];
        row.extend(figures.map(|figure| format!("{figure:.2}")));
        table.push(row);
    }
    table
}

/// What each kind of call took, in milliseconds.
async fn query(rig: &Rig, function: &Function) -> anyhow::Result<[f64; 4]> {
    let took = || milliseconds(function.meter.take().wall);
    let query = function.connector.query();
    took();
    query.ping().await?;
    let ping = took();
    let name = TableName::new("default", rig.pages.table());
    let table = query.get_table(&name).await?;
    let describe = took();
    let plan = query.plan(&table, Constraints::default()).await?;
    let planned = took();
    for split in plan.splits() {
        let mut batches = query.read(&plan, split, table.schema.clone());
        while batches.try_next().await?.is_some() {}
    }
    Ok([ping, describe, planned, took()])
}
