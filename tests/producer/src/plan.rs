//! A statement as Substrait plans.

use super::table::{NAME, context, schema};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_substrait::logical_plan::producer::to_substrait_plan;
use datafusion_substrait::substrait::proto::Plan;
use datafusion_substrait::substrait::proto::extensions::simple_extension_declaration::MappingType;
use prost::Message as _;
use std::sync::Arc;

/// The plan as the parser has it, and as the optimizer leaves it: with conditions above the read, in it, or both, by `number`.
pub(super) async fn plans(sql: &str, number: usize) -> Result<Vec<Vec<u8>>> {
    let support = [
        TableProviderFilterPushDown::Unsupported,
        TableProviderFilterPushDown::Inexact,
        TableProviderFilterPushDown::Exact,
    ][number % 3]
        .clone();
    let context = context();
    context.register_table(
        NAME,
        Arc::new(Planned {
            schema: schema(),
            support,
        }),
    )?;
    let frame = context.sql(sql).await?;
    let state = context.state();
    let parsed = to_substrait_plan(frame.logical_plan(), &state)?;
    let mut plans = vec![bytes(*parsed)];
    let optimized = bytes(*to_substrait_plan(&frame.into_optimized_plan()?, &state)?);
    if !plans.contains(&optimized) {
        plans.push(optimized);
    }
    Ok(plans)
}

/// The message, with its declarations in the order of their numbers: the producer's own order is another one in each run.
fn bytes(mut plan: Plan) -> Vec<u8> {
    plan.extension_urns
        .sort_by_key(|urn| urn.extension_urn_anchor);
    plan.extensions
        .sort_by_key(|declaration| match &declaration.mapping_type {
            Some(MappingType::ExtensionFunction(function)) => function.function_anchor,
            _ => 0,
        });
    plan.encode_to_vec()
}

/// A table that is planned and never read.
#[derive(Debug)]
struct Planned {
    schema: SchemaRef,
    support: TableProviderFilterPushDown,
}

#[async_trait]
impl TableProvider for Planned {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![self.support.clone(); filters.len()])
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan_err!("this table is never read")
    }
}
