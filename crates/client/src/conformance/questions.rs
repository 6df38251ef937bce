//! Questions to a table, made of values that it is known to have: value sets and expressions, each with its meaning.

use super::handshake::Offer;
use super::rows::Rows;
use super::rules::Rule;
use super::truth::{Test, Truth};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{
    Bound, Constraints, Expression, FunctionName, Marker, Range, Scalar, ValueSet,
};
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
    data_type: DataType,
    low: Scalar,
    middle: Scalar,
    high: Scalar,
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

/// Questions in the functions that the connector names.
pub(super) fn in_expressions(offer: &Offer, columns: &[Column]) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut ask =
        |functions: &[&str], what: String, expression: Option<Expression>, truth: Truth| {
            if let (true, Some(expression)) = (offer.has(functions), expression) {
                questions.push(Question {
                    rule: Rule::FilterExpressions,
                    what,
                    constraints: Constraints {
                        expression: vec![expression],
                        ..Constraints::default()
                    },
                    truth,
                    columns: Vec::new(),
                });
            }
        };
    for (function, orders) in COMPARISONS {
        for column in columns {
            let (value, number) = (column.middle.clone(), column.number);
            ask(
                &[function],
                format!("`{function}` of `{}`", column.name),
                column.call(function, &value),
                Truth::Column(number, Test::Ordered(value, orders)),
            );
        }
    }
    for column in columns {
        let (name, number) = (&column.name, column.number);
        let is_null = || Some(call("$is_null", vec![column.variable()]));
        let null = Truth::Column(number, Test::Null);
        ask(
            &["$is_null"],
            format!("`$is_null` of `{name}`"),
            is_null(),
            null.clone(),
        );
        ask(
            &["$is_null", "$not"],
            format!("`$not` `$is_null` of `{name}`"),
            is_null().map(|inner| call("$not", vec![inner])),
            not(null),
        );
        ask(
            &["$is_distinct_from"],
            format!("`$is_distinct_from` of `{name}`"),
            column.call("$is_distinct_from", &column.middle),
            Truth::Column(number, Test::Distinct(column.middle.clone())),
        );
        let listed = [&column.low, &column.high];
        ask(
            &["$in", "$array"],
            format!("`$in` of `{name}`"),
            column.listed(&listed),
            Truth::Any(listed.map(|value| equal(number, value)).to_vec()),
        );
        if let Some(start) = column.beginning() {
            let pattern = Scalar::Utf8(format!("{start}%"));
            ask(
                &["$like_pattern"],
                format!("`$like_pattern` of `{name}`"),
                column.call("$like_pattern", &pattern),
                Truth::Column(number, Test::Begins(start)),
            );
        }
    }
    for pair in columns.windows(2) {
        let [one, two] = pair else { continue };
        let sides = || {
            let one = one.call("$equal", &one.middle)?;
            Some(vec![one, two.call("$equal", &two.middle)?])
        };
        let truths = vec![
            equal(one.number, &one.middle),
            equal(two.number, &two.middle),
        ];
        let named = format!("`{}` and `{}`", one.name, two.name);
        ask(
            &["$or", "$equal"],
            format!("`$or` of {named}"),
            sides().map(|sides| call("$or", sides)),
            Truth::Any(truths.clone()),
        );
        ask(
            &["$and", "$equal"],
            format!("`$and` of {named}"),
            sides().map(|sides| call("$and", sides)),
            Truth::All(truths),
        );
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

    fn block(&self, values: &[&Scalar]) -> Option<Block> {
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

    fn variable(&self) -> Expression {
        Expression::Variable {
            column_name: self.name.clone(),
            data_type: self.data_type.clone(),
        }
    }

    fn constant(&self, value: &Scalar) -> Option<Expression> {
        Some(Expression::Constant {
            value_block: self.block(&[value])?,
            data_type: self.data_type.clone(),
        })
    }

    /// A function of the column and a value.
    fn call(&self, function: &str, value: &Scalar) -> Option<Expression> {
        Some(call(function, vec![self.variable(), self.constant(value)?]))
    }

    fn listed(&self, values: &[&Scalar]) -> Option<Expression> {
        let constants = values.iter().map(|value| self.constant(value));
        let element = Field::new("element", self.data_type.clone(), true);
        let array = Expression::Call {
            data_type: DataType::List(Arc::new(element)),
            function_name: named("$array"),
            arguments: constants.collect::<Option<_>>()?,
        };
        Some(call("$in", vec![self.variable(), array]))
    }

    /// How a text of the column begins, if that has no letter of patterns.
    fn beginning(&self) -> Option<String> {
        let Scalar::Utf8(text) = &self.middle else {
            return None;
        };
        let start: String = text.chars().take(2).collect();
        (!start.contains(['%', '_', '\\'])).then_some(start)
    }
}

fn call(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Call {
        data_type: DataType::Boolean,
        function_name: named(function),
        arguments,
    }
}

fn named(function: &str) -> FunctionName {
    FunctionName {
        function_name: function.to_owned(),
    }
}

fn summary<const N: usize>(sets: [(String, ValueSet); N]) -> Constraints {
    Constraints {
        summary: sets.into_iter().collect(),
        ..Constraints::default()
    }
}

fn equal(column: usize, value: &Scalar) -> Truth {
    Truth::Column(column, Test::Equal(value.clone()))
}

fn not(truth: Truth) -> Truth {
    Truth::Not(Box::new(truth))
}

const BELOW: &[Ordering] = &[Ordering::Less];
const TO: &[Ordering] = &[Ordering::Less, Ordering::Equal];
const ABOVE: &[Ordering] = &[Ordering::Greater];
const FROM: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

const COMPARISONS: [(&str, &[Ordering]); 6] = [
    ("$equal", &[Ordering::Equal]),
    ("$not_equal", &[Ordering::Less, Ordering::Greater]),
    ("$less_than", BELOW),
    ("$less_than_or_equal", TO),
    ("$greater_than", ABOVE),
    ("$greater_than_or_equal", FROM),
];

/// Rows whose values are looked at.
const LOOKED_AT: usize = 2000;
/// Bytes of the longest text that is asked for.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    fn rows() -> (Schema, Rows) {
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

    fn everything() -> Offer {
        let functions = [
            "$and",
            "$or",
            "$not",
            "$is_null",
            "$equal",
            "$not_equal",
            "$less_than",
            "$less_than_or_equal",
            "$greater_than",
            "$greater_than_or_equal",
            "$is_distinct_from",
            "$like_pattern",
            "$in",
            "$array",
        ];
        Offer {
            functions: functions.map(str::to_owned).into(),
            ..Offer::default()
        }
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

    #[test]
    fn only_functions_that_are_offered_are_called() {
        let (schema, rows) = rows();
        let columns = columns(&schema, &rows);
        assert!(in_expressions(&Offer::default(), &columns).is_empty());
        let all = in_expressions(&everything(), &columns);
        for function in [
            "$or",
            "$and",
            "$in",
            "$like_pattern",
            "$is_distinct_from",
            "$not_equal",
        ] {
            assert!(
                all.iter().any(|question| question.what.contains(function)),
                "{function}"
            );
        }
        let few = Offer {
            functions: ["$equal".to_owned()].into(),
            ..Offer::default()
        };
        assert_eq!(in_expressions(&few, &columns).len(), columns.len());
    }
}
