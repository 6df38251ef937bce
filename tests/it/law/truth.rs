//! Whether a row qualifies, in SQL's three-valued logic. Written for itself: nothing of the connector's own evaluation is used.
//!
//! Athena's engine and Amazon's SDK, whose value sets the engine sends, order some values differently. A row is certain to be wanted
//! only if it qualifies by both.

use super::predicate::{Operand, Predicate, Relation, text};
use arrow::array::{Array, AsArray};
use athena_protocol::predicate::Scalar;
use athena_protocol::timestamp;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Whose comparison is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The engine's: texts by code points, zeros are equal, and so are instants whatever their zone.
    Engine,
    /// The SDK's: texts by UTF-16 code units, -0.0 is less than 0.0, and instants of different zones differ.
    Sdk,
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    Ordered(Ordering),
    /// Not equal, and without an order.
    Different,
    /// As null.
    Unknown,
}

/// A row's values by the columns of the schema.
pub(super) type Row = [Option<Scalar>];

impl Predicate {
    /// Whether the row qualifies for certain.
    pub(super) fn wants(&self, row: &Row) -> bool {
        [Dialect::Engine, Dialect::Sdk]
            .iter()
            .all(|dialect| self.truth(row, *dialect) == Some(true))
    }

    /// Whether the row may qualify.
    pub(super) fn may_want(&self, row: &Row) -> bool {
        [Dialect::Engine, Dialect::Sdk]
            .iter()
            .any(|dialect| self.truth(row, *dialect) == Some(true))
            || self
                .columns()
                .iter()
                .any(|column| unsettled(row[*column].as_ref()))
    }

    /// The value of the condition.
    pub(super) fn truth(&self, row: &Row, dialect: Dialect) -> Option<bool> {
        let at = |column: &usize| row[*column].as_ref();
        match self {
            Self::And(parts) => all(parts.iter().map(|part| part.truth(row, dialect))),
            Self::Or(parts) => all(parts
                .iter()
                .map(|part| part.truth(row, dialect).map(|is| !is)))
            .map(|is| !is),
            Self::Not(part) => part.truth(row, dialect).map(|is| !is),
            Self::Compare(column, relation, other) => {
                let other = match other {
                    Operand::Value(value) => value.as_ref(),
                    Operand::Column(column) => at(column),
                };
                holds(at(column)?, *relation, other?, dialect)
            }
            Self::Between(column, low, high) => {
                let value = at(column)?;
                all([
                    holds(value, Relation::GreaterOrEqual, low, dialect),
                    holds(value, Relation::LessOrEqual, high, dialect),
                ]
                .into_iter())
            }
            Self::In(column, values) => {
                let value = at(column)?;
                let differs = values
                    .iter()
                    .map(|other| holds(value, Relation::NotEqual, other.as_ref()?, dialect));
                all(differs).map(|differs| !differs)
            }
            Self::IsNull(column) => Some(at(column).is_none()),
            Self::Like(column, pattern) => match at(column)? {
                value if unsettled(Some(value)) => None,
                Scalar::Utf8(text) => {
                    let (text, pattern): (Vec<char>, Vec<char>) =
                        (text.chars().collect(), pattern.chars().collect());
                    Some(like(&text, &pattern))
                }
                _ => None,
            },
            Self::Distinct(column, other) => match (at(column), other) {
                (None, None) => Some(false),
                (Some(value), Some(other)) => holds(value, Relation::NotEqual, other, dialect),
                _ => Some(true),
            },
            Self::Foreign(column) if unsettled(at(column)) => None,
            Self::Foreign(column) => Some(text(Some(at(column)?)).len().is_multiple_of(2)),
        }
    }
}

/// False if any is, true if all are.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<_> = truths.collect();
    if truths.contains(&Some(false)) {
        Some(false)
    } else {
        (!truths.contains(&None)).then_some(true)
    }
}

fn holds(a: &Scalar, relation: Relation, b: &Scalar, dialect: Dialect) -> Option<bool> {
    let order = match compare(a, b, dialect) {
        Compared::Unknown => return None,
        Compared::Different => {
            return match relation {
                Relation::Equal => Some(false),
                Relation::NotEqual => Some(true),
                _ => None,
            };
        }
        Compared::Ordered(order) => order,
    };
    Some(match relation {
        Relation::Equal => order.is_eq(),
        Relation::NotEqual => order.is_ne(),
        Relation::Less => order.is_lt(),
        Relation::LessOrEqual => order.is_le(),
        Relation::Greater => order.is_gt(),
        Relation::GreaterOrEqual => order.is_ge(),
    })
}

/// The order of two values of one column, where there is one; for sorting.
pub(super) fn order(a: &Scalar, b: &Scalar, dialect: Dialect) -> Option<Ordering> {
    match compare(a, b, dialect) {
        Compared::Ordered(order) => Some(order),
        Compared::Different | Compared::Unknown => None,
    }
}

/// Whether the value is the text of a map of several members: DynamoDB gives them in any order, and the embedded one in another at
/// each read, so that what a text column shows is not settled.
pub(super) fn unsettled(value: Option<&Scalar>) -> bool {
    let Some(Scalar::Utf8(text)) = value else {
        return false;
    };
    text.starts_with('{')
        && serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|map| map.len() > 1)
}

fn compare(a: &Scalar, b: &Scalar, dialect: Dialect) -> Compared {
    if unsettled(Some(a)) || unsettled(Some(b)) {
        return Compared::Unknown;
    }
    Compared::Ordered(match (a, b) {
        (Scalar::Utf8(a), Scalar::Utf8(b)) => match dialect {
            Dialect::Engine => a.chars().cmp(b.chars()),
            Dialect::Sdk => a.encode_utf16().cmp(b.encode_utf16()),
        },
        (Scalar::Binary(a), Scalar::Binary(b)) => a.cmp(b),
        (Scalar::Bool(a), Scalar::Bool(b)) => a.cmp(b),
        (Scalar::Int(a), Scalar::Int(b)) | (Scalar::Date64(a), Scalar::Date64(b)) => a.cmp(b),
        (Scalar::Date32(a), Scalar::Date32(b)) => a.cmp(b),
        (Scalar::Float32(a), Scalar::Float32(b)) => floats((*a).into(), (*b).into(), dialect),
        (Scalar::Float64(a), Scalar::Float64(b)) => floats(*a, *b, dialect),
        (
            Scalar::Decimal { unscaled, scale },
            Scalar::Decimal {
                unscaled: other,
                scale: other_scale,
            },
        ) => {
            let finer = (*scale).max(*other_scale);
            let widened = |unscaled: i128, scale: i8| {
                let factor = 10_i128.pow((finer - scale).unsigned_abs().into());
                unscaled.checked_mul(factor)
            };
            match (widened(*unscaled, *scale), widened(*other, *other_scale)) {
                (Some(a), Some(b)) => a.cmp(&b),
                // What does not fit is greater in magnitude than all that 38 digits can hold.
                (None, _) => unscaled.cmp(&0),
                (_, None) => 0.cmp(other),
            }
        }
        (Scalar::Timestamp(a), Scalar::Timestamp(b)) => {
            let order = timestamp::epoch_millis(*a).cmp(&timestamp::epoch_millis(*b));
            if order.is_eq() && a != b && dialect == Dialect::Sdk {
                return Compared::Different;
            }
            order
        }
        (Scalar::Nested(a), Scalar::Nested(b)) => {
            if dialect == Dialect::Engine && (has_nulls(a) || has_nulls(b)) {
                return Compared::Unknown;
            }
            if a != b {
                return Compared::Different;
            }
            Ordering::Equal
        }
        _ => return Compared::Unknown,
    })
}

fn floats(a: f64, b: f64, dialect: Dialect) -> Ordering {
    let order = a.partial_cmp(&b).unwrap_or_else(|| a.total_cmp(&b));
    match dialect {
        Dialect::Engine => order,
        Dialect::Sdk => order.then(a.total_cmp(&b)),
    }
}

fn has_nulls(array: &dyn Array) -> bool {
    array.null_count() > 0
        || match array.data_type() {
            arrow::datatypes::DataType::List(_) => {
                (0..array.len()).any(|row| has_nulls(&array.as_list::<i32>().value(row)))
            }
            arrow::datatypes::DataType::Struct(_) => array
                .as_struct()
                .columns()
                .iter()
                .any(|child| has_nulls(child)),
            _ => false,
        }
}

/// SQL's LIKE without an escape: `%` stands for any text, `_` for any character.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        Some((letter, rest)) => text
            .split_first()
            .is_some_and(|(first, text)| (*letter == '_' || letter == first) && like(text, rest)),
    }
}

#[test]
fn the_law_knows_three_truth_values() {
    let row = [Some(Scalar::Int(3)), None];
    let is = |predicate: &Predicate| predicate.truth(&row, Dialect::Engine);
    let three = |relation| Predicate::Compare(0, relation, Operand::Value(Some(Scalar::Int(3))));
    let null = Predicate::Compare(1, Relation::Equal, Operand::Value(Some(Scalar::Int(3))));
    assert_eq!(is(&three(Relation::LessOrEqual)), Some(true));
    assert_eq!(is(&null), None);
    assert_eq!(is(&Predicate::Not(Box::new(null.clone()))), None);
    let either = Predicate::Or(vec![null.clone(), three(Relation::Equal)]);
    assert_eq!(is(&either), Some(true));
    let both = Predicate::And(vec![null, three(Relation::Less)]);
    assert_eq!(is(&both), Some(false));
    let list = |values: &[Option<i64>]| {
        let values = values.iter().map(|value| value.map(Scalar::Int));
        Predicate::In(0, values.collect())
    };
    assert_eq!(is(&list(&[Some(4), None])), None);
    assert_eq!(is(&list(&[Some(3), None])), Some(true));
    assert_eq!(is(&Predicate::Distinct(1, None)), Some(false));
    assert_eq!(
        is(&Predicate::Distinct(1, Some(Scalar::Int(3)))),
        Some(true)
    );
    let texts = [Some(Scalar::Utf8("a\u{e000}c".to_owned()))];
    let like = |pattern: &str| Predicate::Like(0, pattern.to_owned()).wants(&texts);
    assert!(like("a%") && like("a_c") && like("%") && !like("a_") && !like("c%"));
    let above = Operand::Value(Some(Scalar::Utf8("a😀".to_owned())));
    let above = Predicate::Compare(0, Relation::Greater, above);
    assert!(
        above.may_want(&texts) && !above.wants(&texts),
        "by UTF-16 only"
    );
}
