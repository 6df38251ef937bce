//! `GetTableLayout`: what a query asks of a table becomes a plan, which travels in the metadata of the one partition.

use super::{DynamoDb, asked, source_role};
use crate::catalog::{SOURCE_ROLE, SOURCE_TABLE};
use crate::plan::handoff::PLAN_KEY;
use crate::plan::{Column, Columns, Plan, PlanOptions, Verdict, plan};
use crate::types::hints::Hints;
use crate::types::item_columns::ItemColumns;
use crate::types::names::{any_case, attribute_names};
use arrow::array::{Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use athena_federation::{Call, Fault};
use athena_protocol::block::Block;
use athena_protocol::wire::{GetTableLayoutRequest, TableName};
use std::sync::Arc;

impl DynamoDb {
    /// The plan of a query.
    ///
    /// # Errors
    /// If the table is not there or not to be shown, or the query would cost more than it may.
    pub(super) async fn plan(
        &self,
        call: &Call,
        request: &GetTableLayoutRequest,
    ) -> Result<Plan, Fault> {
        let name = source_table(&request.schema, &request.table_name);
        self.shown(&request.table_name, name)?;
        let role = source_role(request.schema.metadata().get(SOURCE_ROLE))?;
        let tables = self.tables.of_call(call, role.clone());
        let described = tables.describe_now(name, call).await?;
        let options = PlanOptions {
            split_bytes: self.config.split_bytes,
            segments_per_split: u32::try_from(self.config.streams_per_split.get())
                .unwrap_or(u32::MAX),
            consistent: self.config.planning.consistent,
            preferred_index: self
                .config
                .planning
                .index_hints
                .get(&described.table.name)
                .cloned(),
            max_read_units: self.config.planning.max_read_units,
            max_read_percent: self.config.planning.max_read_percent,
            ..PlanOptions::default()
        };
        let columns = columns(&request.schema)?;
        let mut asked = asked(&request.constraints, &request.table_name, &request.schema);
        if !asked.predicate.decides(&request.schema) {
            // The first rows are not enough if it is the engine that picks those which qualify.
            asked.limit = None;
        }
        let wanted: Vec<String> = columns.keys().cloned().collect();
        // A column that shows items needs all of them.
        let wanted = (wanted.len() == request.schema.fields().len()).then_some(wanted);
        let plan = Plan {
            role: role.map(|role| role.to_string()),
            ..plan(
                &described.table,
                &columns,
                wanted.as_deref(),
                &asked,
                &options,
            )
        };
        tracing::info!(table = plan.table, plan = plan.describe(), "planned");
        let rows = asked.limit.filter(|_| asked.order.is_empty());
        match self
            .config
            .planning
            .guard
            .judge(&plan, &described.table, rows)
        {
            Verdict::Run => {}
            Verdict::Warn(what) => tracing::warn!(table = plan.table, "{what}"),
            Verdict::Refuse { problem, hint } => {
                return Err(Fault::invalid_input(problem).with_hint(hint));
            }
        }
        let time_left = call.time_left();
        if let Some(duration) = plan.duration().filter(|duration| *duration > time_left) {
            tracing::warn!(
                table = plan.table,
                seconds = duration.as_secs(),
                function_seconds = time_left.as_secs(),
                "at the permitted pace the query takes longer than the function may run"
            );
        }
        Ok(plan)
    }
}

/// One row if there is anything to read; the plan travels in the schema's metadata.
pub(super) fn partitions(plan: &Plan) -> Block {
    let metadata = [
        (PLAN_KEY.to_owned(), plan.to_text()),
        (SOURCE_TABLE.to_owned(), plan.table.clone()),
    ];
    let field = Field::new("partitionId", DataType::Int32, true);
    let schema: SchemaRef = Arc::new(Schema::new_with_metadata(vec![field], metadata.into()));
    if plan.split_count() == 0 {
        return Block::empty(schema);
    }
    let row = Arc::new(Int32Array::from(vec![1]));
    Block::new(RecordBatch::try_new(schema, vec![row]).expect("one int32 column with one row"))
}

/// The name of the table to read: what the schema says, else what the engine calls it.
fn source_table<'a>(schema: &'a Schema, table: &'a TableName) -> &'a str {
    schema
        .metadata()
        .get(SOURCE_TABLE)
        .unwrap_or(&table.table_name)
}

fn columns(schema: &Schema) -> Result<Columns, Fault> {
    let names = attribute_names(schema).map_err(|error| Fault::invalid_input(error.to_string()))?;
    let items = ItemColumns::of(schema.metadata());
    // Reading names what is wrong with them.
    let hints = Hints::of(schema.metadata()).ok();
    let fields = schema.fields().iter().zip(names).zip(any_case(schema));
    Ok(fields
        // No attribute has the name or the text of such a column.
        .filter(|((field, _), _)| !items.contains(field.name()))
        .map(|((field, attributes), any_case)| {
            let column = Column {
                data_type: field.data_type().clone(),
                attributes,
                any_case,
                times: hints.as_ref().map(|hints| hints.times(field.name())),
            };
            (field.name().clone(), column)
        })
        .collect())
}
