//! One query's walk through a connector: schema, layout, splits, records (protocol §5).

use crate::blocks;
use crate::connector::{Answer, Connector};
use crate::error::Error;
use crate::stats::QueryStats;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use athena_protocol::block::Block;
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{
    GetDataSourceCapabilitiesRequest, GetDataSourceCapabilitiesResponse, GetSplitsRequest,
    GetTableLayoutRequest, GetTableRequest, ListSchemasRequest, ListTablesRequest, PingRequest,
    PingResponse, ReadRecordsRequest, Request, Response, Split, TableName,
};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A query in progress: an id, under which the connector spills, and counters. Cloning is cheap and keeps both.
#[derive(Debug, Clone)]
pub struct Query {
    connector: Connector,
    id: Arc<str>,
    stats: Arc<QueryStats>,
}

/// A table as the connector describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name, as the connector answered it.
    pub name: TableName,
    /// Columns, with the custom metadata that has to come back in later requests.
    pub schema: SchemaRef,
    /// Columns that partition it.
    pub partition_columns: Vec<String>,
}

/// What has to be read for one table of a query.
#[derive(Debug, Clone)]
pub struct Plan {
    table: TableName,
    constraints: Constraints,
    metadata: BTreeMap<String, String>,
    splits: Vec<Split>,
}

impl Plan {
    /// The splits; none if nothing qualifies.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// What the connector was told to look for.
    pub fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// The schema metadata of the partitions block, in which a connector keeps words of its own between `GetTableLayout` and
    /// `GetSplits`. It can hold values of the query and is for the eyes of whoever wrote it.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }
}

/// Sends a request whose one answer is of the kind of the same name.
macro_rules! ask {
    ($query:expr, $operation:ident, $request:expr) => {{
        let operation = stringify!($operation);
        match $query
            .call(operation, Request::$operation($request))
            .await?
            .response
        {
            Response::$operation(response) => response,
            other => {
                return Err(Error::UnexpectedResponse {
                    operation,
                    got: other.kind(),
                });
            }
        }
    }};
}

impl Query {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            id: uuid::Uuid::new_v4().to_string().into(),
            stats: Arc::default(),
        }
    }

    /// The query's id, a UUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The connector that is asked.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The counters.
    pub fn stats(&self) -> &QueryStats {
        &self.stats
    }

    /// Shakes hands: further requests of this connector are written in the version that it answers.
    ///
    /// # Errors
    /// If the connector cannot be reached or answers with a fault; so for all operations.
    pub async fn ping(&self) -> Result<PingResponse, Error> {
        let request = PingRequest {
            identity: self.connector.identity(),
            catalog_name: self.catalog(),
            query_id: self.id().to_owned(),
        };
        let answer = ask!(self, Ping, request);
        self.connector.speaks(answer.ser_de_version);
        Ok(answer)
    }

    /// The names of all schemas.
    ///
    /// # Errors
    /// As [`ping`](Self::ping).
    pub async fn list_schemas(&self) -> Result<Vec<String>, Error> {
        let request = ListSchemasRequest {
            identity: self.connector.identity(),
            query_id: self.id().to_owned(),
            catalog_name: self.catalog(),
        };
        Ok(ask!(self, ListSchemas, request).schemas)
    }

    /// The names of all tables of a schema, however many pages they come in.
    ///
    /// # Errors
    /// As [`ping`](Self::ping); [`Error::TokenRepeats`] if the pages would never end.
    pub async fn list_tables(&self, schema: &str) -> Result<Vec<TableName>, Error> {
        let mut tables = Vec::new();
        let mut next_token = None;
        loop {
            let request = ListTablesRequest {
                identity: self.connector.identity(),
                query_id: self.id().to_owned(),
                catalog_name: self.catalog(),
                schema_name: schema.to_owned(),
                next_token: next_token.clone(),
                page_size: -1,
            };
            let page = ask!(self, ListTables, request);
            tables.extend(page.tables);
            match page.next_token {
                None => return Ok(tables),
                token if token == next_token => {
                    return Err(Error::TokenRepeats {
                        operation: "ListTables",
                    });
                }
                token => next_token = token,
            }
        }
    }

    /// A table's columns.
    ///
    /// # Errors
    /// As [`ping`](Self::ping).
    pub async fn get_table(&self, name: &TableName) -> Result<Table, Error> {
        self.get_statement(name, BTreeMap::new()).await
    }

    /// The columns of a statement in the source's own language, with the arguments of the table function `name` (protocol §5.4). They
    /// have to stand in the constraints of [`plan`](Self::plan) too.
    ///
    /// # Errors
    /// As [`ping`](Self::ping).
    pub async fn get_statement(
        &self,
        name: &TableName,
        arguments: BTreeMap<String, String>,
    ) -> Result<Table, Error> {
        let request = GetTableRequest {
            identity: self.connector.identity(),
            query_id: self.id().to_owned(),
            catalog_name: self.catalog(),
            table_name: name.clone(),
            query_passthrough_arguments: arguments,
        };
        let table = ask!(self, GetTable, request);
        Ok(Table {
            name: table.table_name,
            schema: table.schema,
            partition_columns: table.partition_columns,
        })
    }

    /// What the connector says that it can be left to do.
    ///
    /// # Errors
    /// As [`ping`](Self::ping).
    pub async fn capabilities(&self) -> Result<GetDataSourceCapabilitiesResponse, Error> {
        let request = GetDataSourceCapabilitiesRequest {
            identity: self.connector.identity(),
            query_id: self.id().to_owned(),
            catalog_name: self.catalog(),
        };
        Ok(ask!(self, GetDataSourceCapabilities, request))
    }

    /// Asks which splits have to be read; none if the layout has no partitions.
    ///
    /// # Errors
    /// As [`ping`](Self::ping); [`Error::TokenRepeats`] if the pages would never end.
    pub async fn plan(&self, table: &Table, constraints: Constraints) -> Result<Plan, Error> {
        let request = GetTableLayoutRequest {
            identity: self.connector.identity(),
            query_id: self.id().to_owned(),
            catalog_name: self.catalog(),
            table_name: table.name.clone(),
            constraints: constraints.clone(),
            schema: table.schema.clone(),
            partition_columns: table.partition_columns.clone(),
        };
        let partitions = ask!(self, GetTableLayout, request).partitions;
        let schema = partitions.batch().schema();
        let metadata = schema.metadata().clone().into_iter().collect();
        let splits = match partitions.batch().num_rows() {
            0 => Vec::new(),
            _ => self.splits(table, &constraints, partitions).await?,
        };
        self.stats.add_splits(splits.len());
        Ok(Plan {
            table: table.name.clone(),
            constraints,
            metadata,
            splits,
        })
    }

    /// Reads one split of `plan`: batches with exactly the columns of `schema`, which needs at least one (protocol §6).
    ///
    /// Nothing is asked before the stream is polled; dropping it ends the reading.
    pub fn read(
        &self,
        plan: &Plan,
        split: &Split,
        schema: SchemaRef,
    ) -> BoxStream<'static, Result<RecordBatch, Error>> {
        let limits = self.connector.limits();
        let request = ReadRecordsRequest {
            identity: self.connector.identity(),
            query_id: self.id().to_owned(),
            catalog_name: self.catalog(),
            table_name: plan.table.clone(),
            schema: schema.clone(),
            split: split.clone(),
            constraints: plan.constraints.clone(),
            max_block_size: limits.max_block_bytes,
            max_inline_block_size: limits.max_inline_block_bytes,
        };
        let (query, stats) = (self.clone(), self.stats.clone());
        let last = stream::once(async move {
            stats.add_split_done();
            None
        });
        let blocks = stream::once(async move { query.read_records(request, schema).await });
        let blocks = blocks.try_flatten().map(Some);
        blocks.chain(last).filter_map(std::future::ready).boxed()
    }

    async fn read_records(
        self,
        request: ReadRecordsRequest,
        schema: SchemaRef,
    ) -> Result<BoxStream<'static, Result<RecordBatch, Error>>, Error> {
        let operation = "ReadRecords";
        let answer = self.call(operation, Request::ReadRecords(request)).await?;
        self.stats.add_log_of_read(answer.log_tail.as_deref());
        self.stats.add_received(answer.bytes);
        match answer.response {
            Response::ReadRecords(response) => {
                let batch = blocks::conform(response.records.into_batch(), &schema)?;
                self.stats.add_inline_block(batch.num_rows());
                Ok(stream::once(async move { Ok(batch) }).boxed())
            }
            Response::RemoteReadRecords(response) => {
                let (key, stored) = (Arc::new(response.encryption_key), response.schema);
                let ahead = self.connector.limits().blocks_ahead.max(1);
                let fetches = stream::iter(response.remote_blocks).map(move |location| {
                    let (query, key, stored, schema) =
                        (self.clone(), key.clone(), stored.clone(), schema.clone());
                    async move {
                        let store = query.connector.store();
                        blocks::fetch(
                            &location,
                            key.as_ref().as_ref(),
                            &stored,
                            &schema,
                            store.as_ref(),
                            &query.stats,
                        )
                        .await
                    }
                });
                Ok(fetches.buffered(ahead).boxed())
            }
            other => Err(Error::UnexpectedResponse {
                operation,
                got: other.kind(),
            }),
        }
    }

    async fn splits(
        &self,
        table: &Table,
        constraints: &Constraints,
        partitions: Block,
    ) -> Result<Vec<Split>, Error> {
        let mut splits: Vec<Split> = Vec::new();
        let mut request = GetSplitsRequest {
            identity: self.connector.identity(),
            query_id: self.id().to_owned(),
            catalog_name: self.catalog(),
            table_name: table.name.clone(),
            partitions,
            partition_columns: table.partition_columns.clone(),
            constraints: constraints.clone(),
            continuation_token: None,
        };
        loop {
            let page = ask!(self, GetSplits, request.clone());
            for split in page.splits {
                // Splits are a set in the engine (protocol §5.6): what is sent twice is read once.
                if !splits.contains(&split) {
                    splits.push(split);
                }
            }
            match page.continuation_token {
                None => break,
                token if token == request.continuation_token => {
                    return Err(Error::TokenRepeats {
                        operation: "GetSplits",
                    });
                }
                token => request.continuation_token = token,
            }
        }
        Ok(splits)
    }

    async fn call(&self, operation: &'static str, request: Request) -> Result<Answer, Error> {
        self.stats.add_call(request.kind());
        self.connector.call(operation, &request).await
    }

    fn catalog(&self) -> String {
        self.connector.catalog().to_owned()
    }
}

#[cfg(test)]
mod tests;
