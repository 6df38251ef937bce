//! The oldest form: a conjunction of value sets, one a column (protocol §4).

use super::predicate::{Operand, Predicate, Relation, ordered};
use super::truth::{Dialect, order};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Bound, Marker, Range, Scalar, ValueSet};
use std::sync::Arc;

/// The column and the set that say the same as the condition, if there is one.
pub(super) fn value_set(predicate: &Predicate, types: &[DataType]) -> Option<(usize, ValueSet)> {
    let columns = predicate.columns();
    let column = *columns.first()?;
    if columns.iter().any(|other| *other != column) {
        return None;
    }
    let data_type = &types[column];
    if !ordered(data_type) {
        return Some((column, listed(predicate, data_type)?));
    }
    let (ranges, null_allowed) = ranges(predicate, data_type)?;
    let mut set = ValueSet::SortedRangeSet {
        data_type: data_type.clone(),
        ranges,
        null_allowed,
    };
    set.normalise();
    Some((column, set))
}

/// Of types without an order.
fn listed(predicate: &Predicate, data_type: &DataType) -> Option<ValueSet> {
    let (value, white_list) = match predicate {
        Predicate::IsNull(_) => return Some(ValueSet::only_null(data_type)),
        Predicate::Compare(_, Relation::Equal, Operand::Value(Some(value))) => (value, true),
        Predicate::Compare(_, Relation::NotEqual, Operand::Value(Some(value))) => (value, false),
        Predicate::Not(not) if matches!(**not, Predicate::IsNull(_)) => {
            return Some(ValueSet::AllOrNoneValueSet {
                data_type: data_type.clone(),
                all: true,
                null_allowed: false,
            });
        }
        _ => return None,
    };
    Some(ValueSet::EquatableValueSet {
        value_block: block(data_type, &[value])?,
        white_list,
        null_allowed: false,
    })
}

/// A block with the values as the rows of its one column.
pub(super) fn block(data_type: &DataType, values: &[&Scalar]) -> Option<Block> {
    let column = match values {
        [Scalar::Nested(array)] => array.clone(),
        values => Scalar::to_array(data_type, values.iter().copied())?,
    };
    let field = Field::new("col1", column.data_type().clone(), true);
    let schema = Arc::new(Schema::new(vec![field]));
    Some(Block::new(RecordBatch::try_new(schema, vec![column]).ok()?))
}

/// Ranges, and whether null qualifies.
fn ranges(predicate: &Predicate, data_type: &DataType) -> Option<(Vec<Range>, bool)> {
    let low = || Marker::lower_unbounded(data_type);
    let high = || Marker::upper_unbounded(data_type);
    let marker = |value: &Scalar, bound| Marker {
        data_type: data_type.clone(),
        value: Some(value.clone()),
        bound,
    };
    let below = |value: &Scalar, bound| Range::new(low(), marker(value, bound)).ok();
    let above = |value: &Scalar, bound| Range::new(marker(value, bound), high()).ok();
    let exactly = |value: &Scalar| Range::equal(data_type, value.clone());
    Some(match predicate {
        Predicate::Compare(_, relation, Operand::Value(Some(value))) => {
            let ranges = match relation {
                Relation::Equal => vec![exactly(value)],
                Relation::NotEqual => {
                    vec![below(value, Bound::Below)?, above(value, Bound::Above)?]
                }
                Relation::Less => vec![below(value, Bound::Below)?],
                Relation::LessOrEqual => vec![below(value, Bound::Exactly)?],
                Relation::Greater => vec![above(value, Bound::Above)?],
                Relation::GreaterOrEqual => vec![above(value, Bound::Exactly)?],
            };
            (ranges, false)
        }
        Predicate::Between(_, from, to) => {
            let range = Range::new(marker(from, Bound::Exactly), marker(to, Bound::Exactly));
            // None holds nothing, where the ends are the wrong way round.
            (range.into_iter().collect(), false)
        }
        Predicate::In(_, values) => {
            let values = values
                .iter()
                .map(Option::as_ref)
                .collect::<Option<Vec<_>>>()?;
            (values.into_iter().map(exactly).collect(), false)
        }
        Predicate::IsNull(_) => (Vec::new(), true),
        Predicate::Or(parts) => {
            let mut all = (Vec::new(), false);
            for part in parts {
                let (ranges, null_allowed) = ranges(part, data_type)?;
                all.0.extend(ranges);
                all.1 |= null_allowed;
            }
            all
        }
        Predicate::Not(not) => match &**not {
            Predicate::IsNull(_) => (vec![Range::new(low(), high()).ok()?], false),
            Predicate::In(_, values) => {
                let mut values = values.iter().cloned().collect::<Option<Vec<Scalar>>>()?;
                // By the SDK, which orders the ranges.
                let by = |a: &Scalar, b: &Scalar| order(a, b, Dialect::Sdk);
                if values
                    .iter()
                    .any(|a| values.iter().any(|b| by(a, b).is_none()))
                {
                    return None;
                }
                values.sort_by(|a, b| by(a, b).unwrap_or(std::cmp::Ordering::Equal));
                let mut from = low();
                let mut gaps = Vec::new();
                for value in &values {
                    gaps.extend(Range::new(from, marker(value, Bound::Below)).ok());
                    from = marker(value, Bound::Above);
                }
                gaps.extend(Range::new(from, high()).ok());
                (gaps, false)
            }
            _ => return None,
        },
        _ => return None,
    })
}
