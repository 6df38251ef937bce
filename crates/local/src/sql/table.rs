//! A connector's table as DataFusion sees it.

use super::scan::SplitScan;
use super::{external, pushdown};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use athena_client::{Query, Table};
use athena_protocol::predicate::Constraints;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::collections::HashMap;
use std::sync::Arc;

/// A table, in one query.
#[derive(Debug)]
pub(crate) struct ConnectorTable {
    query: Query,
    table: Table,
    /// The table's columns without the connector's metadata, which says nothing to DataFusion.
    columns: SchemaRef,
}

impl ConnectorTable {
    pub(crate) fn new(query: Query, table: Table) -> Self {
        let columns = Arc::new(bare(&table.schema));
        Self {
            query,
            table,
            columns,
        }
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
            if pushdown::says_something(filter, &self.columns) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
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
        // Below a filter of the engine a limit would count rows that the filter then drops.
        let limit = limit
            .filter(|_| filters.is_empty())
            .and_then(|rows| i64::try_from(rows).ok());
        let constraints = Constraints {
            summary: pushdown::summary(filters, &self.columns),
            limit: limit.unwrap_or(-1),
            ..Constraints::default()
        };
        let plan = self
            .query
            .plan(&self.table, constraints)
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
