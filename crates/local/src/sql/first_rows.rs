//! Tells a table how many of its rows are enough, in which order: LIMIT and ORDER BY … LIMIT above conditions that the connector can
//! decide (protocol §5.8, limit and top-N).
//!
//! DataFusion pushes a bare LIMIT itself. It still sorts and counts what comes, so a connector may give more.

use super::table::{ConnectorTable, Wanted};
use athena_protocol::predicate::{Direction, OrderByField};
use datafusion::catalog::default_table_source::{DefaultTableSource, source_as_provider};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, FetchType, Limit, LogicalPlan, SkipType, Sort};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use std::sync::Arc;

/// The rule, for the end of the optimizer's list ([`SessionContext::add_optimizer_rule`](datafusion::prelude::SessionContext)).
#[derive(Debug)]
pub struct FirstRows;

impl OptimizerRule for FirstRows {
    fn name(&self) -> &'static str {
        "first_rows_of_connector"
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        plan.transform_down(|node| {
            let asked = match &node {
                LogicalPlan::Sort(Sort {
                    expr,
                    input,
                    fetch: Some(rows),
                }) => {
                    let keys = expr.iter().map(|key| match &key.expr {
                        Expr::Column(column) => Some(Key {
                            column: column.clone(),
                            direction: direction(key.asc, key.nulls_first),
                        }),
                        _ => None,
                    });
                    let keys = keys.collect::<Option<Vec<_>>>();
                    keys.and_then(|keys| table_of(input, *rows, keys))
                }
                LogicalPlan::Limit(limit) => {
                    rows_of(limit)?.and_then(|rows| table_of(&limit.input, rows, Vec::new()))
                }
                _ => None,
            };
            match asked {
                Some(table) => with_table(node, &Arc::new(table)),
                None => Ok(Transformed::no(node)),
            }
        })
    }
}

/// A part of an order.
struct Key {
    column: Column,
    direction: Direction,
}

fn direction(ascending: bool, nulls_first: bool) -> Direction {
    match (ascending, nulls_first) {
        (true, true) => Direction::AscNullsFirst,
        (true, false) => Direction::AscNullsLast,
        (false, true) => Direction::DescNullsFirst,
        (false, false) => Direction::DescNullsLast,
    }
}

/// Rows that a limit takes, those that it skips among them.
fn rows_of(limit: &Limit) -> Result<Option<usize>> {
    let (SkipType::Literal(skipped), FetchType::Literal(Some(rows))) =
        (limit.get_skip_type()?, limit.get_fetch_type()?)
    else {
        return Ok(None);
    };
    Ok(rows.checked_add(skipped))
}

/// The table below, told to give its first rows; `None` if something else than conditions and columns is in between, or the connector
/// cannot.
fn table_of(plan: &LogicalPlan, rows: usize, mut keys: Vec<Key>) -> Option<ConnectorTable> {
    let (mut plan, mut conditions) = (plan, Vec::new());
    loop {
        match plan {
            LogicalPlan::Projection(projection) => {
                for key in &mut keys {
                    let at = projection.schema.maybe_index_of_column(&key.column)?;
                    let Expr::Column(column) = projection.expr[at].clone().unalias() else {
                        return None;
                    };
                    key.column = column;
                }
                plan = &projection.input;
            }
            LogicalPlan::SubqueryAlias(alias) => {
                for key in &mut keys {
                    let at = alias.schema.maybe_index_of_column(&key.column)?;
                    key.column = Column::from(alias.input.schema().qualified_field(at));
                }
                plan = &alias.input;
            }
            // Higher up its columns could have other names than the table's.
            LogicalPlan::Filter(filter)
                if matches!(filter.input.as_ref(), LogicalPlan::TableScan(_)) =>
            {
                conditions.extend(split_conjunction(&filter.predicate).into_iter().cloned());
                plan = &filter.input;
            }
            LogicalPlan::TableScan(scan) => {
                let provider = source_as_provider(&scan.source).ok()?;
                let table = provider.as_ref().downcast_ref::<ConnectorTable>()?;
                let order = keys.into_iter().map(|key| OrderByField {
                    column_name: key.column.name,
                    direction: key.direction,
                });
                let wanted = Wanted {
                    rows,
                    order: order.collect(),
                    conditions: conditions.len(),
                };
                return table.first(wanted, &conditions);
            }
            _ => return None,
        }
    }
}

/// The same plan over another table.
fn with_table(plan: LogicalPlan, table: &Arc<ConnectorTable>) -> Result<Transformed<LogicalPlan>> {
    plan.transform_down(|node| match node {
        LogicalPlan::TableScan(mut scan) => {
            scan.source = Arc::new(DefaultTableSource::new(table.clone()));
            let scan = LogicalPlan::TableScan(scan);
            Ok(Transformed::new(scan, true, TreeNodeRecursion::Stop))
        }
        other => Ok(Transformed::no(other)),
    })
}
