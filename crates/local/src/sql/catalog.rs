//! A connector's schemas and tables as a DataFusion catalog.

use super::spelling::nearest;
use super::table::ConnectorTable;
use super::{Offer, external, passthrough};
use async_trait::async_trait;
use athena_client::{InvokeError, Query};
use athena_protocol::wire::TableName;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::TableType;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names in a catalog: schemas, and the tables of those that can be listed.
#[derive(Debug)]
pub struct Names {
    schemas: BTreeMap<String, Option<Vec<String>>>,
}

/// A table that the connector does not know.
#[derive(Debug, thiserror::Error)]
#[error("there is no table `{table}` in schema `{schema}`")]
pub struct UnknownTable {
    schema: String,
    table: String,
    /// The table that was probably meant.
    pub suggestion: Option<String>,
    #[source]
    source: athena_client::Error,
}

impl UnknownTable {
    /// Its name, as the statement has it.
    pub fn table(&self) -> &str {
        &self.table
    }
}

impl Names {
    /// Lists all schemas and their tables.
    ///
    /// A schema whose tables cannot be listed, for want of a permission say, can still be asked for a table by name.
    ///
    /// # Errors
    /// If the connector cannot be reached, or does not list its schemas.
    pub async fn list(query: &Query) -> std::result::Result<Self, athena_client::Error> {
        let mut schemas = BTreeMap::new();
        for schema in query.list_schemas().await? {
            let tables = match query.list_tables(&schema).await {
                Ok(tables) => Some(tables.into_iter().map(|table| table.table_name).collect()),
                Err(athena_client::Error::Invoke {
                    source: InvokeError::Function { .. },
                    ..
                }) => None,
                Err(error) => return Err(error),
            };
            schemas.insert(schema, tables);
        }
        Ok(Self { schemas })
    }

    /// The schemas by name, each with its tables; `None` where they cannot be listed.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, Option<&[String]>)> {
        let schemas = self.schemas.iter();
        schemas.map(|(schema, tables)| (schema.as_str(), tables.as_deref()))
    }

    /// The schema to use where none is named.
    pub fn default_schema(&self) -> &str {
        let first = || self.schemas.keys().next().map(String::as_str);
        if self.schemas.contains_key(DEFAULT_SCHEMA) {
            DEFAULT_SCHEMA
        } else {
            first().unwrap_or(DEFAULT_SCHEMA)
        }
    }
}

/// The catalog in one query.
#[derive(Debug)]
pub struct ConnectorCatalog {
    names: Arc<Names>,
    query: Query,
    /// What its tables may tell the connector; `None` for nothing.
    offer: Option<Arc<Offer>>,
    /// Rows of statements that are handed on, by the names of their tables.
    statements: Arc<BTreeMap<String, Arc<ConnectorTable>>>,
}

impl ConnectorCatalog {
    /// The tables of `names`, asked under the id of `query`; with no offer they are told of no condition, order or limit.
    pub fn new(names: Arc<Names>, query: Query, offer: Option<Arc<Offer>>) -> Self {
        Self {
            names,
            query,
            offer,
            statements: Arc::default(),
        }
    }

    /// The same with the rows of statements that are handed on, by the names of their tables.
    pub(super) fn with_statements(self, statements: BTreeMap<String, Arc<ConnectorTable>>) -> Self {
        Self {
            statements: Arc::new(statements),
            ..self
        }
    }
}

impl CatalogProvider for ConnectorCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.names.schemas.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == passthrough::SCHEMA {
            return Some(Arc::new(HandedOn(self.statements.clone())));
        }
        let tables = self.names.schemas.get(name)?.clone();
        Some(Arc::new(ConnectorSchema {
            name: name.to_owned(),
            tables,
            query: self.query.clone(),
            offer: self.offer.clone(),
        }))
    }
}

#[derive(Debug)]
struct ConnectorSchema {
    name: String,
    tables: Option<Vec<String>>,
    query: Query,
    offer: Option<Arc<Offer>>,
}

impl ConnectorSchema {
    fn tables(&self) -> &[String] {
        self.tables.as_deref().unwrap_or_default()
    }

    /// The table's name as the connector spells it: SQL folds to lower case what is not quoted.
    fn spelling<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let exact = self.tables().iter().find(|table| *table == name);
        exact
            .or_else(|| {
                self.tables()
                    .iter()
                    .find(|table| table.eq_ignore_ascii_case(name))
            })
            .map(String::as_str)
    }
}

#[async_trait]
impl SchemaProvider for ConnectorSchema {
    fn table_names(&self) -> Vec<String> {
        self.tables().to_vec()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let listed = self.spelling(name);
        let asked = TableName::new(&self.name, listed.unwrap_or(name));
        match self.query.get_table(&asked).await {
            Ok(table) => Ok(Some(Arc::new(ConnectorTable::new(
                self.query.clone(),
                table,
                self.offer.clone(),
            )))),
            Err(
                source @ athena_client::Error::Invoke {
                    source: InvokeError::Function { .. },
                    ..
                },
            ) if self.tables.is_some() && listed.is_none() => {
                let suggestion = nearest(name, self.tables()).map(str::to_owned);
                Err(external(UnknownTable {
                    schema: self.name.clone(),
                    table: name.to_owned(),
                    suggestion,
                    source,
                }))
            }
            Err(error) => Err(external(error)),
        }
    }

    /// Answers without a call, for lists of tables.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.spelling(name).map(|_| TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.spelling(name).is_some()
    }
}

/// The rows of statements that are handed on. They are in no list of tables.
#[derive(Debug)]
struct HandedOn(Arc<BTreeMap<String, Arc<ConnectorTable>>>);

#[async_trait]
impl SchemaProvider for HandedOn {
    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let table = self.0.get(name).cloned();
        Ok(table.map(|table| table as Arc<dyn TableProvider>))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

const DEFAULT_SCHEMA: &str = "default";
