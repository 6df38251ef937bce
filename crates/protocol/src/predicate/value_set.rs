//! Value sets: what one column may hold (protocol §4).

use super::range::{same_type, type_name, values_column};
use super::scalar::Kind;
use super::{Marker, Range, Scalar, arrow_type};
use crate::block::Block;
use arrow::array::Array;
use arrow::datatypes::DataType;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

/// The values that one column may hold.
///
/// Reading checks it as Java does: markers have the set's type, ranges do not end below their start.
#[derive(Debug, Clone, PartialEq, Serialize)]
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

    /// The type of the values; `None` if the block of a listed set has not one column.
    pub fn data_type(&self) -> Option<&DataType> {
        match self {
            Self::SortedRangeSet { data_type, .. } | Self::AllOrNoneValueSet { data_type, .. } => {
                Some(data_type)
            }
            Self::EquatableValueSet { value_block, .. } => {
                values_column(value_block).map(Array::data_type)
            }
        }
    }

    /// Whether this set decides about every value of a column of type `column`, so that no row is kept for want of an order.
    ///
    /// Only then may rows be counted against a limit.
    pub fn decides(&self, column: &DataType) -> bool {
        let kind = Kind::of(column);
        let compared = kind.is_some() && self.data_type().and_then(Kind::of) == kind;
        match self {
            // "Everything but null" may come as nothing (protocol §8).
            Self::AllOrNoneValueSet {
                all, null_allowed, ..
            } => *all || *null_allowed,
            Self::SortedRangeSet { ranges, .. } => match kind {
                Some(Kind::Micros | Kind::Nested) => ranges.is_empty(),
                Some(Kind::Timestamp) => {
                    let single = |range: &Range| range.single_value().is_some();
                    compared && ranges.iter().all(single)
                }
                _ => compared,
            },
            Self::EquatableValueSet { .. } => {
                compared && !matches!(kind, Some(Kind::Micros | Kind::Nested))
            }
        }
    }

    /// Sorts ranges and merges those that overlap or touch, as Java's reader does, in n log n steps.
    ///
    /// Ranges whose order is unknown stay apart: of timestamps in several zones at one instant, and of different values
    /// without order.
    pub fn normalise(&mut self) {
        let Self::SortedRangeSet { ranges, .. } = self else {
            return;
        };
        ranges.sort_by(|a, b| a.low.rank(&b.low));
        let mut merged: Vec<Range> = Vec::with_capacity(ranges.len());
        for mut range in ranges.drain(..) {
            // A range that has grown may reach into the one before, if their order was unknown until then.
            while let Some(last) = merged.pop_if(|last| last.joins(&range)) {
                range = last.joined(range);
            }
            merged.push(range);
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
                let column = values_column(value_block)?;
                (0..column.len())
                    .map(|row| Scalar::of(column, row))
                    .collect()
            }
            Self::AllOrNoneValueSet { all: false, .. } => Some(Vec::new()),
            _ => None,
        }
    }
}

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

/// The shape of a [`ValueSet`] on the wire, before it is checked.
#[derive(Deserialize)]
#[serde(tag = "@type", remote = "ValueSet")]
#[expect(clippy::enum_variant_names, reason = "they are named as in `ValueSet`")]
enum Unchecked {
    #[serde(rename_all = "camelCase")]
    SortedRangeSet {
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
        ranges: Vec<Range>,
        null_allowed: bool,
    },
    #[serde(rename_all = "camelCase")]
    EquatableValueSet {
        value_block: Block,
        white_list: bool,
        null_allowed: bool,
    },
    #[serde(rename_all = "camelCase")]
    AllOrNoneValueSet {
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
        all: bool,
        null_allowed: bool,
    },
}

impl<'de> Deserialize<'de> for ValueSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = Unchecked::deserialize(deserializer)?;
        match &set {
            Self::SortedRangeSet {
                data_type, ranges, ..
            } => {
                let mut markers = ranges.iter().flat_map(|range| [&range.low, &range.high]);
                if let Some(other) = markers.find(|marker| !same_type(&marker.data_type, data_type))
                {
                    return Err(D::Error::custom(format!(
                        "a set of ranges of type {} has a marker of type {}",
                        type_name(data_type),
                        type_name(&other.data_type)
                    )));
                }
            }
            Self::EquatableValueSet { value_block, .. } => {
                values_column(value_block).ok_or_else(|| {
                    D::Error::custom("the block of a listed set must have one column")
                })?;
            }
            Self::AllOrNoneValueSet { .. } => {}
        }
        set.normalise();
        Ok(set)
    }
}

#[cfg(test)]
mod tests;
