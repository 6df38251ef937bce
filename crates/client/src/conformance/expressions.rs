//! Questions to a table in expressions, of the functions that the connector offers (protocol §4).

use super::handshake::Offer;
use super::questions::{ABOVE, BELOW, Column, FROM, Question, TO, equal, not};
use super::rules::Rule;
use super::truth::{Test, Truth};
use arrow::datatypes::{DataType, Field};
use athena_protocol::predicate::{Constraints, Expression, FunctionName, Scalar};
use std::cmp::Ordering;
use std::sync::Arc;

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

impl Column {
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

const COMPARISONS: [(&str, &[Ordering]); 6] = [
    ("$equal", &[Ordering::Equal]),
    ("$not_equal", &[Ordering::Less, Ordering::Greater]),
    ("$less_than", BELOW),
    ("$less_than_or_equal", TO),
    ("$greater_than", ABOVE),
    ("$greater_than_or_equal", FROM),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::questions::columns;
    use crate::conformance::questions::tests::rows;

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
