//! Passthrough queries through the calls of a connector: one partition, one split, and the rows of a PartiQL statement.

use super::{DynamoDb, asked, pages};
use crate::api::{Part, Statement};
use crate::config::Passthrough;
use crate::passthrough::{ARGUMENT, FUNCTION_NAME, FUNCTION_SCHEMA, Query};
use crate::read::PageDecoder;
use crate::read::chain::{Chain, unreadable};
use crate::read::stream::{Limit, Read};
use crate::table::KeyKind;
use crate::types::infer::{KeyType, Sample};
use crate::types::item_columns::ItemColumns;
use crate::types::names::{attribute_names, fold};
use arrow::array::{Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use athena_federation::{BatchStream, Call, Fault, SplitPage, TableSchema};
use athena_protocol::block::Block;
use athena_protocol::wire::{
    CapabilitySubType, GetSplitsRequest, GetTableRequest, ReadRecordsRequest, SourceErrorCode,
};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// What the engine is told, if passthrough queries are on.
pub(super) fn capability() -> (String, Vec<CapabilitySubType>) {
    let told = |name: &str, value: &str| CapabilitySubType::new(name, [value]);
    (
        "SYSTEM.QUERY".to_owned(),
        vec![
            told("query_passthrough_schema", FUNCTION_SCHEMA),
            told("query_passthrough_name", FUNCTION_NAME),
            told("query_passthrough_arguments", ARGUMENT),
        ],
    )
}

/// One row without a plan: the statement travels in the constraints.
pub(super) fn partitions() -> Block {
    let field = Field::new("partitionId", DataType::Int32, true);
    let schema = Arc::new(Schema::new(vec![field]));
    let row = Arc::new(Int32Array::from(vec![1]));
    Block::new(RecordBatch::try_new(schema, vec![row]).expect("one int32 column with one row"))
}

/// The one split; its properties are the arguments, as the Java connector has it.
pub(super) fn splits(request: &GetSplitsRequest) -> Result<SplitPage, Fault> {
    if request.continuation_token.is_some() {
        let problem = "the continuation token of GetSplits was not given by this connector: a passthrough query has one split";
        return Err(Fault::invalid_input(problem));
    }
    let arguments = &request.constraints.query_passthrough_arguments;
    Ok(SplitPage {
        splits: vec![arguments.clone()],
        continuation_token: None,
    })
}

impl DynamoDb {
    /// The statement of a request with these arguments; `None` if it has none.
    ///
    /// # Errors
    /// If passthrough queries are off, the arguments are wrong, or the statement reads what is not to be shown.
    pub(super) fn passthrough(
        &self,
        arguments: &BTreeMap<String, String>,
    ) -> Result<Option<Query>, Fault> {
        if !arguments.is_empty() && self.config.passthrough == Passthrough::Off {
            return Err(Fault::new(
                SourceErrorCode::OperationNotSupported,
                "passthrough queries are switched off for this connector",
            )
            .with_hint("query the table itself, or set `enable_query_passthrough` to `true` on the function"));
        }
        let query = Query::of(arguments)?;
        if let Some(query) = &query {
            self.shows(query)?;
        }
        Ok(query)
    }

    /// Refuses a statement that reads a table which is not to be shown, or might.
    fn shows(&self, query: &Query) -> Result<(), Fault> {
        if self.config.patterns.show_all() {
            return Ok(());
        }
        let hint = "see the options `allowed_tables` and `denied_tables` of the function";
        let Some(table) = &query.select.table else {
            return Err(Fault::new(
                SourceErrorCode::OperationNotSupported,
                "the table that the statement reads cannot be told, and the connector does not show all tables",
            )
            .with_hint(format!("{hint}, and write the statement as SELECT … FROM \"table\" WHERE …, without comments")));
        };
        // An ARN ends with the name.
        let name = table.rsplit('/').next().unwrap_or(table);
        if self.config.patterns.show(super::DEFAULT_SCHEMA, name) {
            return Ok(());
        }
        Err(Fault::new(
            SourceErrorCode::EntityNotFound,
            format!("table `{name}` is not among those that the connector shows"),
        )
        .with_hint(hint))
    }

    /// The columns of a statement's items.
    ///
    /// Items are looked at until there are some, page by page. Columns that the statement names and no item has are text, unless
    /// they are keys; if it names none and there is no item, there are the keys of its table, or else whole items as text.
    pub(super) async fn passthrough_schema(
        &self,
        call: &Call,
        request: &GetTableRequest,
        query: &Query,
    ) -> Result<TableSchema, Fault> {
        let (sample, items) = self.sample_statement(call, query).await?;
        let keys = self
            .columns_without_items(call, query, &sample, items)
            .await?;
        let inferred = sample.schema(&keys, self.config.number_type);
        let schema = self.with_epoch_unit(inferred.schema);
        let mut schema = self.with_item_columns(&request.table_name, schema)?;
        if schema.fields().is_empty() {
            (schema, _) = ItemColumns::add_to(schema, Some(ITEM), None);
        }
        Ok(TableSchema {
            schema: Arc::new(schema),
            partition_columns: Vec::new(),
        })
    }

    async fn sample_statement(&self, call: &Call, query: &Query) -> Result<(Sample, usize), Fault> {
        let wanted = self.config.sample_items;
        let limit = i32::try_from(wanted).ok();
        let mut chain = Chain::new(Part::Statement(statement(query, limit)));
        let pages = pages(&self.tables(call), call);
        let (mut sample, mut items, mut asked) = (Sample::new(), 0, 0);
        let enough = |items: usize, asked: u32| {
            items >= usize::try_from(wanted).unwrap_or(usize::MAX) || items > 0 && asked >= PAGES
        };
        while !chain.is_done() && !enough(items, asked) {
            let page = chain.fetch(&pages).await?.page;
            asked += 1;
            items += sample.push_page(&page).map_err(|error| {
                unreadable(query.select.table.as_deref().unwrap_or_default(), &error)
            })?;
        }
        Ok((sample, items))
    }

    /// The columns that a statement has without any item showing them.
    async fn columns_without_items(
        &self,
        call: &Call,
        query: &Query,
        sample: &Sample,
        items: usize,
    ) -> Result<Vec<(String, KeyType)>, Fault> {
        let seen: Vec<String> = sample.attribute_names().map(fold).collect();
        let mut unseen: Vec<&String> = Vec::new();
        for name in query.select.columns.iter().flatten() {
            let known = |other: &&String| fold(other) == fold(name);
            if !seen.contains(&fold(name)) && !unseen.iter().any(known) {
                unseen.push(name);
            }
        }
        let all_keys = query.select.columns.is_none() && items == 0;
        let keys = match &query.select.table {
            Some(table) if all_keys || !unseen.is_empty() => {
                match self.tables(call).describe(table, call).await {
                    Ok(described) => described.key_attributes.clone(),
                    // Who may run the statement need not be allowed to see the table's description.
                    Err(fault) if fault.code == SourceErrorCode::AccessDenied => Vec::new(),
                    Err(fault) => return Err(fault),
                }
            }
            _ => Vec::new(),
        };
        let kind = |kind: KeyKind| match kind {
            KeyKind::S => KeyType::S,
            KeyKind::N => KeyType::N,
            KeyKind::B => KeyType::B,
        };
        if all_keys {
            let keys = keys.into_iter();
            return Ok(keys.map(|key| (key.name, kind(key.kind))).collect());
        }
        let column = |name: &String| {
            let key = keys.iter().find(|key| key.name == *name);
            (name.clone(), key.map_or(KeyType::S, |key| kind(key.kind)))
        };
        Ok(unseen.into_iter().map(column).collect())
    }

    /// The rows of a statement, all pages of them.
    pub(super) fn read_passthrough(
        &self,
        call: &Call,
        request: &ReadRecordsRequest,
        query: &Query,
    ) -> Result<BatchStream, Fault> {
        let names = attribute_names(&request.schema)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        let decoder = PageDecoder::new(request.schema.clone(), &names).map_err(|error| {
            Fault::new(SourceErrorCode::OperationNotSupported, error.to_string())
        })?;
        let asked = asked(&request.constraints, &request.table_name, &request.schema);
        // A statement has an order of its own, if any.
        let counted = asked.order.is_empty() && asked.predicate.decides(&request.schema);
        let limit = asked.limit.filter(|_| counted);
        // A small page is only right where every item counts.
        let page_limit = limit
            .filter(|_| query.select.unconditional && asked.selects_all())
            .and_then(|rows| i32::try_from(rows.max(1)).ok());
        let read = Read {
            pages: pages(&self.tables(call), call).over(&self.link),
            parts: vec![Part::Statement(statement(query, page_limit))],
            streams: NonZeroUsize::MIN,
            decoder,
            predicate: asked.predicate,
            pace: None,
            limit: limit.map(|rows| Limit { rows, by: None }),
            refuse_mismatches: self.config.refuse_mismatches,
            metrics: call.metrics.clone(),
        };
        Ok(read.start())
    }
}

fn statement(query: &Query, limit: Option<i32>) -> Statement {
    Statement {
        text: query.text.clone(),
        table: query.select.table.clone().unwrap_or_default(),
        limit,
        consistent: false,
    }
}

/// The column of a statement of which nothing is known.
const ITEM: &str = "item";
/// Pages that are looked at for columns once there are items.
const PAGES: u32 = 4;
