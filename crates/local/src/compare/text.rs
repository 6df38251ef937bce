//! The comparison for people: the verdict, the first differences, and the costs as a table.

use super::measure::measures;
use super::{Comparison, told};
use std::fmt::Write as _;

/// The whole of it.
pub(super) fn of(comparison: &Comparison) -> String {
    let (sentence, lines) = told(comparison);
    let mark = if comparison.verdict.is_same() {
        '✓'
    } else {
        '✗'
    };
    let mut text = format!("{mark} {sentence}\n");
    // Writing into a string does not fail.
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    let [left, right] = &comparison.sides;
    let mut rows = vec![[
        String::new(),
        left.name.clone(),
        right.name.clone(),
        String::new(),
    ]];
    rows.extend(measures(&comparison.sides).iter().map(|measure| {
        [
            measure.name.to_owned(),
            measure.shown(0),
            measure.shown(1),
            measure.ratio(),
        ]
    }));
    text.push('\n');
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    for (place, row) in rows.iter().enumerate() {
        let [name, left, right, ratio] = row;
        let [w0, w1, w2, w3] = widths;
        let line = format!("  {name:w0$}   {left:>w1$}   {right:>w2$}   {ratio:>w3$}");
        let _ = writeln!(text, "{}", line.trim_end());
        if place == 0 {
            let rule = [w0, w1, w2, w3].map(|width| "─".repeat(width)).join("   ");
            let _ = writeln!(text, "  {rule}");
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::difference::Verdict;
    use super::super::measure::tests::side;
    use super::*;

    #[test]
    fn costs_stand_side_by_side_below_the_verdict() {
        let comparison = Comparison {
            statement: "select 1".to_owned(),
            sides: [
                side("with pushdown", &[10], 5, 1000),
                side("without", &[25], 5, 12_345),
            ],
            verdict: Verdict::Same {
                rows: 5,
                ordered: true,
                types: Vec::new(),
            },
        };
        let text = of(&comparison);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "✓ the same 5 rows, in the order asked for");
        assert_eq!(
            lines[2],
            "                            with pushdown   without"
        );
        assert_eq!(
            lines[4],
            "  time, median                    10.0 ms   25.0 ms    ×2.50"
        );
        assert!(
            text.contains("bytes received                   1.0 KB   12.3 KB   ×12.35"),
            "{text}"
        );
    }
}
