//! Conditions as trees of function calls (protocol §4), made of the functions that the connector offers.
//!
//! A tree may let rows pass that the clause does not, never fewer: DataFusion filters again. So a conjunction keeps what it can say, a
//! disjunction only if all its sides can be said, and below a negation everything has to be said as it is.

use super::Offer;
use super::literal::{plain_column, value_of};
use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{Expression, FunctionName, Scalar};
use datafusion::logical_expr::{
    Between, BinaryExpr, Expr, Like, Operator,
    expr::{InList, ScalarFunction},
};
use std::sync::Arc;

/// Says conditions on a table of this schema.
pub(super) struct Sayer<'a> {
    pub(super) schema: &'a Schema,
    pub(super) offer: &'a Offer,
}

/// A condition as an expression.
pub(super) struct Said {
    pub(super) expression: Expression,
    /// Whether it says the whole condition.
    pub(super) whole: bool,
}

impl Sayer<'_> {
    /// The condition, or as much of it as can be said.
    pub(super) fn say(&self, filter: &Expr) -> Option<Said> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else {
            return self.exactly(filter).map(whole);
        };
        match op {
            Operator::And => match (self.say(left), self.say(right)) {
                (Some(left), Some(right)) => {
                    let sides = vec![left.expression, right.expression];
                    Some(Said {
                        expression: self.call("$and", sides)?,
                        whole: left.whole && right.whole,
                    })
                }
                (Some(side), None) | (None, Some(side)) => Some(Said {
                    whole: false,
                    ..side
                }),
                (None, None) => None,
            },
            Operator::Or => {
                let (left, right) = (self.say(left)?, self.say(right)?);
                let sides = vec![left.expression, right.expression];
                Some(Said {
                    expression: self.call("$or", sides)?,
                    whole: left.whole && right.whole,
                })
            }
            _ => self.exactly(filter).map(whole),
        }
    }

    /// The condition with nothing left out, so that it may stand below a negation too.
    fn exactly(&self, filter: &Expr) -> Option<Expression> {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
                Operator::And => self.call("$and", vec![self.exactly(left)?, self.exactly(right)?]),
                Operator::Or => self.call("$or", vec![self.exactly(left)?, self.exactly(right)?]),
                _ => self.comparison(left, *op, right),
            },
            Expr::Not(inner) => self.call("$not", vec![self.exactly(inner)?]),
            Expr::IsNull(column) => self.call("$is_null", vec![self.variable(column)?.0]),
            Expr::IsNotNull(column) => {
                let is_null = self.call("$is_null", vec![self.variable(column)?.0])?;
                self.call("$not", vec![is_null])
            }
            Expr::Between(between) => self.between(between),
            Expr::InList(list) => self.in_list(list),
            Expr::Like(like) => self.like(like),
            Expr::ScalarFunction(call) => self.starts_with(call),
            Expr::Column(_) => {
                let (variable, data_type) = self.variable(filter)?;
                let truth = constant(data_type, Some(&Scalar::Bool(true)))?;
                (*data_type == DataType::Boolean)
                    .then(|| self.call("$equal", vec![variable, truth]))?
            }
            _ => None,
        }
    }

    fn comparison(&self, left: &Expr, op: Operator, right: &Expr) -> Option<Expression> {
        let (column, op, literal) = match (left, right) {
            (_, Expr::Literal(..)) => (left, op, right),
            (Expr::Literal(..), _) => (right, op.swap()?, left),
            _ => return None,
        };
        let (variable, data_type) = self.variable(column)?;
        let value = value_of(literal, data_type)?;
        if !matches!(
            op,
            Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom
        ) && !value.is_ordered_alike()
        {
            return None;
        }
        let sides = vec![variable, constant(data_type, Some(&value))?];
        match op {
            Operator::Eq => self.call("$equal", sides),
            Operator::NotEq => self.call("$not_equal", sides),
            Operator::Lt => self.call("$less_than", sides),
            Operator::LtEq => self.call("$less_than_or_equal", sides),
            Operator::Gt => self.call("$greater_than", sides),
            Operator::GtEq => self.call("$greater_than_or_equal", sides),
            Operator::IsDistinctFrom => self.call("$is_distinct_from", sides),
            Operator::IsNotDistinctFrom => {
                let distinct = self.call("$is_distinct_from", sides)?;
                self.call("$not", vec![distinct])
            }
            _ => None,
        }
    }

    fn between(&self, between: &Between) -> Option<Expression> {
        let ends = vec![
            self.comparison(&between.expr, Operator::GtEq, &between.low)?,
            self.comparison(&between.expr, Operator::LtEq, &between.high)?,
        ];
        let inside = self.call("$and", ends)?;
        if between.negated {
            return self.call("$not", vec![inside]);
        }
        Some(inside)
    }

    fn in_list(&self, list: &InList) -> Option<Expression> {
        if list.list.len() > MAX_LIST {
            return None;
        }
        let (variable, data_type) = self.variable(&list.expr)?;
        let values = list
            .list
            .iter()
            .map(|value| constant(data_type, Some(&value_of(value, data_type)?)));
        let values = values.collect::<Option<Vec<_>>>()?;
        if !self.offer.has("$array") {
            return None;
        }
        let element = Field::new("element", data_type.clone(), true);
        let array = Expression::Call {
            data_type: DataType::List(Arc::new(element)),
            function_name: named("$array"),
            arguments: values,
        };
        let found = self.call("$in", vec![variable, array])?;
        if list.negated {
            return self.call("$not", vec![found]);
        }
        Some(found)
    }

    fn like(&self, like: &Like) -> Option<Expression> {
        let (variable, data_type) = self.variable(&like.expr)?;
        let value = value_of(&like.pattern, data_type)?;
        // DataFusion escapes by a backslash where no letter is named, the protocol by none.
        let is_plain = matches!(&value, Scalar::Utf8(text) if !text.contains('\\'));
        if !is_plain || like.case_insensitive || like.escape_char.is_some() {
            return None;
        }
        let found = self.call(
            "$like_pattern",
            vec![variable, constant(data_type, Some(&value))?],
        )?;
        if like.negated {
            return self.call("$not", vec![found]);
        }
        Some(found)
    }

    /// What DataFusion's optimizer makes of patterns such as `a%`.
    fn starts_with(&self, call: &ScalarFunction) -> Option<Expression> {
        let [column, start] = call.args.as_slice() else {
            return None;
        };
        if call.func.name() != "starts_with" {
            return None;
        }
        let (variable, data_type) = self.variable(column)?;
        let Scalar::Utf8(start) = value_of(start, data_type)? else {
            return None;
        };
        if start.contains(['\\', '%', '_']) {
            return None;
        }
        let pattern = constant(data_type, Some(&Scalar::Utf8(format!("{start}%"))))?;
        self.call("$like_pattern", vec![variable, pattern])
    }

    fn variable(&self, column: &Expr) -> Option<(Expression, &DataType)> {
        let (column_name, data_type) = plain_column(column, self.schema)?;
        let variable = Expression::Variable {
            column_name,
            data_type: data_type.clone(),
        };
        Some((variable, data_type))
    }

    fn call(&self, name: &str, arguments: Vec<Expression>) -> Option<Expression> {
        self.offer.has(name).then(|| Expression::Call {
            data_type: DataType::Boolean,
            function_name: named(name),
            arguments,
        })
    }
}

fn whole(expression: Expression) -> Said {
    Said {
        expression,
        whole: true,
    }
}

fn named(name: &str) -> FunctionName {
    FunctionName {
        function_name: name.to_owned(),
    }
}

/// One value, or null, in a block of its own.
fn constant(data_type: &DataType, value: Option<&Scalar>) -> Option<Expression> {
    let column = match value {
        Some(value) => Scalar::to_array(data_type, [value])?,
        None => new_null_array(data_type, 1),
    };
    let field = Field::new("col1", data_type.clone(), true);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).ok()?;
    Some(Expression::Constant {
        value_block: Block::new(batch),
        data_type: data_type.clone(),
    })
}

/// A value takes some 700 bytes of a request, which has to stay below 6 MB.
const MAX_LIST: usize = 1000;
