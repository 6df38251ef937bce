//! What of a WHERE clause a connector is told: value sets by column, and expressions for the rest (protocol §4, §8).
//!
//! The sets may hold more than the clause does, never less, because DataFusion filters again. So what has no exact counterpart
//! is left out, a conjunction keeps what it can, and a disjunction only the columns that all its sides constrain.

use super::Offer;
use super::expression::{Said, Sayer};
use super::literal::{plain_column, value_of};
use arrow::datatypes::{DataType, Schema};
use athena_protocol::predicate::{Domain, Domains, Expression, Scalar, ValueSet};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator, expr::InList};
use std::collections::BTreeMap;

/// A WHERE clause as a connector is told of it.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// The value sets that every row which qualifies is in.
    pub(crate) summary: BTreeMap<String, ValueSet>,
    /// Further conditions that it fulfils.
    pub(crate) expression: Vec<Expression>,
    /// Whether the connector can tell by them alone which rows qualify, and so count them.
    pub(crate) counts: bool,
}

impl Pushed {
    /// What a connector with this offer is told of `filters`, which all have to hold.
    pub(crate) fn of(filters: &[Expr], schema: &Schema, offer: &Offer) -> Self {
        let summary = summary(filters, schema);
        let sayer = Sayer { schema, offer };
        let mut pushed = Self {
            summary,
            expression: Vec::new(),
            counts: true,
        };
        for filter in filters.iter().flat_map(split_conjunction) {
            let column = only_column(filter, schema);
            if column.is_some_and(|column| pushed.summary.contains_key(&column)) {
                pushed.counts &= compares_alike(filter, schema);
                continue;
            }
            let said = sayer.say(filter);
            pushed.counts &=
                matches!(said, Some(Said { whole: true, .. })) && compares_alike(filter, schema);
            pushed.expression.extend(said.map(|said| said.expression));
        }
        pushed
    }

    /// Whether nothing is told.
    pub(crate) fn is_empty(&self) -> bool {
        self.summary.is_empty() && self.expression.is_empty()
    }
}

/// The one column that a condition is about, if a value set says all of it.
fn only_column(filter: &Expr, schema: &Schema) -> Option<String> {
    if let Expr::BinaryExpr(BinaryExpr {
        left,
        op: Operator::And | Operator::Or,
        right,
    }) = filter
    {
        let (left, right) = (only_column(left, schema)?, only_column(right, schema)?);
        if left != right {
            return None;
        }
    }
    domains(filter, schema).into_keys().next()
}

/// Whether connector and engine are sure to agree on each row: about floats and patterns they may have opinions of their own.
fn compares_alike(filter: &Expr, schema: &Schema) -> bool {
    let mut alike = true;
    let visited = filter.apply(|part| {
        alike &= match part {
            Expr::Column(_) => plain_column(part, schema).is_some_and(|(_, data_type)| {
                !matches!(data_type, DataType::Float32 | DataType::Float64)
            }),
            Expr::Like(_) | Expr::ScalarFunction(_) => false,
            _ => true,
        };
        Ok(TreeNodeRecursion::Continue)
    });
    visited.is_ok() && alike
}

/// The value sets that every row qualifying for all of `filters` is in.
fn summary(filters: &[Expr], schema: &Schema) -> BTreeMap<String, ValueSet> {
    let domains = filters.iter().fold(Domains::new(), |all, filter| {
        both(all, domains(filter, schema))
    });
    // A request has to stay below 6 MB, and a range takes more than 1 KB of it.
    let small = domains
        .into_iter()
        .filter(|(_, domain)| domain.ranges().len() <= MAX_RANGES);
    small
        .map(|(name, domain)| (name, domain.into_set()))
        .collect()
}

fn domains(filter: &Expr, schema: &Schema) -> Domains {
    let found = match filter {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => {
            return both(domains(left, schema), domains(right, schema));
        }
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Or,
            right,
        }) => {
            return either(domains(left, schema), domains(right, schema));
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => comparison(left, *op, right, schema),
        Expr::Between(between) => self::between(between, schema),
        Expr::InList(list) => in_list(list, schema),
        Expr::IsNull(column) => simple(column, schema, Domain::only_null),
        Expr::IsNotNull(column) => simple(column, schema, Domain::not_null),
        Expr::Column(_) => truth(filter, true, schema),
        Expr::IsTrue(column) => truth(column, true, schema),
        Expr::Not(column) | Expr::IsFalse(column) => truth(column, false, schema),
        _ => None,
    };
    found.into_iter().collect()
}

fn both(mut left: Domains, right: Domains) -> Domains {
    for (name, domain) in right {
        let domain = match left.remove(&name) {
            Some(other) => other.and(&domain),
            None => domain,
        };
        left.insert(name, domain);
    }
    left
}

fn either(left: Domains, mut right: Domains) -> Domains {
    let shared = left
        .into_iter()
        .filter_map(|(name, domain)| Some((Domain::union([domain, right.remove(&name)?])?, name)));
    shared.map(|(domain, name)| (name, domain)).collect()
}

fn comparison(
    left: &Expr,
    op: Operator,
    right: &Expr,
    schema: &Schema,
) -> Option<(String, Domain)> {
    let (column, op, literal) = match (left, right) {
        (Expr::Column(_), Expr::Literal(..)) => (left, op, right),
        (Expr::Literal(..), Expr::Column(_)) => (right, op.swap()?, left),
        _ => return None,
    };
    let (name, data_type) = plain_column(column, schema)?;
    let value = value_of(literal, data_type)?;
    let domain = match op {
        Operator::Eq => Domain::values(data_type, vec![value]),
        Operator::NotEq => Domain::values(data_type, [value]).complement(),
        Operator::Lt => below(data_type, value, false)?,
        Operator::LtEq => below(data_type, value, true)?,
        Operator::Gt => above(data_type, value, false)?,
        Operator::GtEq => above(data_type, value, true)?,
        _ => return None,
    };
    Some((name, domain))
}

fn between(between: &Between, schema: &Schema) -> Option<(String, Domain)> {
    let (name, data_type) = plain_column(&between.expr, schema)?;
    let (low, high) = (
        value_of(&between.low, data_type)?,
        value_of(&between.high, data_type)?,
    );
    let domain = if between.negated {
        let outside = [
            below(data_type, low, false)?,
            above(data_type, high, false)?,
        ];
        Domain::union(outside)?
    } else {
        above(data_type, low, true)?.and(&below(data_type, high, true)?)
    };
    Some((name, domain))
}

fn in_list(list: &InList, schema: &Schema) -> Option<(String, Domain)> {
    let (name, data_type) = plain_column(&list.expr, schema)?;
    // A null among the values makes the comparison unknown, which `value_of` does not take.
    let values: Vec<Scalar> = list
        .list
        .iter()
        .map(|value| value_of(value, data_type))
        .collect::<Option<_>>()?;
    let domain = match list.negated {
        _ if values.len() > MAX_RANGES => return None,
        true => Domain::values(data_type, values).complement(),
        false => Domain::values(data_type, values),
    };
    Some((name, domain))
}

fn simple(
    column: &Expr,
    schema: &Schema,
    domain: fn(&DataType) -> Domain,
) -> Option<(String, Domain)> {
    let (name, data_type) = plain_column(column, schema)?;
    Some((name, domain(data_type)))
}

/// `flag`, `not flag`, `flag is true`, `flag is false`.
fn truth(column: &Expr, wanted: bool, schema: &Schema) -> Option<(String, Domain)> {
    let (name, data_type) = plain_column(column, schema)?;
    (*data_type == DataType::Boolean)
        .then(|| (name, Domain::values(data_type, vec![Scalar::Bool(wanted)])))
}

/// All values up to `value`; `None` where SQL orders around it otherwise than the protocol.
fn below(data_type: &DataType, value: Scalar, inclusive: bool) -> Option<Domain> {
    value
        .is_ordered_alike()
        .then(|| Domain::below(data_type, value, inclusive))
}

/// All values from `value` on; `None` as for [`below`].
fn above(data_type: &DataType, value: Scalar, inclusive: bool) -> Option<Domain> {
    value
        .is_ordered_alike()
        .then(|| Domain::above(data_type, value, inclusive))
}

const MAX_RANGES: usize = 1000;

#[cfg(test)]
mod tests;
