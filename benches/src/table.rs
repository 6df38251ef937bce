//! Aligned text.

use std::fmt;

/// Rows of text under a heading; the first columns are names, the others figures.
#[derive(Debug)]
pub(crate) struct Table {
    names: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table whose first `names` columns are aligned to the left, the others to the right.
    pub(crate) fn new(names: usize, heading: &[&str]) -> Self {
        let heading = heading.iter().map(|&text| text.to_owned()).collect();
        Self {
            names,
            rows: vec![heading],
        }
    }

    /// How many of the first columns are names.
    pub(crate) fn names(&self) -> usize {
        self.names
    }

    /// The heading, then the rows.
    pub(crate) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if column < self.names {
                    ("", padding.as_str())
                } else {
                    (padding.as_str(), "")
                };
                line.push_str("  ");
                line.push_str(before);
                line.push_str(cell);
                line.push_str(after);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A figure with one digit behind the point, or a dash where there is none.
pub(crate) fn tenths(figure: Option<f64>) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.1}"))
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn names_are_aligned_to_the_left_and_figures_to_the_right() {
        let mut table = Table::new(1, &["shape", "MB/s"]);
        table.push(vec!["mixed, all".to_owned(), "1.5".to_owned()]);
        table.push(vec!["wide".to_owned(), "400.0".to_owned()]);
        assert_eq!(
            table.to_string(),
            "  shape        MB/s\n  mixed, all    1.5\n  wide        400.0\n"
        );
    }
}
