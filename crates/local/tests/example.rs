//! The example does what it says.

#[path = "../examples/own_rows.rs"]
mod own_rows;

use arrow::util::pretty::pretty_format_batches;
use athena_testkit::{DynamoDb, Shop};

#[tokio::test]
async fn own_rows_are_joined_with_a_connectors_table() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let shop = Shop::generate(1, 0.02);
    shop.load(&dynamodb.client(), |_, _| {}).await.unwrap();
    let connector = own_rows::connector(&dynamodb).unwrap();
    let answer = own_rows::answer(&connector).await.unwrap();
    let shown = pretty_format_batches(&answer).unwrap().to_string();
    let count = |status: &str| {
        shop.orders
            .iter()
            .filter(|order| order.status == status)
            .count()
    };
    for (status, word) in [("RETURNED", "came back"), ("SHIPPED", "on its way")] {
        let cells = shown.lines().find(|line| line.contains(word)).unwrap();
        let orders: usize = cells.split('|').nth(2).unwrap().trim().parse().unwrap();
        assert_eq!(orders, count(status), "{shown}");
    }
}
