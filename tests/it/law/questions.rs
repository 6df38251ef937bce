//! Random conditions, orders and limits on a table whose rows are known.

use super::predicate::{Operand, Predicate, Relation, ordered};
use super::values::literal;
use arrow::datatypes::{DataType, SchemaRef};
use athena_protocol::predicate::{Direction, Scalar};
use fastrand::Rng;

/// What is asked of a table.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) predicate: Predicate,
    /// Columns to sort by.
    pub(super) order: Vec<(usize, Direction)>,
    /// Rows wanted at most.
    pub(super) limit: Option<u64>,
    /// Whether of each struct only the first field is shown, where the form can say so.
    pub(super) fields_only: bool,
}

/// A table's columns and the values that they show.
pub(super) struct Questions {
    types: Vec<DataType>,
    shown: Vec<Vec<Scalar>>,
    /// Places of the columns that the keys of table and indexes feed, hash key first.
    keys: Vec<Vec<usize>>,
}

impl Questions {
    pub(super) fn on(
        schema: &SchemaRef,
        rows: &[Vec<Option<Scalar>>],
        keys: &[Vec<String>],
    ) -> Self {
        let fields = schema.fields().iter();
        let types: Vec<DataType> = fields.map(|field| field.data_type().clone()).collect();
        let shown = (0..types.len()).map(|column| {
            let mut values: Vec<Scalar> = Vec::new();
            for value in rows.iter().filter_map(|row| row[column].as_ref()) {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            values
        });
        let places = |key: &Vec<String>| {
            let places = key.iter().map(|name| schema.index_of(name).unwrap());
            places.collect()
        };
        Self {
            shown: shown.collect(),
            types,
            keys: keys.iter().map(places).collect(),
        }
    }

    pub(super) fn ask(&self, rng: &mut Rng) -> Question {
        let mut predicate = self.predicate(rng, 2);
        // What a query needs: a value of a key.
        if rng.bool() {
            let key = &self.keys[rng.usize(..self.keys.len())];
            let mut parts = vec![self.find(key[0], rng)];
            if rng.u8(..4) > 0 {
                parts.extend(key.get(1).map(|range| self.test(*range, rng)));
            }
            if rng.bool() {
                parts.push(predicate);
            }
            predicate = Predicate::And(parts);
        }
        let limit = (rng.u8(..4) == 0).then(|| rng.u64(..12));
        let order = if limit.is_some() && rng.bool() {
            let columns = (0..=rng.usize(..2)).map(|_| rng.usize(..self.types.len()));
            let columns: Vec<usize> = columns.filter(|at| ordered(&self.types[*at])).collect();
            let directions = [
                Direction::AscNullsFirst,
                Direction::AscNullsLast,
                Direction::DescNullsFirst,
                Direction::DescNullsLast,
            ];
            let columns = columns.into_iter();
            columns
                .map(|column| (column, directions[rng.usize(..4)]))
                .collect()
        } else {
            Vec::new()
        };
        Question {
            predicate,
            order,
            limit,
            fields_only: rng.u8(..4) > 0,
        }
    }

    fn predicate(&self, rng: &mut Rng, depth: u8) -> Predicate {
        let parts = |rng: &mut Rng| {
            let count = rng.usize(1..4);
            (0..count).map(|_| self.predicate(rng, depth - 1)).collect()
        };
        match rng.u8(..10) {
            0..3 if depth > 0 => Predicate::And(parts(rng)),
            3..5 if depth > 0 => Predicate::Or(parts(rng)),
            5 if depth > 0 => Predicate::Not(Box::new(self.predicate(rng, depth - 1))),
            6 if depth > 0 => {
                // One column, two conditions: what a value set can say.
                let column = rng.usize(..self.types.len());
                Predicate::Or(vec![self.test(column, rng), self.test(column, rng)])
            }
            _ => self.test(rng.usize(..self.types.len()), rng),
        }
    }

    /// A condition that a value of the column is found by.
    fn find(&self, column: usize, rng: &mut Rng) -> Predicate {
        match rng.u8(..4) {
            0 => self.list(column, rng),
            _ => Predicate::Compare(
                column,
                Relation::Equal,
                Operand::Value(self.value(column, rng)),
            ),
        }
    }

    fn list(&self, column: usize, rng: &mut Rng) -> Predicate {
        let mut values: Vec<Option<Scalar>> = (0..rng.usize(1..5))
            .filter_map(|_| self.value(column, rng))
            .map(Some)
            .collect();
        if values.is_empty() || rng.u8(..15) == 0 {
            values.push(None);
        }
        Predicate::In(column, values)
    }

    fn test(&self, column: usize, rng: &mut Rng) -> Predicate {
        let data_type = &self.types[column];
        let value = |rng: &mut Rng| self.value(column, rng);
        let relation = if ordered(data_type) {
            Relation::ALL[rng.usize(..6)]
        } else {
            Relation::ALL[rng.usize(..2)]
        };
        match rng.u8(..20) {
            0..2 => Predicate::IsNull(column),
            2..4 => Predicate::Not(Box::new(Predicate::IsNull(column))),
            4..6 => self.list(column, rng),
            6..8 => Predicate::Not(Box::new(self.list(column, rng))),
            8..11 if ordered(data_type) => match (value(rng), value(rng)) {
                (Some(low), Some(high)) => Predicate::Between(column, low, high),
                _ => Predicate::IsNull(column),
            },
            11..14 if *data_type == DataType::Utf8 => {
                Predicate::Like(column, self.pattern(column, rng))
            }
            14 => Predicate::Distinct(column, value(rng)),
            15 => Predicate::Not(Box::new(Predicate::Distinct(column, value(rng)))),
            16 if rng.bool() => Predicate::Foreign(column),
            17 => {
                let same = (0..self.types.len()).filter(|other| self.types[*other] == *data_type);
                let same: Vec<usize> = same.collect();
                let other = Operand::Column(same[rng.usize(..same.len())]);
                Predicate::Compare(column, relation, other)
            }
            _ => Predicate::Compare(column, relation, Operand::Value(value(rng))),
        }
    }

    fn pattern(&self, column: usize, rng: &mut Rng) -> String {
        let text = match self.value(column, rng) {
            Some(Scalar::Utf8(text)) => text,
            _ => String::new(),
        };
        let letters: Vec<char> = text.chars().collect();
        let mut pattern: String = letters[..rng.usize(..=letters.len())].iter().collect();
        match rng.u8(..8) {
            0 => pattern.insert(0, '%'),
            1 => pattern.push('_'),
            2 => {}
            3 => pattern.push_str("%b"),
            _ => pattern.push('%'),
        }
        pattern
    }

    /// A value that the column shows, or one near those; sometimes there is none.
    fn value(&self, column: usize, rng: &mut Rng) -> Option<Scalar> {
        let shown = &self.shown[column];
        match rng.u8(..50) {
            0 => None,
            1..38 if !shown.is_empty() => Some(shown[rng.usize(..shown.len())].clone()),
            _ => literal(&self.types[column], rng),
        }
    }
}
