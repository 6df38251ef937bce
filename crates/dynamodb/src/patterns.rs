//! Which tables are shown.

use crate::types::names::fold;

/// Patterns of table names: letters stand for themselves in any case, `*` for any text.
///
/// A pattern is compared with the table's name and with `schema.name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Only these are shown; all if empty.
    allowed: Vec<String>,
    /// These are not, even if allowed.
    denied: Vec<String>,
}

impl Patterns {
    /// Reads two lists with commas between their patterns.
    pub fn new(allowed: &str, denied: &str) -> Self {
        let list = |text: &str| {
            let patterns = text.split(',').map(str::trim);
            patterns
                .filter(|pattern| !pattern.is_empty())
                .map(fold)
                .collect()
        };
        Self {
            allowed: list(allowed),
            denied: list(denied),
        }
    }

    /// Whether there is no table that is not shown.
    pub fn show_all(&self) -> bool {
        self.allowed.is_empty() && self.denied.is_empty()
    }

    /// Whether a table is shown.
    pub fn show(&self, schema: &str, table: &str) -> bool {
        let (table, full) = (fold(table), fold(&format!("{schema}.{table}")));
        let any = |patterns: &[String]| {
            patterns
                .iter()
                .any(|pattern| matches(pattern, &table) || matches(pattern, &full))
        };
        (self.allowed.is_empty() || any(&self.allowed)) && !any(&self.denied)
    }
}

/// Whether `text` is as `pattern` says: the pieces between the stars, one behind the other. Takes no more than their product in steps.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text_and_case_does_not_matter() {
        for (pattern, text, expected) in [
            ("orders", "orders", true),
            ("orders", "orders2", false),
            ("*", "", true),
            ("*", "anything", true),
            ("ord*", "orders", true),
            ("*ers", "orders", true),
            ("*rd*", "orders", true),
            ("o*d*s", "orders", true),
            ("o*d*d*s", "orders", false),
            ("ab*ba", "aba", false),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn denied_wins_over_allowed_and_nothing_allowed_is_all() {
        let all = Patterns::default();
        assert!(all.show("default", "Orders") && all.show_all());
        let some = Patterns::new("Shop_*, sales.*", "*_BACKUP");
        assert!(!some.show_all());
        assert!(!Patterns::new("", "a").show_all() && !Patterns::new("a", "").show_all());
        for (schema, table, shown) in [
            ("default", "shop_orders", true),
            ("default", "SHOP_orders_backup", false),
            ("default", "users", false),
            ("sales", "users", true),
        ] {
            assert_eq!(some.show(schema, table), shown, "{schema}.{table}");
        }
    }
}
