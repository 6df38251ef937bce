//! A second decoder, which works on values instead of text, and random pages to hold the two against each other.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, Fields, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Schema,
};
use proptest::prelude::*;

use super::PageDecoder;
use crate::json::Tag;
use crate::read::mismatch::{Mismatches, Tally};
use crate::types::decimal::{self, Decimal};

/// An attribute value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    S(String),
    N(String),
    B(Vec<u8>),
    Bool(bool),
    Null,
    Set(Tag, Vec<Value>),
    L(Vec<Value>),
    M(Vec<(String, Value)>),
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Bytes(Vec<u8>),
    Bool(bool),
    Integer(i128),
    Float(u64),
    List(Vec<Cell>),
    Struct(Vec<Cell>),
    Map(Vec<(Cell, Cell)>),
}

/// Columns with the attributes that feed them, and pages.
#[derive(Debug)]
pub(super) struct Case {
    columns: Vec<(DataType, Vec<String>)>,
    pub(super) pages: Vec<Page>,
}

/// Items, and the whims of whoever wrote them down.
#[derive(Debug)]
pub(super) struct Page {
    items: Vec<Vec<(String, Value)>>,
    seed: u64,
    plain: bool,
}

impl Case {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        Self::of(6, 3)
    }

    pub(super) fn small() -> impl Strategy<Value = Self> {
        Self::of(2, 1)
    }

    fn of(items: usize, pages: usize) -> impl Strategy<Value = Self> {
        let names = Just(
            NAMES
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        )
        .prop_shuffle();
        let columns = (
            names,
            prop::collection::vec((data_type(), 1_usize..4), 0..6),
        )
            .prop_map(|(names, columns)| {
                let mut names = names.into_iter();
                let mut fed = Vec::new();
                for (data_type, count) in columns {
                    let feeding: Vec<_> = names.by_ref().take(count).collect();
                    if !feeding.is_empty() {
                        fed.push((data_type, feeding));
                    }
                }
                fed
            });
        (columns, prop::collection::vec(page(items), 1..=pages))
            .prop_map(|(columns, pages)| Self { columns, pages })
    }

    pub(super) fn decoder(&self) -> PageDecoder {
        let fields: Vec<_> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, (data_type, _))| Field::new(format!("c{place}"), data_type.clone(), true))
            .collect();
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|(_, names)| names.clone())
            .collect();
        PageDecoder::new(Arc::new(Schema::new(fields)), &names).unwrap()
    }
}

/// Names that differ in case, need escapes, or are the beginning of each other.
const NAMES: [&str; 11] = [
    "a", "A", "name", "Name", "NAME", "na", "é\"x", "É\"X", "b c", "Items", "a\\",
];

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&NAMES[..]).prop_map(str::to_owned)
}

fn page(items: usize) -> impl Strategy<Value = Page> {
    let item = members(value());
    (
        prop::collection::vec(item, 0..=items),
        any::<u64>(),
        any::<bool>(),
    )
        .prop_map(|(items, seed, plain)| Page { items, seed, plain })
}

fn members(value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Vec<(String, Value)>> {
    prop::collection::vec((name(), value), 0..8)
        .prop_map(|members: Vec<(String, Value)>| {
            let mut unique: Vec<(String, Value)> = Vec::new();
            for (name, value) in members {
                if unique.iter().all(|(other, _)| *other != name) {
                    unique.push((name, value));
                }
            }
            unique
        })
        .boxed()
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9]{1,3}",
        "-?[1-9][0-9]{0,25}(\\.[0-9]{1,12})?",
        "-?[1-9](\\.[0-9]{1,4})?E[+-][0-9]{1,2}",
        Just("9223372036854775808".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,5}",
        "(.|[\"\\\\/\u{1}-\u{20}😀é]){0,20}",
        number(),
        prop::sample::select(vec!["true", "False", "LastEvaluatedKey", "]},{[\""])
            .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..6);
    let leaf = prop_oneof![
        3 => text().prop_map(Value::S),
        3 => number().prop_map(Value::N),
        1 => bytes().prop_map(Value::B),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
        1 => prop::collection::vec(text().prop_map(Value::S), 1..4).prop_map(|set| Value::Set(Tag::Ss, set)),
        1 => prop::collection::vec(number().prop_map(Value::N), 1..4).prop_map(|set| Value::Set(Tag::Ns, set)),
        1 => prop::collection::vec(bytes().prop_map(Value::B), 1..3).prop_map(|set| Value::Set(Tag::Bs, set)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::L),
            members(inner).prop_map(Value::M),
        ]
    })
}

fn data_type() -> impl Strategy<Value = DataType> {
    let leaf = prop_oneof![
        2 => Just(DataType::Utf8),
        1 => prop::sample::select(vec![
            DataType::Boolean, DataType::Binary, DataType::Int8, DataType::Int16, DataType::Int32, DataType::Int64,
            DataType::Float32, DataType::Float64,
        ]),
        1 => prop::sample::select(vec![DataType::Decimal128(38, 9), DataType::Decimal128(4, 1)]),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|element| DataType::List(Arc::new(Field::new("element", element, true)))),
            (
                prop::sample::subsequence(&NAMES[..], 0..4),
                prop::collection::vec(inner.clone(), 4)
            )
                .prop_map(|(names, types)| {
                    let fields = names
                        .into_iter()
                        .zip(types)
                        .map(|(name, data_type)| Field::new(name, data_type, true));
                    DataType::Struct(fields.collect())
                }),
            inner.prop_map(|value| {
                let entries = vec![
                    Field::new("key", DataType::Utf8, false),
                    Field::new("value", value, true),
                ];
                DataType::Map(
                    Arc::new(Field::new(
                        "entries",
                        DataType::Struct(entries.into()),
                        false,
                    )),
                    false,
                )
            }),
        ]
    })
}

/// The columns of a page, and what did not fit.
pub(super) fn expected(case: &Case, page: &Page) -> (Vec<Vec<Cell>>, Mismatches) {
    let mut mismatches = Mismatches::new(case.columns.len());
    let mut columns = Vec::new();
    for ((data_type, names), tally) in case.columns.iter().zip(&mut mismatches.columns) {
        let cell = |item: &Vec<(String, Value)>, tally: &mut Tally| {
            let present = names
                .iter()
                .filter_map(|name| item.iter().find(|(other, _)| other == name));
            match present
                .map(|(_, value)| value)
                .find(|value| !matches!(value, Value::Null))
            {
                Some(value) => value.cell(data_type, tally),
                None => Cell::Null,
            }
        };
        columns.push(page.items.iter().map(|item| cell(item, tally)).collect());
    }
    (columns, mismatches)
}

impl Value {
    fn tag(&self) -> Tag {
        match self {
            Value::S(_) => Tag::S,
            Value::N(_) => Tag::N,
            Value::B(_) => Tag::B,
            Value::Bool(_) => Tag::Bool,
            Value::Null => Tag::Null,
            Value::Set(tag, _) => *tag,
            Value::L(_) => Tag::L,
            Value::M(_) => Tag::M,
        }
    }

    fn cell(&self, data_type: &DataType, tally: &mut Tally) -> Cell {
        if matches!(self, Value::Null) {
            return Cell::Null;
        }
        if let (DataType::Decimal128(precision, scale), Value::N(text) | Value::S(text)) =
            (data_type, self)
        {
            match decimal::parse(text.as_bytes(), *precision, *scale) {
                Decimal::Exact(value) => return Cell::Integer(value),
                Decimal::Rounded(value) => {
                    tally.add_rounded();
                    return Cell::Integer(value);
                }
                Decimal::Overflow | Decimal::Invalid => {}
            }
        }
        let fitting = match (data_type, self) {
            (DataType::Utf8, _) => Some(Cell::Text(self.plain_text())),
            (DataType::Boolean, Value::Bool(value)) => Some(Cell::Bool(*value)),
            (DataType::Boolean, Value::S(text)) => {
                text.to_ascii_lowercase().parse().ok().map(Cell::Bool)
            }
            (DataType::Binary, Value::B(bytes)) => Some(Cell::Bytes(bytes.clone())),
            (DataType::Int8, Value::N(text) | Value::S(text)) => {
                integer(text, i8::MIN.into(), i8::MAX.into())
            }
            (DataType::Int16, Value::N(text) | Value::S(text)) => {
                integer(text, i16::MIN.into(), i16::MAX.into())
            }
            (DataType::Int32, Value::N(text) | Value::S(text)) => {
                integer(text, i32::MIN.into(), i32::MAX.into())
            }
            (DataType::Int64, Value::N(text) | Value::S(text)) => integer(text, i64::MIN, i64::MAX),
            (DataType::Float32, Value::N(text) | Value::S(text)) => {
                let value = text
                    .parse::<f32>()
                    .ok()
                    .filter(|value| value.is_finite() && !text.contains(['n', 'N']));
                value.map(|value| Cell::Float(f64::from(value).to_bits()))
            }
            (DataType::Float64, Value::N(text) | Value::S(text)) => {
                let value = text
                    .parse::<f64>()
                    .ok()
                    .filter(|value| value.is_finite() && !text.contains(['n', 'N']));
                value.map(|value| Cell::Float(value.to_bits()))
            }
            (DataType::List(element), Value::L(values) | Value::Set(_, values)) => {
                Some(Cell::List(
                    values
                        .iter()
                        .map(|value| value.cell(element.data_type(), tally))
                        .collect(),
                ))
            }
            (DataType::Struct(children), Value::M(members)) => {
                Some(Cell::Struct(children_of(children, members, tally)))
            }
            (DataType::Map(entries, _), Value::M(members)) => {
                let DataType::Struct(children) = entries.data_type() else {
                    unreachable!()
                };
                let mut entry = |(name, value): &(String, Value)| {
                    (
                        Cell::Text(name.clone()),
                        value.cell(children[1].data_type(), tally),
                    )
                };
                Some(Cell::Map(members.iter().map(&mut entry).collect()))
            }
            _ => None,
        };
        fitting.unwrap_or_else(|| {
            tally.add_nulled(self.tag());
            Cell::Null
        })
    }

    fn plain_text(&self) -> String {
        match self {
            Value::S(text) => text.clone(),
            Value::N(text) => {
                let mut out = Vec::new();
                decimal::write_plain(text.as_bytes(), &mut out);
                String::from_utf8(out).unwrap()
            }
            Value::B(bytes) => base64_simd::STANDARD.encode_to_string(bytes),
            _ => self.json(),
        }
    }

    fn json(&self) -> String {
        let joined =
            |values: &[Value]| values.iter().map(Value::json).collect::<Vec<_>>().join(",");
        match self {
            Value::S(text) => serde_json::to_string(text).unwrap(),
            Value::N(text) if serde_json::from_str::<f64>(text).is_ok() => text.clone(),
            Value::N(text) => format!("\"{text}\""),
            Value::B(bytes) => format!("\"{}\"", base64_simd::STANDARD.encode_to_string(bytes)),
            Value::Bool(value) => value.to_string(),
            Value::Null => "null".to_owned(),
            Value::Set(_, values) | Value::L(values) => format!("[{}]", joined(values)),
            Value::M(members) => {
                let member = |(name, value): &(String, Value)| {
                    format!("{}:{}", serde_json::to_string(name).unwrap(), value.json())
                };
                format!(
                    "{{{}}}",
                    members.iter().map(member).collect::<Vec<_>>().join(",")
                )
            }
        }
    }
}

/// A struct's children: each from the member of its very name, else from the first that differs in case only.
fn children_of(children: &Fields, members: &[(String, Value)], tally: &mut Tally) -> Vec<Cell> {
    let mut found: Vec<Option<(bool, &String, &Value)>> = vec![None; children.len()];
    for (name, value) in members
        .iter()
        .filter(|(_, value)| !matches!(value, Value::Null))
    {
        let exact = children.iter().position(|child| child.name() == name);
        let folded = || {
            children
                .iter()
                .position(|child| child.name().to_lowercase() == name.to_lowercase())
        };
        if let Some(child) = exact.or_else(folded) {
            let candidate = (exact.is_none(), name, value);
            let best = found[child].take();
            let keep = best.filter(|best| (best.0, best.1) < (candidate.0, candidate.1));
            found[child] = keep.or(Some(candidate));
        }
    }
    let cell = |(child, found): (&Arc<Field>, Option<(bool, &String, &Value)>)| match found {
        Some((.., value)) => value.cell(child.data_type(), tally),
        None => Cell::Null,
    };
    children.iter().zip(found).map(cell).collect()
}

fn integer(text: &str, least: i64, most: i64) -> Option<Cell> {
    let Decimal::Exact(value) = decimal::parse(text.as_bytes(), 38, 0) else {
        return None;
    };
    (i128::from(least)..=i128::from(most))
        .contains(&value)
        .then_some(Cell::Integer(value))
}

/// Reads an array back, value by value.
pub(super) fn cells(array: &dyn Array) -> Vec<Cell> {
    (0..array.len())
        .map(|row| {
            if array.is_null(row) {
                Cell::Null
            } else {
                cell(array, row)
            }
        })
        .collect()
}

fn cell(array: &dyn Array, row: usize) -> Cell {
    match array.data_type() {
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Binary => Cell::Bytes(array.as_binary::<i32>().value(row).to_owned()),
        DataType::Int8 => Cell::Integer(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Cell::Integer(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Cell::Integer(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Cell::Integer(array.as_primitive::<Int64Type>().value(row).into()),
        DataType::Float32 => {
            Cell::Float(f64::from(array.as_primitive::<Float32Type>().value(row)).to_bits())
        }
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row).to_bits()),
        DataType::Decimal128(..) => {
            Cell::Integer(array.as_primitive::<Decimal128Type>().value(row))
        }
        DataType::List(_) => Cell::List(cells(&array.as_list::<i32>().value(row))),
        DataType::Struct(_) => {
            let children = array.as_struct().columns().iter();
            Cell::Struct(
                children
                    .map(|child| {
                        if child.is_null(row) {
                            Cell::Null
                        } else {
                            cell(child, row)
                        }
                    })
                    .collect(),
            )
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            Cell::Map(
                cells(entries.column(0))
                    .into_iter()
                    .zip(cells(entries.column(1)))
                    .collect(),
            )
        }
        other => unreachable!("{other}"),
    }
}

impl Page {
    /// The page as JSON: plain, or with white space, escapes and members wherever the grammar lets them stand.
    pub(super) fn text(&self) -> String {
        let mut writer = Writer {
            out: String::new(),
            state: self.seed | 1,
            plain: self.plain,
        };
        let mut members = vec!["Count", "Items", "LastEvaluatedKey", "ScannedCount"];
        if !self.plain {
            members.rotate_left(usize::try_from(self.seed % 4).unwrap());
        }
        writer.token("{");
        for (place, member) in members.into_iter().enumerate() {
            writer.separate(place);
            writer.token(&format!("\"{member}\""));
            writer.token(":");
            match member {
                "Items" => {
                    writer.token("[");
                    for (place, item) in self.items.iter().enumerate() {
                        writer.separate(place);
                        writer.members(item);
                    }
                    writer.token("]");
                }
                "LastEvaluatedKey" => {
                    writer.members(&[("Items".to_owned(), Value::S("]".to_owned()))]);
                }
                _ => writer.token(&self.items.len().to_string()),
            }
        }
        writer.token("}");
        writer.out.trim_end().to_owned()
    }
}

struct Writer {
    out: String,
    state: u64,
    plain: bool,
}

impl Writer {
    fn chance(&mut self, one_in: u64) -> bool {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        !self.plain && (self.state >> 33).is_multiple_of(one_in)
    }

    fn token(&mut self, token: &str) {
        if self.chance(6) {
            let space = if self.chance(2) { " " } else { "\r\n\t" };
            self.out.push_str(space);
        }
        self.out.push_str(token);
    }

    fn separate(&mut self, place: usize) {
        if place > 0 {
            self.token(",");
        }
    }

    fn string(&mut self, text: &str) {
        if !self.chance(3) {
            return self.token(&serde_json::to_string(text).unwrap());
        }
        let mut escaped = String::from("\"");
        for character in text.chars() {
            if self.chance(2) || matches!(character, '"' | '\\' | '\0'..='\u{1f}') {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(escaped, "\\u{unit:04X}").unwrap();
                }
            } else {
                escaped.push(character);
            }
        }
        escaped.push('"');
        self.token(&escaped);
    }

    fn members(&mut self, members: &[(String, Value)]) {
        self.token("{");
        for (place, (name, value)) in members.iter().enumerate() {
            self.separate(place);
            self.string(name);
            self.token(":");
            self.tagged(value);
        }
        self.token("}");
    }

    fn tagged(&mut self, value: &Value) {
        self.token("{");
        self.token(&format!("\"{}\"", value.tag()));
        self.token(":");
        self.bare(value);
        self.token("}");
    }

    fn bare(&mut self, value: &Value) {
        match value {
            Value::S(text) | Value::N(text) => self.string(text),
            Value::B(bytes) => self.string(&base64_simd::STANDARD.encode_to_string(bytes)),
            Value::Bool(value) => self.token(&value.to_string()),
            Value::Null => self.token("true"),
            Value::Set(_, values) => {
                self.token("[");
                for (place, value) in values.iter().enumerate() {
                    self.separate(place);
                    self.bare(value);
                }
                self.token("]");
            }
            Value::L(values) => {
                self.token("[");
                for (place, value) in values.iter().enumerate() {
                    self.separate(place);
                    self.tagged(value);
                }
                self.token("]");
            }
            Value::M(members) => self.members(members),
        }
    }
}
