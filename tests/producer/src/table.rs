//! The table: as columns for DataFusion, and as items for DynamoDB that show just those.

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int32Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    StructArray, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::prelude::{SessionConfig, SessionContext};
use fastrand::Rng;
use serde_json::{Value, json};
use std::sync::Arc;

/// A table's rows in both forms.
pub(super) struct Table {
    /// In DynamoDB's own JSON.
    pub(super) items: Vec<Value>,
    pub(super) batch: RecordBatch,
}

/// The column types that the connector shows. Its timestamps without zone are those of milliseconds here.
pub(super) fn schema() -> SchemaRef {
    let place = vec![
        Field::new("city", DataType::Utf8, true),
        Field::new("zip", DataType::Int32, true),
    ];
    let tags = Arc::new(Field::new("item", DataType::Utf8, true));
    let fields = [
        ("id", DataType::Utf8),
        ("pk", DataType::Utf8),
        ("sk", DataType::Int64),
        ("name", DataType::Utf8),
        ("tiny", DataType::Int8),
        ("n", DataType::Int32),
        ("big", DataType::Int64),
        ("price", DataType::Decimal128(12, 2)),
        ("amount", DataType::Decimal128(38, 9)),
        ("half", DataType::Float32),
        ("ratio", DataType::Float64),
        ("flag", DataType::Boolean),
        ("raw", DataType::Binary),
        ("day", DataType::Date32),
        ("moment", DataType::Timestamp(TimeUnit::Millisecond, None)),
        ("place", DataType::Struct(place.into())),
        ("tags", DataType::List(tags)),
    ];
    let fields = fields.map(|(name, data_type)| Field::new(name, data_type, true));
    Arc::new(Schema::new(fields.to_vec()))
}

/// A context that reads SQL as Athena does: numbers with a point are decimals.
pub(super) fn context() -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(1);
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    SessionContext::new_with_config(config)
}

impl Table {
    pub(super) fn of(rng: &mut Rng) -> Self {
        let mut items: Vec<Value> = (0..ROWS)
            .map(|number| {
                json!({
                    "id": {"S": format!("id{number:02}")},
                    "pk": {"S": format!("p{}", number % 5)},
                    "sk": {"N": (number / 5).to_string()},
                })
            })
            .collect();
        let mut cell = Cells {
            items: &mut items,
            rng,
        };
        let ids = ids(cell.items, "id");
        let pks = self::ids(cell.items, "pk");
        let sks: Int64Array = (0..ROWS)
            .map(|number| Some((number / 5).cast_signed() as i64))
            .collect();
        let name: StringArray = cell.fill("name", NAMES, |name| json!({"S": name})).into();
        // Numbers as text show in columns of numbers too.
        let number = |text: String, rng: &mut Rng| match rng.u8(..6) {
            0 => json!({"S": text}),
            _ => json!({"N": text}),
        };
        let tiny = cell.fill_by("tiny", &[-128_i8, -1, 0, 7, 127], |value, rng| {
            number(value.to_string(), rng)
        });
        let n = cell.fill_by(
            "n",
            &[i32::MIN, -7, 0, 1, 5, 42, 300, i32::MAX],
            |value, rng| number(value.to_string(), rng),
        );
        let big = cell.fill_by(
            "big",
            &[i64::MIN, -1, 0, 42, 9_007_199_254_740_993, i64::MAX],
            |value, rng| number(value.to_string(), rng),
        );
        let price = cell.fill("price", PRICES, |(_, text)| json!({"N": text}));
        let amount = cell.fill("amount", AMOUNTS, |(_, text)| json!({"N": text}));
        let half = cell.fill(
            "half",
            &[-1.5_f32, 0.0, 0.5, 3.25, 1e6],
            |value| json!({"N": value.to_string()}),
        );
        let ratio = cell.fill(
            "ratio",
            &[-7.5_f64, 0.0, 0.1, 2.5, 1e9, 42.0],
            |value| json!({"N": value.to_string()}),
        );
        let flag: BooleanArray = cell
            .fill("flag", &[true, false], |value| json!({"BOOL": value}))
            .into();
        let raw = cell.fill(
            "raw",
            RAWS,
            |value| json!({"B": base64_simd::STANDARD.encode_to_string(value)}),
        );
        let day = cell.fill("day", DAYS, |(_, text)| json!({"S": text}));
        let moment = cell.fill("moment", MOMENTS, |(_, text)| json!({"S": text}));
        let (city, zip) = cell.places();
        let tags = cell.tags();
        let place: Vec<(Arc<Field>, ArrayRef)> = match schema()
            .field_with_name("place")
            .expect("is there")
            .data_type()
        {
            DataType::Struct(fields) => fields.iter().cloned().zip([city, zip]).collect(),
            _ => unreachable!("it is a struct"),
        };
        let decimal = |values: Vec<Option<(i128, &str)>>, precision, scale| {
            let values: Decimal128Array = values.into_iter().map(|value| Some(value?.0)).collect();
            values
                .with_precision_and_scale(precision, scale)
                .expect("values of the type")
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(ids),
            Arc::new(pks),
            Arc::new(sks),
            Arc::new(name),
            Arc::new(Int8Array::from(tiny)),
            Arc::new(Int32Array::from(n)),
            Arc::new(Int64Array::from(big)),
            Arc::new(decimal(price, 12, 2)),
            Arc::new(decimal(amount, 38, 9)),
            Arc::new(Float32Array::from(half)),
            Arc::new(Float64Array::from(ratio)),
            Arc::new(flag),
            Arc::new(BinaryArray::from(raw)),
            Arc::new(
                day.into_iter()
                    .map(|value| Some(value?.0))
                    .collect::<Date32Array>(),
            ),
            Arc::new(
                moment
                    .into_iter()
                    .map(|value| Some(value?.0))
                    .collect::<TimestampMillisecondArray>(),
            ),
            Arc::new(StructArray::from(place)),
            tags,
        ];
        let batch = RecordBatch::try_new(schema(), columns).expect("columns of the schema");
        Self { items, batch }
    }
}

fn ids(items: &[Value], name: &str) -> StringArray {
    items.iter().map(|item| item[name]["S"].as_str()).collect()
}

/// Fills one attribute of all items after the other.
struct Cells<'a> {
    items: &'a mut Vec<Value>,
    rng: &'a mut Rng,
}

impl Cells<'_> {
    fn fill<T: Copy>(
        &mut self,
        name: &str,
        values: &[T],
        write: impl Fn(T) -> Value,
    ) -> Vec<Option<T>> {
        self.fill_by(name, values, |value, _| write(value))
    }

    /// One of the values in most items, `NULL` in some, and in some nothing, or what no column but one of text shows.
    fn fill_by<T: Copy>(
        &mut self,
        name: &str,
        values: &[T],
        write: impl Fn(T, &mut Rng) -> Value,
    ) -> Vec<Option<T>> {
        let mut shown = Vec::new();
        for item in self.items.iter_mut() {
            match self.rng.u8(..12) {
                0 => {}
                1 => item[name] = json!({"NULL": true}),
                2 if name != "name" => {
                    item[name] = if name == "raw" {
                        json!({"S": "stray"})
                    } else {
                        json!({"B": "c3RyYXk="})
                    };
                }
                _ => {
                    let value = values[self.rng.usize(..values.len())];
                    item[name] = write(value, self.rng);
                    shown.push(Some(value));
                    continue;
                }
            }
            shown.push(None);
        }
        shown
    }

    /// The children of `place`, which every item has.
    fn places(&mut self) -> (ArrayRef, ArrayRef) {
        let (mut cities, mut zips) = (Vec::new(), Vec::new());
        for item in self.items.iter_mut() {
            let city = (self.rng.u8(..5) > 0).then(|| CITIES[self.rng.usize(..CITIES.len())]);
            let zip = (self.rng.u8(..5) > 0).then(|| self.rng.i32(10_000..10_005));
            item["place"] = json!({"M": {}});
            if let Some(city) = city {
                item["place"]["M"]["city"] = json!({"S": city});
            }
            if let Some(zip) = zip {
                item["place"]["M"]["zip"] = json!({"N": zip.to_string()});
            }
            cities.push(city);
            zips.push(zip);
        }
        (
            Arc::new(StringArray::from(cities)),
            Arc::new(Int32Array::from(zips)),
        )
    }

    fn tags(&mut self) -> ArrayRef {
        let mut tags = ListBuilder::new(StringBuilder::new());
        for item in self.items.iter_mut() {
            if self.rng.u8(..5) == 0 {
                tags.append_null();
                continue;
            }
            let list: Vec<&str> = (0..self.rng.usize(..3))
                .map(|_| CITIES[self.rng.usize(..CITIES.len())])
                .collect();
            item["tags"] =
                json!({"L": list.iter().map(|tag| json!({"S": tag})).collect::<Vec<_>>()});
            tags.append_value(list.into_iter().map(Some));
        }
        Arc::new(tags.finish())
    }
}

pub(super) const NAME: &str = "produced";
const ROWS: usize = 48;
pub(super) const NAMES: &[&str] = &[
    "", "a", "A", "ab", "abc", "b", "ba", "a%b", "a_b", "x\\y", "Zoë", "\u{ff5e}", "😀", "7",
    "true", "a b", "it's",
];
pub(super) const CITIES: &[&str] = &["Berlin", "berlin", "Bern", "Oslo", ""];
const PRICES: &[(i128, &str)] = &[
    (0, "0"),
    (750, "7.5"),
    (999, "9.99"),
    (1_000, "10"),
    (-500, "-5"),
    (999_999_999_999, "9999999999.99"),
];
const AMOUNTS: &[(i128, &str)] = &[
    (0, "0"),
    (1, "0.000000001"),
    (7_500_000_000, "7.5"),
    (-3_000_000_000, "-3"),
    (42_000_000_000, "42"),
    (
        12_345_678_901_234_567_890_123_456_789_123_456_789,
        "12345678901234567890123456789.123456789",
    ),
];
const RAWS: &[&[u8]] = &[&[], &[0], &[1, 2], &[1, 2, 3], &[0xff]];
const DAYS: &[(i32, &str)] = &[
    (0, "1970-01-01"),
    (-1, "1969-12-31"),
    (18_262, "2020-01-01"),
    (18_321, "2020-02-29"),
    (19_723, "2024-01-01"),
];
const MOMENTS: &[(i64, &str)] = &[
    (0, "1970-01-01T00:00:00"),
    (1_577_836_800_000, "2020-01-01T00:00:00"),
    (1_577_934_245_678, "2020-01-02T03:04:05.678"),
    (1_582_934_400_000, "2020-02-29T00:00:00"),
    (-1_000, "1969-12-31T23:59:59"),
];
