//! A table's schema from a sample of its items.

use super::Described;
use crate::api::{PageRequest, Pages, start_key};
use crate::json::DecodeError;
use crate::read::tail::PageTail;
use crate::table::{KeyAttribute, KeyKind};
use crate::types::infer::{KeyType, NumberType, Sample};
use arrow::datatypes::Schema;
use athena_federation::Fault;
use athena_protocol::wire::SourceErrorCode;

/// Metadata that names the DynamoDB table behind a schema, as the Java connector does.
pub const SOURCE_TABLE: &str = "sourceTable";

/// Table property, and metadata, with the ARN of the IAM role that this table alone is read with.
pub const SOURCE_ROLE: &str = "sourceRoleArn";

/// What pages of items are gathered into.
pub trait Gather: Default + Send {
    /// Adds a page and returns how many items it had.
    ///
    /// # Errors
    /// If the page is malformed.
    fn push_page(&mut self, page: &[u8]) -> Result<usize, DecodeError>;

    /// Adds what another part of the table gave.
    fn merge(&mut self, other: Self);
}

impl Gather for Sample {
    fn push_page(&mut self, page: &[u8]) -> Result<usize, DecodeError> {
        Sample::push_page(self, page)
    }

    fn merge(&mut self, other: Self) {
        Sample::merge(self, other);
    }
}

/// Looks at up to `items` items, of a larger table in several places at once, so that one large item collection or one day's items
/// do not stand for all.
///
/// # Errors
/// The fault of a Scan.
pub async fn gather<T: Gather>(
    pages: &Pages,
    described: &Described,
    items: u32,
) -> Result<T, Fault> {
    let table = &described.table;
    let segments = if table.item_count > u64::from(items) {
        SEGMENTS.min(items)
    } else {
        1
    };
    let parts = (0..segments).map(|segment| {
        let total = i32::try_from(segments).expect("a few");
        let place = (segments > 1).then(|| (i32::try_from(segment).expect("a few"), total));
        // The first ones take the rest of the division.
        let share = items / segments + u32::from(segment < items % segments);
        part(pages, &table.name, place, share)
    });
    let parts = futures::future::try_join_all(parts).await?;
    Ok(parts.into_iter().fold(T::default(), |mut all, part| {
        all.merge(part);
        all
    }))
}

/// Looks at up to `items` items of a segment.
async fn part<T: Gather>(
    pages: &Pages,
    table: &str,
    segment: Option<(i32, i32)>,
    items: u32,
) -> Result<T, Fault> {
    let mut sample = T::default();
    let mut left = items;
    let mut start = None;
    while left > 0 {
        let request = PageRequest {
            table: table.to_owned(),
            segment,
            limit: i32::try_from(left).ok(),
            ..PageRequest::default()
        };
        let page = pages.page(&request, start.as_ref()).await?;
        let looked_at = sample
            .push_page(&page)
            .map_err(|error| unreadable(table, &error))?;
        let tail = PageTail::of(&page).map_err(|error| unreadable(table, &error))?;
        left = left.saturating_sub(u32::try_from(looked_at).unwrap_or(u32::MAX).max(1));
        start = tail.last_evaluated_key.and_then(start_key);
        if start.is_none() {
            break;
        }
    }
    Ok(sample)
}

/// The schema of a sample; key attributes are always part of it.
pub fn schema(sample: &Sample, described: &Described, number_type: NumberType) -> Schema {
    let name = &described.table.name;
    let schema = sample.schema(&keys_first(described), number_type).schema;
    let mut metadata = schema.metadata.clone();
    metadata.insert(SOURCE_TABLE.to_owned(), name.clone());
    schema.with_metadata(metadata)
}

/// The table's own key, then the other key attributes by name.
fn keys_first(described: &Described) -> Vec<(String, KeyType)> {
    let own: Vec<&KeyAttribute> = described.table.keys.attributes().collect();
    let mut others: Vec<&KeyAttribute> = described
        .key_attributes
        .iter()
        .filter(|key| !own.contains(key))
        .collect();
    others.sort_by(|a, b| a.name.cmp(&b.name));
    let kind = |key: &KeyAttribute| match key.kind {
        KeyKind::S => KeyType::S,
        KeyKind::N => KeyType::N,
        KeyKind::B => KeyType::B,
    };
    own.into_iter()
        .chain(others)
        .map(|key| (key.name.clone(), kind(key)))
        .collect()
}

fn unreadable(table: &str, error: &DecodeError) -> Fault {
    Fault::new(
        SourceErrorCode::InvalidResponse,
        format!("cannot read a sample of table `{table}`: {error}"),
    )
}

/// Places of a large table that are looked at.
const SEGMENTS: u32 = 4;
