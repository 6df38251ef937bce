//! What rows must fulfil, as one tree from whatever form the engine said it in.

use super::domain::Domain;
use super::{LikePattern, ValueSet};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Fields, Schema};
use std::collections::BTreeMap;

/// A condition on rows, without negation. It may hold for rows that do not qualify, but holds for all that do.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Something that is not understood: any row may qualify.
    Unknown,
    /// A condition on one column.
    Test(Test),
    /// All of these; without parts, every row.
    All(Vec<Predicate>),
    /// Any of these; without parts, no row.
    Any(Vec<Predicate>),
}

/// A condition on the value of a column, or of a field in a column that is a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Name of the column.
    pub column: String,
    /// Names of the fields that lead into it, outermost first; empty for the column itself.
    pub path: Vec<String>,
    /// What is asked of the value.
    pub rule: Rule,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// It lies in the set.
    In(ValueSet),
    /// It matches the pattern, or, if negated, it is not null and does not.
    Like {
        /// The pattern.
        pattern: LikePattern,
        /// Whether matching values are left out.
        negated: bool,
    },
}

/// The values that columns may show; a column without entry may show any.
pub type Domains = BTreeMap<String, Domain>;

impl Test {
    /// A test of a column or a field in it.
    pub fn new(column: String, path: Vec<String>, rule: Rule) -> Self {
        Self { column, path, rule }
    }

    /// What the test says of its column as a whole; `None` if nothing.
    fn domain(&self) -> Option<Domain> {
        let whole = match &self.rule {
            Rule::In(set) => {
                let domain = Domain::of_set(set);
                if self.path.is_empty() {
                    return domain;
                }
                // A column that is null has null fields.
                set.null_allowed()
            }
            Rule::Like { pattern, negated } if self.path.is_empty() => {
                return Some(starting(pattern, *negated));
            }
            Rule::Like { .. } => false,
        };
        (!whole).then(|| Domain::not_null(&DataType::Null))
    }

    fn matches(&self, batch: &RecordBatch) -> Option<BooleanBuffer> {
        let column = leaf(batch.column_by_name(&self.column)?, &self.path)?;
        match &self.rule {
            Rule::In(set) => Some(set.matches(&column)),
            Rule::Like { pattern, negated } => {
                let text = column.as_string_opt::<i32>()?;
                Some(pattern.matching(text, *negated))
            }
        }
    }

    /// Whether rows of this schema that [match](Self::matches) are those that qualify.
    fn decides(&self, schema: &Schema) -> bool {
        let Ok(field) = schema.field_with_name(&self.column) else {
            return false;
        };
        leaf_type(field.data_type(), &self.path).is_some_and(|data_type| match &self.rule {
            Rule::In(set) => set.decides(data_type),
            Rule::Like { .. } => *data_type == DataType::Utf8,
        })
    }
}

impl Predicate {
    /// The rows of `batch` that may qualify; `None` if all do.
    pub fn matches(&self, batch: &RecordBatch) -> Option<BooleanBuffer> {
        match self {
            Self::Unknown => None,
            Self::Test(test) => test.matches(batch),
            Self::All(parts) => parts
                .iter()
                .filter_map(|part| part.matches(batch))
                .reduce(|all, mask| &all & &mask),
            Self::Any(parts) => {
                let none = BooleanBuffer::new_unset(batch.num_rows());
                parts
                    .iter()
                    .try_fold(none, |any, part| Some(&any | &part.matches(batch)?))
            }
        }
    }

    /// Whether the rows of such a schema that [match](Self::matches) are exactly those that qualify, so that they may be counted.
    pub fn decides(&self, schema: &Schema) -> bool {
        match self {
            Self::Unknown => false,
            Self::Test(test) => test.decides(schema),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|part| part.decides(schema)),
        }
    }

    /// Whether all of it was understood.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Test(_) => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_known),
        }
    }

    /// The conditions of which all must hold.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// The tests in it.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Self::Unknown => Vec::new(),
            Self::Test(test) => vec![test],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
        }
    }

    /// What the columns of every row that qualifies show, each for itself; `None` if no row can qualify.
    pub fn domains(&self) -> Option<Domains> {
        match self {
            Self::Unknown => Some(Domains::new()),
            Self::Test(test) => {
                let Some(domain) = test.domain() else {
                    return Some(Domains::new());
                };
                (!domain.is_empty()).then(|| Domains::from([(test.column.clone(), domain)]))
            }
            Self::All(parts) => parts
                .iter()
                .try_fold(Domains::new(), |all, part| both(all, part.domains()?)),
            Self::Any(parts) => {
                let sides: Vec<Domains> = parts.iter().filter_map(Self::domains).collect();
                either(sides)
            }
        }
    }
}

fn both(mut all: Domains, more: Domains) -> Option<Domains> {
    for (name, domain) in more {
        let domain = match all.remove(&name) {
            None => domain,
            Some(before) => before.narrowed(&domain),
        };
        if domain.is_empty() {
            return None;
        }
        all.insert(name, domain);
    }
    Some(all)
}

/// The columns that every side constrains, each to what any side permits.
fn either(sides: Vec<Domains>) -> Option<Domains> {
    let count = sides.len();
    let mut columns: BTreeMap<String, Vec<Domain>> = BTreeMap::new();
    for (name, domain) in sides.into_iter().flatten() {
        columns.entry(name).or_default().push(domain);
    }
    (count > 0).then(|| {
        columns
            .into_iter()
            .filter(|(_, domains)| domains.len() == count)
            .filter_map(|(name, domains)| Some((name, Domain::union(domains)?)))
            .collect()
    })
}

/// The texts that may match a pattern.
fn starting(pattern: &LikePattern, negated: bool) -> Domain {
    let text = |text: String| super::Scalar::Utf8(text);
    let prefix = pattern.prefix();
    match (pattern.is_literal(), negated) {
        (true, false) => return Domain::values(&DataType::Utf8, [text(prefix)]),
        (true, true) => return Domain::values(&DataType::Utf8, [text(prefix)]).complement(),
        (false, true) => return Domain::not_null(&DataType::Utf8),
        (false, false) if prefix.is_empty() => return Domain::not_null(&DataType::Utf8),
        (false, false) => {}
    }
    // Beyond these characters the order by UTF-16 units is another one.
    let end = prefix
        .find(|char| char >= '\u{d7ff}')
        .unwrap_or(prefix.len());
    let prefix = &prefix[..end];
    let Some(last) = prefix.chars().next_back() else {
        return Domain::not_null(&DataType::Utf8);
    };
    let from = Domain::above(&DataType::Utf8, text(prefix.to_owned()), true);
    let Some(next) = char::from_u32(u32::from(last) + 1) else {
        return from;
    };
    let end = format!("{}{next}", &prefix[..prefix.len() - last.len_utf8()]);
    from.and(&Domain::below(&DataType::Utf8, text(end), false))
}

/// The column or the field in it, with the nulls of what it lies in.
fn leaf(column: &ArrayRef, path: &[String]) -> Option<ArrayRef> {
    let Some((name, rest)) = path.split_first() else {
        return Some(column.clone());
    };
    let parent: &StructArray = column.as_struct_opt()?;
    let place = place(parent.fields(), name)?;
    let child = parent.column(place);
    let nulls = arrow::buffer::NullBuffer::union(parent.nulls(), child.nulls());
    let data = child.to_data().into_builder().nulls(nulls).build().ok()?;
    leaf(&arrow::array::make_array(data), rest)
}

/// The type of the column or the field in it.
pub(super) fn leaf_type<'a>(data_type: &'a DataType, path: &[String]) -> Option<&'a DataType> {
    let Some((name, rest)) = path.split_first() else {
        return Some(data_type);
    };
    let DataType::Struct(fields) = data_type else {
        return None;
    };
    leaf_type(fields[place(fields, name)?].data_type(), rest)
}

/// The only field of this name, in any case.
pub(super) fn place(fields: &Fields, name: &str) -> Option<usize> {
    let mut places = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name().eq_ignore_ascii_case(name));
    let (place, _) = places.next()?;
    places.next().is_none().then_some(place)
}
