//! What is asked of the things, and how many rows that are.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use athena_protocol::block::Block;
use athena_protocol::predicate::{Bound, Marker, Range, Scalar, ValueSet};

const DECIMAL: DataType = DataType::Decimal128(38, 9);

/// What is asked: in words, by column, and how many rows that are if the words say it.
pub(super) type Question = (&'static str, Vec<(&'static str, ValueSet)>, Option<usize>);

/// All questions.
pub(super) fn questions() -> Vec<Question> {
    let mut questions = on_keys();
    questions.extend(on_numbers_and_bytes());
    questions.extend(on_texts());
    questions
}

fn text(text: &str) -> Scalar {
    Scalar::Utf8(text.to_owned())
}

/// A decimal of nine places.
fn decimal(thousandths: i128) -> Scalar {
    Scalar::Decimal {
        unscaled: thousandths * 1_000_000,
        scale: 9,
    }
}

fn one_of<const N: usize>(data_type: &DataType, values: [Scalar; N]) -> ValueSet {
    ValueSet::of_values(data_type, values)
}

fn range(
    data_type: &DataType,
    low: Option<(Scalar, Bound)>,
    high: Option<(Scalar, Bound)>,
    null_allowed: bool,
) -> ValueSet {
    let marker = |end: Option<(Scalar, Bound)>, unbounded: Marker| {
        end.map_or(unbounded, |(value, bound)| Marker {
            data_type: data_type.clone(),
            value: Some(value),
            bound,
        })
    };
    let range = Range {
        low: marker(low, Marker::lower_unbounded(data_type)),
        high: marker(high, Marker::upper_unbounded(data_type)),
    };
    ValueSet::SortedRangeSet {
        data_type: data_type.clone(),
        ranges: vec![range],
        null_allowed,
    }
}

fn listed(
    data_type: &DataType,
    values: &[Scalar],
    white_list: bool,
    null_allowed: bool,
) -> ValueSet {
    let column = Scalar::to_array(data_type, values).unwrap();
    let batch = RecordBatch::try_from_iter([("col1", column)]).unwrap();
    ValueSet::EquatableValueSet {
        value_block: Block::new(batch),
        white_list,
        null_allowed,
    }
}

fn exactly(value: Scalar) -> (Scalar, Bound) {
    (value, Bound::Exactly)
}

fn above(value: Scalar) -> (Scalar, Bound) {
    (value, Bound::Above)
}

fn below(value: Scalar) -> (Scalar, Bound) {
    (value, Bound::Below)
}

fn texts<const N: usize>(texts: [&str; N]) -> ValueSet {
    one_of(&DataType::Utf8, texts.map(text))
}

pub(super) fn truth(truth: bool) -> ValueSet {
    listed(&DataType::Boolean, &[Scalar::Bool(truth)], true, false)
}

fn on_keys() -> Vec<Question> {
    let between = range(
        &DECIMAL,
        Some(exactly(decimal(3000))),
        Some(below(decimal(9000))),
        false,
    );
    let late = range(&DECIMAL, Some(above(decimal(27_000))), None, false);
    let early = range(&DECIMAL, None, Some(exactly(decimal(4000))), false);
    let seventh = one_of(&DECIMAL, [decimal(7000)]);
    vec![
        ("the hash key equals", vec![("pk", texts(["p3"]))], Some(30)),
        (
            "the hash key is one of three, one of them unknown",
            vec![("pk", texts(["p1", "p7", "none"]))],
            Some(60),
        ),
        (
            "the hash key equals, the range key lies between",
            vec![("pk", texts(["p0"])), ("sk", between)],
            Some(6),
        ),
        (
            "the whole key",
            vec![("pk", texts(["p5"])), ("sk", seventh)],
            Some(1),
        ),
        ("the range key alone", vec![("sk", late)], Some(16)),
        (
            "the key of an index",
            vec![("status", texts(["paid"]))],
            Some(73),
        ),
        (
            "both keys of an index, and a plain attribute",
            vec![
                ("status", texts(["open", "shipped"])),
                ("sk", early),
                ("flag", truth(true)),
            ],
            None,
        ),
        (
            "the key of an index is null",
            vec![("status", ValueSet::only_null(&DataType::Utf8))],
            Some(22),
        ),
        (
            "the key of an index is not null",
            vec![("status", ValueSet::not_null(&DataType::Utf8))],
            Some(218),
        ),
    ]
}

fn on_numbers_and_bytes() -> Vec<Question> {
    let tens = range(
        &DECIMAL,
        Some(above(decimal(10_002))),
        Some(below(decimal(20_000))),
        false,
    );
    let high = range(
        &DataType::Binary,
        Some(exactly(Scalar::Binary(vec![200]))),
        None,
        false,
    );
    let nine = one_of(&DataType::Binary, [Scalar::Binary(vec![9, 7])]);
    vec![
        ("decimals in a range", vec![("price", tens)], None),
        (
            "one decimal",
            vec![("price", one_of(&DECIMAL, [decimal(13_006)]))],
            None,
        ),
        (
            "all decimals but one",
            vec![("price", listed(&DECIMAL, &[decimal(13_006)], false, false))],
            None,
        ),
        ("bytes in a range", vec![("blob", high)], Some(40)),
        ("bytes that equal", vec![("blob", nine)], Some(1)),
        ("false", vec![("flag", truth(false))], Some(180)),
    ]
}

fn on_texts() -> Vec<Question> {
    let utf8 = DataType::Utf8;
    let alpha_or_null = range(
        &utf8,
        Some(exactly(text("alpha"))),
        Some(exactly(text("alpha"))),
        true,
    );
    let twenties = range(
        &utf8,
        Some(exactly(text("2"))),
        Some(below(text("3"))),
        false,
    );
    let beyond = range(&utf8, Some(above(text("😀"))), None, false);
    let up_to = range(&utf8, None, Some(exactly(text("\u{ffee}"))), false);
    let others = listed(&utf8, &[text("alpha"), text("é")], false, true);
    vec![
        (
            "text that holds numbers, by text",
            vec![("digits", twenties)],
            Some(88),
        ),
        (
            "text that holds a number",
            vec![("digits", texts(["12", "7"]))],
            Some(16),
        ),
        ("a value or null", vec![("name", alpha_or_null)], None),
        ("null", vec![("name", ValueSet::only_null(&utf8))], Some(80)),
        (
            "a number shown as text",
            vec![("name", texts(["12"]))],
            Some(40),
        ),
        (
            "text above a character beyond the basic plane",
            vec![("name", beyond)],
            None,
        ),
        (
            "text up to one of the last in it",
            vec![("name", up_to)],
            None,
        ),
        (
            "all but a list of texts, null too",
            vec![("name", others)],
            None,
        ),
    ]
}
