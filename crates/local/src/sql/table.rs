//! A connector's table as DataFusion sees it.

use super::pushdown::Pushed;
use super::scan::SplitScan;
use super::{Offer, external};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use athena_client::{Query, Table};
use athena_protocol::predicate::{Constraints, OrderByField};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A table, in one query: what is planned over it is read under the query's id and counted by its counters.
#[derive(Debug, Clone)]
pub struct ConnectorTable {
    query: Query,
    table: Table,
    /// The table's columns without the connector's metadata, which says nothing to DataFusion.
    columns: SchemaRef,
    /// What the connector can be told; `None` to tell it nothing.
    offer: Option<Arc<Offer>>,
    /// The statement whose rows these are, if it is no table that is read.
    passthrough: BTreeMap<String, String>,
    /// The rows that are enough, where that is known.
    wanted: Option<Wanted>,
}

/// The first rows of those that qualify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// How many.
    pub(crate) rows: usize,
    /// In this order; in any if it is empty.
    pub(crate) order: Vec<OrderByField>,
    /// How many conditions there are, so that none is left out where rows are counted.
    pub(crate) conditions: usize,
}

impl ConnectorTable {
    /// `table` as the connector described it in `query`; with no offer it is told of no condition, order or limit.
    pub fn new(query: Query, table: Table, offer: Option<Arc<Offer>>) -> Self {
        let columns = Arc::new(bare(&table.schema));
        Self {
            query,
            table,
            columns,
            offer,
            passthrough: BTreeMap::new(),
            wanted: None,
        }
    }

    /// The rows of a statement that the connector hands on.
    pub(crate) fn of_statement(self, passthrough: BTreeMap<String, String>) -> Self {
        Self {
            passthrough,
            ..self
        }
    }

    /// The table of which only the first rows are wanted; `None` if it is that already, or the connector cannot pick them.
    pub(crate) fn first(&self, wanted: Wanted, conditions: &[Expr]) -> Option<Self> {
        let offer = self.offer.as_ref()?;
        let picks = if wanted.order.is_empty() {
            offer.limit
        } else {
            offer.top_n
        };
        let counts = || Pushed::of(conditions, &self.columns, offer).counts;
        (picks && self.wanted.as_ref() != Some(&wanted) && counts()).then(|| Self {
            wanted: Some(wanted),
            ..self.clone()
        })
    }

    fn pushed(&self, filters: &[Expr]) -> Pushed {
        let offer = self.offer.as_ref();
        offer.map_or_else(Pushed::default, |offer| {
            Pushed::of(filters, &self.columns, offer)
        })
    }

    fn constraints(&self, filters: &[Expr], limit: Option<usize>) -> Constraints {
        let pushed = self.pushed(filters);
        let mut constraints = Constraints {
            summary: pushed.summary,
            expression: pushed.expression,
            query_passthrough_arguments: self.passthrough.clone(),
            ..Constraints::default()
        };
        let may_limit = self.offer.as_ref().is_some_and(|offer| offer.limit);
        // Below a filter of the engine a limit would count rows that the filter then drops.
        let mut rows = limit.filter(|_| filters.is_empty() && may_limit);
        if let Some(wanted) = &self.wanted
            && wanted.conditions == filters.len()
            && pushed.counts
        {
            rows = Some(wanted.rows);
            constraints.order_by_clause.clone_from(&wanted.order);
        }
        constraints.limit = rows.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(-1);
        constraints
    }
}

#[async_trait]
impl TableProvider for ConnectorTable {
    fn schema(&self) -> SchemaRef {
        self.columns.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// What is pushed down is filtered again: sources compare in their own ways, and value sets may be too wide.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = filters.iter().map(|filter| {
            if self.pushed(&[(*filter).clone()]).is_empty() {
                TableProviderFilterPushDown::Unsupported
            } else {
                TableProviderFilterPushDown::Inexact
            }
        });
        Ok(support.collect())
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = &self.table.schema;
        let all: Vec<usize> = (0..schema.fields().len()).collect();
        let given = projection.unwrap_or(&all);
        let asked = if given.is_empty() {
            vec![cheapest_column(schema)]
        } else {
            given.clone()
        };
        let plan = self
            .query
            .plan(&self.table, self.constraints(filters, limit))
            .await
            .map_err(external)?;
        let asked = Arc::new(schema.project(&asked)?);
        let given = Arc::new(self.columns.project(given)?);
        let lanes = self.query.connector().limits().calls_at_once;
        Ok(Arc::new(SplitScan::new(
            self.table.name.to_string(),
            self.query.clone(),
            plan,
            asked,
            given,
            lanes,
        )))
    }
}

fn bare(schema: &Schema) -> Schema {
    schema.clone().with_metadata(HashMap::new())
}

/// The column to ask for where only the number of rows is wanted: no block has rows without columns (protocol §6).
fn cheapest_column(schema: &Schema) -> usize {
    let cost = |data_type: &DataType| match data_type {
        _ if data_type.is_nested() => 3,
        DataType::Binary => 2,
        DataType::Utf8 => 1,
        _ => 0,
    };
    let columns = schema.fields().iter().enumerate();
    columns
        .min_by_key(|(_, field)| cost(field.data_type()))
        .map_or(0, |(index, _)| index)
}
