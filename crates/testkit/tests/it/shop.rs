//! The sample shop, loaded and read back.

use std::collections::HashMap;

use athena_testkit::shop::{CUSTOMERS, ORDERS, PRODUCTS};
use athena_testkit::{DynamoDb, Shop};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Select};

async fn count(client: &Client, table: &str) -> usize {
    let scan = client.scan().table_name(table).select(Select::Count);
    let mut pages = scan.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += usize::try_from(page.unwrap().count()).unwrap();
    }
    count
}

async fn get(
    client: &Client,
    table: &str,
    key: &[(&str, &str)],
) -> HashMap<String, AttributeValue> {
    let mut get = client.get_item().table_name(table);
    for (name, value) in key {
        get = get.key(*name, AttributeValue::S((*value).to_owned()));
    }
    get.send().await.unwrap().item.unwrap()
}

#[tokio::test]
async fn a_loaded_shop_can_be_read_back() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let client = dynamodb.client();
    let shop = Shop::generate(3, 0.05);
    let mut told = Vec::new();
    shop.load(&client, |loaded, total| told.push((loaded, total)))
        .await
        .unwrap();
    assert_eq!(
        (shop.customers.len(), shop.products.len(), shop.orders.len()),
        (100, 25, 1000)
    );
    assert_eq!(told.first(), Some(&(0, 1125)));
    assert_eq!(told.last(), Some(&(1125, 1125)));
    assert!(told.is_sorted());
    assert_eq!(dynamodb.count("BatchWriteItem"), 4 + 1 + 40);

    assert_eq!(count(&client, CUSTOMERS).await, 100);
    assert_eq!(count(&client, PRODUCTS).await, 25);
    assert_eq!(count(&client, ORDERS).await, 1000);
    for customer in &shop.customers[..20] {
        let key = [("customer_id", customer.customer_id.as_str())];
        assert_eq!(get(&client, CUSTOMERS, &key).await, customer.item());
    }
    for order in &shop.orders[..20] {
        let key = [
            ("customer_id", order.customer_id.as_str()),
            ("order_id", order.order_id.as_str()),
        ];
        assert_eq!(
            sorted(get(&client, ORDERS, &key).await),
            sorted(order.item())
        );
    }
    for product in &shop.products {
        let stored = get(&client, PRODUCTS, &[("sku", product.sku.as_str())]).await;
        assert_eq!(stored["title"].as_s().unwrap(), &product.title);
        let price: f64 = stored["price"].as_n().unwrap().parse().unwrap();
        assert!((price - product.price.parse::<f64>().unwrap()).abs() <= price.abs() * 1e-15);
    }
}

/// Sets come back in an order of their own.
fn sorted(mut item: HashMap<String, AttributeValue>) -> HashMap<String, AttributeValue> {
    if let Some(AttributeValue::Ns(flags)) = item.get_mut("flags") {
        flags.sort();
    }
    item
}

#[tokio::test]
async fn orders_can_be_queried_by_status() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let client = dynamodb.client();
    let shop = Shop::generate(4, 0.005);
    shop.load(&client, |_, _| {}).await.unwrap();
    let query = client.query().table_name(ORDERS).index_name("by_status");
    let query = query
        .key_condition_expression("#s = :paid")
        .expression_attribute_names("#s", "status");
    let query = query.expression_attribute_values(":paid", AttributeValue::S("PAID".to_owned()));
    let found = query.send().await.unwrap();
    let paid = shop
        .orders
        .iter()
        .filter(|order| order.status == "PAID")
        .count();
    assert_eq!(usize::try_from(found.count()).unwrap(), paid);
    assert!(found.items()[0].contains_key("lines"));
    assert_eq!(
        dynamodb.calls().last().unwrap().index.as_deref(),
        Some("by_status")
    );
}

#[tokio::test]
async fn a_shop_is_not_loaded_over_another() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let client = dynamodb.client();
    let shop = Shop::generate(1, 0.001);
    shop.load(&client, |_, _| {}).await.unwrap();
    let error = shop.load(&client, |_, _| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot create table `customers`");
}
