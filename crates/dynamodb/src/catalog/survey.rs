//! A table looked at for its owner: what its items hold, and the schema that they would get.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::Schema;
use athena_federation::clock::Clock;
use athena_federation::{Call, Fault};
use aws_config::SdkConfig;

use super::{Gather, Tables, gather, schema};
use crate::api::{Pages, sts_client};
use crate::json::DecodeError;
use crate::types::census::Census;
use crate::types::infer::{NumberType, Sample};

/// What was found.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The table's name in DynamoDB.
    pub table: String,
    /// Items that the table has, some six hours ago.
    pub item_count: u64,
    /// The counts.
    pub census: Census,
    /// The schema, as the connector infers it.
    pub schema: Schema,
}

#[derive(Default)]
struct Both {
    sample: Sample,
    census: Census,
}

impl Gather for Both {
    fn push_page(&mut self, page: &[u8]) -> Result<usize, DecodeError> {
        self.sample.push_page(page)?;
        self.census.push_page(page)
    }

    fn merge(&mut self, other: Self) {
        self.sample.merge(other.sample);
        self.census.merge(other.census);
    }
}

/// Looks at up to `items` items of the table called `name`, in this or another case.
///
/// # Errors
/// The fault of a call.
pub async fn survey(
    shared: &SdkConfig,
    name: &str,
    items: u32,
    number_type: NumberType,
    clock: Arc<dyn Clock>,
) -> Result<Survey, Fault> {
    let call = Call::lasting(LONGEST, clock.clone());
    let tables = Tables::new(
        aws_sdk_dynamodb::Client::new(shared),
        sts_client(shared),
        clock,
    );
    let described = tables.describe(name, &call).await?;
    let pages = Pages::new(tables.client().clone(), &call);
    let Both { sample, census } = gather(&pages, &described, items).await?;
    Ok(Survey {
        schema: schema(&sample, &described, number_type),
        table: described.table.name,
        item_count: described.table.item_count,
        census,
    })
}

/// Even all items of a large table take no longer.
const LONGEST: Duration = Duration::from_hours(12);
