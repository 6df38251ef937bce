//! What a plan will read, as far as the figures of `DescribeTable` tell.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::access::{Access, Plan};
use crate::table::Table;

/// What will be read. The figures behind it are some six hours old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Estimate {
    /// Bytes of items.
    pub bytes: u64,
    /// Read capacity units.
    pub read_units: u64,
}

impl Estimate {
    /// The price of `bytes` that are read in pages, where items are added up first.
    pub fn of_pages(bytes: u64, consistent: bool) -> Self {
        Self::of_units(bytes, bytes.div_ceil(UNIT_BYTES), consistent)
    }

    /// The price of so many items of this size that are read one by one, each of which takes whole units.
    fn of_items(items: u64, item_bytes: u64, consistent: bool) -> Self {
        let units = items.saturating_mul(item_bytes.div_ceil(UNIT_BYTES));
        Self::of_units(items.saturating_mul(item_bytes), units, consistent)
    }

    fn of_units(bytes: u64, units: u64, consistent: bool) -> Self {
        Self {
            bytes,
            read_units: if consistent { units } else { units.div_ceil(2) },
        }
    }
}

impl Plan {
    /// What the plan will read of `table`; `None` where no figure tells, as for queries of a hash key's items.
    pub fn estimated(&self, table: &Table) -> Option<Estimate> {
        let items = |count: usize| {
            Some(Estimate::of_items(
                count as u64,
                table.item_bytes()?,
                self.consistent,
            ))
        };
        match &self.access {
            Access::Nothing => Some(Estimate::of_pages(0, self.consistent)),
            Access::Scan { .. } => {
                let index = self.index.as_ref().and_then(|name| {
                    let mut indexes = table.indexes.iter();
                    indexes.find(|index| index.name == *name)
                });
                let bytes = index.map_or(table.size_bytes, |index| index.size_bytes);
                Some(Estimate::of_pages(bytes, self.consistent))
            }
            Access::Query { conditions, .. } => {
                let whole = self.index.is_none()
                    && (self.range_key.is_none()
                        || conditions.iter().all(super::KeyCondition::is_whole_key));
                if whole { items(conditions.len()) } else { None }
            }
            Access::Batch { keys, .. } => items(keys.len()),
        }
    }
}

impl Plan {
    /// Time that the estimate takes at the pace of the budget, however few splits are read at once, as each has its share of both;
    /// `None` where there is no budget, or no estimate.
    pub fn duration(&self) -> Option<Duration> {
        let units = self.estimate?.read_units;
        let budget = self.budget.filter(|budget| *budget > 0)?;
        Some(Duration::from_secs(units.saturating_mul(1000) / budget))
    }
}

impl Table {
    /// Bytes of an item on average; `None` if not known.
    pub fn item_bytes(&self) -> Option<u64> {
        (self.item_count > 0 && self.size_bytes > 0)
            .then(|| self.size_bytes.div_ceil(self.item_count))
    }
}

/// Bytes that one unit reads consistently; half a unit reads them eventually consistently (AWS: read capacity unit consumption).
pub(super) const UNIT_BYTES: u64 = 4096;
