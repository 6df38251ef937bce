//! Items by their keys, up to a hundred a call.
//!
//! DynamoDB leaves keys unprocessed when it is asked too fast, and when an answer would pass 16 MB. The first is a throttle like any
//! other: an answer without any item done is asked for again as it was, one in part is handed on and makes later calls slower. In
//! both cases the rest is the caller's to ask for, so that no key is lost.

use super::fault::{TableContext, fault};
use super::key::unprocessed_keys;
use super::page::{Key, Page, PageRequest, Pages, body_of};
use super::raw_body::RawBody;
use super::throttling::throttles_unrepeated;
use crate::json::BatchAnswer;
use crate::plan::KEYS_A_CALL;
use athena_federation::Fault;
use athena_federation::throttle::Outcome;
use athena_protocol::wire::SourceErrorCode;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use std::collections::HashMap;

/// Items of one table, by key. A key without an item gives no row.
#[derive(Debug, Clone, Default)]
pub struct BatchGet {
    /// The table's real name.
    pub table: String,
    /// Whole primary keys, as many as wanted, none of them twice.
    pub keys: Vec<Key>,
    /// Wanted attributes.
    pub projection: Option<String>,
    /// Aliases of names, only those that occur.
    pub names: HashMap<String, String>,
    /// Strongly consistent.
    pub consistent: bool,
}

impl BatchGet {
    /// Keys of one call, at most.
    pub const MAX_KEYS: usize = KEYS_A_CALL;

    /// A query for the item of one key.
    pub fn query(&self, key: Key) -> PageRequest {
        let mut request = PageRequest {
            table: self.table.clone(),
            projection: self.projection.clone(),
            names: self.names.clone(),
            consistent: self.consistent,
            ..PageRequest::default()
        };
        let tests: Vec<String> = key
            .into_iter()
            .enumerate()
            .map(|(place, (name, value))| {
                let known = request.names.iter().find(|(_, known)| **known == name);
                let alias = known.map_or(format!("#k{place}"), |(alias, _)| alias.clone());
                request.names.insert(alias.clone(), name);
                request.values.insert(format!(":k{place}"), value);
                format!("{alias} = :k{place}")
            })
            .collect();
        request.key_condition = Some(tests.join(" AND "));
        request
    }

    fn context(&self) -> TableContext<'_> {
        TableContext {
            operation: "BatchGetItem",
            table: &self.table,
        }
    }

    fn invalid(&self, problem: impl std::fmt::Display) -> Fault {
        let table = &self.table;
        Fault::new(
            SourceErrorCode::InvalidResponse,
            format!("an answer to BatchGetItem on table `{table}` cannot be used: {problem}"),
        )
    }
}

/// The answer to one call.
#[derive(Debug, Clone)]
pub struct BatchPage {
    /// Its text, with items under `Responses`.
    pub page: Page,
    /// Keys that are still to be asked for, fewer than were asked.
    pub unprocessed: Vec<Key>,
    /// Capacity units that it cost.
    pub consumed_capacity: Option<f64>,
}

impl Pages {
    /// The items of `keys`, of which there are 1 to [`BatchGet::MAX_KEYS`]; those in `request` itself are not looked at.
    ///
    /// # Errors
    /// As [`page`](Self::page). Where no key is ever processed, that is the throttle's fault; where an answer does not fit what was
    /// asked, an [`InvalidResponse`](SourceErrorCode::InvalidResponse).
    pub async fn batch(&self, request: &BatchGet, keys: &[Key]) -> Result<BatchPage, Fault> {
        let attempt = || self.attempt(request, keys);
        let batch = (self.throttle())
            .run_telling(&request.table, attempt)
            .await?;
        self.count(&batch.page);
        Ok(batch)
    }

    async fn attempt(
        &self,
        request: &BatchGet,
        keys: &[Key],
    ) -> Result<(BatchPage, Outcome), Fault> {
        let send = || self.send_batch(request, keys);
        let page = self.whole(request.context(), send).await?;
        let answer = BatchAnswer::of(&page).map_err(|error| request.invalid(error))?;
        let unprocessed = match answer.unprocessed_keys {
            None => Vec::new(),
            Some(text) => unprocessed_keys(text).ok_or_else(|| {
                request.invalid("its unprocessed keys are not keys of this one table")
            })?,
        };
        if answer.items + unprocessed.len() > keys.len() {
            return Err(request.invalid(format_args!(
                "{} items and {} unprocessed keys for {} keys",
                answer.items,
                unprocessed.len(),
                keys.len()
            )));
        }
        if unprocessed.len() == keys.len() {
            let (table, asked) = (&request.table, keys.len());
            return Err(Fault::new(
                SourceErrorCode::Throttling,
                format!(
                    "DynamoDB left all {asked} keys of BatchGetItem on table `{table}` unprocessed"
                ),
            )
            .with_hint("the table's read capacity is used up: try again later or raise it"));
        }
        let full = page.len() >= FULL_BYTES;
        let outcome = if unprocessed.is_empty() || full {
            Outcome::Done
        } else {
            Outcome::Throttled
        };
        let consumed_capacity = answer.consumed_capacity;
        let batch = BatchPage {
            page,
            unprocessed,
            consumed_capacity,
        };
        Ok((batch, outcome))
    }

    async fn send_batch(&self, request: &BatchGet, keys: &[Key]) -> Result<RawBody, Fault> {
        let _time = self.metrics().fetch_us.stopwatch();
        let taken = self.take_body();
        let names = (!request.names.is_empty()).then(|| request.names.clone());
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.to_vec()))
            .set_projection_expression(request.projection.clone())
            .set_expression_attribute_names(names)
            .set_consistent_read(request.consistent.then_some(true))
            .build()
            .expect("keys are all that a builder asks for");
        self.client()
            .batch_get_item()
            .request_items(&request.table, wanted)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(throttles_unrepeated::<BatchGetItemError>())
            .interceptor(taken.clone())
            .send()
            .await
            .map_err(|error| fault(request.context(), &error))?;
        body_of(&taken)
    }
}

/// An answer of this size ended for its size: DynamoDB stops within one item, at most 400 kB, of 16 MB, and the JSON of an item is
/// never shorter than the size that it counts.
const FULL_BYTES: usize = 15 << 20;
