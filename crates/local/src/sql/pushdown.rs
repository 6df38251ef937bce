//! What of a WHERE clause a connector is told: value sets by column (protocol §4, §8).
//!
//! The sets may hold more than the clause does, never less, because DataFusion filters again. So what has no exact counterpart
//! is left out, a conjunction keeps what it can, and a disjunction only the columns that all its sides constrain.

use arrow::datatypes::{DataType, Schema};
use athena_protocol::predicate::{Domain, Domains, Scalar, ValueSet};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator, expr::InList};
use std::collections::BTreeMap;

/// The value sets that every row qualifying for all of `filters` is in.
pub(crate) fn summary(filters: &[Expr], schema: &Schema) -> BTreeMap<String, ValueSet> {
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

/// Whether anything of `filter` would be in the [`summary`].
pub(crate) fn says_something(filter: &Expr, schema: &Schema) -> bool {
    !summary(std::slice::from_ref(filter), schema).is_empty()
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

/// Name and type of a column that value sets are sent for.
fn plain_column<'a>(expr: &Expr, schema: &'a Schema) -> Option<(String, &'a DataType)> {
    let Expr::Column(column) = expr else {
        return None;
    };
    let field = schema.field_with_name(&column.name).ok()?;
    let plain = matches!(
        field.data_type(),
        DataType::Utf8
            | DataType::Binary
            | DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal128(..)
    );
    plain.then(|| (column.name.clone(), field.data_type()))
}

/// The literal as a value of the column's type, if it is exactly one.
fn value_of(literal: &Expr, data_type: &DataType) -> Option<Scalar> {
    let Expr::Literal(literal, _) = literal else {
        return None;
    };
    match (data_type, literal) {
        (
            DataType::Utf8,
            ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text),
        ) => text.clone().map(Scalar::Utf8),
        (
            DataType::Binary,
            ScalarValue::Binary(bytes)
            | ScalarValue::LargeBinary(bytes)
            | ScalarValue::BinaryView(bytes)
            | ScalarValue::FixedSizeBinary(_, bytes),
        ) => bytes.clone().map(Scalar::Binary),
        (DataType::Boolean, ScalarValue::Boolean(truth)) => truth.map(Scalar::Bool),
        // Zero has two signs and NaN no place in SQL's order; whether they compare as in Java is not asked.
        (DataType::Float64, ScalarValue::Float64(Some(float))) => {
            comparable(*float).then_some(Scalar::Float64(*float))
        }
        (DataType::Float32, ScalarValue::Float32(Some(float))) => {
            comparable((*float).into()).then_some(Scalar::Float32(*float))
        }
        (DataType::Decimal128(precision, scale), _) => {
            let (unscaled, from) = digits(literal)?;
            let unscaled = rescaled(unscaled, from, *scale)?;
            (unscaled.unsigned_abs() < 10_u128.pow((*precision).into())).then_some(
                Scalar::Decimal {
                    unscaled,
                    scale: *scale,
                },
            )
        }
        (DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64, _) => {
            let (unscaled, from) = digits(literal)?;
            let value = Scalar::Int(rescaled(unscaled, from, 0)?.try_into().ok()?);
            // Refuses what the column's width cannot hold.
            Scalar::to_array(data_type, [&value]).map(|_| value)
        }
        _ => None,
    }
}

fn comparable(float: f64) -> bool {
    float.is_finite() && float != 0.0
}

/// An exact number as digits and scale.
fn digits(literal: &ScalarValue) -> Option<(i128, i8)> {
    let whole = match literal {
        ScalarValue::Decimal128(unscaled, _, scale) => return Some(((*unscaled)?, *scale)),
        ScalarValue::Int8(int) => i128::from((*int)?),
        ScalarValue::Int16(int) => i128::from((*int)?),
        ScalarValue::Int32(int) => i128::from((*int)?),
        ScalarValue::Int64(int) => i128::from((*int)?),
        ScalarValue::UInt8(int) => i128::from((*int)?),
        ScalarValue::UInt16(int) => i128::from((*int)?),
        ScalarValue::UInt32(int) => i128::from((*int)?),
        ScalarValue::UInt64(int) => i128::from((*int)?),
        _ => return None,
    };
    Some((whole, 0))
}

/// `unscaled` at another scale, if no digit is lost.
fn rescaled(unscaled: i128, from: i8, to: i8) -> Option<i128> {
    let shift = i32::from(to) - i32::from(from);
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        unscaled.checked_mul(power)
    } else {
        (unscaled % power == 0).then_some(unscaled / power)
    }
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
