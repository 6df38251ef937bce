//! All that a request asks of a table's rows, understood once: every planner and reader sees this alone.

use super::substrait::{Expr, Plan};
use super::tree::{Predicate, Rule, Test};
use super::{Constraints, Direction, OrderByField, ValueSet, expression_terms, plan_terms};
use arrow::datatypes::Schema;

/// What is asked: which rows, how many, in which order.
///
/// What is not understood is left to the engine, which applies everything again.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What rows must fulfil.
    pub predicate: Predicate,
    /// The order in which `limit` counts; empty for none.
    pub order: Vec<OrderByField>,
    /// Rows that are wanted at most, if they can be counted: of those that meet `predicate`, where it [decides](Predicate::decides), in
    /// the order of `order`.
    pub limit: Option<u64>,
    /// Columns that the query shows, if it is known that others are not needed.
    pub shown: Option<Vec<ShownColumn>>,
    /// What was not understood, one phrase each, without values.
    pub not_understood: Vec<String>,
}

/// A column that a query shows, or a field in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownColumn {
    /// Name of the column.
    pub column: String,
    /// Names of the fields that lead into it, outermost first; empty for all of the column.
    pub path: Vec<String>,
}

impl Asked {
    /// Reads the constraints of a request for `table`, whose columns `schema` has.
    ///
    /// Value sets, expressions and query plan are all conditions of the same query, so all hold.
    pub fn of(constraints: &Constraints, table: &str, schema: &Schema) -> Self {
        let mut not_understood = constraints.not_understood.clone();
        let sets = constraints.summary.iter().map(|(column, set)| {
            let test = |set: ValueSet| {
                Predicate::Test(Test::new(column.clone(), Vec::new(), Rule::In(set)))
            };
            match set.data_type() {
                Some(data_type) if is_nothing(set) => Predicate::All(vec![
                    test(ValueSet::not_null(data_type)),
                    Predicate::Unknown,
                ]),
                _ => test(set.clone()),
            }
        });
        let expressions = constraints
            .expression
            .iter()
            .map(|expression| expression_terms::term(expression).when(true));
        let mut parts: Vec<Predicate> = sets.chain(expressions).collect();
        if !parts.iter().all(Predicate::is_known) {
            not_understood
                .push("a condition that is no comparison of a column with values".to_owned());
        }
        let mut asked = Self {
            predicate: Predicate::Unknown,
            order: constraints.order_by_clause.clone(),
            limit: constraints.limit(),
            shown: None,
            not_understood: Vec::new(),
        };
        match plan(constraints, table) {
            Ok(None) => {}
            Ok(Some(plan)) => {
                not_understood.extend(
                    plan.not_understood
                        .iter()
                        .map(|what| format!("{what}, in the query plan")),
                );
                let filter = plan
                    .filter
                    .as_ref()
                    .map(|filter| plan_terms::term(filter, schema).when(true));
                if filter.as_ref().is_some_and(|filter| !filter.is_known()) {
                    not_understood.push("a condition of the query plan".to_owned());
                }
                parts.extend(filter);
                asked.take_order(&plan);
                asked.shown = shown(&plan);
            }
            Err(problem) => {
                not_understood.push(problem);
                asked.limit = None;
            }
        }
        asked.predicate = flat(parts);
        asked.not_understood = not_understood;
        asked
    }

    /// Order and number of rows of a plan, where the constraints do not say them.
    fn take_order(&mut self, plan: &Plan) {
        let keys: Option<Vec<OrderByField>> = plan
            .sort
            .iter()
            .map(|key| match (&key.expression, key.direction) {
                (Expr::Column(column), Some(direction)) if column.nested.is_empty() => {
                    Some(OrderByField {
                        column_name: column.name.to_string(),
                        direction,
                    })
                }
                _ => None,
            })
            .collect();
        let fetched = plan
            .fetch
            .and_then(|fetch| fetch.count?.checked_add(fetch.offset));
        match keys {
            // An order that cannot be told: no row can be counted.
            None => self.limit = None,
            Some(keys) => {
                if self.order.is_empty() {
                    self.order = keys;
                }
                self.limit = match (self.limit, fetched) {
                    (Some(limit), Some(fetched)) => Some(limit.max(fetched)),
                    (limit, fetched) => limit.or(fetched),
                };
            }
        }
    }

    /// Whether every row qualifies.
    pub fn selects_all(&self) -> bool {
        matches!(&self.predicate, Predicate::All(parts) if parts.is_empty())
    }

    /// The column and direction of an order by one column; `None` for another order, or for none.
    pub fn only_order(&self) -> Option<(&str, Direction)> {
        match self.order.as_slice() {
            [field] => Some((&field.column_name, field.direction)),
            _ => None,
        }
    }
}

/// Java's writer turns "all but null" into a set that, read as it stands, holds nothing at all (protocol §8); no engine asks for
/// rows of an empty set, so such a set is taken for that, and the rest left to the engine.
fn is_nothing(set: &ValueSet) -> bool {
    matches!(
        set,
        ValueSet::AllOrNoneValueSet {
            all: false,
            null_allowed: false,
            ..
        }
    )
}

/// The plan, if there is one and it is of this table.
fn plan(constraints: &Constraints, table: &str) -> Result<Option<Plan>, String> {
    let Some(plan) = &constraints.query_plan else {
        return Ok(None);
    };
    let plan = plan
        .read()
        .map_err(|problem| format!("the query plan: {problem}"))?;
    let named = plan.table.last().map_or("", String::as_str);
    if !named.eq_ignore_ascii_case(table) {
        return Err("the query plan is one of another table".to_owned());
    }
    Ok(Some(plan))
}

/// The columns and fields that a plan shows or tests, if it was understood as a whole.
fn shown(plan: &Plan) -> Option<Vec<ShownColumn>> {
    if !plan.is_complete() {
        return None;
    }
    let mut shown = Vec::new();
    for output in plan.projection.as_ref()? {
        note(output.column.as_ref()?, &mut shown);
    }
    let filters = plan.filter.iter().chain(&plan.best_effort_filter);
    let sorts = plan.sort.iter().map(|key| &key.expression);
    for expression in filters.chain(sorts) {
        columns(expression, &mut shown);
    }
    Some(shown)
}

fn columns(expression: &Expr, shown: &mut Vec<ShownColumn>) {
    match expression {
        Expr::Column(column) => note(column, shown),
        Expr::Call { arguments, .. } => {
            for argument in arguments {
                columns(argument, shown);
            }
        }
        Expr::InList { value, options } => {
            columns(value, shown);
            for option in options {
                columns(option, shown);
            }
        }
        Expr::Cast { input, .. } => columns(input, shown),
        _ => {}
    }
}

fn note(column: &super::substrait::Column, shown: &mut Vec<ShownColumn>) {
    let column = ShownColumn {
        column: column.name.to_string(),
        path: column.nested.iter().map(ToString::to_string).collect(),
    };
    if !shown.contains(&column) {
        shown.push(column);
    }
}

/// One conjunction, without conjunctions in it.
fn flat(parts: Vec<Predicate>) -> Predicate {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Predicate::All(parts) => all.extend(match flat(parts) {
                Predicate::All(parts) => parts,
                other => vec![other],
            }),
            other => all.push(other),
        }
    }
    Predicate::All(all)
}

#[cfg(test)]
mod tests;
