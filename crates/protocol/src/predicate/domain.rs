//! The values that one column may show, as sorted ranges that can be intersected and united.
//!
//! Everything here may hold more than was said, never less.

use super::range::values_column;
use super::scalar::Kind;
use super::{Bound, Marker, Range, Scalar, ValueSet};
use arrow::array::Array;
use arrow::datatypes::DataType;
use std::cmp::Ordering;

/// Sorted ranges without overlap, and maybe null.
#[derive(Debug, Clone, PartialEq)]
pub struct Domain {
    data_type: DataType,
    ranges: Vec<Range>,
    null_allowed: bool,
}

impl Domain {
    /// The values of `ranges`, in any order; null does not qualify.
    pub fn of_ranges(data_type: &DataType, ranges: Vec<Range>) -> Self {
        let mut set = ValueSet::SortedRangeSet {
            data_type: data_type.clone(),
            ranges,
            null_allowed: false,
        };
        set.normalise();
        let ranges = match set {
            ValueSet::SortedRangeSet { ranges, .. } => ranges,
            _ => Vec::new(),
        };
        Self {
            data_type: data_type.clone(),
            ranges,
            null_allowed: false,
        }
    }

    /// These values alone.
    pub fn values(data_type: &DataType, values: impl IntoIterator<Item = Scalar>) -> Self {
        let ranges = values
            .into_iter()
            .map(|value| Range::equal(data_type, value));
        Self::of_ranges(data_type, ranges.collect())
    }

    /// All values but null.
    pub fn not_null(data_type: &DataType) -> Self {
        let range = Range {
            low: Marker::lower_unbounded(data_type),
            high: Marker::upper_unbounded(data_type),
        };
        Self::of_ranges(data_type, vec![range])
    }

    /// Null alone.
    pub fn only_null(data_type: &DataType) -> Self {
        Self::of_ranges(data_type, Vec::new()).or_null()
    }

    /// All values up to `value`.
    pub fn below(data_type: &DataType, value: Scalar, inclusive: bool) -> Self {
        let bound = if inclusive {
            Bound::Exactly
        } else {
            Bound::Below
        };
        let range = Range {
            low: Marker::lower_unbounded(data_type),
            high: marker(data_type, value, bound),
        };
        Self::of_ranges(data_type, vec![range])
    }

    /// All values from `value` on.
    pub fn above(data_type: &DataType, value: Scalar, inclusive: bool) -> Self {
        let bound = if inclusive {
            Bound::Exactly
        } else {
            Bound::Above
        };
        let range = Range {
            low: marker(data_type, value, bound),
            high: Marker::upper_unbounded(data_type),
        };
        Self::of_ranges(data_type, vec![range])
    }

    /// The values of a set; more where the set has no ranges. `None` if nothing can be told.
    pub fn of_set(set: &ValueSet) -> Option<Self> {
        Some(match set {
            ValueSet::SortedRangeSet {
                data_type,
                ranges,
                null_allowed,
            } => Self {
                null_allowed: *null_allowed,
                ..Self::of_ranges(data_type, ranges.clone())
            },
            // "Everything but null" may come as nothing (protocol §8).
            ValueSet::AllOrNoneValueSet {
                data_type,
                all,
                null_allowed,
            } => match (all, null_allowed) {
                (true, true) | (false, false) => return None,
                (true, false) => Self::not_null(data_type),
                (false, true) => Self::only_null(data_type),
            },
            ValueSet::EquatableValueSet {
                value_block,
                white_list,
                null_allowed,
            } => {
                let column = values_column(value_block)?;
                let data_type = column.data_type();
                let values: Option<Vec<Scalar>> = (0..column.len())
                    .filter(|row| column.is_valid(*row))
                    .map(|row| Scalar::of(column, row))
                    .collect();
                let ordered = !matches!(
                    Kind::of(data_type),
                    None | Some(Kind::Nested | Kind::Micros)
                );
                let domain = match (values, white_list) {
                    (Some(values), true) if ordered => Self::values(data_type, values),
                    (Some(values), false) if ordered => {
                        Self::values(data_type, values).complement()
                    }
                    _ => Self::not_null(data_type),
                };
                if *null_allowed {
                    domain.or_null()
                } else {
                    domain
                }
            }
        })
    }

    /// The same values and null.
    #[must_use]
    pub fn or_null(self) -> Self {
        Self {
            null_allowed: true,
            ..self
        }
    }

    /// All other values but null. Around values without a known order all values stay.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut low = Some(Marker::lower_unbounded(&self.data_type));
        let mut gaps = Vec::with_capacity(self.ranges.len() + 1);
        for range in &self.ranges {
            if let (Some(low), Some(high)) = (low.take(), before(&range.low)) {
                match low.compare(&high) {
                    Some(Ordering::Less) => gaps.push(Range { low, high }),
                    Some(_) => {}
                    None => return Self::not_null(&self.data_type),
                }
            }
            low = after(&range.high);
        }
        if let Some(low) = low {
            gaps.push(Range {
                low,
                high: Marker::upper_unbounded(&self.data_type),
            });
        }
        Self {
            data_type: self.data_type.clone(),
            ranges: gaps,
            null_allowed: false,
        }
    }

    /// What lies in both, in as many steps as both have ranges; `self` where their values cannot be compared.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let ranges = intersection(&self.ranges, &other.ranges);
        Self {
            ranges: ranges.unwrap_or_else(|| self.ranges.clone()),
            null_allowed: self.null_allowed && other.null_allowed,
            data_type: self.data_type.clone(),
        }
    }

    /// What lies in both, with the type that tells more: where one only knows whether there is a value, it has none.
    #[must_use]
    pub fn narrowed(&self, other: &Self) -> Self {
        if self.data_type == DataType::Null {
            other.and(self)
        } else {
            self.and(other)
        }
    }

    /// What lies in any of `domains`, of which there is at least one.
    pub fn union(domains: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut domains = domains.into_iter();
        let mut all = domains.next()?;
        for domain in domains {
            all.ranges.extend(domain.ranges);
            all.null_allowed |= domain.null_allowed;
            if all.data_type == DataType::Null {
                all.data_type = domain.data_type;
            }
        }
        Some(Self {
            null_allowed: all.null_allowed,
            ..Self::of_ranges(&all.data_type, all.ranges)
        })
    }

    /// Whether neither a value nor null qualifies.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && !self.null_allowed
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// As the wire has it.
    pub fn into_set(self) -> ValueSet {
        ValueSet::SortedRangeSet {
            data_type: self.data_type,
            ranges: self.ranges,
            null_allowed: self.null_allowed,
        }
    }
}

/// Two sorted lists of ranges walked side by side; `None` if an order is not known.
fn intersection(a: &[Range], b: &[Range]) -> Option<Vec<Range>> {
    let (mut i, mut j) = (0, 0);
    let mut common = Vec::new();
    while let (Some(left), Some(right)) = (a.get(i), b.get(j)) {
        let low = match left.low.compare(&right.low)? {
            Ordering::Less => &right.low,
            _ => &left.low,
        };
        let ends = left.high.compare(&right.high)?;
        let high = if ends == Ordering::Less {
            &left.high
        } else {
            &right.high
        };
        if low.compare(high)? != Ordering::Greater {
            common.push(Range {
                low: low.clone(),
                high: high.clone(),
            });
        }
        if ends == Ordering::Less {
            i += 1;
        } else {
            j += 1;
        }
    }
    Some(common)
}

fn marker(data_type: &DataType, value: Scalar, bound: Bound) -> Marker {
    Marker {
        data_type: data_type.clone(),
        value: Some(value),
        bound,
    }
}

/// The upper end of what lies before a lower end; `None` if nothing does.
fn before(low: &Marker) -> Option<Marker> {
    low.value.as_ref()?;
    let bound = match low.bound {
        Bound::Exactly => Bound::Below,
        _ => Bound::Exactly,
    };
    Some(Marker {
        bound,
        ..low.clone()
    })
}

/// The lower end of what lies behind an upper end; `None` if nothing does.
fn after(high: &Marker) -> Option<Marker> {
    high.value.as_ref()?;
    let bound = match high.bound {
        Bound::Exactly => Bound::Above,
        _ => Bound::Exactly,
    };
    Some(Marker {
        bound,
        ..high.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT: DataType = DataType::Int64;

    fn ints(values: &[i64]) -> Domain {
        Domain::values(&INT, values.iter().map(|int| Scalar::Int(*int)))
    }

    fn above(int: i64) -> Domain {
        Domain::above(&INT, Scalar::Int(int), false)
    }

    fn below(int: i64) -> Domain {
        Domain::below(&INT, Scalar::Int(int), true)
    }

    /// Which of 0 to 9 are in the domain, and null.
    fn shown(domain: &Domain) -> String {
        let set = domain.clone().into_set();
        let ints = (0..10).filter(|int| set.contains(&INT, Some(&Scalar::Int(*int))));
        let null = set.contains(&INT, None).then_some("null".to_owned());
        let all: Vec<String> = ints.map(|int| int.to_string()).chain(null).collect();
        all.join(" ")
    }

    #[test]
    fn sets_are_intersected_united_and_turned_round() {
        assert_eq!(shown(&above(3).and(&below(6))), "4 5 6");
        assert_eq!(shown(&ints(&[1, 5, 7]).and(&above(3))), "5 7");
        assert_eq!(shown(&ints(&[1, 5]).complement()), "0 2 3 4 6 7 8 9");
        assert_eq!(shown(&above(3).complement()), "0 1 2 3");
        assert_eq!(shown(&Domain::not_null(&INT).complement()), "");
        assert_eq!(
            shown(&Domain::only_null(&INT).complement()),
            "0 1 2 3 4 5 6 7 8 9"
        );
        let either = Domain::union([above(7), ints(&[2]).or_null()]).unwrap();
        assert_eq!(shown(&either), "2 8 9 null");
        assert_eq!(shown(&either.and(&Domain::not_null(&INT))), "2 8 9");
        assert!(above(5).and(&below(5)).is_empty());
    }

    #[test]
    fn long_lists_are_intersected_in_one_walk() {
        let even: Vec<i64> = (0..50_000).map(|int| int * 2).collect();
        let third: Vec<i64> = (0..50_000).map(|int| int * 3).collect();
        assert_eq!(ints(&even).and(&ints(&third)).ranges().len(), 16_667);
    }
}
