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
        }
    }
}
