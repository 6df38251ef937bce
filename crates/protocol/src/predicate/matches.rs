//! Which rows of a column qualify: the evaluator's rule for many values at once (protocol §8).
//!
//! A set is turned into sorted keys of the column's type once, then each row is found among them by halving. No row allocates.

use super::intervals::{End, Interval, Intervals};
use super::keys::Key;
use super::order::{Numeric, Utf16};
use super::range::values_column;
use super::scalar::Kind;
use super::{Bound, Marker, Range, Scalar, ValueSet, nested};
use crate::timestamp;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::TimestampMillisecondType;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

impl ValueSet {
    /// A bit per row of `column`: what [`ValueSet::contains`] says of its value.
    ///
    /// Takes n log m steps for n rows and m ranges or listed values, and m log m to prepare.
    pub fn matches(&self, column: &ArrayRef) -> BooleanBuffer {
        let verdicts = self.verdicts(column);
        match column.logical_nulls() {
            None => verdicts,
            Some(nulls) if self.null_allowed() => &verdicts | &!nulls.inner(),
            Some(nulls) => &verdicts & nulls.inner(),
        }
    }

    /// A bit per row, of no meaning where the row is null.
    fn verdicts(&self, column: &dyn Array) -> BooleanBuffer {
        let rows = column.len();
        if let Self::AllOrNoneValueSet { all, .. } = self {
            return constant(rows, *all);
        }
        let Some(kind) = Kind::of(column.data_type()) else {
            return constant(rows, true);
        };
        match kind {
            Kind::Utf8 => Line::<Utf16<'_>>::of(self, kind).verdicts(column),
            Kind::Binary => Line::<&[u8]>::of(self, kind).verdicts(column),
            Kind::Decimal => Line::<Numeric>::of(self, kind).verdicts(column),
            Kind::Timestamp => match self {
                Self::SortedRangeSet { ranges, .. } => {
                    let instants = Instants::of(ranges);
                    let packed = column.as_primitive::<TimestampMillisecondType>();
                    BooleanBuffer::collect_bool(rows, |row| instants.contain(packed.value(row)))
                }
                _ => Line::<i64>::of(self, kind).verdicts(column),
            },
            Kind::Nested => Cells::of(self, column).verdicts(column),
            // Microseconds are no key of any kind, so that nothing can be told of them.
            _ => Line::<i64>::of(self, kind).verdicts(column),
        }
    }
}

fn constant(rows: usize, verdict: bool) -> BooleanBuffer {
    if verdict {
        BooleanBuffer::new_set(rows)
    } else {
        BooleanBuffer::new_unset(rows)
    }
}

/// A set of values that have keys.
struct Line<K> {
    inside: Intervals<K>,
    /// Whether the values inside qualify, or those outside.
    wanted: bool,
}

impl<'a, K: Key<'a>> Line<K> {
    /// The keys of a set for a column of this kind.
    ///
    /// Bounds of another kind tell nothing about a value: as if there were none.
    fn of(set: &'a ValueSet, kind: Kind) -> Self {
        match set {
            ValueSet::SortedRangeSet { ranges, .. } => {
                let end = |marker: &'a Marker, unbounded| {
                    let value = marker.value.as_ref().filter(|value| value.kind() == kind);
                    let key = value.and_then(K::of_scalar);
                    key.map_or(unbounded, |key| End::At(key, marker.bound))
                };
                let intervals = ranges.iter().map(|range| Interval {
                    low: end(&range.low, End::Lowest),
                    high: end(&range.high, End::Highest),
                });
                Self {
                    inside: Intervals::new(intervals),
                    wanted: true,
                }
            }
            ValueSet::EquatableValueSet {
                value_block,
                white_list,
                ..
            } => {
                let Some(listed) = values_column(value_block) else {
                    return Self::constant(true);
                };
                let rows = (0..listed.len()).filter(|row| listed.is_valid(*row));
                let keys =
                    K::of_rows(listed).filter(|_| Kind::of(listed.data_type()) == Some(kind));
                match keys {
                    Some(keys) => Self {
                        inside: Intervals::points(rows.map(keys)),
                        wanted: *white_list,
                    },
                    None => Self::constant(!white_list || rows.count() > 0),
                }
            }
            ValueSet::AllOrNoneValueSet { all, .. } => Self::constant(*all),
        }
    }

    fn constant(verdict: bool) -> Self {
        Self {
            inside: Intervals::new(std::iter::empty()),
            wanted: !verdict,
        }
    }

    /// A bit per row of a column of the kind that the line was made for.
    fn verdicts(&self, column: &'a dyn Array) -> BooleanBuffer {
        match K::of_rows(column) {
            Some(keys) => BooleanBuffer::collect_bool(column.len(), |row| {
                self.inside.contains(keys(row)) == self.wanted
            }),
            // Without keys nothing is known of the values, but nothing is in an empty set.
            None => constant(column.len(), !self.wanted || !self.inside.is_empty()),
        }
    }
}

/// Ranges of packed timestamps.
///
/// What lies between two ends is told by the instant alone; only at the very instant of an end do zones count.
struct Instants<'a> {
    between: Intervals<i64>,
    /// The instant of each end with its range, in ascending order.
    ends: Vec<(i64, &'a Range)>,
}

impl<'a> Instants<'a> {
    fn of(ranges: &'a [Range]) -> Self {
        let between = ranges.iter().map(|range| Interval {
            low: instant(&range.low).map_or(End::Lowest, |low| End::At(low, Bound::Above)),
            high: instant(&range.high).map_or(End::Highest, |high| End::At(high, Bound::Below)),
        });
        let mut ends: Vec<_> = ranges
            .iter()
            .flat_map(|range| {
                let (low, high) = (instant(&range.low), instant(&range.high));
                let high = high.filter(|_| low != high);
                [low, high].map(|end| end.map(|end| (end, range)))
            })
            .flatten()
            .collect();
        ends.sort_by_key(|(instant, _)| *instant);
        Self {
            between: Intervals::new(between),
            ends,
        }
    }

    fn contain(&self, packed: i64) -> bool {
        let instant = timestamp::epoch_millis(packed);
        let first = self.ends.partition_point(|(end, _)| *end < instant);
        self.between.contains(instant)
            || self.ends[first..]
                .iter()
                .take_while(|(end, _)| *end == instant)
                .any(|(_, range)| range.contains(&Scalar::Timestamp(packed)) != Some(false))
    }
}

fn instant(marker: &Marker) -> Option<i64> {
    match marker.value {
        Some(Scalar::Timestamp(packed)) => Some(timestamp::epoch_millis(packed)),
        _ => None,
    }
}

/// A set of lists, structs or maps, by their hash.
struct Cells<'a> {
    listed: HashMap<u64, Vec<(&'a dyn Array, usize)>>,
    seed: RandomState,
    /// Whether the listed values qualify, or all others.
    wanted: bool,
}

impl<'a> Cells<'a> {
    fn of(set: &'a ValueSet, column: &dyn Array) -> Self {
        let mut cells = Self {
            listed: HashMap::new(),
            seed: RandomState::new(),
            wanted: true,
        };
        match set {
            ValueSet::SortedRangeSet { ranges, .. } => {
                for range in ranges {
                    match range.single_value() {
                        Some(Scalar::Nested(cell))
                            if nested::comparable(cell.data_type(), column.data_type()) =>
                        {
                            cells.list(cell, 0);
                        }
                        _ => return Self::everything(),
                    }
                }
            }
            ValueSet::EquatableValueSet {
                value_block,
                white_list,
                ..
            } => {
                let Some(listed) = values_column(value_block) else {
                    return Self::everything();
                };
                let rows = (0..listed.len()).filter(|row| listed.is_valid(*row));
                cells.wanted = *white_list;
                if nested::comparable(listed.data_type(), column.data_type()) {
                    rows.for_each(|row| cells.list(listed, row));
                } else if *white_list && rows.count() > 0 {
                    return Self::everything();
                }
            }
            ValueSet::AllOrNoneValueSet { all, .. } => cells.wanted = !all,
        }
        cells
    }

    /// Nothing is listed, and what is not listed qualifies.
    fn everything() -> Self {
        Self {
            listed: HashMap::new(),
            seed: RandomState::new(),
            wanted: false,
        }
    }

    fn list(&mut self, array: &'a dyn Array, row: usize) {
        let hash = self.hash(array, row);
        self.listed.entry(hash).or_default().push((array, row));
    }

    fn hash(&self, array: &dyn Array, row: usize) -> u64 {
        let mut hasher = self.seed.build_hasher();
        nested::hash(array, row, &mut hasher);
        hasher.finish()
    }

    fn verdicts(&self, column: &dyn Array) -> BooleanBuffer {
        if self.listed.is_empty() {
            return constant(column.len(), !self.wanted);
        }
        BooleanBuffer::collect_bool(column.len(), |row| {
            let alike = self.listed.get(&self.hash(column, row));
            let found = alike.is_some_and(|cells| {
                cells
                    .iter()
                    .any(|(array, at)| nested::equal(*array, *at, column, row))
            });
            found == self.wanted
        })
    }
}

#[cfg(test)]
mod tests;
