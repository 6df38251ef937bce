//! The forms in which one question reaches the connector.

use super::calls::expression;
use super::plans::plan;
use super::predicate::Predicate;
use super::questions::Question;
use super::sets::value_set;
use arrow::datatypes::{DataType, Schema};
use athena_protocol::predicate::{Constraints, OrderByField, ValueSet};
use fastrand::Rng;
use std::collections::BTreeMap;

/// Where the condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// What value sets can say of it.
    Sets,
    /// All of it as expressions.
    Calls,
    /// What value sets can say in them, the rest in expressions.
    SetsAndCalls,
    /// All of it in a plan.
    Plan,
    /// A plan, and beside it what value sets can say.
    PlanAndSets,
}

impl Form {
    pub(super) const ALL: [Self; 5] = [
        Self::Sets,
        Self::Calls,
        Self::SetsAndCalls,
        Self::Plan,
        Self::PlanAndSets,
    ];

    /// The question in this form. Takes the limit from it where the form does not carry the whole condition, as an engine would.
    pub(super) fn of(
        self,
        question: &mut Question,
        table: &str,
        schema: &Schema,
        rng: &mut Rng,
    ) -> Constraints {
        question.fields_only &= matches!(self, Self::Plan | Self::PlanAndSets);
        let mut constraints = Constraints::default();
        let (sets, rest) = sets(&question.predicate, schema);
        match self {
            Self::Sets => {
                constraints.summary = sets;
                if !rest.is_empty() {
                    question.limit = None;
                }
            }
            Self::Calls if rng.bool() => {
                let parts = question.predicate.conjuncts().into_iter();
                constraints.expression = parts.map(|part| expression(part, schema)).collect();
            }
            Self::Calls => constraints.expression = vec![expression(&question.predicate, schema)],
            Self::SetsAndCalls => {
                constraints.summary = sets;
                let rest = rest.iter().map(|part| expression(part, schema));
                constraints.expression = rest.collect();
            }
            Self::Plan => constraints.query_plan = Some(plan(question, table, schema, rng)),
            Self::PlanAndSets => {
                constraints.summary = sets;
                constraints.query_plan = Some(plan(question, table, schema, rng));
            }
        }
        // A plan says by itself how many rows are wanted.
        let in_plan_alone = constraints.query_plan.is_some() && rng.bool();
        if let Some(limit) = question.limit.filter(|_| !in_plan_alone) {
            constraints.limit = limit.cast_signed();
        }
        if !in_plan_alone {
            let order = question
                .order
                .iter()
                .map(|(column, direction)| OrderByField {
                    column_name: schema.field(*column).name().clone(),
                    direction: *direction,
                });
            constraints.order_by_clause = order.collect();
        }
        constraints
    }
}

/// The conjuncts that value sets say, one a column, and the others.
fn sets<'a>(
    predicate: &'a Predicate,
    schema: &Schema,
) -> (BTreeMap<String, ValueSet>, Vec<&'a Predicate>) {
    let fields = schema.fields().iter();
    let types: Vec<DataType> = fields.map(|field| field.data_type().clone()).collect();
    let (mut sets, mut rest) = (BTreeMap::new(), Vec::new());
    for part in predicate.conjuncts() {
        match value_set(part, &types) {
            Some((column, set)) if !sets.contains_key(schema.field(column).name()) => {
                sets.insert(schema.field(column).name().clone(), set);
            }
            _ => rest.push(part),
        }
    }
    (sets, rest)
}
