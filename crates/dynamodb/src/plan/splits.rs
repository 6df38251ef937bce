//! How work falls into splits.

use super::access::{Access, Plan};
use super::options::PlanOptions;
use super::work::{SplitWork, Work};
use crate::table::Table;

/// Segments of a scan of the whole table: enough for splits of the wanted size, but none under a mebibyte.
pub fn segments(table: &Table, options: &PlanOptions) -> u32 {
    let per_split = u64::from(options.segments_per_split.clamp(1, MAX_SEGMENTS));
    // The figures are hours old: a table that seems empty may be large by now.
    if table.size_bytes == 0 {
        return narrowed(per_split);
    }
    let splits = table.size_bytes.div_ceil(options.split_bytes.max(1));
    narrowed(
        splits
            .saturating_mul(per_split)
            .min(table.size_bytes / MIN_SEGMENT_BYTES),
    )
}

impl Plan {
    /// Number of splits.
    pub fn split_count(&self) -> usize {
        match &self.access {
            Access::Nothing => 0,
            Access::Scan {
                segments,
                per_split,
            } => segments.div_ceil((*per_split).max(1)) as usize,
            Access::Query {
                splits, conditions, ..
            } => conditions.len().min(*splits as usize),
        }
    }

    /// The work of one split; `None` beyond the last.
    pub fn split(&self, place: usize) -> Option<SplitWork> {
        let count = self.split_count();
        if place >= count {
            return None;
        }
        let work = match &self.access {
            Access::Nothing => return None,
            Access::Scan {
                segments,
                per_split,
            } => {
                let first = u32::try_from(place).ok()? * per_split;
                Work::Segments {
                    first,
                    count: (*per_split).min(segments - first),
                    total: *segments,
                }
            }
            Access::Query {
                hash,
                range,
                conditions,
                ..
            } => {
                let share =
                    conditions.len() * place / count..conditions.len() * (place + 1) / count;
                Work::Keys {
                    hash: hash.clone(),
                    range: range.clone(),
                    conditions: conditions[share].to_vec(),
                }
            }
        };
        Some(SplitWork {
            table: self.table.clone(),
            role: self.role.clone(),
            index: self.index.clone(),
            work,
            hash_key: Some(self.hash_key.clone()),
            range_key: self.range_key.clone(),
            expressions: self.expressions.clone(),
            consistent: self.consistent,
        })
    }

    /// The work of all splits, in order.
    pub fn splits(&self) -> impl Iterator<Item = SplitWork> + '_ {
        (0..self.split_count()).filter_map(|place| self.split(place))
    }
}

fn narrowed(segments: u64) -> u32 {
    u32::try_from(segments)
        .unwrap_or(u32::MAX)
        .clamp(1, MAX_SEGMENTS)
}

/// Segments that `DynamoDB` allows.
pub(super) const MAX_SEGMENTS: u32 = 1_000_000;

/// Below this a segment is hardly worth its request.
const MIN_SEGMENT_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::segments;
    use crate::plan::{Access, Expressions, KeyCondition, Plan, PlanOptions, Value, Work};
    use crate::table::{KeyAttribute, KeyKind, Keys, Table};

    fn table(size_bytes: u64) -> Table {
        let hash = KeyAttribute {
            name: "id".to_owned(),
            kind: KeyKind::S,
        };
        Table {
            name: "orders".to_owned(),
            keys: Keys { hash, range: None },
            indexes: Vec::new(),
            size_bytes,
            item_count: 0,
        }
    }

    fn plan(access: Access) -> Plan {
        Plan {
            table: "orders".to_owned(),
            role: None,
            index: None,
            access,
            hash_key: "id".to_owned(),
            range_key: None,
            expressions: Expressions::default(),
            consistent: false,
        }
    }

    #[track_caller]
    fn check(size_bytes: u64, expected: u32) {
        assert_eq!(
            segments(&table(size_bytes), &PlanOptions::default()),
            expected,
            "{size_bytes} bytes"
        );
    }

    #[test]
    fn a_scan_has_four_segments_for_each_128_mebibytes_but_none_under_one() {
        const MIB: u64 = 1 << 20;
        check(0, 4);
        check(1, 1);
        check(MIB, 1);
        check(3 * MIB, 3);
        check(128 * MIB, 4);
        check(128 * MIB + 1, 8);
        check(1024 * MIB, 32);
        check(u64::MAX, 1_000_000);
    }

    #[test]
    fn options_at_their_limits_still_give_a_scan() {
        for segments_per_split in [0, u32::MAX] {
            for split_bytes in [0, u64::MAX] {
                let options = PlanOptions {
                    split_bytes,
                    segments_per_split,
                    ..PlanOptions::default()
                };
                for size in [0, 1, 1 << 30, u64::MAX] {
                    assert!((1..=1_000_000).contains(&segments(&table(size), &options)));
                }
            }
        }
    }

    #[test]
    fn splits_hold_every_segment_once() {
        for (segments, per_split) in [
            (1, 4),
            (4, 4),
            (5, 4),
            (8, 3),
            (1_000_000, 4),
            (7, 1_000_000),
        ] {
            let mut next = 0;
            for split in plan(Access::Scan {
                segments,
                per_split,
            })
            .splits()
            {
                let Work::Segments {
                    first,
                    count,
                    total,
                } = split.work
                else {
                    panic!("not a scan")
                };
                assert_eq!((first, total), (next, segments));
                assert!((1..=per_split).contains(&count));
                next += count;
            }
            assert_eq!(next, segments, "{segments} by {per_split}");
        }
    }

    #[test]
    fn splits_hold_every_key_once_and_none_is_empty() {
        for (keys, splits) in [(1, 16), (16, 16), (17, 16), (100, 16), (3, 1)] {
            let conditions: Vec<_> = (0..keys)
                .map(|key| KeyCondition {
                    hash: Value::N(key.to_string()),
                    range: None,
                })
                .collect();
            let access = Access::Query {
                hash: "id".to_owned(),
                range: None,
                conditions: conditions.clone(),
                splits,
            };
            let mut found = Vec::new();
            for split in plan(access).splits() {
                let Work::Keys { conditions, .. } = split.work else {
                    panic!("not a query")
                };
                assert!(!conditions.is_empty());
                found.extend(conditions);
            }
            assert_eq!(found, conditions);
        }
    }

    #[test]
    fn a_plan_to_read_nothing_has_no_splits() {
        assert_eq!(plan(Access::Nothing).splits().count(), 0);
    }
}
