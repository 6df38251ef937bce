//! Makes the shop up from a seed.

use std::collections::BTreeSet;

use super::words::{
    ADJECTIVES, CATEGORIES, CITIES, FIRST_NAMES, LAST_NAMES, NOTES, NOUNS, STATUSES, STREETS, TAGS,
};
use super::{Address, Customer, Dimensions, Field, Geo, Line, Order, Product, Shop};
use crate::clock;
use crate::random::Random;

/// 2024-01-01T00:00:00Z in seconds; orders are made in the two years after it.
const FIRST_ORDER: u64 = 1_704_067_200;
const TWO_YEARS: u64 = 731 * 86_400;

impl Shop {
    /// Makes a shop up: 2,000 customers, 500 products and 20,000 orders at scale 1, in proportion at others, and at least one
    /// of each.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates, and a scale below 0 means one row of each"
    )]
    pub fn generate(seed: u64, scale: f64) -> Self {
        let count = |at_one: f64| (at_one * scale).round().max(1.0) as u64;
        let (customers, products, orders) = (count(2_000.0), count(500.0), count(20_000.0));
        // A stream for each table, so that more of one leaves the others as they are.
        let mut random = Random::new(seed);
        let [mut first, mut second, mut third] = [(); 3].map(|()| Random::new(random.next()));
        Self {
            customers: (1..=customers)
                .map(|number| customer(number, &mut first))
                .collect(),
            products: (1..=products)
                .map(|number| product(number, products, &mut second))
                .collect(),
            orders: (1..=orders)
                .map(|number| order(number, customers, products, &mut third))
                .collect(),
        }
    }
}

fn customer(number: u64, random: &mut Random) -> Customer {
    let (first, last) = (random.pick(&FIRST_NAMES), random.pick(&LAST_NAMES));
    let (city, latitude, longitude) = random.pick(&CITIES);
    let geo = || Geo {
        lat: latitude.to_owned(),
        lng: longitude.to_owned(),
    };
    let address = Address {
        street: format!("{} {}", random.pick(&STREETS), 1 + random.below(300)),
        city: city.to_owned(),
        zip: format!("{:05}", random.below(100_000)),
        geo: (!random.one_in(5)).then(geo),
    };
    Customer {
        customer_id: format!("c{number:05}"),
        name: format!("{first} {last}"),
        email: field(random, 12, |_| format!("customer{number}@example.com")),
        city: field(random, 20, |_| city.to_owned()),
        address: (!random.one_in(10)).then_some(address),
        tags: subset(random, &TAGS),
        loyalty: field(random, 8, |random| random.below(10_500).cast_signed() - 500),
        vip: (!random.one_in(4)).then(|| random.one_in(10)),
        avatar: random.one_in(3).then(|| {
            let len = 16 + random.below(48);
            random.bytes(usize::try_from(len).unwrap_or(16))
        }),
    }
}

fn product(number: u64, products: u64, random: &mut Random) -> Product {
    let related: BTreeSet<u64> = (0..random.below(4))
        .map(|_| 1 + random.below(products))
        .collect();
    let ratings = (0..random.below(6))
        .map(|_| halves(2 + random.below(9)))
        .collect();
    let centimetres =
        |random: &mut Random| format!("{}.{}", random.below(200), 1 + random.below(9));
    Product {
        sku: sku(number),
        title: format!("{} {}", random.pick(&ADJECTIVES), random.pick(&NOUNS)),
        category: random.pick(&CATEGORIES).to_owned(),
        price: price(number, random),
        ratings,
        dimensions: (!random.one_in(6)).then(|| Dimensions {
            length: centimetres(random),
            width: centimetres(random),
            height: centimetres(random),
        }),
        related: related.into_iter().map(sku).collect(),
        blob: random.one_in(2).then(|| {
            let len = random.below(64);
            random.bytes(usize::try_from(len).unwrap_or(0))
        }),
    }
}

fn order(number: u64, customers: u64, products: u64, random: &mut Random) -> Order {
    let mut total_cents = 0;
    let mut quantity = 0;
    let lines: Vec<Line> = (0..=random.below(4))
        .map(|_| {
            let (qty, price_cents) = (1 + random.below(9), 1 + random.below(50_000));
            total_cents += qty * price_cents;
            quantity += qty;
            Line {
                sku: sku(1 + random.below(products)),
                qty,
                price: cents(price_cents),
            }
        })
        .collect();
    let made = FIRST_ORDER + random.below(TWO_YEARS);
    let created_at = clock::iso8601(made * 1000).replace(".000Z", "Z");
    let flags: BTreeSet<i64> = (0..random.below(4))
        .map(|_| random.below(20).cast_signed() - 5)
        .collect();
    Order {
        customer_id: format!("c{:05}", 1 + random.below(customers)),
        order_id: format!("o{number:07}"),
        status: random.pick(&STATUSES).to_owned(),
        sku: lines[0].sku.clone(),
        quantity,
        total: cents(total_cents),
        created_at,
        lines,
        flags: flags.into_iter().collect(),
        notes: random.one_in(4).then(|| random.pick(&NOTES).to_owned()),
    }
}

/// A price in one of the forms that a number may have. One product in eight has an odd one.
fn price(number: u64, random: &mut Random) -> String {
    match number % 40 {
        5 => "1E-7".to_owned(),
        10 => "1.5E+3".to_owned(),
        15 => format!("-{}", cents(1 + random.below(9_999))),
        20 => format!("12345678901234567890.{:04}", 1 + random.below(9_998)),
        25 => format!("{}", 10_u64.pow(18) + random.below(1000)),
        30 => format!("{}.{:03}", random.below(1000), 1 + random.below(999)),
        35 => "0".to_owned(),
        _ if random.one_in(3) => (1 + random.below(500)).to_string(),
        _ => cents(1 + random.below(100_000)),
    }
}

/// Missing and NULL once each in `rarity` times.
fn field<T>(random: &mut Random, rarity: u64, value: impl FnOnce(&mut Random) -> T) -> Field<T> {
    match random.below(rarity) {
        0 => Field::Missing,
        1 => Field::Null,
        _ => Field::Value(value(random)),
    }
}

/// Up to three of the words, in their order.
fn subset(random: &mut Random, words: &[&str]) -> Vec<String> {
    let chosen: BTreeSet<&str> = (0..random.below(4)).map(|_| random.pick(words)).collect();
    chosen.into_iter().map(str::to_owned).collect()
}

fn sku(number: u64) -> String {
    format!("sku-{number:05}")
}

/// Cents as a number with two decimals at most, as DynamoDB gives it back.
fn cents(cents: u64) -> String {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn halves(halves: u64) -> String {
    cents(halves * 50)
}

#[cfg(test)]
mod tests {
    use super::{Field, Shop, cents};

    #[test]
    fn equal_seeds_make_equal_shops_and_others_do_not() {
        assert_eq!(Shop::generate(7, 0.1), Shop::generate(7, 0.1));
        assert_ne!(Shop::generate(7, 0.1), Shop::generate(8, 0.1));
    }

    #[test]
    fn a_whole_shop_has_every_kind_of_oddity() {
        let shop = Shop::generate(1, 1.0);
        assert_eq!(
            (shop.customers.len(), shop.products.len(), shop.orders.len()),
            (2000, 500, 20_000)
        );
        let loyalty = |wanted: &Field<i64>| shop.customers.iter().any(|c| c.loyalty == *wanted);
        assert!(loyalty(&Field::Missing) && loyalty(&Field::Null));
        assert!(
            shop.customers
                .iter()
                .any(|c| c.address.is_none() && c.tags.is_empty())
        );
        for mark in ["\"", "\n", "\\", "🎧", "ñ"] {
            assert!(
                shop.products.iter().any(|p| p.title.contains(mark)),
                "{mark:?}"
            );
        }
        let price = |wanted: &dyn Fn(&str) -> bool| shop.products.iter().any(|p| wanted(&p.price));
        assert!(
            price(&|p| p == "1E-7") && price(&|p| p == "1.5E+3") && price(&|p| p.starts_with('-'))
        );
        assert!(price(&|p| p.len() > 24));
        assert!(shop.orders.iter().any(|o| o.notes.as_deref() == Some("")));
        assert!(
            shop.orders
                .iter()
                .any(|o| o.flags.iter().any(|flag| *flag < 0))
        );
    }

    #[test]
    fn cents_are_numbers_without_needless_zeros() {
        assert_eq!(
            [cents(0), cents(5), cents(120), cents(300), cents(10_000)],
            ["0", "0.05", "1.2", "3", "100"]
        );
    }
}
