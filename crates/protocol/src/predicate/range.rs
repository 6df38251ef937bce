//! Intervals of an ordered type and their ends (protocol §4).

use super::scalar::Kind;
use super::{Comparison, Scalar};
use crate::block::Block;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::sync::Arc;

/// An interval of an ordered type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Range {
    /// Lower end; never [`Bound::Below`].
    pub low: Marker,
    /// Upper end; never [`Bound::Above`].
    pub high: Marker,
}

impl Range {
    /// The range between two ends.
    ///
    /// # Errors
    /// [`InvalidRange`] where Java would not make a range of them.
    pub fn new(low: Marker, high: Marker) -> Result<Self, InvalidRange> {
        if !same_type(&low.data_type, &high.data_type) {
            return Err(InvalidRange::Types {
                low: type_name(&low.data_type),
                high: type_name(&high.data_type),
            });
        }
        for (end, marker, wrong) in [("low", &low, Bound::Below), ("high", &high, Bound::Above)] {
            if marker.bound == wrong {
                return Err(InvalidRange::Bound {
                    end,
                    bound: marker.bound,
                });
            }
            // Java takes this for a value beyond all others, and no engine sends it.
            if marker.value.is_none() && marker.bound == Bound::Exactly {
                return Err(InvalidRange::NoValue { end });
            }
        }
        if low.compare(&high) == Some(Ordering::Greater) {
            return Err(InvalidRange::Reversed);
        }
        Ok(Self { low, high })
    }

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
        let exact = self.low.bound == Bound::Exactly && self.high.bound == Bound::Exactly;
        (exact && self.low.compare(&self.high) == Some(Ordering::Equal)).then_some(value)
    }

    /// Whether the value lies in the range; `None` if that cannot be told.
    pub(super) fn contains(&self, value: &Scalar) -> Option<bool> {
        let single = self.single_value().is_some();
        // Nested values have no order, so that a range of more than one tells nothing.
        if matches!(value, Scalar::Nested(_)) && !single {
            return None;
        }
        let side = |marker: &Marker, inner: Ordering| {
            let Some(end) = &marker.value else {
                return Some(true);
            };
            match value.compare(end) {
                Comparison::Ordered(Ordering::Equal) => Some(marker.bound == Bound::Exactly),
                Comparison::Ordered(order) => Some(order == inner),
                Comparison::Unequal if single => Some(false),
                Comparison::Unequal | Comparison::Unknown => None,
            }
        };
        match (
            side(&self.low, Ordering::Greater),
            side(&self.high, Ordering::Less),
        ) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// Whether this range and the next one in the order of lower ends overlap or touch.
    ///
    /// Where an order is unknown they count as apart, which is always right.
    pub(super) fn joins(&self, next: &Self) -> bool {
        self.low.compare(&next.low).is_some_and(Ordering::is_le)
            && self.high.compare(&next.high).is_some()
            && self.reaches(&next.low)
    }

    /// The range that covers this and the next one, which it [joins](Self::joins).
    pub(super) fn joined(self, next: Self) -> Self {
        let high = match self.high.compare(&next.high) {
            Some(Ordering::Less) => next.high,
            _ => self.high,
        };
        Self {
            low: self.low,
            high,
        }
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

/// Why two ends make no range.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// The ends are of different types.
    #[error("a range goes from a value of type {low} to one of type {high}")]
    Types {
        /// Type of the lower end.
        low: String,
        /// Type of the upper end.
        high: String,
    },
    /// An end lies where no such end can.
    #[error("a range's {end} end has the bound {bound:?}, which only the other end can have")]
    Bound {
        /// `low` or `high`.
        end: &'static str,
        /// Where it lies.
        bound: Bound,
    },
    /// An end is included but has no value.
    #[error("a range's {end} end has the bound Exactly but no value")]
    NoValue {
        /// `low` or `high`.
        end: &'static str,
    },
    /// The lower end is above the upper one.
    #[error("a range's low end is above its high end")]
    Reversed,
}

#[derive(Deserialize)]
struct Ends {
    low: Marker,
    high: Marker,
}

impl TryFrom<Ends> for Range {
    type Error = InvalidRange;

    fn try_from(ends: Ends) -> Result<Self, InvalidRange> {
        Self::new(ends.low, ends.high)
    }
}

/// Whether two types are the same on the wire, which names nested ones without their children.
pub(super) fn same_type(a: &DataType, b: &DataType) -> bool {
    let nested = Kind::of(a) == Some(Kind::Nested);
    a == b || (nested && std::mem::discriminant(a) == std::mem::discriminant(b))
}

/// A type for messages, without what a request can write into it: the children of nested ones, the name of a zone.
pub(super) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::List(_) => "List".to_owned(),
        DataType::Struct(_) => "Struct".to_owned(),
        DataType::Map(..) => "Map".to_owned(),
        DataType::Timestamp(unit, Some(_)) => format!("Timestamp({unit}) with a zone"),
        other => other.to_string(),
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

    /// Orders two ends of one column; `None` if the order of their values is not known.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        self.compare_by(other, Scalar::order)
    }

    /// A total order to sort by, in which ends that [`Marker::compare`] can order have that order.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
        self.compare_by(other, |a, b| Some(a.rank(b)))
            .unwrap_or(Ordering::Equal)
    }

    fn compare_by(
        &self,
        other: &Self,
        order: impl Fn(&Scalar, &Scalar) -> Option<Ordering>,
    ) -> Option<Ordering> {
        // No value means minus infinity with ABOVE, plus infinity with BELOW.
        let infinity = |bound| match bound {
            Bound::Above => Ordering::Less,
            _ => Ordering::Greater,
        };
        match (&self.value, &other.value) {
            (None, None) => Some(infinity(self.bound).cmp(&infinity(other.bound))),
            (None, Some(_)) => Some(infinity(self.bound)),
            (Some(_), None) => Some(infinity(other.bound).reverse()),
            (Some(a), Some(b)) => Some(order(a, b)?.then(self.bound.cmp(&other.bound))),
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
        let column = values_column(&wire.value_block)
            .ok_or_else(|| D::Error::custom("a marker's block must have one column"))?;
        let value = match (wire.null_value, column.len()) {
            (true, _) => None,
            (false, 1) => Some(Scalar::of(column, 0).ok_or_else(|| {
                D::Error::custom("a marker's value is null or of a type that has no order")
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

/// The only column of a block of values; `None` if it has none or several.
pub(super) fn values_column(block: &Block) -> Option<&ArrayRef> {
    match block.batch().columns() {
        [column] => Some(column),
        _ => None,
    }
}

/// The block of a marker: one nullable column `col1` with a row per value.
fn values_block(data_type: &DataType, value: Option<&Scalar>) -> Option<Block> {
    let column = match value {
        None => arrow::array::new_empty_array(data_type),
        Some(Scalar::Nested(array)) => array.clone(),
        Some(_) => Scalar::to_array(data_type, value)?,
    };
    let field = Field::new(VALUE_COLUMN, column.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column])
        .ok()
        .map(Block::new)
}

/// The name of the column of values in blocks of markers, value sets and constants.
pub(crate) const VALUE_COLUMN: &str = "col1";
