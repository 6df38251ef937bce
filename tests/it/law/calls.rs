//! The second form: trees of function calls (protocol §4, names of `StandardFunctions`).

use super::predicate::{Operand, Predicate, Relation};
use super::sets::block;
use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Expression, FunctionName, Scalar};
use std::sync::Arc;

/// The condition as an expression over columns of these names and types.
pub(super) fn expression(predicate: &Predicate, schema: &Schema) -> Expression {
    let each = |parts: &[Predicate]| parts.iter().map(|part| expression(part, schema)).collect();
    let variable = |column: usize| Expression::Variable {
        column_name: schema.field(column).name().clone(),
        data_type: schema.field(column).data_type().clone(),
    };
    let constant =
        |column: usize, value: Option<&Scalar>| constant(schema.field(column).data_type(), value);
    match predicate {
        Predicate::And(parts) => call("$and", each(parts)),
        Predicate::Or(parts) => call("$or", each(parts)),
        Predicate::Not(part) => call("$not", vec![expression(part, schema)]),
        Predicate::Compare(column, relation, other) => {
            let name = match relation {
                Relation::Equal => "$equal",
                Relation::NotEqual => "$not_equal",
                Relation::Less => "$less_than",
                Relation::LessOrEqual => "$less_than_or_equal",
                Relation::Greater => "$greater_than",
                Relation::GreaterOrEqual => "$greater_than_or_equal",
            };
            let other = match other {
                Operand::Value(value) => constant(*column, value.as_ref()),
                Operand::Column(other) => variable(*other),
            };
            call(name, vec![variable(*column), other])
        }
        Predicate::Between(column, low, high) => {
            let end = |name, value| {
                call(
                    name,
                    vec![variable(*column), constant(*column, Some(value))],
                )
            };
            let ends = [
                ("$greater_than_or_equal", low),
                ("$less_than_or_equal", high),
            ];
            call("$and", ends.map(|(name, value)| end(name, value)).into())
        }
        Predicate::In(column, values) => {
            let values = values.iter().map(|value| constant(*column, value.as_ref()));
            let element = schema.field(*column).data_type().clone();
            let list = Expression::Call {
                data_type: DataType::List(Arc::new(Field::new("element", element, true))),
                function_name: named("$array"),
                arguments: values.collect(),
            };
            call("$in", vec![variable(*column), list])
        }
        Predicate::IsNull(column) => call("$is_null", vec![variable(*column)]),
        Predicate::Like(column, pattern) => {
            let pattern = Scalar::Utf8(pattern.clone());
            call(
                "$like_pattern",
                vec![variable(*column), constant(*column, Some(&pattern))],
            )
        }
        Predicate::Distinct(column, value) => call(
            "$is_distinct_from",
            vec![variable(*column), constant(*column, value.as_ref())],
        ),
        Predicate::Foreign(column) => call("$of_the_engine", vec![variable(*column)]),
    }
}

fn call(name: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Call {
        data_type: DataType::Boolean,
        function_name: named(name),
        arguments,
    }
}

fn named(name: &str) -> FunctionName {
    FunctionName {
        function_name: name.to_owned(),
    }
}

fn constant(data_type: &DataType, value: Option<&Scalar>) -> Expression {
    let value_block = if let Some(value) = value {
        block(data_type, &[value]).expect("a value of the column's type")
    } else {
        let field = Field::new("col1", data_type.clone(), true);
        let null = new_null_array(data_type, 1);
        let schema = Arc::new(Schema::new(vec![field]));
        Block::new(RecordBatch::try_new(schema, vec![null]).expect("one null"))
    };
    Expression::Constant {
        value_block,
        data_type: data_type.clone(),
    }
}
