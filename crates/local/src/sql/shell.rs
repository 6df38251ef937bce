//! Answers statements, one after the other.

use super::catalog::{ConnectorCatalog, Names};
use super::first_rows::FirstRows;
use super::{Error, Offer, passthrough};
use crate::stopwatch::Stopwatch;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use athena_client::{Connector, Figures, Query};
use datafusion::execution::context::SQLOptions;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::TryStreamExt;
use std::sync::Arc;
use std::time::Duration;

/// A connector that can be asked in SQL.
#[derive(Debug)]
pub struct Shell {
    connector: Connector,
    names: Arc<Names>,
    offer: Arc<Offer>,
    pushes: bool,
}

/// How many rows of an answer are kept; all are counted.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// All.
    All,
    /// The first ones.
    First(usize),
}

/// What came of a statement.
#[derive(Debug)]
pub struct Answer {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows that were kept.
    pub batches: Vec<RecordBatch>,
    /// How many rows there were.
    pub rows: usize,
    /// From the statement to the last row.
    pub took: Duration,
    /// What it cost.
    pub figures: Figures,
}

impl Shell {
    /// Shakes hands with the connector, asks what it can be left to do, and lists its tables.
    ///
    /// # Errors
    /// If the connector cannot be started or does not answer.
    pub async fn open(connector: Connector) -> Result<Self, Error> {
        let query = connector.query();
        query.ping().await?;
        let offer = Arc::new(Offer::ask(&query).await?);
        let names = Arc::new(Names::list(&query).await?);
        Ok(Self {
            connector,
            names,
            offer,
            pushes: true,
        })
    }

    /// The same, but the connector is told of no condition, order or limit: it gives whole tables.
    #[must_use]
    pub fn without_pushdown(self) -> Self {
        Self {
            pushes: false,
            ..self
        }
    }

    /// Answers one statement that only reads.
    ///
    /// # Errors
    /// If it is not SQL, names what is not there, or the connector fails.
    pub async fn run(&self, sql: &str, keep: Keep) -> Result<Answer, Error> {
        let stopwatch = Stopwatch::start();
        let query = self.connector.query();
        let frame = self.frame(sql, &query).await?;
        let mut stream = frame.execute_stream().await?;
        let (schema, mut batches, mut rows) = (stream.schema(), Vec::new(), 0);
        while let Some(batch) = stream.try_next().await? {
            let kept = match keep {
                Keep::All => batch.num_rows(),
                Keep::First(most) => most.saturating_sub(rows).min(batch.num_rows()),
            };
            rows += batch.num_rows();
            if kept > 0 {
                batches.push(batch.slice(0, kept));
            }
        }
        Ok(Answer {
            schema,
            batches,
            rows,
            took: stopwatch.elapsed(),
            figures: query.stats().figures(),
        })
    }

    /// Plans one statement that only reads: the connector is asked for layout and splits, and no record is read.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn plan(&self, sql: &str) -> Result<Arc<dyn ExecutionPlan>, Error> {
        let frame = self.frame(sql, &self.connector.query()).await?;
        Ok(frame.create_physical_plan().await?)
    }

    async fn frame(&self, sql: &str, query: &Query) -> Result<DataFrame, Error> {
        refuse_writing(sql)?;
        let context = self.context();
        let dialect = context.state().config_options().sql_parser.dialect;
        let mut statement = context.state().sql_to_statement(sql, &dialect)?;
        let name = self.connector.catalog();
        let offer = self.pushes.then(|| self.offer.clone());
        let statements =
            passthrough::resolve(&mut statement, query, name, &self.offer, self.pushes).await?;
        let catalog = ConnectorCatalog::new(self.names.clone(), query.clone(), offer)
            .with_statements(statements);
        context.register_catalog(name, Arc::new(catalog));
        let plan = context.state().statement_to_plan(statement).await?;
        let reading = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false);
        reading.verify_plan(&plan)?;
        Ok(context.execute_logical_plan(plan).await?)
    }

    /// A context whose default is this catalog, which it does not know yet.
    fn context(&self) -> SessionContext {
        let mut config = SessionConfig::new()
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(self.connector.catalog(), self.names.default_schema())
            .with_information_schema(true);
        // As in Athena; a float would turn comparisons with a decimal column into inexact ones that cannot be pushed down.
        config.options_mut().sql_parser.parse_float_as_decimal = true;
        let context = SessionContext::new_with_config(config);
        context.add_optimizer_rule(Arc::new(FirstRows));
        context
    }
}

/// DataFusion would look for the table first, and complain that it is not there.
fn refuse_writing(sql: &str) -> Result<(), Error> {
    let verb: String = sql
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    if WRITING.iter().any(|word| verb.eq_ignore_ascii_case(word)) {
        return Err(Error::Writes {
            verb: verb.to_ascii_uppercase(),
        });
    }
    Ok(())
}

const WRITING: [&str; 9] = [
    "create", "insert", "update", "delete", "drop", "alter", "truncate", "merge", "copy",
];
