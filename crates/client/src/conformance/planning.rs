//! From a table's name to its splits: the calls of metadata, each judged as it is made (protocol §5.4 to §5.6).

use super::ledger::Ledger;
use super::rules::Rule;
use super::session::{Failure, Session, identity, query_id};
use arrow::datatypes::SchemaRef;
use athena_protocol::block::Block;
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::EncryptionKey;
use athena_protocol::wire::{
    GetSplitsRequest, GetSplitsResponse, GetTableLayoutRequest, GetTableRequest, Request, Response,
    Split, TableName, Version,
};
use std::collections::{BTreeMap, HashSet};

/// A table as the connector describes it.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its name as it was listed.
    pub(super) name: TableName,
    pub(super) schema: SchemaRef,
    pub(super) partition_columns: Vec<String>,
}

/// What has to be read to answer one question.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) query_id: String,
    pub(super) constraints: Constraints,
    pub(super) version: Version,
    pub(super) partitions: Block,
    /// The splits, without those that are equal to one before.
    pub(super) splits: Vec<Split>,
    /// The token that each page was asked with, and the splits in it.
    pub(super) pages: Vec<(Option<String>, usize)>,
}

impl Session {
    /// A table's columns.
    pub(super) async fn get_table(
        &mut self,
        name: &TableName,
        version: Version,
    ) -> Result<Table, Failure> {
        let request = Request::GetTable(GetTableRequest {
            identity: Some(identity()),
            query_id: query_id(),
            catalog_name: self.target.catalog.clone(),
            table_name: name.clone(),
            query_passthrough_arguments: BTreeMap::new(),
        });
        match self.ask_as(&request, version).await? {
            Response::GetTable(table) => Ok(Table {
                name: name.clone(),
                schema: table.schema,
                partition_columns: table.partition_columns,
            }),
            other => Err(Failure::Unexpected(other.kind())),
        }
    }

    /// Layout and splits for a question, in the version of the conversation.
    pub(super) async fn plan(
        &mut self,
        table: &Table,
        constraints: &Constraints,
    ) -> Result<Planned, Failure> {
        self.plan_as(table, constraints, self.version).await
    }

    /// Layout and splits for a question.
    pub(super) async fn plan_as(
        &mut self,
        table: &Table,
        constraints: &Constraints,
        version: Version,
    ) -> Result<Planned, Failure> {
        let query_id = query_id();
        let request = Request::GetTableLayout(GetTableLayoutRequest {
            identity: Some(identity()),
            query_id: query_id.clone(),
            catalog_name: self.target.catalog.clone(),
            table_name: table.name.clone(),
            constraints: constraints.clone(),
            schema: table.schema.clone(),
            partition_columns: table.partition_columns.clone(),
        });
        let partitions = match self.ask_as(&request, version).await? {
            Response::GetTableLayout(layout) => layout.partitions,
            other => return Err(Failure::Unexpected(other.kind())),
        };
        let schema = partitions.schema();
        let lacking = table.partition_columns.iter().find(|column| {
            let mut fields = schema.fields().iter();
            !fields.any(|field| field.name().eq_ignore_ascii_case(column))
        });
        self.ledger
            .check(Rule::LayoutPartitions, lacking.is_none(), || {
                let column = lacking.map_or("", String::as_str);
                format!(
                    "{}: the layout lacks the partition column `{column}`",
                    table.name
                )
            });
        let mut planned = Planned {
            query_id,
            constraints: constraints.clone(),
            version,
            partitions,
            splits: Vec::new(),
            pages: Vec::new(),
        };
        if planned.partitions.batch().num_rows() > 0 {
            self.all_splits(table, &mut planned).await?;
        }
        Ok(planned)
    }

    /// One page of splits.
    pub(super) async fn splits(
        &mut self,
        table: &Table,
        planned: &Planned,
        token: Option<String>,
    ) -> Result<GetSplitsResponse, Failure> {
        let request = Request::GetSplits(GetSplitsRequest {
            identity: Some(identity()),
            query_id: planned.query_id.clone(),
            catalog_name: self.target.catalog.clone(),
            table_name: table.name.clone(),
            partitions: planned.partitions.clone(),
            partition_columns: table.partition_columns.clone(),
            constraints: planned.constraints.clone(),
            continuation_token: token,
        });
        match self.ask_as(&request, planned.version).await? {
            Response::GetSplits(page) => Ok(page),
            other => Err(Failure::Unexpected(other.kind())),
        }
    }

    async fn all_splits(&mut self, table: &Table, planned: &mut Planned) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        let mut token: Option<String> = None;
        let mut all = Vec::new();
        loop {
            let page = self.splits(table, planned, token.clone()).await?;
            planned.pages.push((token, page.splits.len()));
            all.extend(page.splits);
            token = page.continuation_token;
            let Some(next) = &token else {
                self.ledger.pass(Rule::SplitsEnd);
                break;
            };
            let pages = planned.pages.len();
            if !seen.insert(next.clone()) || pages >= MOST_PAGES {
                self.ledger.fail(
                    Rule::SplitsEnd,
                    format!("{}: after {pages} pages the token of an earlier one came, or there is no end", table.name),
                );
                return Err(Failure::Told);
            }
        }
        judge_splits(&all, &table.name, &mut self.ledger);
        let mut distinct: Vec<Split> = Vec::with_capacity(all.len());
        for split in all {
            // A place of its own makes a split different, so equal ones are few and stand where they were found.
            if !distinct.contains(&split) {
                distinct.push(split);
            }
        }
        planned.splits = distinct;
        Ok(())
    }
}

fn judge_splits(splits: &[Split], table: &TableName, ledger: &mut Ledger) {
    let mut places = HashSet::new();
    let mut keys = HashSet::new();
    for (number, split) in splits.iter().enumerate() {
        let equal = splits[..number].contains(split);
        ledger.check(Rule::SplitsDistinct, !equal, || {
            format!("{table}: split {number} is equal to one before it")
        });
        match &split.spill_location {
            None => ledger.skip(
                Rule::SplitsPlace,
                "splits have no place to spill to, so that all answers have to be inline",
            ),
            Some(place) => {
                let own = places.insert((&place.bucket, &place.key));
                ledger.check(Rule::SplitsPlace, own && place.directory, || {
                    let wrong = if own {
                        "is an object, expected a prefix"
                    } else {
                        "is that of another split"
                    };
                    format!("{table}: the spill location of split {number} {wrong}")
                });
            }
        }
        let Some(key) = &split.encryption_key else {
            continue;
        };
        let lengths = (key.expose_key().len(), key.nonce().len());
        let own = keys.insert(pair(key));
        ledger.check(
            Rule::SplitsKey,
            matches!(lengths, (16 | 32, 12)) && own,
            || {
                if own {
                    let (key, nonce) = lengths;
                    format!(
                        "{table}: split {number} has a key of {key} bytes and a nonce of {nonce}"
                    )
                } else {
                    format!("{table}: split {number} has the key of another one")
                }
            },
        );
    }
    if splits.iter().all(|split| split.encryption_key.is_none()) {
        ledger.skip(Rule::SplitsKey, "no split has a key: encryption is off");
    }
}

fn pair(key: &EncryptionKey) -> (Vec<u8>, Vec<u8>) {
    (key.expose_key().to_vec(), key.nonce().to_vec())
}

/// Pages of splits after which nobody waits for the end; at a thousand splits each, more than any engine reads.
const MOST_PAGES: usize = 10_000;
