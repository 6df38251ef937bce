//! The schema of a table as the engine gets it.

use super::DynamoDb;
use crate::catalog::glue::GlueSchema;
use crate::catalog::{Described, SOURCE_TABLE, Tables, resolve};
use crate::types::datetime::EPOCH_UNIT;
use crate::types::item_columns::ItemColumns;
use arrow::datatypes::Schema;
use athena_federation::{Call, Fault};
use athena_protocol::wire::{SourceErrorCode, TableName};
use std::sync::Arc;

impl DynamoDb {
    /// The schema of a table: of Glue, or of its items.
    ///
    /// # Errors
    /// If the table is not there or not to be shown, or its definition cannot be used.
    pub(super) async fn table_schema(
        &self,
        call: &Call,
        name: &TableName,
    ) -> Result<Schema, Fault> {
        let schema = self.looked_up(call, name).await;
        if let (Err(_), Some(glue)) = (&schema, &self.glue) {
            // Whoever mends the table is not kept waiting.
            glue.forget(name);
        }
        schema
    }

    async fn looked_up(&self, call: &Call, name: &TableName) -> Result<Schema, Fault> {
        self.shown(name, &name.table_name)?;
        let schema = if let Some(glue) = self.glue_schema(call, name).await? {
            self.shown(name, &glue.source)?;
            let tables = self.tables.of_call(call, glue.role.clone());
            let described = tables.describe(&glue.source, call).await?;
            self.resolved(call, &tables, &glue, &described).await?
        } else {
            let tables = self.tables(call);
            let described = tables.describe(&name.table_name, call).await?;
            let (items, number_type) = (self.config.sample_items, self.config.number_type);
            let schema = tables.inferred_schema(&described, items, number_type, call);
            Schema::clone(&*schema.await?)
        };
        self.with_item_columns(name, self.with_epoch_unit(schema))
    }

    /// What Glue says of a table; `None` if it says nothing that can be used.
    async fn glue_schema(
        &self,
        call: &Call,
        name: &TableName,
    ) -> Result<Option<GlueSchema>, Fault> {
        let Some(glue) = &self.glue else {
            return Ok(None);
        };
        let Some(table) = glue.table(name, call).await? else {
            return Ok(None);
        };
        match table.schema() {
            Ok(schema) => Ok(Some(schema)),
            // Without its role the name would be that of another account's table.
            Err(problem) if table.role().is_some() => Err(Fault::invalid_input(problem.to_string())
                .with_hint("mend the table in Glue: it names a role of its own, so its items are not looked at instead")),
            Err(problem) if self.config.strict_schema => Err(Fault::invalid_input(problem.to_string())
                .with_hint("mend the table in Glue, or set `strict_schema` to `false` to have its items looked at instead")),
            Err(problem) => {
                tracing::warn!(table = %name.table_name, %problem, "the schema is taken from items instead of Glue");
                Ok(None)
            }
        }
    }

    /// The schema of a Glue table with the attributes behind its columns.
    async fn resolved(
        &self,
        call: &Call,
        tables: &Tables,
        glue: &GlueSchema,
        described: &Arc<Described>,
    ) -> Result<Schema, Fault> {
        let mut sampled = Arc::default();
        if !self.config.any_case && resolve::needs_sample(glue, described) {
            let items = self.config.sample_items.min(NAME_SAMPLE);
            sampled = tables.attribute_names(described, items, call).await?;
        }
        let sampled = sampled.iter().map(String::as_str);
        let mut schema = resolve::resolved(glue, described, sampled);
        // From here on the table is known by its real name.
        schema
            .metadata
            .insert(SOURCE_TABLE.to_owned(), described.table.name.clone());
        Ok(schema)
    }

    /// Refuses a table that is not to be shown, in the words of one that does not exist.
    pub(super) fn shown(&self, name: &TableName, table: &str) -> Result<(), Fault> {
        let TableName {
            schema_name,
            table_name,
        } = name;
        if self.config.patterns.show(schema_name, table) {
            return Ok(());
        }
        Err(Fault::new(
            SourceErrorCode::EntityNotFound,
            format!("table `{table_name}` is not among those that the connector shows"),
        )
        .with_hint("see the options `allowed_tables` and `denied_tables` of the function"))
    }

    /// The schema with the columns that show items, if they are wanted.
    pub(super) fn with_item_columns(
        &self,
        name: &TableName,
        schema: Schema,
    ) -> Result<Schema, Fault> {
        let (item, extra) = (&self.config.item_column, &self.config.extra_column);
        let (schema, left_out) = ItemColumns::add_to(schema, item.as_deref(), extra.as_deref());
        match left_out.first() {
            None => Ok(schema),
            Some(column) => Err(Fault::invalid_input(format!(
                "table `{}` has a column `{column}` already",
                name.table_name
            ))
            .with_hint("choose another name for the options `item_column` and `extra_column`")),
        }
    }

    /// The schema with the unit of numbers in dates, where the table names none itself and it matters.
    pub(super) fn with_epoch_unit(&self, mut schema: Schema) -> Schema {
        if let Some(unit) = &self.config.epoch_unit {
            schema
                .metadata
                .entry(EPOCH_UNIT.to_owned())
                .or_insert_with(|| unit.clone());
        }
        schema
    }
}

/// Items looked at to find the spelling of attributes that a Glue table names.
const NAME_SAMPLE: u32 = 100;
