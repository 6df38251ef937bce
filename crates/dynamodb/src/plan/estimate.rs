//! What a plan will read, as far as the figures of `DescribeTable` tell.

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

impl Plan {
    /// What the plan will read of `table`; `None` where no figure tells, as for queries of a hash key's items.
    pub fn estimated(&self, table: &Table) -> Option<Estimate> {
        let (bytes, items) = match &self.access {
            Access::Nothing => (0, 0),
            Access::Scan { .. } => {
                let index = self.index.as_ref().and_then(|name| {
                    let mut indexes = table.indexes.iter();
                    indexes.find(|index| index.name == *name)
                });
                let bytes = index.map_or(table.size_bytes, |index| index.size_bytes);
                (bytes, 0)
            }
            Access::Query {
                range, conditions, ..
            } => {
                let whole = self.index.is_none()
                    && (self.range_key.is_none()
                        || range.is_some()
                            && conditions.iter().all(super::KeyCondition::is_whole_key));
                let items = whole.then_some(conditions.len() as u64)?;
                (items.saturating_mul(table.item_bytes()?), items)
            }
            Access::Batch { keys, .. } => {
                let items = keys.len() as u64;
                (items.saturating_mul(table.item_bytes()?), items)
            }
        };
        // An item that is read alone takes whole units; items of a page are added up first.
        let units = match items {
            0 => bytes.div_ceil(UNIT_BYTES),
            items => items.saturating_mul(bytes.div_ceil(items).div_ceil(UNIT_BYTES)),
        };
        let read_units = if self.consistent {
            units
        } else {
            units.div_ceil(2)
        };
        Some(Estimate { bytes, read_units })
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
const UNIT_BYTES: u64 = 4096;
