//! How the engine compares two values (protocol §8).

use super::order::{
    Comparison, decimal_order, java_order_f32, java_order_f64, packed_order, packed_rank,
    utf16_order,
};
use super::{Scalar, nested};
use std::cmp::Ordering;

impl Scalar {
    /// The engine's order of two values of one column; `None` where there is none, or none that can be told.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        self.compare(other).ordering()
    }

    /// How the engine compares two values of one column.
    pub fn compare(&self, other: &Self) -> Comparison {
        Comparison::Ordered(match (self, other) {
            (Self::Utf8(a), Self::Utf8(b)) => utf16_order(a, b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) | (Self::Date64(a), Self::Date64(b)) => a.cmp(b),
            (Self::Float32(a), Self::Float32(b)) => java_order_f32(*a, *b),
            (Self::Float64(a), Self::Float64(b)) => java_order_f64(*a, *b),
            (
                Self::Decimal {
                    unscaled: a,
                    scale: from,
                },
                Self::Decimal {
                    unscaled: b,
                    scale: to,
                },
            ) => decimal_order(*a, *from, *b, *to),
            (Self::Date32(a), Self::Date32(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) => return packed_order(*a, *b),
            (Self::Nested(a), Self::Nested(b))
                if nested::comparable(a.data_type(), b.data_type()) =>
            {
                if !nested::equal(a, 0, b, 0) {
                    return Comparison::Unequal;
                }
                Ordering::Equal
            }
            _ => return Comparison::Unknown,
        })
    }

    /// Whether every value has the same order to this one in SQL, where text is ordered by code points, and in ranges, by UTF-16 units:
    /// so it is around a text without characters from U+E000 on.
    pub fn is_ordered_alike(&self) -> bool {
        match self {
            Self::Utf8(text) => text.chars().all(|char| char < '\u{e000}'),
            _ => true,
        }
    }

    /// A total order to sort by, in which values that [`Scalar::order`] can order have that order.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
        if let (Self::Timestamp(a), Self::Timestamp(b)) = (self, other) {
            return packed_rank(*a).cmp(&packed_rank(*b));
        }
        self.order(other)
            .filter(|_| !matches!(self, Self::Nested(_)))
            .unwrap_or_else(|| self.kind().cmp(&other.kind()))
    }
}
