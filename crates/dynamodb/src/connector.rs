//! The connector: the federation's calls over catalog, plan and read. A page of glue a call.

mod schema;
mod parts;
mod passthrough;
mod layout;
mod records;

use self::layout::partitions;
use crate::api::{Link, Pages};
use crate::catalog::glue::GlueCatalog;
use crate::catalog::{SOURCE_ROLE, Tables};
use crate::config::{Config, Passthrough};
use crate::plan::handoff::{PLAN_KEY, SPLIT_KEY};
use crate::plan::{Plan, SplitWork};
use crate::role::RoleArn;
use crate::types::names::fold;
use arrow::datatypes::Schema;
use async_trait::async_trait;
use athena_federation::clock::Clock;
use athena_federation::{BatchStream, Call, Connector, Fault, SplitPage, TablePage, TableSchema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Asked, Constraints};
use athena_protocol::wire::{
    CapabilitySubType, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest, ListTablesRequest,
    ReadRecordsRequest, TableName,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads DynamoDB for the engine.
pub struct DynamoDb {
    tables: Tables,
    glue: Option<GlueCatalog>,
    config: Config,
    link: Arc<Link>,
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
            tables: Tables::new(client, sts, clock)
                .with_role(config.role.clone())
                .with_expiry(config.lookup_expiry),
            glue: None,
            link: Link::new(config.page_compression),
            config,
        }
    }

    /// Looks tables up in the Glue Data Catalog first.
    #[must_use]
    pub fn with_glue(self, glue: GlueCatalog) -> Self {
        Self {
            glue: Some(glue.with_expiry(self.config.lookup_expiry)),
            ..self
        }
    }

    /// The tables as the caller sees them, in the role of the options if there is one.
    fn tables(&self, call: &Call) -> Tables {
        self.tables.of_call(call, None)
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
        Ok(partitions(&self.plan(call, request).await?))
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
        self.read_split(call, request)
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

/// The role that a schema or split names, which came back from the engine.
fn source_role(role: Option<&String>) -> Result<Option<RoleArn>, Fault> {
    let role = role.map(|role| RoleArn::new(role)).transpose();
    role.map_err(|problem| Fault::invalid_input(format!("`{SOURCE_ROLE}` is {problem}")))
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
