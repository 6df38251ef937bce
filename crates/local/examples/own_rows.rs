//! Joins a connector's table with rows of one's own, in a DataFusion session of one's own.
//!
//! ```console
//! $ cargo run -p athena-local --example own_rows
//! ```
//!
//! The connector is the one for DynamoDB, in this process, over an embedded DynamoDB with a sample shop. One that is deployed is
//! reached by `LambdaInvoker` instead, with an `S3Store` for what it spills; all else stays as it is.
#![expect(clippy::print_stdout, reason = "an example shows what comes of it")]

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::util::pretty::pretty_format_batches;
use athena_client::{Connector, Limits};
use athena_local::in_process;
use athena_local::sql::{ConnectorTable, FirstRows, Offer};
use athena_protocol::wire::TableName;
use athena_testkit::{ACCESS_KEY_ID, DynamoDb, REGION, SECRET_ACCESS_KEY, Shop};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use std::error::Error;
use std::sync::Arc;

#[allow(
    dead_code,
    reason = "the test that runs this example has a `main` of its own"
)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let dynamodb = DynamoDb::start().await?;
    let shop = Shop::generate(1, 0.02);
    shop.load(&dynamodb.client(), |_, _| {}).await?;
    let answer = answer(&connector(&dynamodb)?).await?;
    println!("{}", pretty_format_batches(&answer)?);
    Ok(())
}

/// The connector, in this process.
pub(crate) fn connector(dynamodb: &DynamoDb) -> Result<Connector, Box<dyn Error>> {
    let credentials = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "example");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(dynamodb.endpoint())
        .build();
    let connector = in_process::dynamodb(&config, &|_| None, "ddb", Limits::default());
    Ok(connector.map_err(|fault| fault.to_string())?)
}

/// How many orders there are of each status that has a word of ours.
pub(crate) async fn answer(connector: &Connector) -> Result<Vec<RecordBatch>, Box<dyn Error>> {
    // One query: its calls have one id, and what they cost is counted together.
    let query = connector.query();
    query.ping().await?;
    let offer = Arc::new(Offer::ask(&query).await?);
    let orders = query
        .get_table(&TableName::new("default", "orders"))
        .await?;

    let session = SessionContext::new();
    // Tells the table of LIMIT and ORDER BY … LIMIT.
    session.add_optimizer_rule(Arc::new(FirstRows));
    let table = ConnectorTable::new(query.clone(), orders, Some(offer));
    session.register_table("orders", Arc::new(table))?;
    let texts = |texts: &[&str]| -> ArrayRef { Arc::new(StringArray::from(texts.to_vec())) };
    let words = RecordBatch::try_from_iter([
        ("status", texts(&["RETURNED", "SHIPPED"])),
        ("word", texts(&["came back", "on its way"])),
    ])?;
    let words = MemTable::try_new(words.schema(), vec![vec![words]])?;
    session.register_table("words", Arc::new(words))?;

    let sql = "select word, count(*) as orders from orders join words on words.status = orders.status \
               where orders.status in ('RETURNED', 'SHIPPED') group by word order by word";
    let answer = session.sql(sql).await?.collect().await?;
    assert!(
        query.stats().figures().rows > 0,
        "the figures are those of this query"
    );
    Ok(answer)
}
