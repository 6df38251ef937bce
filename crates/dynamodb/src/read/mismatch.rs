//! Counts of the values that a column could not take as they were.

use crate::json::Tag;

/// What one column could not take, nested values included.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    nulled: [u64; Tag::ALL.len()],
    rounded: u64,
}

impl Tally {
    /// How many values of type `tag` did not fit the column, or the place in it, and became null.
    pub fn nulled(&self, tag: Tag) -> u64 {
        self.nulled[tag as usize]
    }

    /// The types of values that became null, with their counts; types without any are left out.
    pub fn iter(&self) -> impl Iterator<Item = (Tag, u64)> + '_ {
        Tag::ALL
            .into_iter()
            .map(|tag| (tag, self.nulled(tag)))
            .filter(|(_, count)| *count > 0)
    }

    /// How many numbers lost fraction digits that the column's scale has no room for.
    pub fn rounded(&self) -> u64 {
        self.rounded
    }

    /// Whether every value fitted as it was.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Tally) {
        for (count, more) in self.nulled.iter_mut().zip(other.nulled) {
            *count += more;
        }
        self.rounded += other.rounded;
    }

    #[cold]
    pub(super) fn add_nulled(&mut self, tag: Tag) {
        self.nulled[tag as usize] += 1;
    }

    #[cold]
    pub(super) fn add_rounded(&mut self) {
        self.rounded += 1;
    }
}

/// One [`Tally`] for each column of a schema, in its order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Mismatches {
    pub(super) columns: Vec<Tally>,
}

impl Mismatches {
    /// Nothing counted yet, for a schema of so many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            columns: vec![Tally::default(); columns],
        }
    }

    /// The tallies, one a column.
    pub fn columns(&self) -> &[Tally] {
        &self.columns
    }

    /// Whether every value fitted as it was.
    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(Tally::is_empty)
    }

    /// Adds the counts of another decoder of the same schema.
    pub fn merge(&mut self, other: &Mismatches) {
        for (tally, more) in self.columns.iter_mut().zip(&other.columns) {
            tally.merge(more);
        }
    }

    pub(super) fn clear(&mut self) {
        self.columns.fill(Tally::default());
    }
}

#[cfg(test)]
mod tests {
    use super::Mismatches;
    use crate::json::Tag;

    #[test]
    fn merging_adds_column_by_column() {
        let mut sum = Mismatches::new(2);
        assert!(sum.is_empty());
        let mut other = Mismatches::new(2);
        other.columns[1].add_nulled(Tag::Ss);
        other.columns[1].add_rounded();
        sum.merge(&other);
        sum.merge(&other);
        assert!(sum.columns()[0].is_empty());
        assert_eq!(sum.columns()[1].iter().collect::<Vec<_>>(), [(Tag::Ss, 2)]);
        assert_eq!(sum.columns()[1].rounded(), 2);
        sum.clear();
        assert!(sum.is_empty());
    }
}
