//! Value sets: what one column may hold (protocol §4).

use super::{Scalar, arrow_type};
use crate::block::Block;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::sync::Arc;

/// The values that one column may hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type")]
pub enum ValueSet {
    /// Ranges of an ordered type, sorted and without overlap after [`ValueSet::normalise`].
    #[serde(rename_all = "camelCase")]
    SortedRangeSet {
        /// Type of the column.
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
        /// The ranges; a value in any of them qualifies.
        ranges: Vec<Range>,
        /// Whether null qualifies.
        null_allowed: bool,
    },
    /// Listed values, or all but those.
    #[serde(rename_all = "camelCase")]
    EquatableValueSet {
        /// One column with a row per value.
        value_block: Block,
        /// True: the listed values qualify. False: all others do.
        white_list: bool,
        /// Whether null qualifies.
        null_allowed: bool,
    },
    /// Everything or nothing.
    #[serde(rename_all = "camelCase")]
    AllOrNoneValueSet {
        /// Type of the column.
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
        /// Whether values qualify.
        all: bool,
        /// Whether null qualifies.
        null_allowed: bool,
    },
}

impl ValueSet {
    /// Whether null qualifies.
    pub fn null_allowed(&self) -> bool {
        match self {
            Self::SortedRangeSet { null_allowed, .. }
            | Self::EquatableValueSet { null_allowed, .. }
            | Self::AllOrNoneValueSet { null_allowed, .. } => *null_allowed,
        }
    }

    /// Sorts ranges and merges those that overlap or touch, as the engine's own reader does.
    pub fn normalise(&mut self) {
        let Self::SortedRangeSet { ranges, .. } = self else {
            return;
        };
        ranges.sort_by(|a, b| a.low.compare(&b.low).unwrap_or(Ordering::Equal));
        let mut merged: Vec<Range> = Vec::with_capacity(ranges.len());
        for range in ranges.drain(..) {
            match merged.last_mut() {
                Some(last) if last.reaches(&range.low) => {
                    if last.high.compare(&range.high) == Some(Ordering::Less) {
                        last.high = range.high;
                    }
                }
                _ => merged.push(range),
            }
        }
        *ranges = merged;
    }

    /// The single values, if the set consists of nothing else (null aside); empty for an empty white list or range set.
    pub fn single_values(&self) -> Option<Vec<Scalar>> {
        match self {
            Self::SortedRangeSet { ranges, .. } => ranges
                .iter()
                .map(|range| range.single_value().cloned())
                .collect(),
            Self::EquatableValueSet {
                value_block,
                white_list: true,
                ..
            } => {
                let column = value_block.batch().columns().first()?;
                (0..column.len())
                    .map(|row| Scalar::of(column, row))
                    .collect()
            }
            Self::AllOrNoneValueSet { all: false, .. } => Some(Vec::new()),
            _ => None,
        }
    }
}

/// An interval of an ordered type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Lower end; never [`Bound::Below`].
    pub low: Marker,
    /// Upper end; never [`Bound::Above`].
    pub high: Marker,
}

impl Range {
    /// The range of this value alone.
    pub fn equal(data_type: &DataType, value: Scalar) -> Self {
        let marker = Marker {
            data_type: data_type.clone(),
            value: Some(value),
            bound: Bound::Exactly,
        };
        Self {
            low: marker.clone(),
            high: marker,
        }
    }

    /// The value, if the range holds only one.
    pub fn single_value(&self) -> Option<&Scalar> {
        let value = self.low.value.as_ref()?;
        let same = self.low.compare(&self.high) == Some(Ordering::Equal);
        (same && self.low.bound == Bound::Exactly && self.high.bound == Bound::Exactly)
            .then_some(value)
    }

    /// Whether nothing lies between this range's upper end and `low`.
    fn reaches(&self, low: &Marker) -> bool {
        match (&self.high.value, &low.value) {
            (None, _) | (_, None) => true,
            (Some(high), Some(value)) => match high.order(value) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => {
                    self.high.bound == Bound::Exactly || low.bound == Bound::Exactly
                }
                _ => false,
            },
        }
    }
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// Type of the column.
    pub data_type: DataType,
    /// The value, `None` for no limit.
    pub value: Option<Scalar>,
    /// Where the end lies relative to the value.
    pub bound: Bound,
}

/// Where an end lies relative to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Bound {
    /// Just below: excluded upper end; without a value, no upper end.
    Below,
    /// Included.
    Exactly,
    /// Just above: excluded lower end; without a value, no lower end.
    Above,
}

impl Marker {
    /// The lower end of a range without one.
    pub fn lower_unbounded(data_type: &DataType) -> Self {
        Self {
            data_type: data_type.clone(),
            value: None,
            bound: Bound::Above,
        }
    }

    /// The upper end of a range without one.
    pub fn upper_unbounded(data_type: &DataType) -> Self {
        Self {
            data_type: data_type.clone(),
            value: None,
            bound: Bound::Below,
        }
    }

    /// Orders two ends of one column; `None` if their values have no order.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.value, &other.value) {
            (None, None) => Some(other.bound.cmp(&self.bound)),
            // No value means minus infinity with ABOVE, plus infinity with BELOW.
            (None, Some(_)) => Some(if self.bound == Bound::Above {
                Ordering::Less
            } else {
                Ordering::Greater
            }),
            (Some(_), None) => other.compare(self).map(Ordering::reverse),
            (Some(a), Some(b)) => Some(a.order(b)?.then(self.bound.cmp(&other.bound))),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMarker {
    value_block: Block,
    bound: Bound,
    null_value: bool,
}

impl Serialize for Marker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let block = values_block(&self.data_type, self.value.as_ref())
            .ok_or_else(|| S::Error::custom("a marker's value does not fit its type"))?;
        WireMarker {
            value_block: block,
            bound: self.bound,
            null_value: self.value.is_none(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Marker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireMarker::deserialize(deserializer)?;
        let column = wire
            .value_block
            .batch()
            .columns()
            .first()
            .ok_or_else(|| D::Error::custom("a marker's block has no column"))?;
        let value = match (wire.null_value, column.len()) {
            (true, _) => None,
            (false, 1) => Some(Scalar::of(column, 0).ok_or_else(|| {
                D::Error::custom("a marker's value is null or of an unknown type")
            })?),
            (false, _) => return Err(D::Error::custom("a marker's block must have one row")),
        };
        Ok(Self {
            data_type: column.data_type().clone(),
            value,
            bound: wire.bound,
        })
    }
}

/// The block of a marker, a value set or a constant: one nullable column `col1` with a row per value.
pub(super) fn values_block<'a>(
    data_type: &DataType,
    values: impl IntoIterator<Item = &'a Scalar>,
) -> Option<Block> {
    let mut values = values.into_iter().peekable();
    let column = match values.peek() {
        None => arrow::array::new_empty_array(data_type),
        Some(Scalar::Nested(_)) => {
            let arrays: Vec<_> = values
                .map(|value| {
                    if let Scalar::Nested(array) = value {
                        Some(array.as_ref())
                    } else {
                        None
                    }
                })
                .collect::<Option<_>>()?;
            arrow::compute::concat(&arrays).ok()?
        }
        Some(_) => Scalar::to_array(data_type, values)?,
    };
    let schema = Schema::new(vec![Field::new(
        VALUE_COLUMN,
        column.data_type().clone(),
        true,
    )]);
    RecordBatch::try_new(Arc::new(schema), vec![column])
        .ok()
        .map(Block::new)
}

/// A white or black list of `values`.
pub(crate) const VALUE_COLUMN: &str = "col1";

impl ValueSet {
    /// The set of `values` alone, as sorted ranges; null does not qualify.
    pub fn of_values(data_type: &DataType, values: impl IntoIterator<Item = Scalar>) -> Self {
        let ranges = values
            .into_iter()
            .map(|value| Range::equal(data_type, value))
            .collect();
        let mut set = Self::SortedRangeSet {
            data_type: data_type.clone(),
            ranges,
            null_allowed: false,
        };
        set.normalise();
        set
    }

    /// The set of all values but null.
    pub fn not_null(data_type: &DataType) -> Self {
        let range = Range {
            low: Marker::lower_unbounded(data_type),
            high: Marker::upper_unbounded(data_type),
        };
        Self::SortedRangeSet {
            data_type: data_type.clone(),
            ranges: vec![range],
            null_allowed: false,
        }
    }

    /// The set of null alone.
    pub fn only_null(data_type: &DataType) -> Self {
        Self::SortedRangeSet {
            data_type: data_type.clone(),
            ranges: Vec::new(),
            null_allowed: true,
        }
    }
}
