//! The connector: the federation's calls over catalog, plan and read. A page of glue a call.

use crate::api::{PageRequest, Pages};
use crate::catalog::{SOURCE_TABLE, Tables, sampled_schema};
use crate::config::Config;
use crate::plan::handoff::{PLAN_KEY, SPLIT_KEY};
use crate::plan::{Column, Columns, Plan, PlanOptions, Request, SplitWork, Value, Work, plan};
use crate::read::PageDecoder;
use crate::read::stream::Read;
use crate::types::names::{attribute_names, fold};
use arrow::array::{Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use athena_federation::clock::Clock;
use athena_federation::{BatchStream, Call, Connector, Fault, SplitPage, TablePage, TableSchema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Constraints, ValueSet};
use athena_protocol::wire::{
    CapabilitySubType, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest, ListTablesRequest,
    ReadRecordsRequest, SourceErrorCode, TableName,
};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Reads DynamoDB for the engine.
pub struct DynamoDb {
    tables: Tables,
    config: Config,
}

impl DynamoDb {
    /// Reads through `client`.
    pub fn new(client: aws_sdk_dynamodb::Client, config: Config, clock: Arc<dyn Clock>) -> Self {
        Self {
            tables: Tables::new(client, clock),
            config,
        }
    }

    /// The tables as the caller sees them.
    fn tables(&self, call: &Call) -> Tables {
        self.tables.signed_by(call.credentials.as_ref())
    }
}

fn pages(tables: &Tables, call: &Call) -> Pages {
    Pages::new(tables.client().clone(), call)
}

#[async_trait]
impl Connector for DynamoDb {
    fn source_type(&self) -> &'static str {
        "ddb"
    }

    /// Only what is really applied: expressions and passthrough queries are not, so they are not offered.
    fn capabilities(&self) -> Vec<(String, Vec<CapabilitySubType>)> {
        vec![(
            "supports_limit_pushdown".to_owned(),
            vec![CapabilitySubType::new("integer_constant", [])],
        )]
    }

    async fn list_schemas(&self, _call: &Call) -> Result<Vec<String>, Fault> {
        Ok(vec![DEFAULT_SCHEMA.to_owned()])
    }

    async fn list_tables(
        &self,
        call: &Call,
        request: &ListTablesRequest,
    ) -> Result<TablePage, Fault> {
        if request.schema_name != DEFAULT_SCHEMA {
            return Ok(TablePage::default());
        }
        let tables = self.tables(call);
        let (names, next_token) = match request.page_size {
            0 => {
                let problem =
                    "the page size of ListTables is 0; it must be positive, or -1 for all";
                return Err(Fault::invalid_input(problem));
            }
            limit @ 1.. => {
                tables
                    .list(limit.min(MAX_LISTED), request.next_token.clone(), call)
                    .await?
            }
            _ => (tables.all(call).await?.to_vec(), None),
        };
        let mut tables: Vec<TableName> = names
            .iter()
            .map(|name| TableName::new(DEFAULT_SCHEMA, fold(name)))
            .collect();
        // Tables that differ in case only are one name to the engine.
        let mut seen = std::collections::HashSet::new();
        tables.retain(|table| seen.insert(table.table_name.clone()));
        Ok(TablePage { tables, next_token })
    }

    async fn get_table(
        &self,
        call: &Call,
        request: &GetTableRequest,
    ) -> Result<TableSchema, Fault> {
        if !request.query_passthrough_arguments.is_empty() {
            return Err(no_passthrough());
        }
        let tables = self.tables(call);
        let described = tables
            .describe(&request.table_name.table_name, call)
            .await?;
        let pages = pages(&tables, call);
        let schema = sampled_schema(&pages, &described, self.config.sample_items).await?;
        Ok(TableSchema {
            schema: Arc::new(schema),
            partition_columns: Vec::new(),
        })
    }

    async fn get_table_layout(
        &self,
        call: &Call,
        request: &GetTableLayoutRequest,
    ) -> Result<Block, Fault> {
        if !request.constraints.query_passthrough_arguments.is_empty() {
            return Err(no_passthrough());
        }
        let name = source_table(&request.schema, &request.table_name);
        let described = self.tables(call).describe(name, call).await?;
        let options = PlanOptions {
            split_bytes: self.config.split_bytes,
            segments_per_split: u32::try_from(self.config.streams_per_split.get())
                .unwrap_or(u32::MAX),
            ..PlanOptions::default()
        };
        let columns = columns(&request.schema)?;
        let plan = plan(
            &described.table,
            &columns,
            None,
            &request.constraints,
            &options,
        );
        tracing::info!(table = plan.table, plan = plan.describe(), "planned");
        Ok(partitions(&plan))
    }

    async fn get_splits(
        &self,
        _call: &Call,
        request: &GetSplitsRequest,
    ) -> Result<SplitPage, Fault> {
        let schema = request.partitions.schema();
        let plan = schema.metadata().get(PLAN_KEY).ok_or_else(|| {
            Fault::invalid_input("the partitions carry no plan of this connector")
                .with_hint("send partitions back as GetTableLayout answered them")
        })?;
        let plan = Plan::of_text(plan).map_err(|error| Fault::invalid_input(error.to_string()))?;
        let done = match &request.continuation_token {
            None => 0,
            Some(token) => token
                .parse()
                .ok()
                .filter(|done| (1..plan.split_count()).contains(done))
                .ok_or_else(|| {
                    Fault::invalid_input(
                        "the continuation token of GetSplits was not given by this connector",
                    )
                })?,
        };
        let page_end = plan.split_count().min(done + MAX_SPLITS);
        let splits = (done..page_end)
            .filter_map(|place| plan.split(place))
            .map(|work| BTreeMap::from([(SPLIT_KEY.to_owned(), work.to_text())]))
            .collect();
        let continuation_token = (page_end < plan.split_count()).then(|| page_end.to_string());
        Ok(SplitPage {
            splits,
            continuation_token,
        })
    }

    async fn read_records(
        &self,
        call: &Call,
        request: &ReadRecordsRequest,
    ) -> Result<BatchStream, Fault> {
        if !request.constraints.query_passthrough_arguments.is_empty() {
            return Err(no_passthrough());
        }
        let work = SplitWork::of_properties(&request.split.properties)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        let names = attribute_names(&request.schema)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        let wanted: Vec<String> = names.iter().flatten().cloned().collect();
        let decoder = PageDecoder::new(request.schema.clone(), &names).map_err(|error| {
            Fault::new(SourceErrorCode::OperationNotSupported, error.to_string())
        })?;
        let limit = limit(&request.constraints, &request.schema);
        let work = work.with_attributes(Some(&wanted));
        let parts = parts(
            &work,
            limit.filter(|_| request.constraints.summary.is_empty()),
        );
        let read = Read {
            pages: pages(&self.tables(call), call),
            parts,
            // Few rows are wanted: reading side by side would only read more than that.
            streams: if limit.is_some() {
                NonZeroUsize::MIN
            } else {
                self.config.streams_per_split
            },
            decoder,
            constraints: applied(&request.constraints),
            limit,
            metrics: call.metrics.clone(),
        };
        Ok(read.start())
    }

    fn key_columns(&self, request: &ReadRecordsRequest) -> Vec<String> {
        SplitWork::of_properties(&request.split.properties)
            .map(|work| work.key_attributes())
            .unwrap_or_default()
    }
}

/// The rows after which a read may stop: only where every condition of the query is decided here, and no order is wanted.
fn limit(constraints: &Constraints, schema: &Schema) -> Option<u64> {
    let all_applied = constraints.expression.is_empty()
        && constraints.query_plan.is_none()
        && constraints.summary.iter().all(|(column, set)| {
            let field = schema.field_with_name(column);
            field.is_ok_and(|field| set.decides(field.data_type()))
        });
    constraints
        .limit()
        .filter(|_| all_applied && constraints.order_by_clause.is_empty())
}

/// The constraints that rows are tested with.
///
/// Java's writer turns "all but null" into a set that, read as it stands, holds nothing at all (protocol §8); no engine asks
/// for rows of an empty set, so such a set is left to the engine.
fn applied(constraints: &Constraints) -> Constraints {
    let mut applied = constraints.clone();
    let nothing = |set: &ValueSet| {
        matches!(
            set,
            ValueSet::AllOrNoneValueSet {
                all: false,
                null_allowed: false,
                ..
            }
        )
    };
    applied.summary.retain(|_, set| !nothing(set));
    applied
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
    let fields = schema.fields().iter().zip(names);
    Ok(fields
        .map(|(field, attributes)| {
            let column = Column {
                data_type: field.data_type().clone(),
                attributes,
                any_case: false,
            };
            (field.name().clone(), column)
        })
        .collect())
}

/// One row if there is anything to read; the plan travels in the schema's metadata.
fn partitions(plan: &Plan) -> Block {
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

/// A chain of pages for each segment or key condition.
fn parts(work: &SplitWork, page_limit: Option<u64>) -> Vec<PageRequest> {
    let part = |request: Request, segment| PageRequest {
        table: work.table.clone(),
        index: work.index.clone(),
        key_condition: request.key_condition,
        segment,
        // A small page is only right where every item counts.
        limit: page_limit
            .filter(|_| request.filter.is_none())
            .and_then(|rows| i32::try_from(rows.max(1)).ok()),
        filter: request.filter,
        projection: request.projection,
        names: request.names.into_iter().collect(),
        values: request
            .values
            .into_iter()
            .map(|(alias, value)| (alias, attribute_value(value)))
            .collect(),
        consistent: work.consistent,
    };
    match &work.work {
        Work::Segments { total: 1, .. } => vec![part(work.request(None), None)],
        Work::Segments {
            first,
            count,
            total,
        } => (*first..first + count)
            .map(|number| {
                let number = i32::try_from(number).expect("there are at most a million segments");
                part(
                    work.request(None),
                    Some((number, i32::try_from(*total).expect("at most a million"))),
                )
            })
            .collect(),
        Work::Keys { conditions, .. } => conditions
            .iter()
            .map(|condition| part(work.request(Some(condition)), None))
            .collect(),
    }
}

fn attribute_value(value: Value) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text),
        Value::N(number) => AttributeValue::N(number),
        Value::B(bytes) => AttributeValue::B(Blob::new(bytes)),
        Value::Bool(truth) => AttributeValue::Bool(truth),
    }
}

fn no_passthrough() -> Fault {
    Fault::new(
        SourceErrorCode::OperationNotSupported,
        "passthrough queries are not supported yet",
    )
    .with_hint("query the table itself, in SQL")
}

/// The schema that DynamoDB's own tables are under.
const DEFAULT_SCHEMA: &str = "default";
/// Splits a page, as the Java connector sends them.
const MAX_SPLITS: usize = 1000;
/// Names that DynamoDB lists in one call.
const MAX_LISTED: i32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::TimeUnit;
    use athena_protocol::predicate::{Marker, Range, Scalar};

    #[test]
    fn a_limit_counts_rows_only_where_every_value_is_decided() {
        let ids = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8("a".to_owned())]);
        let lost = ValueSet::AllOrNoneValueSet {
            data_type: DataType::Utf8,
            all: false,
            null_allowed: false,
        };
        let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let late = ValueSet::SortedRangeSet {
            data_type: micros.clone(),
            ranges: vec![Range {
                low: Marker::lower_unbounded(&micros),
                ..Range::equal(&micros, Scalar::Micros(7))
            }],
            null_allowed: false,
        };
        for (data_type, set, limited) in [
            (DataType::Utf8, ids.clone(), true),
            // Such a set is not applied at all, since it may stand for "everything but null".
            (DataType::Utf8, lost, false),
            // These rows are kept whatever they hold.
            (micros, late, false),
            (DataType::Int32, ids, false),
        ] {
            let schema = Schema::new(vec![Field::new("column", data_type, true)]);
            let constraints = Constraints {
                summary: BTreeMap::from([("column".to_owned(), set)]),
                limit: 10,
                ..Constraints::default()
            };
            let wanted = limited.then_some(10);
            assert_eq!(limit(&constraints, &schema), wanted, "{constraints:?}");
        }
    }
}
