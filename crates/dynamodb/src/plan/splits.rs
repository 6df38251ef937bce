//! How work falls into splits.

use super::access::{Access, Plan};
use super::estimate::UNIT_BYTES;
use super::options::PlanOptions;
use super::work::{SplitWork, Work};

/// How a scan is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Segments of the whole scan.
    pub segments: u32,
    /// Segments in each split but the last.
    pub per_split: u32,
}

/// How a source of `bytes` that grants `granted` read units a second is cut: into splits of the wanted size, but with no segment
/// under a mebibyte, or under a split where those are smaller.
///
/// What is granted bounds both sides. A split must be read well within a function's time even if sixteen are read at once, so
/// splits are smaller where little is granted; and segments that are read side by side would only wait for each other there.
/// A budget makes splits few, since it is shared out among all.
pub fn cut(bytes: u64, granted: Option<u64>, options: &PlanOptions) -> Cut {
    let budget = options.budget(granted);
    let granted = match (granted, budget) {
        (Some(granted), Some(budget)) => Some(granted.min(budget)),
        (granted, budget) => granted.or(budget),
    };
    let streams = granted.map_or(u64::MAX, |units| units / UNITS_A_STREAM);
    let per_split =
        u64::from(options.segments_per_split.clamp(1, MAX_SEGMENTS)).min(streams.max(1));
    // The figures are hours old: a table that seems empty may be large by now.
    let segments = if bytes == 0 {
        per_split
    } else {
        let readable = granted.map_or(u64::MAX, |units| {
            units.saturating_mul(BYTES_A_UNIT * SECONDS / AT_ONCE)
        });
        let split_bytes = options
            .split_bytes
            .min(readable.max(MIN_SEGMENT_BYTES))
            .max(1);
        let splits = bytes.div_ceil(split_bytes);
        let least = MIN_SEGMENT_BYTES.min(options.split_bytes).max(1);
        let shares = budget.map_or(u64::MAX, |units| (units / UNITS_A_SPLIT).max(1));
        splits
            .min(shares)
            .saturating_mul(per_split)
            .min(bytes / least)
    };
    Cut {
        segments: narrowed(segments),
        per_split: narrowed(per_split),
    }
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
            Access::Batch { splits, keys, .. } => keys.len().min(*splits as usize),
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
            Access::Batch {
                hash, range, keys, ..
            } => {
                let share = keys.len() * place / count..keys.len() * (place + 1) / count;
                Work::Items {
                    hash: hash.clone(),
                    range: range.clone(),
                    keys: keys[share].to_vec(),
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
        let share = |thousandths: u64| (thousandths / count as u64).max(1);
        Some(SplitWork {
            table: self.table.clone(),
            role: self.role.clone(),
            index: self.index.clone(),
            work,
            hash_key: Some(self.hash_key.clone()),
            range_key: self.range_key.clone(),
            expressions: self.expressions.clone(),
            consistent: self.consistent,
            held: self.held.clone(),
            only_wanted: self.only_wanted,
            top: self.top.clone(),
            budget: self.budget.map(share),
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

/// Below this a stream waits more than it reads.
const UNITS_A_STREAM: u64 = 100;

/// Read units a second below which a share of a budget is not worth a split.
const UNITS_A_SPLIT: u64 = 25;

/// Bytes that one unit reads, eventually consistently.
const BYTES_A_UNIT: u64 = 2 * UNIT_BYTES;

/// A function may run for 900 seconds.
const SECONDS: u64 = 600;

/// Splits that an engine reads at once, for all that is known.
const AT_ONCE: u64 = 16;

/// Segments that `DynamoDB` allows.
pub(super) const MAX_SEGMENTS: u32 = 1_000_000;

/// Below this a segment is hardly worth its request.
const MIN_SEGMENT_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::{Cut, cut};
    use crate::plan::{Access, Expressions, KeyCondition, Plan, PlanOptions, Value, Work};

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
            held: None,
            only_wanted: false,
            top: None,
            budget: None,
            estimate: None,
            left: Vec::new(),
        }
    }

    #[track_caller]
    fn check(size_bytes: u64, expected: u32) {
        let cut = cut(size_bytes, None, &PlanOptions::default());
        assert_eq!(cut.segments, expected, "{size_bytes} bytes");
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
    fn splits_under_a_mebibyte_have_segments_of_their_size() {
        let options = PlanOptions {
            split_bytes: 2000,
            ..PlanOptions::default()
        };
        let Cut {
            segments,
            per_split,
        } = cut(9000, None, &options);
        assert_eq!((segments, per_split), (4, 4));
        assert_eq!(cut(90_000, None, &options).segments, 45);
    }

    #[test]
    fn where_little_is_granted_splits_are_small_and_read_by_one_stream() {
        const GIB: u64 = 1 << 30;
        let of = |granted, options: &PlanOptions| {
            let Cut {
                segments,
                per_split,
            } = cut(GIB, granted, options);
            (segments, per_split)
        };
        let options = PlanOptions::default();
        assert_eq!(of(Some(40_000), &options), (32, 4));
        // 100 units a second read 30 MB in ten minutes if sixteen splits share them.
        assert_eq!(of(Some(100), &options), (35, 1));
        assert_eq!(of(Some(1), &options), (1024, 1));
        let guarded = PlanOptions {
            max_read_percent: Some(10),
            ..options
        };
        // A tenth of 1000 units is worth four splits.
        assert_eq!(of(Some(1000), &guarded), (4, 1));
    }

    #[test]
    fn a_budget_is_shared_out_among_all_splits() {
        let mut plan = plan(Access::Scan {
            segments: 8,
            per_split: 2,
        });
        plan.budget = Some(10_000);
        let shares: Vec<_> = plan.splits().map(|split| split.budget).collect();
        assert_eq!(shares, [Some(2500); 4]);
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
                    for granted in [None, Some(0), Some(1), Some(u64::MAX)] {
                        let cut = cut(size, granted, &options);
                        assert!((1..=1_000_000).contains(&cut.segments), "{cut:?}");
                        assert!(cut.per_split > 0, "{cut:?}");
                    }
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
