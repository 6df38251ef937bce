//! Answers statements, one after the other.

use super::Error;
use super::catalog::ConnectorCatalog;
use super::first_rows::FirstRows;
use super::mount::Catalog;
use super::passthrough::{self, Asked};
use crate::stopwatch::Stopwatch;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use athena_client::{Connector, Figures, Query};
use datafusion::catalog::CatalogProvider;
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SQLOptions;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use futures::TryStreamExt;
use futures::future::try_join_all;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Connectors that can be asked in SQL, each under the name of its catalog.
#[derive(Debug, Clone)]
pub struct Shell {
    catalogs: Arc<[Catalog]>,
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

/// The rows of a statement as they come. Dropping it ends the reading.
pub struct Rows {
    stream: SendableRecordBatchStream,
    watch: Watch,
    sql: Arc<str>,
}

/// A look at a statement while it is answered, from the side.
#[derive(Debug, Clone)]
pub struct Watch {
    queries: Vec<Query>,
    started: Stopwatch,
}

impl Shell {
    /// A shell with one connector, under the name of its own catalog: shakes hands, asks what it can be left to do, and lists its tables.
    ///
    /// # Errors
    /// If the connector cannot be started or does not answer.
    pub async fn open(connector: Connector) -> Result<Self, Error> {
        let name = connector.catalog().to_owned();
        let shell = Self::over([Catalog::new(name, connector)]);
        shell.catalogs[0].opened().await?;
        Ok(shell)
    }

    /// A shell with these catalogs, none of which is opened yet. The first is where names without a catalog are looked for; of two with
    /// the same name the first counts.
    pub fn over(catalogs: impl IntoIterator<Item = Catalog>) -> Self {
        Self {
            catalogs: catalogs.into_iter().collect(),
            pushes: true,
        }
    }

    /// The same, but the connectors are told of no condition, order or limit: they give whole tables.
    #[must_use]
    pub fn without_pushdown(self) -> Self {
        Self {
            pushes: false,
            ..self
        }
    }

    /// The catalogs.
    pub fn catalogs(&self) -> &[Catalog] {
        &self.catalogs
    }

    /// Answers one statement that only reads.
    ///
    /// # Errors
    /// If it is not SQL, names what is not there, or a connector fails.
    pub async fn run(&self, sql: &str, keep: Keep) -> Result<Answer, Error> {
        let mut asked = self.ask(sql).await?;
        let (mut batches, mut rows) = (Vec::new(), 0);
        while let Some(batch) = asked.next().await? {
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
            schema: asked.schema(),
            batches,
            rows,
            took: asked.watch.elapsed(),
            figures: asked.watch.figures(),
        })
    }

    /// Plans one statement that only reads, and begins to read.
    ///
    /// # Errors
    /// If it is not SQL, names what is not there, or a connector fails while it is planned.
    pub async fn ask(&self, sql: &str) -> Result<Rows, Error> {
        let started = Stopwatch::start();
        let (frame, queries) = self.frame(sql).await?;
        let stream = frame.execute_stream().await;
        let stream = stream.map_err(|error| Error::engine(error, sql))?;
        Ok(Rows {
            stream,
            watch: Watch { queries, started },
            sql: sql.into(),
        })
    }

    /// Plans one statement that only reads: the connectors are asked for layout and splits, and no record is read.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub async fn plan(&self, sql: &str) -> Result<Arc<dyn ExecutionPlan>, Error> {
        let (frame, _) = self.frame(sql).await?;
        let plan = frame.create_physical_plan().await;
        plan.map_err(|error| Error::engine(error, sql))
    }

    /// The whole name of a table, and its columns. Parts of the name that are not there are the default ones.
    ///
    /// # Errors
    /// If there is no such table, or its connector fails.
    pub async fn describe(&self, table: &str) -> Result<(String, SchemaRef), Error> {
        let named = TableReference::parse_str(table);
        let unknown = |reason: String| Error::from(DataFusionError::Plan(reason));
        let at = named.catalog().map_or(Some(0), |name| {
            let mut catalogs = self.catalogs.iter();
            catalogs.position(|catalog| catalog.name() == name)
        });
        let catalog = at.and_then(|at| self.catalogs.get(at));
        let catalog = catalog.ok_or_else(|| unknown(format!("table '{named}' not found")))?;
        let opened = catalog.opened().await?;
        let schema = named.schema().unwrap_or(opened.names.default_schema());
        let provider = ConnectorCatalog::new(opened.names.clone(), opened.connector.query(), None);
        let tables = provider.schema(schema);
        let tables = tables.ok_or_else(|| unknown(format!("table '{named}' not found")))?;
        let found = tables.table(named.table()).await?;
        let found = found.ok_or_else(|| unknown(format!("table '{named}' not found")))?;
        let name = format!("{}.{schema}.{}", catalog.name(), named.table());
        Ok((name, found.schema()))
    }

    /// The statement as a plan, and the queries that it is, one for each connector.
    async fn frame(&self, sql: &str) -> Result<(DataFrame, Vec<Query>), Error> {
        refuse_writing(sql)?;
        let state = self.context(DEFAULT_SCHEMA).state();
        let dialect = state.config_options().sql_parser.dialect;
        let at_place = |error: DataFusionError| Error::engine(error, sql);
        let mut statement = state.sql_to_statement(sql, &dialect).map_err(at_place)?;
        let tables = state
            .resolve_table_references(&statement)
            .map_err(at_place)?;
        let needed = self.needed(&tables, &statement);
        let opened = try_join_all(needed.iter().map(|at| self.catalogs[*at].opened())).await?;
        let asked: Vec<Asked> = needed
            .iter()
            .zip(&opened)
            .map(|(at, opened)| Asked {
                catalog: self.catalogs[*at].name().to_owned(),
                offer: opened.offer.clone(),
                query: opened.connector.query(),
            })
            .collect();
        let first = needed.iter().zip(&opened).find(|(at, _)| **at == 0);
        let schema = first.map_or(DEFAULT_SCHEMA, |(_, opened)| opened.names.default_schema());
        let context = self.context(schema);
        let default = self.catalogs.first().map_or("", Catalog::name);
        let statements = passthrough::resolve(&mut statement, &asked, default, self.pushes).await;
        let mut statements = statements.map_err(at_place)?;
        for (asked, opened) in asked.iter().zip(&opened) {
            let offer = self.pushes.then(|| asked.offer.clone());
            let statements = statements.remove(&asked.catalog).unwrap_or_default();
            let catalog = ConnectorCatalog::new(opened.names.clone(), asked.query.clone(), offer);
            context.register_catalog(
                &asked.catalog,
                Arc::new(catalog.with_statements(statements)),
            );
        }
        let planned = async {
            let plan = context.state().statement_to_plan(statement).await?;
            let reading = SQLOptions::new()
                .with_allow_ddl(false)
                .with_allow_dml(false);
            reading.verify_plan(&plan)?;
            context.execute_logical_plan(plan).await
        };
        let frame = planned.await.map_err(at_place)?;
        Ok((frame, asked.into_iter().map(|asked| asked.query).collect()))
    }

    /// Where the catalogs are that a statement needs.
    fn needed(&self, tables: &[TableReference], statement: &Statement) -> BTreeSet<usize> {
        let lists = |schema: Option<&str>| schema == Some(INFORMATION_SCHEMA);
        if tables.iter().any(|table| lists(table.schema())) {
            return (0..self.catalogs.len()).collect();
        }
        let named = tables
            .iter()
            .map(|table| table.catalog().map(str::to_owned));
        let named = named.chain(passthrough::catalogs(statement));
        named
            .filter_map(|name| match name {
                None => (!self.catalogs.is_empty()).then_some(0),
                Some(name) => self
                    .catalogs
                    .iter()
                    .position(|catalog| catalog.name() == name),
            })
            .collect()
    }

    /// A context whose default is the first catalog, which it does not know yet.
    fn context(&self, schema: &str) -> SessionContext {
        let catalog = self.catalogs.first().map_or("none", Catalog::name);
        let mut config = SessionConfig::new()
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(catalog, schema)
            .with_information_schema(true);
        let options = &mut config.options_mut().sql_parser;
        // As in Athena; a float would turn comparisons with a decimal column into inexact ones that cannot be pushed down.
        options.parse_float_as_decimal = true;
        options.collect_spans = true;
        let context = SessionContext::new_with_config(config);
        context.add_optimizer_rule(Arc::new(FirstRows));
        context
    }
}

impl Rows {
    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// If a connector fails, or a value cannot be computed.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        let next = self.stream.try_next().await;
        next.map_err(|error| Error::engine(error, &self.sql))
    }

    /// Its figures, also while it is read.
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }
}

impl Watch {
    /// What was counted so far.
    pub fn figures(&self) -> Figures {
        let mut sum = Figures::default();
        for query in &self.queries {
            sum.add(&query.stats().figures());
        }
        sum
    }

    /// The time since the statement was given.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
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

const DEFAULT_SCHEMA: &str = "default";
/// The schema in which all catalogs are listed.
const INFORMATION_SCHEMA: &str = "information_schema";
