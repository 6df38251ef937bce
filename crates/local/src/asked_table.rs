//! A table as `validate` is told it.

use athena_protocol::wire::TableName;

/// A table to judge by, and how many rows it is known to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskedTable {
    pub(crate) name: TableName,
    pub(crate) rows: Option<u64>,
}

impl AskedTable {
    /// Reads `table`, `schema.table`, and either with `=rows`.
    ///
    /// # Errors
    /// What was expected instead.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected TABLE, SCHEMA.TABLE, or either with =ROWS".to_owned();
        let (name, rows) = match text.split_once('=') {
            None => (text, None),
            Some((name, rows)) => (name, Some(rows.parse().map_err(|_| wrong())?)),
        };
        let (schema, table) = name.split_once('.').unwrap_or(("default", name));
        if schema.is_empty() || table.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            name: TableName::new(schema, table),
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_with_or_without_schema_and_rows() {
        let parsed =
            |text| AskedTable::parse(text).map(|asked| (asked.name.to_string(), asked.rows));
        assert_eq!(parsed("orders"), Ok(("default.orders".to_owned(), None)));
        assert_eq!(parsed("s.orders=12"), Ok(("s.orders".to_owned(), Some(12))));
        // Names of DynamoDB may have dots.
        assert_eq!(parsed("s.a.b"), Ok(("s.a.b".to_owned(), None)));
        for wrong in ["", "=3", ".orders", "orders=many", "orders="] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
