//! Refuses a scan that would cost more than the user wants to pay, before anything is read.

use super::access::{Access, Plan};
use super::estimate::Estimate;
use crate::table::{Keys, Table};

/// What becomes of a query that reads all of a table or an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FullScan {
    /// It runs.
    #[default]
    Allow,
    /// It runs, and the log says so.
    Warn,
    /// It does not run.
    Refuse,
}

/// What scans may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScanGuard {
    /// What becomes of any scan.
    pub full_scan: FullScan,
    /// Read units that one may consume by the estimate; `None` for no limit.
    pub max_read_units: Option<u64>,
}

/// What the guard says of a plan.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Run,
    /// It runs, but the user asked to be told of this.
    Warn(String),
    /// It must not run, and why.
    Refuse {
        /// One sentence.
        problem: String,
        /// What would avoid it.
        hint: String,
    },
}

impl ScanGuard {
    /// Judges a plan to read `table` of which `rows` are wanted at most and can be counted.
    ///
    /// A scan that stops after some rows is judged by those; it is no full scan.
    pub fn judge(&self, plan: &Plan, table: &Table, rows: Option<u64>) -> Verdict {
        if !matches!(plan.access, Access::Scan { .. }) {
            return Verdict::Run;
        }
        let all = plan.estimate.map_or(0, |estimate| estimate.read_units);
        // Where items are left out, by DynamoDB or here, all may have to be read for some rows.
        let every_item_counts = plan.only_wanted && plan.expressions.filter.is_none();
        let few = rows.filter(|_| every_item_counts);
        let whole = few.is_none();
        let units = few.zip(table.item_bytes()).map_or(all, |(rows, bytes)| {
            let few = Estimate::of_pages(rows.saturating_mul(bytes), plan.consistent);
            few.read_units.min(all)
        });
        let scan = format!(
            "the query would scan {} of table `{}`, about {units} read units",
            if whole { "all" } else { "a part" },
            plan.table
        );
        let hint = || {
            format!(
                "{}; see also the options `full_scan` and `max_scan_read_units`",
                ways(table)
            )
        };
        if let Some(most) = self.max_read_units.filter(|most| units > *most) {
            return Verdict::Refuse {
                problem: format!("{scan}, and at most {most} are permitted"),
                hint: hint(),
            };
        }
        match self.full_scan {
            FullScan::Refuse if whole => Verdict::Refuse {
                problem: format!("{scan}, and full scans are not permitted"),
                hint: hint(),
            },
            FullScan::Warn if whole => Verdict::Warn(scan),
            _ => Verdict::Run,
        }
    }
}

/// The keys by which the table and its indexes can be queried.
fn ways(table: &Table) -> String {
    let of = |keys: &Keys| match &keys.range {
        None => format!("`{}`", keys.hash.name),
        Some(range) => format!("`{}` and `{}`", keys.hash.name, range.name),
    };
    let indexes = table
        .indexes
        .iter()
        .filter(|index| index.active)
        .map(|index| format!(", index `{}` by {}", index.name, of(&index.keys)));
    let indexes: String = indexes.collect();
    format!(
        "give values for a hash key: the table is queried by {}{indexes}",
        of(&table.keys)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Expressions, PlanOptions};
    use crate::table::{Index, KeyAttribute, KeyKind, Projection, Scope};

    fn keys(name: &str) -> Keys {
        let key = |name: &str| KeyAttribute {
            name: name.to_owned(),
            kind: KeyKind::S,
        };
        Keys {
            hash: key(name),
            range: Some(key("day")),
        }
    }

    fn table() -> Table {
        let index = Index {
            name: "by_note".to_owned(),
            keys: keys("note"),
            scope: Scope::Global,
            projection: Projection::All,
            active: true,
            size_bytes: 0,
            item_count: 0,
            read_units: None,
        };
        Table {
            name: "orders".to_owned(),
            keys: keys("id"),
            indexes: vec![index],
            size_bytes: 8192 * 1000,
            item_count: 8192,
            read_units: None,
        }
    }

    fn scan() -> Plan {
        let asked = athena_protocol::predicate::Asked::of(
            &athena_protocol::predicate::Constraints::default(),
            "orders",
            &arrow::datatypes::Schema::empty(),
        );
        let columns = crate::plan::Columns::new();
        crate::plan::plan(&table(), &columns, None, &asked, &PlanOptions::default())
    }

    fn refusal(guard: ScanGuard, rows: Option<u64>) -> String {
        match guard.judge(&scan(), &table(), rows) {
            Verdict::Refuse { problem, hint } => format!("{problem}\n{hint}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_scan_that_is_not_permitted_tells_its_cost_and_the_keys_that_avoid_it() {
        let refuse = ScanGuard {
            full_scan: FullScan::Refuse,
            max_read_units: None,
        };
        assert_eq!(
            refusal(refuse, None),
            "the query would scan all of table `orders`, about 1000 read units, and full scans are not permitted\n\
             give values for a hash key: the table is queried by `id` and `day`, index `by_note` by `note` and `day`; \
             see also the options `full_scan` and `max_scan_read_units`"
        );
        // A look at some rows is none.
        assert_eq!(refusal(refuse, Some(10)), "Run");
        let mut filtered = scan();
        filtered.expressions = Expressions {
            filter: Some("#n0 = :v0".to_owned()),
            ..Expressions::default()
        };
        let verdict = refuse.judge(&filtered, &table(), Some(10));
        assert!(matches!(verdict, Verdict::Refuse { .. }), "{verdict:?}");
        // Of a date nothing can be said to DynamoDB, so that rows are left out here.
        let mut tested = scan();
        tested.only_wanted = false;
        let verdict = refuse.judge(&tested, &table(), Some(10));
        assert!(matches!(verdict, Verdict::Refuse { .. }), "{verdict:?}");
    }

    #[test]
    fn a_scan_may_cost_up_to_the_limit() {
        let limit = |units| ScanGuard {
            full_scan: FullScan::Allow,
            max_read_units: Some(units),
        };
        assert_eq!(refusal(limit(1000), None), "Run");
        assert!(refusal(limit(999), None).contains("at most 999 are permitted"));
        assert_eq!(refusal(limit(2), Some(16)), "Run");
        assert!(refusal(limit(1), Some(16)).contains("a part"));
        // Read consistently, the same items cost twice as much.
        let consistent = Plan {
            consistent: true,
            ..scan()
        };
        let verdict = limit(4).judge(&consistent, &table(), Some(16));
        assert!(matches!(verdict, Verdict::Run), "{verdict:?}");
        let verdict = limit(3).judge(&consistent, &table(), Some(16));
        assert!(matches!(verdict, Verdict::Refuse { .. }), "{verdict:?}");
    }

    #[test]
    fn a_warning_lets_the_scan_run() {
        let warn = ScanGuard {
            full_scan: FullScan::Warn,
            max_read_units: None,
        };
        let verdict = warn.judge(&scan(), &table(), None);
        assert!(matches!(verdict, Verdict::Warn(_)), "{verdict:?}");
        assert_eq!(
            ScanGuard::default().judge(&scan(), &table(), None),
            Verdict::Run
        );
    }
}
