//! The few values that tables and conditions are made of: so few that conditions find something, and each near another.

use arrow::datatypes::{DataType, TimeUnit};
use athena_protocol::predicate::Scalar;
use athena_protocol::timestamp::{self, Zone};
use fastrand::Rng;
use serde_json::{Value, json};

/// Texts in the order of neither code points nor UTF-16, some of which other types take too.
const TEXTS: &[&str] = &[
    "a",
    "ab",
    "abc",
    "abd",
    "b",
    "A",
    "a%",
    "a_c",
    "ä",
    "\u{E000}",
    "\u{FFEE}",
    "😀",
    "a\u{E000}",
    "a😀",
    "a😀b",
    "true",
    "FALSE",
    "7",
    "-7",
    "3.5",
    "007",
    "300",
    "1E+2",
    "-0",
    "2020-01-02",
];
/// No two of them are one number, so that each can be a key.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "7",
    "7.5",
    "-7",
    "3.45",
    "3.449",
    "3.4500000004",
    "3.45000000049",
    "300",
    "128",
    "-0.5",
    "0.000000001",
    "0.0000000001",
    "9007199254740993",
    "9007199254740992",
    "12345678901234567890123456789012345678",
    "99999999999999999999999999999.999999999",
    "1E-100",
    "1.5E+60",
];
const TIMES: &[&str] = &[
    "2020-01-02",
    "20200102",
    "2020-01-02T03:04:05Z",
    "2020-01-02T03:04:05.678Z",
    "2020-01-02 03:04:05.678+05:30",
    "2020-01-01T22:04:05-05:00",
    "2020-01-02T04:04:05+01:00",
    "2020-01-02T03:04:05 Europe/Berlin",
    "2019-12-31",
    "2020-03-29T02:30:00",
    "2020-1-2",
    " 2020-01-02T03:04:05+14:00",
    "+2020-01-02",
    "2021-11-30T23:59:59Z",
    "1577934245000",
    "0001577934245.5e+3",
    "1577934245000000E-3",
];
const INSTANTS: &[&str] = &[
    "1577934245000",
    "1577934245678",
    "0",
    "1577923200000",
    "1577934245",
    "1577934245.5",
    "1577923199.9999999999",
];
const BYTES: &[&str] = &["AA==", "AQI=", "AQIA", "/w==", "AQ=="];

/// What an attribute holds most of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    Text,
    Number,
    Time,
    Bytes,
    Truth,
    List,
    Map,
    Anything,
}

impl Flavour {
    pub(super) const ALL: [Self; 8] = [
        Self::Text,
        Self::Number,
        Self::Time,
        Self::Bytes,
        Self::Truth,
        Self::List,
        Self::Map,
        Self::Anything,
    ];

    /// An attribute's value in DynamoDB's JSON.
    pub(super) fn value(self, rng: &mut Rng) -> Value {
        match self {
            Self::Text if rng.u8(..15) == 0 => json!({"S": ""}),
            Self::Text => json!({"S": pick(rng, TEXTS)}),
            Self::Number => json!({"N": pick(rng, NUMBERS)}),
            Self::Time if rng.u8(..3) == 0 => json!({"N": pick(rng, INSTANTS)}),
            Self::Time => json!({"S": pick(rng, TIMES)}),
            Self::Bytes if rng.u8(..15) == 0 => json!({"B": ""}),
            Self::Bytes => json!({"B": pick(rng, BYTES)}),
            Self::Truth => json!({"BOOL": rng.bool()}),
            Self::List => match rng.u8(..6) {
                // A set has no order, and the embedded DynamoDB gives another one at each read: one element has none to lose.
                0 => json!({"SS": [pick(rng, TEXTS)]}),
                1 => json!({"NS": [pick(rng, NUMBERS)]}),
                2 => json!({"BS": ["AQI="]}),
                3 => json!({"L": []}),
                _ => {
                    let of = [Self::Text, Self::Number][usize::from(rng.u8(..5) == 0)];
                    let elements: Vec<Value> = (0..rng.usize(..3)).map(|_| of.value(rng)).collect();
                    json!({"L": elements})
                }
            },
            Self::Map => {
                let mut map = json!({});
                for (name, of) in [("x", Self::Number), ("Y", Self::Text), ("z", Self::List)] {
                    if rng.bool() {
                        map[name] = of.value(rng);
                    }
                }
                json!({"M": map})
            }
            Self::Anything => {
                let others = &Self::ALL[..7];
                others[rng.usize(..others.len())].value(rng)
            }
        }
    }
}

/// A value of a key: never empty.
pub(super) fn key_value(kind: &str, rng: &mut Rng) -> Value {
    match kind {
        "S" if rng.bool() => json!({"S": pick(rng, TEXTS)}),
        "S" => json!({"S": pick(rng, TIMES)}),
        "N" => json!({"N": pick(rng, NUMBERS)}),
        _ => json!({"B": pick(rng, BYTES)}),
    }
}

/// A value of a hash key.
///
/// Numbers are whole here: a hash key is asked for by the value that its column shows, so items whose key was rounded for a decimal
/// column are not found by it (`dynamodb::plan::conditions`, `Condition::exact`). Else no numeric hash key could be queried at all.
pub(super) fn hash_value(kind: &str, rng: &mut Rng) -> Value {
    let whole: Vec<&str> = NUMBERS
        .iter()
        .filter(|number| number.parse::<i128>().is_ok())
        .copied()
        .collect();
    match kind {
        "N" => json!({"N": pick(rng, &whole)}),
        _ => key_value(kind, rng),
    }
}

/// One of the values that the engine may name for a column of a type, whether the column shows it or not.
pub(super) fn literal(data_type: &DataType, rng: &mut Rng) -> Option<Scalar> {
    let float = |rng: &mut Rng| [0.0, -0.0, 7.0, 7.5, 3.45, -7.0, 300.0, 1e30][rng.usize(..8)];
    Some(match data_type {
        DataType::Utf8 => match rng.u8(..8) {
            0 => Scalar::Utf8(String::new()),
            1 => Scalar::Utf8(pick(rng, NUMBERS).to_owned()),
            2 => Scalar::Utf8(pick(rng, TIMES).to_owned()),
            _ => Scalar::Utf8(pick(rng, TEXTS).to_owned()),
        },
        DataType::Binary => {
            let bytes = base64_simd::STANDARD.decode_to_vec(pick(rng, BYTES));
            Scalar::Binary(bytes.unwrap())
        }
        DataType::Boolean => Scalar::Bool(rng.bool()),
        DataType::Int8 => Scalar::Int([0, 7, -7, 127, -128][rng.usize(..5)]),
        DataType::Int16 | DataType::Int32 => Scalar::Int([0, 1, 7, -7, 300, 128][rng.usize(..6)]),
        DataType::Int64 => {
            Scalar::Int([0, 7, 300, 9_007_199_254_740_993, i64::MAX, i64::MIN][rng.usize(..6)])
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any number near the double will do"
        )]
        DataType::Float32 => Scalar::Float32(float(rng) as f32),
        DataType::Float64 => Scalar::Float64(float(rng)),
        DataType::Decimal128(precision, scale) => {
            let (digits, of_scale) = [
                (7, 0),
                (75, 1),
                (345, 2),
                (3_449, 3),
                (-5, 1),
                (0, 0),
                (1, 9),
                (5, 10),
            ][rng.usize(..8)];
            let by = i32::from(*scale) - of_scale;
            let power = 10_i128.pow(by.unsigned_abs());
            let unscaled: i128 = if by < 0 {
                digits / power
            } else {
                digits * power
            };
            let fits = unscaled.unsigned_abs() < 10_u128.pow((*precision).into());
            Scalar::Decimal {
                unscaled: if fits { unscaled } else { 0 },
                scale: *scale,
            }
        }
        DataType::Date32 => Scalar::Date32([0, 18_262, 18_263, 18_261][rng.usize(..4)]),
        DataType::Date64 => Scalar::Date64(
            [0, 1_577_934_245_000, 1_577_934_245_678, 1_577_923_200_000][rng.usize(..4)],
        ),
        DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
            let zone = ["UTC", "+05:30", "-05:00", "Europe/Berlin"][rng.usize(..4)];
            let instant = [0, 1_577_934_245_000, 1_577_934_245_678][rng.usize(..3)];
            Scalar::Timestamp(timestamp::pack(instant, Zone::from_id(zone)?)?)
        }
        _ => return None,
    })
}

/// Some value of the list.
pub(super) fn pick<'a>(rng: &mut Rng, values: &[&'a str]) -> &'a str {
    values[rng.usize(..values.len())]
}
