//! The rows that qualify, as DataFusion itself finds them.

use super::question::Question;
use super::table::{NAME, Table, context};
use arrow::array::{Array, AsArray as _};
use arrow::datatypes::{DataType, UInt64Type};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A table in memory.
pub(super) struct Oracle(SessionContext);

impl Oracle {
    pub(super) fn over(table: &Table) -> Result<Self> {
        let context = context();
        let batch = table.batch.clone();
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
        context.register_table(NAME, Arc::new(table))?;
        Ok(Self(context))
    }

    /// Ids of the rows that pass the condition, in the order of the question, and checks that the statement itself can be answered.
    pub(super) async fn rows(&self, question: &Question) -> Result<Vec<u64>> {
        self.0.sql(&question.sql()).await?.collect().await?;
        let order = question.order.as_ref();
        let order = order.map_or("id".to_owned(), |order| format!("{order}, id"));
        let condition = question.condition.as_deref().unwrap_or("true");
        let sql = format!("SELECT id FROM {NAME} WHERE {condition} ORDER BY {order}");
        let mut rows = Vec::new();
        for batch in self.0.sql(&sql).await?.collect().await? {
            let ids = batch.column(0).as_string::<i32>();
            rows.extend(ids.iter().flatten().map(|id| {
                id.trim_start_matches("id")
                    .parse::<u64>()
                    .expect("ids are numbered")
            }));
        }
        Ok(rows)
    }

    /// The rank of each of those rows, the same for those that are equal in the order; `None` without an order.
    pub(super) async fn ranks(&self, question: &Question) -> Result<Option<Vec<u64>>> {
        let Some(order) = &question.order else {
            return Ok(None);
        };
        let condition = question.condition.as_deref().unwrap_or("true");
        let sql = format!(
            "SELECT rank() OVER (ORDER BY {order}) FROM {NAME} WHERE {condition} ORDER BY {order}, id"
        );
        let mut ranks = Vec::new();
        for batch in self.0.sql(&sql).await?.collect().await? {
            let column = batch.column(0);
            assert_eq!(*column.data_type(), DataType::UInt64);
            ranks.extend(column.as_primitive::<UInt64Type>().values());
        }
        Ok(Some(ranks))
    }

    /// The columns of the table that the statement needs.
    pub(super) async fn columns(&self, sql: &str) -> Result<BTreeSet<String>> {
        let plan = self.0.sql(sql).await?.into_optimized_plan()?;
        let mut columns = BTreeSet::new();
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let fields = scan.projected_schema.fields().iter();
                columns.extend(fields.map(|field| field.name().clone()));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(columns)
    }
}
