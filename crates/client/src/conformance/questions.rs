//! Questions to a table in value sets, made of values that it is known to have, each with its meaning.

use super::rows::Rows;
use super::rules::Rule;
use super::truth::{Test, Truth};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Bound, Constraints, Marker, Range, Scalar, ValueSet};
use std::cmp::Ordering;
use std::sync::Arc;

/// A condition in the words of the protocol, and which rows it asks for.
pub(super) struct Question {
    /// The rule that its answer is held to.
    pub(super) rule: Rule,
    /// The form and the columns, for evidence.
    pub(super) what: String,
    pub(super) constraints: Constraints,
    pub(super) truth: Truth,
    /// The columns that it is about.
    pub(super) columns: Vec<usize>,
}

impl Question {
    /// Whether a wrong answer would show: some rows qualify and some do not, and one about null finds a null.
    pub(super) fn tells(&self, rows: &Rows) -> bool {
        let wanted = self.truth.of(rows).len();
        let null = |column: &usize| {
            let null = Truth::Column(*column, Test::Null);
            !null.of(rows).is_empty()
        };
        let about_null = self.rule != Rule::FilterNulls || self.columns.iter().any(null);
        (1..rows.len()).contains(&wanted) && about_null
    }
}

/// A column with three of its values, in their order; they may be the same.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) data_type: DataType,
    pub(super) low: Scalar,
    pub(super) middle: Scalar,
    pub(super) high: Scalar,
}

/// The columns whose values can be asked for.
pub(super) fn columns(schema: &Schema, rows: &Rows) -> Vec<Column> {
    let fields = schema.fields().iter().enumerate();
    fields
        .filter_map(|(number, field)| {
            let mut values: Vec<Scalar> = (0..rows.len().min(LOOKED_AT))
                .filter_map(|row| {
                    let (array, row) = rows.cell(row, number);
                    Scalar::of(array.as_ref(), row).filter(asks_well)
                })
                .collect();
            values.sort_by(|a, b| a.order(b).unwrap_or(Ordering::Equal));
            values.dedup();
            let at = |quarter: usize| values.get(values.len() * quarter / 4).cloned();
            Some(Column {
                number,
                name: field.name().clone(),
                data_type: field.data_type().clone(),
                low: at(1)?,
                middle: at(2)?,
                high: at(3)?,
            })
        })
        .collect()
}

/// Whether all engines and sources compare the value alike, and a request can carry it.
fn asks_well(value: &Scalar) -> bool {
    match value {
        Scalar::Utf8(text) => (1..=LONGEST).contains(&text.len()) && value.is_ordered_alike(),
        Scalar::Binary(bytes) => (1..=LONGEST).contains(&bytes.len()),
        Scalar::Float32(number) => number.is_finite() && *number != 0.0,
        Scalar::Float64(number) => number.is_finite() && *number != 0.0,
        Scalar::Micros(_) | Scalar::Nested(_) => false,
        _ => true,
    }
}

/// Questions in value sets, those of one form for all columns before the next form.
pub(super) fn in_value_sets(schema: &Schema, columns: &[Column]) -> Vec<Question> {
    let mut questions = Vec::new();
    for form in &SETS {
        questions.extend(columns.iter().map(|column| form.ask(column)));
    }
    for (number, field) in schema.fields().iter().enumerate() {
        for (null, form) in [(true, "null"), (false, "not null")] {
            let set = ValueSet::AllOrNoneValueSet {
                data_type: field.data_type().clone(),
                all: !null,
                null_allowed: null,
            };
            let is_null = Truth::Column(number, Test::Null);
            questions.push(Question {
                rule: Rule::FilterNulls,
                what: format!("{form} as all or none of `{}`", field.name()),
                constraints: summary([(field.name().clone(), set)]),
                truth: if null { is_null } else { not(is_null) },
                columns: vec![number],
            });
        }
    }
    for pair in columns.windows(2) {
        let (below, from) = (SETS[4].ask(&pair[0]), SETS[5].ask(&pair[1]));
        let mut both = below.constraints;
        both.summary.extend(from.constraints.summary);
        questions.push(Question {
            rule: Rule::FilterColumns,
            what: format!("ranges of `{}` and `{}`", pair[0].name, pair[1].name),
            constraints: both,
            truth: Truth::All(vec![below.truth, from.truth]),
            columns: vec![pair[0].number, pair[1].number],
        });
    }
    questions
}

/// A value set of one form.
struct Form {
    rule: Rule,
    name: &'static str,
    set: fn(&Column) -> ValueSet,
    truth: fn(&Column) -> Truth,
}

impl Form {
    fn ask(&self, column: &Column) -> Question {
        Question {
            rule: self.rule,
            what: format!("{} of `{}`", self.name, column.name),
            constraints: summary([(column.name.clone(), (self.set)(column))]),
            truth: (self.truth)(column),
            columns: vec![column.number],
        }
    }
}

static SETS: [Form; 12] = [
    Form {
        rule: Rule::FilterValues,
        name: "one value",
        set: |column| ValueSet::of_values(&column.data_type, [column.middle.clone()]),
        truth: |column| equal(column.number, &column.middle),
    },
    Form {
        rule: Rule::FilterValues,
        name: "three values",
        set: |column| ValueSet::of_values(&column.data_type, column.three()),
        truth: |column| {
            Truth::Any(
                column
                    .three()
                    .map(|value| equal(column.number, &value))
                    .to_vec(),
            )
        },
    },
    Form {
        rule: Rule::FilterRanges,
        name: "a range with its ends",
        set: |column| {
            let ends = (
                Some((&column.low, Bound::Exactly)),
                Some((&column.high, Bound::Exactly)),
            );
            column.ranges([ends], false)
        },
        truth: |column| {
            Truth::All(vec![
                column.side(&column.low, FROM),
                column.side(&column.high, TO),
            ])
        },
    },
    Form {
        rule: Rule::FilterRanges,
        name: "a range without its ends",
        set: |column| {
            let ends = (
                Some((&column.low, Bound::Above)),
                Some((&column.high, Bound::Below)),
            );
            column.ranges([ends], false)
        },
        truth: |column| {
            Truth::All(vec![
                column.side(&column.low, ABOVE),
                column.side(&column.high, BELOW),
            ])
        },
    },
    Form {
        rule: Rule::FilterRanges,
        name: "a range up to a value",
        set: |column| column.ranges([(None, Some((&column.middle, Bound::Below)))], false),
        truth: |column| column.side(&column.middle, BELOW),
    },
    Form {
        rule: Rule::FilterRanges,
        name: "a range from a value",
        set: |column| column.ranges([(Some((&column.middle, Bound::Exactly)), None)], false),
        truth: |column| column.side(&column.middle, FROM),
    },
    Form {
        rule: Rule::FilterRanges,
        name: "all but one value, as two ranges",
        set: |column| {
            let below = (None, Some((&column.middle, Bound::Below)));
            column.ranges([below, (Some((&column.middle, Bound::Above)), None)], false)
        },
        truth: |column| column.side(&column.middle, &[Ordering::Less, Ordering::Greater]),
    },
    Form {
        rule: Rule::FilterValues,
        name: "two listed values",
        set: |column| column.listed_set(&[&column.low, &column.high], true),
        truth: |column| {
            Truth::Any(
                [&column.low, &column.high]
                    .map(|value| equal(column.number, value))
                    .to_vec(),
            )
        },
    },
    Form {
        rule: Rule::FilterValues,
        name: "all but a listed value",
        set: |column| column.listed_set(&[&column.middle], false),
        truth: |column| not(equal(column.number, &column.middle)),
    },
    Form {
        rule: Rule::FilterNulls,
        name: "null as an empty set",
        set: |column| ValueSet::only_null(&column.data_type),
        truth: |column| Truth::Column(column.number, Test::Null),
    },
    Form {
        rule: Rule::FilterNulls,
        name: "all ranges without null",
        set: |column| ValueSet::not_null(&column.data_type),
        truth: |column| not(Truth::Column(column.number, Test::Null)),
    },
    Form {
        rule: Rule::FilterNulls,
        name: "a range or null",
        set: |column| column.ranges([(Some((&column.middle, Bound::Exactly)), None)], true),
        truth: |column| {
            Truth::Any(vec![
                column.side(&column.middle, FROM),
                Truth::Column(column.number, Test::Null),
            ])
        },
    },
];

/// One end of a range; none for no limit.
type End<'a> = Option<(&'a Scalar, Bound)>;

impl Column {
    fn three(&self) -> [Scalar; 3] {
        [self.low.clone(), self.middle.clone(), self.high.clone()]
    }

    /// Ends that make no range, such as one that leaves both its equal ends out, are left out.
    fn ranges<const N: usize>(
        &self,
        ends: [(End<'_>, End<'_>); N],
        null_allowed: bool,
    ) -> ValueSet {
        let end = |end: End<'_>, without: fn(&DataType) -> Marker| match end {
            None => without(&self.data_type),
            Some((value, bound)) => Marker {
                data_type: self.data_type.clone(),
                value: Some(value.clone()),
                bound,
            },
        };
        let ranges = ends.into_iter().filter_map(|(low, high)| {
            let low = end(low, Marker::lower_unbounded);
            Range::new(low, end(high, Marker::upper_unbounded)).ok()
        });
        ValueSet::SortedRangeSet {
            data_type: self.data_type.clone(),
            ranges: ranges.collect(),
            null_allowed,
        }
    }

    fn listed_set(&self, values: &[&Scalar], white_list: bool) -> ValueSet {
        let mut distinct: Vec<&Scalar> = values.to_vec();
        distinct.dedup();
        let block = self.block(&distinct);
        ValueSet::EquatableValueSet {
            value_block: block.expect("values of a column fit its type"),
            white_list,
            null_allowed: false,
        }
    }

    /// Values as constants travel.
    pub(super) fn block(&self, values: &[&Scalar]) -> Option<Block> {
        let column = Scalar::to_array(&self.data_type, values.iter().copied())?;
        let field = Field::new("col1", self.data_type.clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        RecordBatch::try_new(schema, vec![column])
            .ok()
            .map(Block::new)
    }

    fn side(&self, value: &Scalar, orders: &'static [Ordering]) -> Truth {
        Truth::Column(self.number, Test::Ordered(value.clone(), orders))
    }
}

fn summary<const N: usize>(sets: [(String, ValueSet); N]) -> Constraints {
    Constraints {
        summary: sets.into_iter().collect(),
        ..Constraints::default()
    }
}

pub(super) fn equal(column: usize, value: &Scalar) -> Truth {
    Truth::Column(column, Test::Equal(value.clone()))
}

pub(super) fn not(truth: Truth) -> Truth {
    Truth::Not(Box::new(truth))
}

pub(super) const BELOW: &[Ordering] = &[Ordering::Less];
pub(super) const TO: &[Ordering] = &[Ordering::Less, Ordering::Equal];
pub(super) const ABOVE: &[Ordering] = &[Ordering::Greater];
pub(super) const FROM: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

/// Rows whose values are looked at.
const LOOKED_AT: usize = 2000;
/// Bytes of the longest text that is asked for.
const LONGEST: usize = 200;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    pub(in super::super) fn rows() -> (Schema, Rows) {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![
            Some(1),
            None,
            Some(2),
            Some(3),
            Some(4),
            Some(4),
        ]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![
            Some("aa"),
            Some("ab"),
            None,
            Some("b"),
            Some("c"),
            Some(""),
        ]));
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![
            f64::NAN,
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NAN,
            0.0,
        ]));
        let batch =
            RecordBatch::try_from_iter([("n", numbers), ("t", texts), ("f", floats)]).unwrap();
        let schema = batch.schema().as_ref().clone();
        let mut rows = Rows::default();
        rows.extend([batch]);
        (schema, rows)
    }

    #[test]
    fn values_that_sources_compare_in_their_own_ways_are_not_asked_for() {
        let (schema, rows) = rows();
        let names: Vec<String> = columns(&schema, &rows)
            .into_iter()
            .map(|column| column.name)
            .collect();
        assert_eq!(names, ["n", "t"]);
    }

    /// The protocol's own evaluator over the same rows says what a value set means; it may keep a row too many, never one too few.
    #[test]
    fn the_meaning_of_a_value_set_is_that_of_the_protocol() {
        let (schema, rows) = rows();
        let questions = in_value_sets(&schema, &columns(&schema, &rows));
        assert!(questions.len() > 2 * SETS.len());
        for question in questions {
            let batch = &rows.batches()[0];
            let kept = athena_protocol::predicate::matching_rows(&question.constraints, batch);
            let kept: Vec<usize> = (0..batch.num_rows())
                .filter(|row| kept.as_ref().is_none_or(|kept| kept.value(*row)))
                .collect();
            assert_eq!(question.truth.of(&rows), kept, "{}", question.what);
        }
    }

    #[test]
    fn a_question_tells_something_if_some_rows_qualify_and_some_do_not() {
        let (schema, rows) = rows();
        let questions = in_value_sets(&schema, &columns(&schema, &rows));
        let tells = |what: &str| {
            let question = questions.iter().find(|question| question.what == what);
            question.unwrap().tells(&rows)
        };
        assert!(tells("one value of `n`"));
        assert!(tells("null as all or none of `n`"));
        // It has no null, so that all or none of its rows qualify.
        assert!(!tells("null as all or none of `f`"));
        assert!(!tells("not null as all or none of `f`"));
    }
}
