//! The connector: the federation's calls over catalog, plan and read. A page of glue a call.

mod schema;
mod parts;
mod passthrough;

use self::parts::parts;
use crate::api::{Pages, Signer};
use crate::catalog::glue::GlueCatalog;
use crate::catalog::{SOURCE_ROLE, SOURCE_TABLE, Tables};
use crate::config::{Config, Passthrough};
use crate::plan::handoff::{PLAN_KEY, SPLIT_KEY};
use crate::plan::{Column, Columns, Plan, PlanOptions, SplitWork, Verdict, paths, plan};
use crate::read::Pace;
use crate::read::PageDecoder;
use crate::read::stream::{Limit, Read};
use crate::role::{Role, RoleArn};
use crate::types::hints::Hints;
use crate::types::item_columns::ItemColumns;
use crate::types::names::{any_case, attribute_names, fold};
use arrow::array::{Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use athena_federation::clock::Clock;
use athena_federation::{BatchStream, Call, Connector, Fault, SplitPage, TablePage, TableSchema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Asked, Constraints};
use athena_protocol::wire::{
    CapabilitySubType, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest, ListTablesRequest,
    ReadRecordsRequest, SourceErrorCode, TableName,
};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Reads DynamoDB for the engine.
pub struct DynamoDb {
    tables: Tables,
    glue: Option<GlueCatalog>,
    config: Config,
}

impl DynamoDb {
    /// Reads through `client`; roles are assumed through `sts`.
    pub fn new(
        client: aws_sdk_dynamodb::Client,
        sts: aws_sdk_sts::Client,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            tables: Tables::new(client, sts, clock),
            glue: None,
            config,
        }
    }

    /// Looks tables up in the Glue Data Catalog first.
    #[must_use]
    pub fn with_glue(self, glue: GlueCatalog) -> Self {
        Self {
            glue: Some(glue),
            ..self
        }
    }

    /// The tables as the caller sees them, in the role of the options if there is one.
    fn tables(&self, call: &Call) -> Tables {
        self.tables_in(call, None)
    }

    /// The tables as they are seen in a table's own role, else in that of the options, else as the caller. A caller who brings
    /// credentials assumes the role itself: it must not read more than it may.
    fn tables_in(&self, call: &Call, role: Option<RoleArn>) -> Tables {
        let of_options = self.config.role.as_ref();
        let role = match role {
            // The external ID was agreed upon for one role, and is shown to no other.
            Some(arn) if of_options.is_none_or(|role| role.arn != arn) => Some(Role {
                arn,
                external_id: None,
            }),
            _ => of_options.cloned(),
        };
        self.tables.signed_by(&Signer {
            role,
            caller: call.credentials.clone(),
        })
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

    /// Only what is really applied: statements where they are permitted, limits, orders that a key has, and these functions.
    fn capabilities(&self) -> Vec<(String, Vec<CapabilitySubType>)> {
        let passthrough =
            (self.config.passthrough == Passthrough::On).then(passthrough::capability);
        let limit = CapabilitySubType::new("integer_constant", []);
        let limit = ("supports_limit_pushdown".to_owned(), vec![limit]);
        let order = CapabilitySubType::new("SUPPORTS_ORDER_BY", []);
        let order = ("supports_top_n_pushdown".to_owned(), vec![order]);
        let functions = CapabilitySubType::new("supported_function_expression_types", FUNCTIONS);
        let expressions = (
            "supports_complex_expression_pushdown".to_owned(),
            vec![functions],
        );
        let applied = [limit, order, expressions];
        passthrough.into_iter().chain(applied).collect()
    }

    async fn list_schemas(&self, call: &Call) -> Result<Vec<String>, Fault> {
        let mut schemas = match &self.glue {
            Some(glue) => glue.databases(call).await?.unwrap_or_default(),
            None => Vec::new(),
        };
        schemas.retain(|schema| schema != DEFAULT_SCHEMA);
        schemas.push(DEFAULT_SCHEMA.to_owned());
        Ok(schemas)
    }

    async fn list_tables(
        &self,
        call: &Call,
        request: &ListTablesRequest,
    ) -> Result<TablePage, Fault> {
        let schema = request.schema_name.as_str();
        if request.page_size == 0 {
            let problem = "the page size of ListTables is 0; it must be positive, or -1 for all";
            return Err(Fault::invalid_input(problem));
        }
        if request.next_token.is_some() && schema != DEFAULT_SCHEMA {
            let problem = format!(
                "the token of ListTables was not given by this connector: schema `{schema}` has one page"
            );
            return Err(Fault::invalid_input(problem));
        }
        // All tables of Glue go with the first page, as the Java connector has it.
        let mut names: Vec<String> = match &self.glue {
            Some(glue) if request.next_token.is_none() => {
                let tables = glue.tables(schema, call).await?.unwrap_or_default();
                tables.into_iter().map(|table| table.name).collect()
            }
            _ => Vec::new(),
        };
        let mut next_token = None;
        if schema == DEFAULT_SCHEMA {
            let tables = self.tables(call);
            if request.page_size > 0 {
                let limit = request.page_size.min(MAX_LISTED);
                let (page, next) = tables.list(limit, request.next_token.clone(), call).await?;
                names.extend(page);
                next_token = next;
            } else {
                names.extend(tables.all(call).await?.iter().cloned());
            }
        }
        let mut tables: Vec<TableName> = names
            .iter()
            .filter(|name| self.config.patterns.show(schema, name))
            .map(|name| TableName::new(schema, fold(name)))
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
        if let Some(query) = self.passthrough(&request.query_passthrough_arguments)? {
            return self.passthrough_schema(call, request, &query).await;
        }
        Ok(TableSchema {
            schema: Arc::new(self.table_schema(call, &request.table_name).await?),
            partition_columns: Vec::new(),
        })
    }

    async fn get_table_layout(
        &self,
        call: &Call,
        request: &GetTableLayoutRequest,
    ) -> Result<Block, Fault> {
        let arguments = &request.constraints.query_passthrough_arguments;
        if self.passthrough(arguments)?.is_some() {
            return Ok(passthrough::partitions());
        }
        let name = source_table(&request.schema, &request.table_name);
        self.shown(&request.table_name, name)?;
        let role = source_role(request.schema.metadata().get(SOURCE_ROLE))?;
        let tables = self.tables_in(call, role.clone());
        let described = tables.describe(name, call).await?;
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
        Ok(partitions(&plan))
    }

    async fn get_splits(
        &self,
        _call: &Call,
        request: &GetSplitsRequest,
    ) -> Result<SplitPage, Fault> {
        let arguments = &request.constraints.query_passthrough_arguments;
        if self.passthrough(arguments)?.is_some() {
            return passthrough::splits(request);
        }
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
        let arguments = &request.constraints.query_passthrough_arguments;
        if let Some(query) = self.passthrough(arguments)? {
            return self.read_passthrough(call, request, &query);
        }
        let work = SplitWork::of_properties(&request.split.properties)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        let role = source_role(work.role.as_ref())?;
        let names = attribute_names(&request.schema)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        // A column that any spelling feeds needs whole items, and so does one that shows them.
        let items = ItemColumns::of(request.schema.metadata());
        let mut fields = request.schema.fields().iter();
        let whole = fields.any(|field| items.contains(field.name()));
        let wanted = (!whole && !any_case(&request.schema).contains(&true))
            .then(|| names.iter().flatten().cloned().collect::<Vec<String>>());
        let decoder = PageDecoder::new(request.schema.clone(), &names).map_err(|error| {
            Fault::new(SourceErrorCode::OperationNotSupported, error.to_string())
        })?;
        if !work.can_read(wanted.as_deref()) {
            return Err(Fault::invalid_input(format!(
                "the split reads an index of table `{}` that lacks attributes of the columns asked for",
                work.table
            ))
            .with_hint("ask GetTableLayout for all columns that are read later"));
        }
        let asked = asked(&request.constraints, &request.table_name, &request.schema);
        let limit = limit(&asked, &work, &request.schema);
        let paths = wanted.map(|_| paths(&request.schema, &names, &request.constraints, &asked));
        let work = work.with_paths(paths.as_deref());
        let parts = parts(
            &work,
            limit
                .as_ref()
                .filter(|_| work.only_wanted)
                .map(|limit| limit.rows),
        );
        let read = Read {
            pages: pages(&self.tables_in(call, role), call),
            parts,
            // Few rows are wanted: reading side by side would only read more than that.
            streams: if limit.is_some() {
                NonZeroUsize::MIN
            } else {
                self.config.streams_per_split
            },
            decoder,
            predicate: asked.predicate,
            pace: work.budget.map(Pace::new),
            limit,
            refuse_mismatches: self.config.refuse_mismatches,
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

/// What a request asks for, with the phrases for what is left to the engine in the log.
fn asked(constraints: &Constraints, table: &TableName, schema: &Schema) -> Asked {
    let asked = Asked::of(constraints, &table.table_name, schema);
    if !asked.not_understood.is_empty() {
        tracing::info!(left_to_the_engine = ?asked.not_understood, "conditions are not applied here");
    }
    asked
}

/// The rows after which a read may stop: only where every condition of the query is decided here, and rows come in the order that
/// they are wanted in.
fn limit(asked: &Asked, work: &SplitWork, schema: &Schema) -> Option<Limit> {
    if !asked.predicate.decides(schema) {
        return None;
    }
    let rows = asked.limit?;
    match &work.top {
        None => asked.order.is_empty().then_some(Limit { rows, by: None }),
        Some(top) => {
            let in_order = asked
                .only_order()
                .is_some_and(|(column, _)| column == top.column);
            let by = schema.index_of(&top.column).ok();
            (in_order && by.is_some()).then_some(Limit { rows, by })
        }
    }
}

/// The name of the table to read: what the schema says, else what the engine calls it.
fn source_table<'a>(schema: &'a Schema, table: &'a TableName) -> &'a str {
    schema
        .metadata()
        .get(SOURCE_TABLE)
        .unwrap_or(&table.table_name)
}

/// The role that a schema or split names, which came back from the engine.
fn source_role(role: Option<&String>) -> Result<Option<RoleArn>, Fault> {
    let role = role.map(|role| RoleArn::new(role)).transpose();
    role.map_err(|problem| Fault::invalid_input(format!("`{SOURCE_ROLE}` is {problem}")))
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

/// The schema that DynamoDB's own tables are under.
const DEFAULT_SCHEMA: &str = "default";
/// The functions of expressions that are applied to rows (protocol §4). The first seven are those of the Java connector, which
/// applies none.
const FUNCTIONS: [&str; 14] = [
    "$and",
    "$is_null",
    "$equal",
    "$greater_than",
    "$less_than",
    "$greater_than_or_equal",
    "$less_than_or_equal",
    "$not_equal",
    "$or",
    "$not",
    "$in",
    "$array",
    "$like_pattern",
    "$is_distinct_from",
];
/// Splits a page, as the Java connector sends them.
const MAX_SPLITS: usize = 1000;
/// Names that DynamoDB lists in one call.
const MAX_LISTED: i32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::TimeUnit;
    use athena_protocol::predicate::{Marker, Range, Scalar, ValueSet};

    const SCAN: &str =
        r#"{"v":1,"body":{"table":"t","work":{"segments":{"first":0,"count":1,"total":1}}}}"#;

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
            let asked = Asked::of(&constraints, "t", &schema);
            let work = SplitWork::of_text(SCAN).unwrap();
            let rows = limit(&asked, &work, &schema).map(|limit| limit.rows);
            assert_eq!(rows, limited.then_some(10), "{constraints:?}");
        }
    }
}
