//! The statements of the demo.

use super::expected::{self, Row};
use athena_testkit::Shop;

/// A statement and what it has to answer.
pub(super) struct Question {
    pub(super) title: &'static str,
    pub(super) sql: &'static str,
    pub(super) answers: Answers,
    /// Columns that hold sets, whose elements come in any order.
    pub(super) sets: &'static [&'static str],
    pub(super) expected: fn(&Shop) -> Vec<Row>,
}

/// How the rows of an answer come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// In the order that the statement asks for.
    Ordered,
    /// In any order.
    AnyOrder,
    /// In any order, and through the spill bucket.
    Spilled,
}

pub(super) const QUESTIONS: &[Question] = &[
    Question {
        title: "projection: some columns of all customers; missing and NULL attributes are null",
        sql: "select customer_id, name, city, loyalty, vip from customers",
        answers: Answers::AnyOrder,
        sets: &[],
        expected: expected::names_and_cities,
    },
    Question {
        title: "filter on the hash key: one Query instead of a Scan",
        sql: "select order_id, status, total, created_at from orders where customer_id = 'c00042'",
        answers: Answers::AnyOrder,
        sets: &[],
        expected: expected::orders_of_one_customer,
    },
    Question {
        title: "hash key and a range of the range key, with a list of maps",
        sql: "select order_id, quantity, total, lines from orders\n\
              where customer_id = 'c00042' and order_id between 'o0005000' and 'o0015000'",
        answers: Answers::AnyOrder,
        sets: &[],
        expected: expected::some_orders_of_one_customer,
    },
    Question {
        title: "filter on an index: `by_status` has the hash key `status` and the range key `order_id`",
        sql: "select order_id, customer_id, total from ddb.default.orders\n\
              where status = 'RETURNED' and order_id < 'o0000200'",
        answers: Answers::AnyOrder,
        sets: &[],
        expected: expected::first_returned_orders,
    },
    Question {
        title: "join of three tables",
        sql: "select c.name, o.order_id, p.title, o.quantity\n\
              from orders o\n\
              join customers c on c.customer_id = o.customer_id\n\
              join products p on p.sku = o.sku\n\
              where o.customer_id = 'c00042'\n\
              order by o.order_id",
        answers: Answers::Ordered,
        sets: &[],
        expected: expected::purchases_of_one_customer,
    },
    Question {
        title: "aggregate over all orders, exact to the last cent",
        sql: "select status, count(*) as orders, sum(quantity) as pieces, sum(total) as turnover,\n\
              \x20      min(created_at) as first, max(created_at) as last\n\
              from orders group by status order by status",
        answers: Answers::Ordered,
        sets: &[],
        expected: expected::turnover_by_status,
    },
    Question {
        title: "nested fields, and text beyond ASCII",
        sql: "select customer_id, address['zip'] as zip, address['geo']['lat'] as latitude, tags\n\
              from customers where address['city'] = 'Αθήνα' order by customer_id",
        answers: Answers::Ordered,
        sets: &["tags"],
        expected: expected::customers_in_athens,
    },
    Question {
        title: "odd values: exponents, negative prices, 24 digits, quotes and emoji",
        sql: "select sku, title, price from products\n\
              where price < 0 or price = 0.0000001 or price > 1000000000000000000\n\
              \x20  or title like '%\"%🎧%'\n\
              order by sku",
        answers: Answers::Ordered,
        sets: &[],
        expected: expected::odd_products,
    },
    Question {
        title: "count without columns",
        sql: "select count(*) as orders from orders",
        answers: Answers::Ordered,
        sets: &[],
        expected: expected::number_of_orders,
    },
    Question {
        title: "everything about all customers: sets, maps in maps, booleans, binary",
        sql: "select customer_id, name, email, city, address, tags, loyalty, vip, avatar from customers",
        answers: Answers::AnyOrder,
        sets: &["tags"],
        expected: expected::whole_customers,
    },
    Question {
        title: "everything about all orders: too large for one answer, so it travels encrypted through S3",
        sql: "select customer_id, order_id, status, sku, quantity, total, created_at, lines, flags, notes from orders",
        answers: Answers::Spilled,
        sets: &["flags"],
        expected: expected::whole_orders,
    },
];
