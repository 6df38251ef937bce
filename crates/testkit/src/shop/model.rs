//! The rows of the shop, and the items that they are stored as.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

/// An item as the SDK takes it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A value that an item may lack, or hold as NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// There is no such attribute.
    Missing,
    /// The attribute is of type NULL.
    Null,
    /// The attribute has a value.
    Value(T),
}

impl<T> Field<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
        }
    }
}

/// A row of `customers`, hash key `customer_id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// `c00001` and so on.
    pub customer_id: String,
    /// First and last name, not in ASCII alone.
    pub name: String,
    /// An address for mail.
    pub email: Field<String>,
    /// The city, also in `address`.
    pub city: Field<String>,
    /// Where to send things.
    pub address: Option<Address>,
    /// A string set; no attribute when empty.
    pub tags: Vec<String>,
    /// Points, which may be negative.
    pub loyalty: Field<i64>,
    /// Whether the customer gets the good coffee.
    pub vip: Option<bool>,
    /// A picture.
    pub avatar: Option<Vec<u8>>,
}

/// The `address` of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// Digits as a string, with leading zeros.
    pub zip: String,
    /// Where that is.
    pub geo: Option<Geo>,
}

/// A place, in degrees as decimal text.
#[derive(Clone, Debug, PartialEq)]
pub struct Geo {
    /// North is positive.
    pub lat: String,
    /// East is positive.
    pub lng: String,
}

/// A row of `products`, hash key `sku`.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// `sku-00001` and so on.
    pub sku: String,
    /// With quotes, newlines, backslashes and characters beyond the basic plane.
    pub title: String,
    /// One of six.
    pub category: String,
    /// A number in one of the forms that DynamoDB takes: with an exponent, negative, or of more than 20 digits.
    pub price: String,
    /// Numbers from 1 to 5 in steps of a half; empty for some.
    pub ratings: Vec<String>,
    /// Missing for some.
    pub dimensions: Option<Dimensions>,
    /// A string set of SKUs; no attribute when empty.
    pub related: Vec<String>,
    /// Up to 63 bytes.
    pub blob: Option<Vec<u8>>,
}

/// The `dimensions` of a product, in centimetres as decimal text.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimensions {
    /// Longest side.
    pub length: String,
    /// Middle side.
    pub width: String,
    /// Shortest side.
    pub height: String,
}

/// A row of `orders`, hash key `customer_id`, range key `order_id`, index `by_status` on `status` and `order_id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Who ordered.
    pub customer_id: String,
    /// `o0000001` and so on, unique in the table.
    pub order_id: String,
    /// One of five.
    pub status: String,
    /// The first line's product.
    pub sku: String,
    /// All lines' quantities together.
    pub quantity: u64,
    /// All lines' prices times quantities, with two decimals at most.
    pub total: String,
    /// `2025-03-09T14:05:00Z`.
    pub created_at: String,
    /// What was ordered, at least one line.
    pub lines: Vec<Line>,
    /// A number set; no attribute when empty.
    pub flags: Vec<i64>,
    /// What the customer wants to say; missing for most, the empty string for a few.
    pub notes: Option<String>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The product.
    pub sku: String,
    /// How many, 1 to 9.
    pub qty: u64,
    /// What one cost then, with two decimals at most.
    pub price: String,
}

impl Customer {
    /// The item that this row is stored as.
    pub fn item(&self) -> HashMap<String, AttributeValue> {
        let mut item = key([("customer_id", &self.customer_id)]);
        put(&mut item, "name", string(&self.name));
        put_field(&mut item, "email", &self.email, |email| string(email));
        put_field(&mut item, "city", &self.city, |city| string(city));
        put_some(
            &mut item,
            "address",
            self.address.as_ref().map(Address::value),
        );
        put_some(&mut item, "tags", string_set(&self.tags));
        put_field(&mut item, "loyalty", &self.loyalty, number);
        put_some(&mut item, "vip", self.vip.map(AttributeValue::Bool));
        put_some(&mut item, "avatar", self.avatar.as_deref().map(binary));
        item
    }
}

impl Address {
    fn value(&self) -> AttributeValue {
        let mut map = key([
            ("street", &self.street),
            ("city", &self.city),
            ("zip", &self.zip),
        ]);
        let geo = |geo: &Geo| numbers([("lat", &geo.lat), ("lng", &geo.lng)]);
        put_some(&mut map, "geo", self.geo.as_ref().map(geo));
        AttributeValue::M(map)
    }
}

impl Product {
    /// The item that this row is stored as.
    pub fn item(&self) -> HashMap<String, AttributeValue> {
        let mut item = key([
            ("sku", &self.sku),
            ("title", &self.title),
            ("category", &self.category),
        ]);
        put(&mut item, "price", number(&self.price));
        put(
            &mut item,
            "ratings",
            AttributeValue::L(self.ratings.iter().map(number).collect()),
        );
        put_some(
            &mut item,
            "dimensions",
            self.dimensions.as_ref().map(Dimensions::value),
        );
        put_some(&mut item, "related", string_set(&self.related));
        put_some(&mut item, "blob", self.blob.as_deref().map(binary));
        item
    }
}

impl Dimensions {
    fn value(&self) -> AttributeValue {
        let Self {
            length,
            width,
            height,
        } = self;
        numbers([("length", length), ("width", width), ("height", height)])
    }
}

impl Order {
    /// The item that this row is stored as.
    pub fn item(&self) -> HashMap<String, AttributeValue> {
        let mut item = key([
            ("customer_id", &self.customer_id),
            ("order_id", &self.order_id),
            ("status", &self.status),
            ("sku", &self.sku),
            ("created_at", &self.created_at),
        ]);
        put(&mut item, "quantity", number(&self.quantity));
        put(&mut item, "total", number(&self.total));
        put(
            &mut item,
            "lines",
            AttributeValue::L(self.lines.iter().map(Line::value).collect()),
        );
        let flags = || AttributeValue::Ns(self.flags.iter().map(i64::to_string).collect());
        put_some(&mut item, "flags", (!self.flags.is_empty()).then(flags));
        put_some(&mut item, "notes", self.notes.as_deref().map(string));
        item
    }
}

impl Line {
    fn value(&self) -> AttributeValue {
        let mut map = key([("sku", &self.sku)]);
        put(&mut map, "qty", number(&self.qty));
        put(&mut map, "price", number(&self.price));
        AttributeValue::M(map)
    }
}

fn key<const N: usize>(strings: [(&str, &String); N]) -> Item {
    strings
        .into_iter()
        .map(|(name, text)| (name.to_owned(), string(text)))
        .collect()
}

fn numbers<const N: usize>(texts: [(&str, &String); N]) -> AttributeValue {
    AttributeValue::M(
        texts
            .into_iter()
            .map(|(name, text)| (name.to_owned(), number(text)))
            .collect(),
    )
}

fn put(item: &mut Item, name: &str, value: AttributeValue) {
    item.insert(name.to_owned(), value);
}

fn put_some(item: &mut Item, name: &str, value: Option<AttributeValue>) {
    if let Some(value) = value {
        put(item, name, value);
    }
}

fn put_field<T>(
    item: &mut Item,
    name: &str,
    field: &Field<T>,
    value: impl FnOnce(&T) -> AttributeValue,
) {
    match field {
        Field::Missing => {}
        Field::Null => put(item, name, AttributeValue::Null(true)),
        Field::Value(inner) => put(item, name, value(inner)),
    }
}

fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn binary(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

fn string_set(texts: &[String]) -> Option<AttributeValue> {
    (!texts.is_empty()).then(|| AttributeValue::Ss(texts.to_vec()))
}
