//! Writes the shop into a DynamoDB: three tables, 25 items a call, several calls at once.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, PutRequest, ScalarAttributeType, WriteRequest,
};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::model::Item;
use super::{Customer, Order, Product, Shop};
use crate::Error;

/// The table of customers.
pub const CUSTOMERS: &str = "customers";
/// The table of products.
pub const PRODUCTS: &str = "products";
/// The table of orders.
pub const ORDERS: &str = "orders";

/// As many items as one `BatchWriteItem` takes.
const BATCH: usize = 25;
const WRITERS: usize = 4;
const ATTEMPTS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(20);

impl Shop {
    /// Makes the three tables and writes all items, telling `progress` how many of how many are written.
    ///
    /// # Errors
    /// [`Error::Request`] when DynamoDB refuses, for one because a table exists; [`Error::Unprocessed`] when it keeps leaving
    /// items unwritten.
    pub async fn load(
        &self,
        client: &Client,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<(), Error> {
        create(client, CUSTOMERS, &["customer_id"], None).await?;
        create(client, PRODUCTS, &["sku"], None).await?;
        create(
            client,
            ORDERS,
            &["customer_id", "order_id"],
            Some(("by_status", "status")),
        )
        .await?;

        let batches = |table, items: Vec<Item>| {
            let batches: Vec<_> = items.chunks(BATCH).map(<[Item]>::to_vec).collect();
            batches.into_iter().map(move |batch| (table, batch))
        };
        let customers = batches(
            CUSTOMERS,
            self.customers.iter().map(Customer::item).collect(),
        );
        let products = batches(PRODUCTS, self.products.iter().map(Product::item).collect());
        let orders = batches(ORDERS, self.orders.iter().map(Order::item).collect());
        let writes = customers.chain(products).chain(orders);
        let mut writes = stream::iter(writes)
            .map(|(table, items)| write(client, table, items))
            .buffer_unordered(WRITERS);
        let (mut loaded, total) = (0, self.items());
        progress(loaded, total);
        while let Some(written) = writes.try_next().await? {
            loaded += written;
            progress(loaded, total);
        }
        Ok(())
    }
}

/// Makes a table with string keys, paid per request, with an index on the range key under another hash key if told so.
async fn create(
    client: &Client,
    table: &str,
    keys: &[&str],
    index: Option<(&str, &str)>,
) -> Result<(), Error> {
    let index_hash = index.map(|(_, hash)| hash);
    let attributes = keys.iter().copied().chain(index_hash).map(|name| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("name and type are set")
    });
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.collect()))
        .set_key_schema(Some(key_schema(keys)));
    if let Some((name, hash)) = index {
        let keys: Vec<&str> = std::iter::once(hash).chain(keys.last().copied()).collect();
        let everything = Projection::builder()
            .projection_type(ProjectionType::All)
            .build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(name)
            .set_key_schema(Some(key_schema(&keys)))
            .projection(everything)
            .build()
            .expect("name and keys are set");
        request = request.global_secondary_indexes(index);
    }
    request
        .send()
        .await
        .map_err(Error::request("create table", table))?;
    Ok(())
}

/// The first key is the hash key, the second the range key.
fn key_schema(keys: &[&str]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    let elements = keys.iter().zip(kinds).map(|(name, kind)| {
        let element = KeySchemaElement::builder()
            .attribute_name(*name)
            .key_type(kind);
        element.build().expect("name and type are set")
    });
    elements.collect()
}

/// Writes up to 25 items, again and again what is left, and returns how many there were.
async fn write(client: &Client, table: &str, items: Vec<Item>) -> Result<usize, Error> {
    let count = items.len();
    let requests = items.into_iter().map(|item| {
        let put = PutRequest::builder()
            .set_item(Some(item))
            .build()
            .expect("the item is set");
        WriteRequest::builder().put_request(put).build()
    });
    let mut left: Vec<WriteRequest> = requests.collect();
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=ATTEMPTS {
        let batch = HashMap::from([(table.to_owned(), std::mem::take(&mut left))]);
        let answer = client
            .batch_write_item()
            .set_request_items(Some(batch))
            .send()
            .await;
        let answer = answer.map_err(Error::request("write items to", table))?;
        left = answer
            .unprocessed_items
            .and_then(|mut tables| tables.remove(table))
            .unwrap_or_default();
        if left.is_empty() {
            return Ok(count);
        }
        if attempt < ATTEMPTS {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    Err(Error::Unprocessed {
        table: table.to_owned(),
        left: left.len(),
        attempts: ATTEMPTS,
    })
}
