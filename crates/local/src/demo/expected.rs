//! What each question has to answer, computed from the shop in plain Rust.

use super::value::Value;
use athena_testkit::Shop;
use athena_testkit::shop::{Address, Customer, Field, Geo, Line, Order};
use std::collections::{BTreeMap, HashMap};

/// The cells of a row.
pub(super) type Row = Vec<Value>;

macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$(Value::from($cell)),*] };
}

pub(super) fn names_and_cities(shop: &Shop) -> Vec<Row> {
    let rows = shop.customers.iter();
    rows.map(|c| {
        row![
            &c.customer_id,
            &c.name,
            c.city.value(),
            whole(&c.loyalty),
            c.vip
        ]
    })
    .collect()
}

pub(super) fn orders_of_one_customer(shop: &Shop) -> Vec<Row> {
    let orders = shop
        .orders
        .iter()
        .filter(|order| order.customer_id == CUSTOMER);
    orders
        .map(|order| {
            row![
                &order.order_id,
                &order.status,
                number(&order.total),
                &order.created_at
            ]
        })
        .collect()
}

pub(super) fn some_orders_of_one_customer(shop: &Shop) -> Vec<Row> {
    let orders = shop
        .orders
        .iter()
        .filter(|order| order.customer_id == CUSTOMER);
    let orders =
        orders.filter(|order| ("o0005000"..="o0015000").contains(&order.order_id.as_str()));
    orders
        .map(|order| {
            row![
                &order.order_id,
                order.quantity,
                number(&order.total),
                lines(order)
            ]
        })
        .collect()
}

pub(super) fn first_returned_orders(shop: &Shop) -> Vec<Row> {
    let orders = shop
        .orders
        .iter()
        .filter(|order| order.status == "RETURNED" && order.order_id.as_str() < "o0000200");
    orders
        .map(|order| row![&order.order_id, &order.customer_id, number(&order.total)])
        .collect()
}

pub(super) fn purchases_of_one_customer(shop: &Shop) -> Vec<Row> {
    let names: HashMap<_, _> = shop
        .customers
        .iter()
        .map(|c| (&c.customer_id, &c.name))
        .collect();
    let titles: HashMap<_, _> = shop.products.iter().map(|p| (&p.sku, &p.title)).collect();
    let mut orders: Vec<_> = shop
        .orders
        .iter()
        .filter(|order| order.customer_id == CUSTOMER)
        .collect();
    orders.sort_by(|a, b| a.order_id.cmp(&b.order_id));
    let known = orders
        .into_iter()
        .filter_map(|o| Some((o, names.get(&o.customer_id)?, titles.get(&o.sku)?)));
    known
        .map(|(order, name, title)| row![*name, &order.order_id, *title, order.quantity])
        .collect()
}

pub(super) fn turnover_by_status(shop: &Shop) -> Vec<Row> {
    let mut groups: BTreeMap<&str, Vec<&Order>> = BTreeMap::new();
    for order in &shop.orders {
        groups.entry(&order.status).or_default().push(order);
    }
    let sum = |orders: &[&Order]| {
        let totals = orders.iter().map(|order| {
            if let Value::Number(total) = number(&order.total) {
                total
            } else {
                0
            }
        });
        Value::Number(totals.sum())
    };
    let groups = groups.into_iter().map(|(status, orders)| {
        let pieces: u64 = orders.iter().map(|order| order.quantity).sum();
        let first = orders.iter().map(|order| order.created_at.as_str()).min();
        let last = orders.iter().map(|order| order.created_at.as_str()).max();
        row![
            status,
            orders.len() as u64,
            pieces,
            sum(&orders),
            first,
            last
        ]
    });
    groups.collect()
}

pub(super) fn customers_in_athens(shop: &Shop) -> Vec<Row> {
    let lives = |customer: &&Customer| {
        customer
            .address
            .as_ref()
            .is_some_and(|address| address.city == "Αθήνα")
    };
    let mut customers: Vec<_> = shop.customers.iter().filter(lives).collect();
    customers.sort_by(|a, b| a.customer_id.cmp(&b.customer_id));
    let rows = customers.into_iter().map(|customer| {
        let address = customer.address.as_ref();
        let latitude = address
            .and_then(|address| address.geo.as_ref())
            .map(|geo| number(&geo.lat));
        let first_tag = Value::List(customer.tags.iter().map(Value::from).collect());
        let tags = if customer.tags.is_empty() {
            Value::Null
        } else {
            first_tag
        };
        row![
            &customer.customer_id,
            address.map(|address| &address.zip),
            latitude,
            tags
        ]
    });
    rows.collect()
}

pub(super) fn odd_products(shop: &Shop) -> Vec<Row> {
    let odd = |title: &str, price: &Value| {
        let Value::Number(price) = *price else {
            return false;
        };
        price < 0
            || price == 100
            || price > 1_000_000_000_000_000_000_000_000_000
            || title.contains('"') && title.contains('🎧')
    };
    let mut products: Vec<_> = shop
        .products
        .iter()
        .filter(|p| odd(&p.title, &number(&p.price)))
        .collect();
    products.sort_by(|a, b| a.sku.cmp(&b.sku));
    products
        .into_iter()
        .map(|p| row![&p.sku, &p.title, number(&p.price)])
        .collect()
}

pub(super) fn number_of_orders(shop: &Shop) -> Vec<Row> {
    vec![row![shop.orders.len() as u64]]
}

pub(super) fn whole_customers(shop: &Shop) -> Vec<Row> {
    let rows = shop.customers.iter().map(|c| {
        row![
            &c.customer_id,
            &c.name,
            c.email.value(),
            c.city.value(),
            c.address.as_ref().map(address),
            set(&c.tags),
            whole(&c.loyalty),
            c.vip,
            c.avatar.as_ref(),
        ]
    });
    rows.collect()
}

pub(super) fn whole_orders(shop: &Shop) -> Vec<Row> {
    let rows = shop.orders.iter().map(|o| {
        row![
            &o.customer_id,
            &o.order_id,
            &o.status,
            &o.sku,
            o.quantity,
            number(&o.total),
            &o.created_at,
            lines(o),
            set(&o.flags),
            o.notes.as_ref(),
        ]
    });
    rows.collect()
}

/// A set is no attribute at all when it is empty.
fn set<'a, T>(elements: &'a [T]) -> Value
where
    Value: From<&'a T>,
{
    let list = || Value::List(elements.iter().map(Value::from).collect()).unordered();
    (!elements.is_empty()).then(list).into()
}

fn lines(order: &Order) -> Value {
    let line = |line: &Line| {
        map([
            ("sku", Value::from(&line.sku)),
            ("qty", line.qty.into()),
            ("price", number(&line.price)),
        ])
    };
    Value::List(order.lines.iter().map(line).collect())
}

fn address(address: &Address) -> Value {
    let place = |geo: &Geo| map([("lat", number(&geo.lat)), ("lng", number(&geo.lng))]);
    map([
        ("street", Value::from(&address.street)),
        ("city", Value::from(&address.city)),
        ("zip", Value::from(&address.zip)),
        ("geo", address.geo.as_ref().map(place).into()),
    ])
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn number(text: &str) -> Value {
    Value::number(text).expect("the shop's numbers have nine decimals at most")
}

fn whole(field: &Field<i64>) -> Value {
    field.value().copied().into()
}

/// The customer that several questions are about.
const CUSTOMER: &str = "c00042";
