//! What a user may choose about planning.

/// What may be chosen by configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// Bytes of items that a split of a scan should read.
    pub split_bytes: u64,
    /// Segments that a split of a scan reads side by side.
    pub segments_per_split: u32,
    /// Splits that queries are spread over at most.
    pub max_query_splits: u32,
    /// Queries up to which range keys are tested one by one; beyond, whole item collections are read.
    pub max_range_queries: usize,
    /// Values of a hash key that are queried for; beyond, the table is scanned.
    pub max_keys: usize,
    /// Whether reads are strongly consistent, which rules out global indexes.
    pub consistent: bool,
    /// Name of the index that is preferred where it can be queried.
    pub preferred_index: Option<String>,
    /// Read units a second that all splits of a query may consume together; `None` for no limit.
    pub max_read_units: Option<u64>,
    /// Hundredths of what the table grants that all splits may consume together; `None` for no limit.
    pub max_read_percent: Option<u8>,
}

impl PlanOptions {
    /// Read units a second that a query may consume of a source that grants `granted`; `None` for no limit.
    pub fn budget(&self, granted: Option<u64>) -> Option<u64> {
        let share = self
            .max_read_percent
            .zip(granted)
            .map(|(percent, granted)| granted.saturating_mul(percent.into()) / 100);
        let least = match (share, self.max_read_units) {
            (Some(share), Some(units)) => Some(share.min(units)),
            (share, units) => share.or(units),
        };
        least.map(|units| units.max(1))
    }
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            split_bytes: 128 * 1024 * 1024,
            segments_per_split: 4,
            max_query_splits: 16,
            max_range_queries: 100,
            max_keys: 10_000,
            consistent: false,
            preferred_index: None,
            max_read_units: None,
            max_read_percent: None,
        }
    }
}
