//! Intervals of an ordered type, sorted so that a value is found by halving.

use super::Bound;
use std::cmp::Ordering;

/// Disjoint intervals in ascending order.
pub(super) struct Intervals<K> {
    sorted: Vec<Interval<K>>,
}

/// From one end to another, both included: where a bound excludes its value, the end lies beside it.
#[derive(Clone, Copy)]
pub(super) struct Interval<K> {
    pub(super) low: End<K>,
    pub(super) high: End<K>,
}

/// A place on the line of all values, or beyond them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End<K> {
    Lowest,
    At(K, Bound),
    Highest,
}

impl<K: Ord + Copy> Intervals<K> {
    /// Takes intervals in any order; those that end before they begin hold nothing.
    pub(super) fn new(intervals: impl Iterator<Item = Interval<K>>) -> Self {
        let mut found: Vec<_> = intervals
            .filter(|interval| interval.low <= interval.high)
            .collect();
        found.sort_by_key(|interval| interval.low);
        found.dedup_by(|next, last| {
            let joined = next.low <= last.high;
            if joined && last.high < next.high {
                last.high = next.high;
            }
            joined
        });
        Self { sorted: found }
    }

    /// The intervals of single values.
    pub(super) fn points(values: impl Iterator<Item = K>) -> Self {
        Self::new(values.map(|value| {
            let end = End::At(value, Bound::Exactly);
            Interval {
                low: end,
                high: end,
            }
        }))
    }

    /// Whether there is no interval.
    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Whether one of the intervals holds the value.
    pub(super) fn contains(&self, value: K) -> bool {
        // The last interval that begins at or below the value is the only one that can hold it.
        let after = self
            .sorted
            .partition_point(|interval| interval.low.cmp_value(&value).is_le());
        after
            .checked_sub(1)
            .is_some_and(|last| self.sorted[last].high.cmp_value(&value).is_ge())
    }
}

impl<K: Ord> End<K> {
    fn cmp_value(&self, value: &K) -> Ordering {
        match self {
            Self::Lowest => Ordering::Less,
            Self::At(at, bound) => at.cmp(value).then(bound.cmp(&Bound::Exactly)),
            Self::Highest => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end((kind, at): (u8, u8)) -> End<u8> {
        match kind {
            0 => End::Lowest,
            1 => End::Highest,
            2..=4 => End::At(at, Bound::Exactly),
            5 | 6 => End::At(at, Bound::Above),
            _ => End::At(at, Bound::Below),
        }
    }

    proptest! {
        #[test]
        fn a_value_is_found_if_any_interval_holds_it(
            ends in proptest::collection::vec(((0..9u8, 0..20u8), (0..9u8, 0..20u8)), 0..8)
        ) {
            let ends: Vec<_> = ends.into_iter().map(|(low, high)| (end(low), end(high))).collect();
            let found = Intervals::new(ends.iter().map(|(low, high)| Interval { low: *low, high: *high }));
            for value in 0..20 {
                let at = End::At(value, Bound::Exactly);
                let inside = ends.iter().any(|(low, high)| *low <= at && at <= *high);
                prop_assert_eq!(found.contains(value), inside, "{}", value);
            }
        }
    }
}
