//! Which parts of items are read.
//!
//! A query plan may show fields of structs alone. `DynamoDB` can be asked for those, if it is certain which members of an item's map
//! feed them, and if nothing else of the column is needed:
//!
//! * the plan was understood as a whole, and neither value sets nor expressions beside it, nor an order, name the column;
//! * one attribute feeds the column: of several the first that is there counts, whatever is in it;
//! * each member on the way is called by a name of the table's own (`columnMapping`), or by one without letters. Others are found
//!   in any case, and a path has one spelling only.
//!
//! What is not read of a struct is null. A map in which none of the paths leads anywhere does not come at all, so that the struct
//! is null instead of its fields, which is the same to a query of these.

use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::predicate::{Asked, Constraints};

use crate::types::hints::Hints;

/// Where something lies in an item: an attribute, and names of members within.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentPath(Vec<String>);

impl DocumentPath {
    /// A whole attribute.
    pub fn of(attribute: String) -> Self {
        Self(vec![attribute])
    }

    /// What lies at these names, the attribute's first.
    pub fn of_names(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// The names that lead there.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// What has to be read for the columns of `schema`, fed by the attributes `names`, so that a query can be answered. No path lies
/// in another one.
pub fn paths(
    schema: &Schema,
    names: &[Vec<String>],
    constraints: &Constraints,
    asked: &Asked,
) -> Vec<DocumentPath> {
    let hints = Hints::of(schema.metadata()).ok();
    let columns = schema.fields().iter().zip(names);
    columns
        .flat_map(|(field, attributes)| {
            let within = hints
                .as_ref()
                .and_then(|hints| within(field, attributes, hints, constraints, asked));
            within.unwrap_or_else(|| attributes.iter().cloned().map(DocumentPath::of).collect())
        })
        .collect()
}

/// The paths into a column that are enough; `None` if all of it has to be read.
fn within(
    field: &Field,
    attributes: &[String],
    hints: &Hints,
    constraints: &Constraints,
    asked: &Asked,
) -> Option<Vec<DocumentPath>> {
    let [attribute] = attributes else {
        return None;
    };
    let is_column = |name: &str| name.eq_ignore_ascii_case(field.name());
    let named_elsewhere = !constraints.expression.is_empty()
        || constraints.summary.keys().any(|name| is_column(name))
        || asked.order.iter().any(|key| is_column(&key.column_name));
    if named_elsewhere {
        return None;
    }
    let mut found = asked
        .shown
        .as_ref()?
        .iter()
        .filter(|shown| is_column(&shown.column))
        .map(|shown| {
            let members = members(field, &shown.path, hints)?;
            Some(DocumentPath::of_names(
                std::iter::once(attribute.clone()).chain(members),
            ))
        })
        .collect::<Option<Vec<_>>>()?;
    // In this order a path comes right before all that lies in it.
    found.sort();
    found.dedup_by(|later, kept| later.0.starts_with(&kept.0));
    (!found.is_empty()).then_some(found)
}

/// Names of the members that feed the field at `path` of a column; `None` if they are not certain, or if that is all of the column.
fn members(column: &Field, path: &[String], hints: &Hints) -> Option<Vec<String>> {
    let mut data_type = column.data_type();
    let mut place = column.name().clone();
    let mut members = Vec::with_capacity(path.len());
    for name in path {
        let DataType::Struct(children) = data_type else {
            return None;
        };
        let mut alike = children
            .iter()
            .filter(|child| child.name().eq_ignore_ascii_case(name));
        let (child, None) = (alike.next()?, alike.next()) else {
            return None;
        };
        place = format!("{place}.{}", child.name());
        members.push(match hints.member(&place) {
            Some(member) => member.to_owned(),
            None if has_one_spelling(child.name()) => child.name().clone(),
            None => return None,
        });
        data_type = child.data_type();
    }
    (1..MAX_LEVELS).contains(&members.len()).then_some(members)
}

fn has_one_spelling(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic())
}

/// Levels that a path may have (AWS: nested attribute depth).
const MAX_LEVELS: usize = 32;

#[cfg(test)]
mod tests;
