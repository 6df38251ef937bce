//! In what two answers differ: columns, rows as a heap in which copies count, and the order where one was asked for.

use super::cells::{Cell, Cells};
use std::collections::HashMap;

/// What came of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same rows.
    Same {
        rows: usize,
        /// Whether an order was asked for and kept.
        ordered: bool,
        /// Columns of other types, which are no difference.
        types: Vec<String>,
    },
    /// Other columns, so that rows cannot be compared.
    Columns(String),
    /// Other rows.
    Different(Difference),
    /// The same rows, but from this row on in another order.
    Order { row: usize, column: String },
    /// The named side gives another number of rows from run to run.
    Unsteady(String),
}

impl Verdict {
    pub(super) fn is_same(&self) -> bool {
        matches!(self, Self::Same { .. })
    }
}

/// Rows that one side alone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) only_left: usize,
    pub(super) only_right: usize,
    /// The first of them, each beside the one that is most like it.
    pub(super) first: Vec<Pair>,
}

/// A row of one side without its like on the other. Rows count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) left: Option<usize>,
    pub(super) right: Option<usize>,
    /// The columns in which the two differ.
    pub(super) columns: Vec<String>,
}

impl Pair {
    /// Where it is and in which columns, without a value.
    pub(super) fn told(&self, left: &str, right: &str) -> String {
        match (self.left, self.right) {
            (Some(l), Some(r)) => format!(
                "row {l} ({left}) and row {r} ({right}) differ in `{}`",
                self.columns.join("`, `")
            ),
            (Some(row), None) => format!("row {row} ({left}) has no like"),
            (None, Some(row)) => format!("row {row} ({right}) has no like"),
            (None, None) => String::new(),
        }
    }
}

/// Compares two answers; `ordered` has the columns that say the order, if the statement asks for one.
pub(super) fn differences(left: &Cells, right: &Cells, ordered: Option<&[usize]>) -> Verdict {
    if let Some(why) = other_columns(left, right) {
        return Verdict::Columns(why);
    }
    let (only_left, only_right) = unmatched(&left.rows, &right.rows);
    if !only_left.is_empty() || !only_right.is_empty() {
        return Verdict::Different(Difference {
            only_left: only_left.len(),
            only_right: only_right.len(),
            first: pairs(left, right, &only_left, &only_right),
        });
    }
    for (row, (l, r)) in left.rows.iter().zip(&right.rows).enumerate() {
        let mut columns = ordered.unwrap_or_default().iter();
        if let Some(column) = columns.find(|column| l[**column] != r[**column]) {
            return Verdict::Order {
                row: row + 1,
                column: left.columns[*column].clone(),
            };
        }
    }
    Verdict::Same {
        rows: left.rows.len(),
        ordered: ordered.is_some_and(|columns| !columns.is_empty()),
        types: other_types(left, right),
    }
}

fn other_columns(left: &Cells, right: &Cells) -> Option<String> {
    let (l, r) = (left.columns.len(), right.columns.len());
    if l != r {
        return Some(format!("{l} and {r} of them"));
    }
    let mut pairs = left.columns.iter().zip(&right.columns).enumerate();
    pairs.find_map(|(at, (l, r))| {
        (!l.eq_ignore_ascii_case(r)).then(|| format!("column {} is `{l}` and `{r}`", at + 1))
    })
}

fn other_types(left: &Cells, right: &Cells) -> Vec<String> {
    let types = left.types.iter().zip(&right.types).zip(&left.columns);
    types
        .filter(|((l, r), _)| l != r)
        .map(|((l, r), column)| format!("column `{column}` is {l} and {r}, with the same values"))
        .collect()
}

/// The numbers of the rows that the other side has not, from 0.
fn unmatched(left: &[Vec<Cell>], right: &[Vec<Cell>]) -> (Vec<usize>, Vec<usize>) {
    let mut there: HashMap<&[Cell], Vec<usize>> = HashMap::with_capacity(right.len());
    for (at, row) in right.iter().enumerate().rev() {
        there.entry(row).or_default().push(at);
    }
    let only_left = left
        .iter()
        .enumerate()
        .filter(|(_, row)| there.get_mut(row.as_slice()).and_then(Vec::pop).is_none())
        .map(|(at, _)| at)
        .collect();
    let mut only_right: Vec<usize> = there.into_values().flatten().collect();
    only_right.sort_unstable();
    (only_left, only_right)
}

fn pairs(left: &Cells, right: &Cells, only_left: &[usize], only_right: &[usize]) -> Vec<Pair> {
    let mut free: Vec<usize> = only_right.to_vec();
    let mut pairs = Vec::new();
    for l in only_left.iter().take(SHOWN) {
        let unlike = |r: usize| -> Vec<usize> {
            let cells = left.rows[*l].iter().zip(&right.rows[r]);
            let unlike = cells.enumerate().filter(|(_, (l, r))| l != r);
            unlike.map(|(column, _)| column).collect()
        };
        let candidates = free.iter().take(LOOKED_AT).enumerate();
        let nearest = candidates
            .map(|(at, r)| (unlike(*r), at, *r))
            .min_by_key(|(unlike, ..)| unlike.len());
        // Rows that have nothing in common are no pair.
        let pair = nearest.filter(|(unlike, ..)| unlike.len() < left.columns.len());
        pairs.push(Pair {
            left: Some(l + 1),
            right: pair.as_ref().map(|(.., r)| r + 1),
            columns: pair
                .iter()
                .flat_map(|(unlike, ..)| unlike)
                .map(|column| left.columns[*column].clone())
                .collect(),
        });
        if let Some((_, at, _)) = pair {
            free.remove(at);
        }
    }
    let rest = free.iter().take(SHOWN.saturating_sub(pairs.len()));
    pairs.extend(rest.map(|r| Pair {
        left: None,
        right: Some(r + 1),
        columns: Vec::new(),
    }));
    pairs
}

/// Differences that are told.
const SHOWN: usize = 10;
/// Rows that are looked at for the one that is most alike.
const LOOKED_AT: usize = 5000;

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: &[[&str; 2]]) -> Cells {
        let cell = |text: &&str| (*text != "-").then(|| (*text).to_owned());
        Cells {
            columns: vec!["id".to_owned(), "n".to_owned()],
            types: vec!["Utf8".to_owned(), "Int64".to_owned()],
            rows: rows
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
        }
    }

    fn same(rows: usize, ordered: bool) -> Verdict {
        Verdict::Same {
            rows,
            ordered,
            types: Vec::new(),
        }
    }

    #[test]
    fn order_counts_only_where_it_was_asked_for_and_ties_are_free() {
        let (a, b) = (
            cells(&[["a", "1"], ["b", "2"]]),
            cells(&[["b", "2"], ["a", "1"]]),
        );
        assert_eq!(differences(&a, &b, None), same(2, false));
        let other = Verdict::Order {
            row: 1,
            column: "n".to_owned(),
        };
        assert_eq!(differences(&a, &b, Some(&[1])), other);
        let (a, b) = (
            cells(&[["a", "1"], ["b", "1"]]),
            cells(&[["b", "1"], ["a", "1"]]),
        );
        assert_eq!(differences(&a, &b, Some(&[1])), same(2, true));
    }

    #[test]
    fn copies_count_and_the_nearest_rows_are_told_side_by_side() {
        let left = cells(&[["a", "1"], ["a", "1"], ["b", "2"], ["x", "-"]]);
        let right = cells(&[["b", "3"], ["a", "1"], ["y", "9"]]);
        let Verdict::Different(found) = differences(&left, &right, None) else {
            panic!("they differ");
        };
        assert_eq!((found.only_left, found.only_right), (3, 2));
        let told: Vec<String> = found
            .first
            .iter()
            .map(|pair| pair.told("here", "there"))
            .collect();
        assert_eq!(
            told,
            [
                "row 2 (here) has no like",
                "row 3 (here) and row 1 (there) differ in `n`",
                "row 4 (here) has no like",
                "row 3 (there) has no like",
            ]
        );
    }

    #[test]
    fn other_columns_are_told_and_other_types_are_no_difference() {
        let left = cells(&[["a", "1"]]);
        let mut right = left.clone();
        right.columns[0] = "ID".to_owned();
        right.types[1] = "Decimal128(38, 9)".to_owned();
        let Verdict::Same { types, .. } = differences(&left, &right, None) else {
            panic!("they are the same");
        };
        assert_eq!(
            types,
            ["column `n` is Int64 and Decimal128(38, 9), with the same values"]
        );
        right.columns[0] = "key".to_owned();
        assert_eq!(
            differences(&left, &right, None),
            Verdict::Columns("column 1 is `id` and `key`".to_owned())
        );
    }
}
