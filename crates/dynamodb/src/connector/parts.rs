//! What is asked of DynamoDB for the work of a split.

use crate::api::{BatchGet, PageRequest, Part};
use crate::plan::{ItemKey, Request, SplitWork, Value, Work};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

/// A chain of pages for each segment, key condition or hundred keys; `page_limit` is for pages in which every item counts.
pub(super) fn parts(work: &SplitWork, page_limit: Option<u64>) -> Vec<Part> {
    let part = |request: Request, segment| {
        Part::Pages(PageRequest {
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
            backward: work.top.as_ref().is_some_and(|top| top.descending),
        })
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
        Work::Items { hash, range, keys } => keys
            .chunks(BatchGet::MAX_KEYS)
            .map(|keys| {
                let request = work.request(None);
                let key = |key: &ItemKey| {
                    let hash = (hash.clone(), attribute_value(key.hash.clone()));
                    let range = range.clone().zip(key.range.clone().map(attribute_value));
                    std::iter::once(hash).chain(range).collect()
                };
                Part::Batch(BatchGet {
                    table: work.table.clone(),
                    keys: keys.iter().map(key).collect(),
                    projection: request.projection,
                    names: request.names.into_iter().collect(),
                    consistent: work.consistent,
                })
            })
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
