//! Random tables, items and constraints, and what columns show of items.

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Asked, Bound, Constraints, Marker, Range, Scalar, ValueSet};
use std::cmp::Ordering;
use std::sync::Arc;

use super::evaluator::{Attribute, Item};
use crate::plan::{Column, Columns, PlanOptions, Value};
use crate::table::{Index, KeyAttribute, KeyKind, Keys, Projection, Scope, Table};
use crate::types::datetime::{DAY_MILLIS, EpochUnit, Pattern, Spelled, TimeReader, ZoneRules};
use crate::types::decimal::{self, Decimal};

/// Choices that proptest can shrink: when they run out, the first possibility is taken.
pub(super) struct Choices {
    left: std::vec::IntoIter<u32>,
}

impl Choices {
    pub(super) fn new(choices: Vec<u32>) -> Self {
        Self {
            left: choices.into_iter(),
        }
    }

    fn below(&mut self, count: usize) -> usize {
        self.left.next().unwrap_or(0) as usize % count
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// A table with items, and a query of it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) table: Table,
    pub(super) items: Vec<Item>,
    pub(super) columns: Columns,
    pub(super) wanted: Option<Vec<String>>,
    pub(super) constraints: Constraints,
    pub(super) options: PlanOptions,
}

const KINDS: [KeyKind; 3] = [KeyKind::S, KeyKind::N, KeyKind::B];
/// Points in time as they may be spelled, near one another.
const TIMES: [&str; 12] = [
    "2020-01-02",
    "2020-1-2",
    "20200102",
    "2020-01-02T00:30:00+05:00",
    "2019-12-31T23:00-10:00",
    " 2020-01-02",
    "+2020-01-03",
    "02.01.2020",
    "2020-02-30",
    "2020-11-02",
    "1577923200000",
    "0015779232E+05",
];
const OTHERS: [&str; 3] = ["a", "b", "c"];

impl World {
    pub(super) fn new(choices: &mut Choices) -> Self {
        let mut key = |name: &str| KeyAttribute {
            name: name.to_owned(),
            kind: choices.pick(&KINDS),
        };
        let (hash, range, others) = (key("pk"), key("sk"), OTHERS.map(&mut key));
        let keys = Keys {
            hash,
            range: (choices.below(2) == 0).then_some(range),
        };
        let indexes = (0..choices.below(4))
            .map(|place| index(place, &keys, &others, choices))
            .collect();
        let table = Table {
            name: "t".to_owned(),
            keys,
            indexes,
            size_bytes: choices.pick(&[0, 5 << 20, 1 << 30]),
            item_count: 0,
            read_units: None,
        };
        let columns = columns(&table, &others, choices);
        let items: Vec<Item> = (0..12)
            .map(|id| item(id, &table, &columns, choices))
            .collect();
        let mut constraints = Constraints::default();
        for name in ["pk", "sk", "a", "b", "c"] {
            if choices.below(3) > 0
                && let Some(column) = columns.get(name)
            {
                let known: Vec<Scalar> = items
                    .iter()
                    .filter_map(|item| column_shows(column, item))
                    .collect();
                constraints.summary.insert(
                    name.to_owned(),
                    value_set(&column.data_type, &known, choices),
                );
            }
        }
        let wanted = (choices.below(3) > 0).then(|| {
            columns
                .keys()
                .filter(|_| choices.below(3) == 0)
                .cloned()
                .collect()
        });
        let options = PlanOptions {
            max_range_queries: choices.pick(&[100, 2]),
            max_query_splits: choices.pick(&[16, 1, 2]),
            segments_per_split: choices.pick(&[4, 1]),
            max_keys: choices.pick(&[100, 100, 100, 100, 1]),
            consistent: choices.one_in(6),
            ..PlanOptions::default()
        };
        Self {
            table,
            items,
            columns,
            wanted,
            constraints,
            options,
        }
    }

    /// What a column shows of an item; `None` for null.
    pub(super) fn shown(&self, column: &str, item: &Item) -> Option<Scalar> {
        column_shows(&self.columns[column], item)
    }

    /// The query as planning sees it.
    pub(super) fn asked(&self) -> Asked {
        let fields = self
            .columns
            .iter()
            .map(|(name, column)| Field::new(name, column.data_type.clone(), true));
        Asked::of(
            &self.constraints,
            "t",
            &Schema::new(fields.collect::<Vec<_>>()),
        )
    }

    pub(super) fn qualifies(&self, item: &Item) -> bool {
        self.constraints.summary.iter().all(|(name, set)| {
            let data_type = &self.columns[name].data_type;
            let array: ArrayRef = match self.shown(name, item) {
                Some(value) => Scalar::to_array(data_type, [&value]).unwrap(),
                None => new_null_array(data_type, 1),
            };
            set.matches(&array).value(0)
        })
    }
}

fn index(place: usize, keys: &Keys, others: &[KeyAttribute; 3], choices: &mut Choices) -> Index {
    let local = keys.range.is_some() && choices.one_in(3);
    let hash = if local {
        keys.hash.clone()
    } else {
        choices.pick(&others[..2])
    };
    let mut ranges: Vec<KeyAttribute> = others[1..].to_vec();
    ranges.extend(keys.range.clone().filter(|_| !local));
    let range = choices.pick(&ranges);
    let range = (range.name != hash.name && (local || choices.below(3) > 0)).then_some(range);
    let projections = [
        Projection::All,
        Projection::All,
        Projection::KeysOnly,
        Projection::Include(vec!["a".to_owned(), "d".to_owned()]),
    ];
    // A local index always has a range key of its own.
    let range = if local {
        Some(range.unwrap_or_else(|| others[2].clone()))
    } else {
        range
    };
    Index {
        name: format!("index{place}"),
        keys: Keys { hash, range },
        scope: if local { Scope::Local } else { Scope::Global },
        projection: choices.pick(&projections),
        active: !choices.one_in(8),
        size_bytes: choices.pick(&[0, 1 << 20]),
        item_count: 1,
        read_units: None,
    }
}

fn natural(kind: KeyKind, choices: &mut Choices) -> DataType {
    match kind {
        KeyKind::S => DataType::Utf8,
        KeyKind::N => choices.pick(&[DataType::Decimal128(5, 1), DataType::Int32]),
        KeyKind::B => DataType::Binary,
    }
}

fn columns(table: &Table, others: &[KeyAttribute; 3], choices: &mut Choices) -> Columns {
    let types = [
        DataType::Utf8,
        DataType::Decimal128(5, 1),
        DataType::Int32,
        DataType::Binary,
        DataType::Boolean,
        DataType::Float64,
        DataType::Date32,
        DataType::Date64,
    ];
    let zone = choices.pick(&["UTC", "Europe/Berlin", "-12:00"]);
    let mut columns = Columns::new();
    for key in table.keys.attributes().chain(others) {
        let data_type = if choices.one_in(4) {
            choices.pick(&types)
        } else {
            natural(key.kind, choices)
        };
        let mut attributes = vec![key.name.clone()];
        if choices.one_in(8) {
            attributes.insert(choices.below(2), key.name.to_uppercase());
        }
        let column = Column {
            data_type,
            attributes,
            any_case: choices.one_in(12),
            times: Some(TimeReader::new(
                choices
                    .one_in(4)
                    .then(|| Pattern::new("dd.MM.yyyy").unwrap()),
                choices.pick(&[EpochUnit::Millis, EpochUnit::Seconds, EpochUnit::Auto]),
                ZoneRules::of_id(zone).unwrap(),
            )),
        };
        columns.insert(key.name.clone(), column);
    }
    for name in ["d", "id"] {
        let column = Column {
            data_type: DataType::Utf8,
            attributes: vec![name.to_owned()],
            any_case: false,
            times: None,
        };
        columns.insert(name.to_owned(), column);
    }
    columns
}

fn item(id: usize, table: &Table, columns: &Columns, choices: &mut Choices) -> Item {
    let mut item = Item::from([("id".to_owned(), Attribute::S(id.to_string()))]);
    let keys = || {
        table
            .indexes
            .iter()
            .map(|index| &index.keys)
            .chain([&table.keys])
    };
    for name in ["pk", "sk", "a", "b", "c", "d", "A", "B", "PK"] {
        let key = keys()
            .flat_map(Keys::attributes)
            .find(|key| key.name == name);
        let is_hash = keys().any(|keys| keys.hash.name == name);
        match key {
            // An index takes no other type of its keys; the table's own are never absent.
            Some(key) => {
                if table.key(name).is_some() || !choices.one_in(4) {
                    // A decimal hash key is found only by what its column shows.
                    let whole = is_hash && columns[name].data_type == DataType::Decimal128(5, 1);
                    item.insert(name.to_owned(), key_value(key.kind, whole, choices));
                }
            }
            None if name == "sk" => {}
            None => {
                if choices.below(4) > 0 {
                    item.insert(name.to_owned(), any_value(choices));
                }
            }
        }
    }
    item
}

fn key_value(kind: KeyKind, whole: bool, choices: &mut Choices) -> Attribute {
    match kind {
        KeyKind::S => Attribute::S(
            Some(text(choices))
                .filter(|text| !text.is_empty())
                .unwrap_or("a".to_owned()),
        ),
        KeyKind::N => Attribute::N(number(whole, choices)),
        KeyKind::B => Attribute::B(
            Some(bytes(choices))
                .filter(|bytes| !bytes.is_empty())
                .unwrap_or(vec![1]),
        ),
    }
}

fn any_value(choices: &mut Choices) -> Attribute {
    match choices.below(8) {
        0 | 1 => Attribute::S(text(choices)),
        2 | 3 => Attribute::N(number(false, choices)),
        4 => Attribute::B(bytes(choices)),
        5 => Attribute::Bool(choices.below(2) == 0),
        6 => Attribute::Ss(vec![text(choices)]),
        _ => Attribute::Null,
    }
}

fn text(choices: &mut Choices) -> String {
    let words = ["true", "FALSE", "5", "1.5", "-2", "AQ==", "[\"a\"]"];
    if choices.one_in(4) {
        return choices.pick(&TIMES).to_owned();
    }
    if choices.one_in(3) {
        return choices.pick(&words).to_owned();
    }
    let chars = ['a', 'b', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{1f600}'];
    (0..choices.below(4))
        .map(|_| choices.pick(&chars))
        .collect()
}

fn bytes(choices: &mut Choices) -> Vec<u8> {
    (0..choices.below(3))
        .map(|_| choices.pick(&[0, 1, 0x7f, 0x80, 0xff]))
        .collect()
}

/// Numbers with two fraction digits around the half units of one, and some at the edge of five digits.
fn number(whole: bool, choices: &mut Choices) -> String {
    let edge = [
        "9999.9",
        "10000",
        "9999.95",
        "-9999.95",
        "9999.94",
        "9999.95",
        "-9999.95",
        "-9999.94",
        "10000",
        "123456789012",
    ];
    let edge = if whole { &edge[..2] } else { &edge[..] };
    if choices.one_in(6) {
        return choices.pick(edge).to_owned();
    }
    if choices.one_in(5) {
        let times = [
            "1577923200000",
            "1577923200",
            "1577836799.5",
            "1580000000000",
        ];
        return choices.pick(&times[..if whole { 2 } else { 4 }]).to_owned();
    }
    let hundredths = i128::try_from(choices.below(61)).unwrap() - 30;
    let hundredths = if whole {
        hundredths * 10
    } else {
        hundredths * 5
    };
    let Some(Value::N(text)) = Value::number(hundredths, 2) else {
        panic!("{hundredths}")
    };
    text
}

/// What a column shows of an item; `None` for null.
fn column_shows(column: &Column, item: &Item) -> Option<Scalar> {
    let mut values = column
        .attributes
        .iter()
        .filter_map(|name| item.get(name))
        .collect::<Vec<_>>();
    if column.any_case {
        let alike = |name: &str| {
            column
                .attributes
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        values.extend(
            item.iter()
                .filter(|(name, _)| alike(name))
                .map(|(_, value)| value),
        );
    }
    let value = values
        .into_iter()
        .find(|value| **value != Attribute::Null)?;
    shown(column, value)
}

fn shown(column: &Column, value: &Attribute) -> Option<Scalar> {
    let digits = match value {
        Attribute::N(text) | Attribute::S(text) => text.as_bytes(),
        _ => b"",
    };
    match (&column.data_type, value) {
        (DataType::Utf8, Attribute::Null) => None,
        (DataType::Utf8, value) => Some(Scalar::Utf8(match value {
            Attribute::S(text) | Attribute::N(text) => text.clone(),
            Attribute::Bool(truth) => truth.to_string(),
            Attribute::B(bytes) => base64_simd::STANDARD.encode_to_string(bytes),
            Attribute::Ss(texts) => format!("{texts:?}"),
            Attribute::Null => return None,
        })),
        (DataType::Decimal128(precision, scale), _) => {
            match decimal::parse(digits, *precision, *scale) {
                Decimal::Exact(unscaled) | Decimal::Rounded(unscaled) => Some(Scalar::Decimal {
                    unscaled,
                    scale: *scale,
                }),
                _ => None,
            }
        }
        (DataType::Int32, _) => {
            let int = i32::try_from(decimal::parse_integer(digits)?).ok()?;
            Some(Scalar::Int(int.into()))
        }
        (DataType::Date32 | DataType::Date64, Attribute::N(_) | Attribute::S(_)) => {
            let reader = column.times.as_ref().unwrap();
            let spelled = match value {
                Attribute::N(_) => reader.number(digits)?,
                _ => reader.text(digits)?,
            };
            let wall = match spelled {
                Spelled::Moment(moment) => moment.wall(reader.zone())?,
                Spelled::Instant { millis, .. } => reader.zone().wall_of(millis)?,
            };
            Some(match column.data_type {
                DataType::Date64 => Scalar::Date64(wall),
                _ => Scalar::Date32(i32::try_from(wall.div_euclid(DAY_MILLIS)).ok()?),
            })
        }
        (DataType::Float64, _) => std::str::from_utf8(digits)
            .unwrap()
            .parse()
            .ok()
            .map(Scalar::Float64),
        (DataType::Boolean, Attribute::Bool(truth)) => Some(Scalar::Bool(*truth)),
        (DataType::Boolean, Attribute::S(text)) => {
            text.to_lowercase().parse().ok().map(Scalar::Bool)
        }
        (DataType::Binary, Attribute::B(bytes)) => Some(Scalar::Binary(bytes.clone())),
        _ => None,
    }
}

/// A value that the column may show, often one that it does.
fn scalar(data_type: &DataType, known: &[Scalar], choices: &mut Choices) -> Scalar {
    if choices.below(3) > 0 && !known.is_empty() {
        return choices.pick(known);
    }
    match data_type {
        DataType::Utf8 => Scalar::Utf8(text(choices)),
        DataType::Binary => Scalar::Binary(bytes(choices)),
        DataType::Boolean => Scalar::Bool(choices.below(2) == 0),
        DataType::Int32 => Scalar::Int(choices.pick(&[0, 1, 2, -1, -2])),
        DataType::Float64 => Scalar::Float64(choices.pick(&[0.5, 1.0, -1.5])),
        DataType::Date32 => Scalar::Date32(choices.pick(&[18_262, 18_263, 18_264, 18_300, 0])),
        DataType::Date64 => {
            Scalar::Date64(choices.pick(&[1_577_923_200_000, 1_577_836_800_000, 1_600_000_000_000]))
        }
        DataType::Decimal128(_, scale) => {
            let edge = choices.one_in(10);
            let unscaled = if edge {
                99_999
            } else {
                i128::try_from(choices.below(31)).unwrap() - 15
            };
            Scalar::Decimal {
                unscaled,
                scale: *scale,
            }
        }
        other => panic!("{other}"),
    }
}

fn value_set(data_type: &DataType, known: &[Scalar], choices: &mut Choices) -> ValueSet {
    let null_allowed = choices.one_in(4);
    let mut scalars = |count: usize| {
        (0..count)
            .map(|_| scalar(data_type, known, choices))
            .collect::<Vec<_>>()
    };
    let few = scalars(3);
    match choices.below(9) {
        0..=3 => {
            let count = choices.pick(&[1, 2, 3, 3, 1, 0]);
            let ranges = few[..count]
                .iter()
                .map(|value| Range::equal(data_type, value.clone()))
                .collect();
            let mut set = ValueSet::SortedRangeSet {
                data_type: data_type.clone(),
                ranges,
                null_allowed,
            };
            set.normalise();
            set
        }
        4..=6 => {
            let mut ranges: Vec<Range> = (0..=choices.below(3))
                .map(|_| range(data_type, known, choices))
                .collect();
            // "Not this value" is two ranges that share a bound.
            if let Some(Marker {
                value: Some(value), ..
            }) = ranges.first().map(|range| &range.high)
                && choices.below(2) == 0
            {
                let marker = |bound| Marker {
                    data_type: data_type.clone(),
                    value: Some(value.clone()),
                    bound,
                };
                let high = few
                    .iter()
                    .find(|few| few.order(value) == Some(Ordering::Greater));
                let above = Range {
                    low: marker(Bound::Above),
                    high: high.map_or(Marker::upper_unbounded(data_type), |high| Marker {
                        data_type: data_type.clone(),
                        value: Some(high.clone()),
                        bound: Bound::Exactly,
                    }),
                };
                if ranges[0].single_value().is_none() {
                    ranges[0].high.bound = Bound::Below;
                    ranges.truncate(1);
                    ranges.push(above);
                }
            }
            let mut set = ValueSet::SortedRangeSet {
                data_type: data_type.clone(),
                ranges,
                null_allowed,
            };
            set.normalise();
            set
        }
        7 => {
            let array = Scalar::to_array(data_type, &few).unwrap();
            let schema = Schema::new(vec![Field::new("col1", data_type.clone(), true)]);
            let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
            ValueSet::EquatableValueSet {
                value_block: Block::new(batch),
                white_list: choices.below(2) == 0,
                null_allowed,
            }
        }
        _ => {
            let all = choices.below(2) == 0;
            ValueSet::AllOrNoneValueSet {
                data_type: data_type.clone(),
                all,
                null_allowed,
            }
        }
    }
}

fn range(data_type: &DataType, known: &[Scalar], choices: &mut Choices) -> Range {
    let (mut low, mut high) = (
        scalar(data_type, known, choices),
        scalar(data_type, known, choices),
    );
    let order = low.order(&high);
    if order == Some(Ordering::Greater) {
        std::mem::swap(&mut low, &mut high);
    }
    let bounds = if order == Some(Ordering::Equal) {
        [Bound::Exactly; 2]
    } else {
        [
            choices.pick(&[Bound::Exactly, Bound::Above]),
            choices.pick(&[Bound::Exactly, Bound::Below]),
        ]
    };
    let mut marker = |value, bound, unbounded: Marker| {
        if choices.one_in(4) {
            unbounded
        } else {
            Marker {
                data_type: data_type.clone(),
                value: Some(value),
                bound,
            }
        }
    };
    Range {
        low: marker(low, bounds[0], Marker::lower_unbounded(data_type)),
        high: marker(high, bounds[1], Marker::upper_unbounded(data_type)),
    }
}
