//! What is asked of the table, in SQL.

use super::table::NAME;

/// A statement, and what it needs of the table, stated a second time and apart: the rows that pass `condition`, of which the `first` ones
/// in `order` are enough.
pub(super) struct Question {
    sql: Option<String>,
    pub(super) shown: String,
    pub(super) condition: Option<String>,
    pub(super) order: Option<String>,
    /// Rows that are enough: those skipped count.
    pub(super) first: Option<u64>,
    pub(super) skipped: u64,
}

impl Question {
    /// All rows that pass.
    pub(super) fn of(condition: &str) -> Self {
        Self {
            sql: None,
            shown: "*".to_owned(),
            condition: Some(condition.to_owned()),
            order: None,
            first: None,
            skipped: 0,
        }
    }

    /// All rows.
    pub(super) fn all() -> Self {
        Self {
            condition: None,
            ..Self::of("")
        }
    }

    pub(super) fn show(mut self, columns: &str) -> Self {
        columns.clone_into(&mut self.shown);
        self
    }

    pub(super) fn order(mut self, order: &str) -> Self {
        self.order = Some(order.to_owned());
        self
    }

    /// `LIMIT rows OFFSET skipped`.
    pub(super) fn limit(mut self, rows: u64, skipped: u64) -> Self {
        self.first = Some(rows + skipped);
        self.skipped = skipped;
        self
    }

    /// Asked in other words than its parts make.
    pub(super) fn worded(mut self, sql: &str) -> Self {
        self.sql = Some(sql.to_owned());
        self
    }

    pub(super) fn sql(&self) -> String {
        if let Some(sql) = &self.sql {
            return sql.clone();
        }
        let mut sql = format!("SELECT {} FROM {NAME}", self.shown);
        if let Some(condition) = &self.condition {
            sql += &format!(" WHERE {condition}");
        }
        if let Some(order) = &self.order {
            sql += &format!(" ORDER BY {order}");
        }
        if let Some(first) = self.first {
            sql += &format!(" LIMIT {}", first - self.skipped);
            if self.skipped > 0 {
                sql += &format!(" OFFSET {}", self.skipped);
            }
        }
        sql
    }
}
