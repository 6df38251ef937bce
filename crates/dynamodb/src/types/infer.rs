//! A schema from a sample of items.
//!
//! Every item of the sample counts, in every field, at every depth. What one attribute, list element or map member was seen as is
//! widened along this lattice, whose operation is commutative and associative, so neither order nor paging matters:
//!
//! | seen | with | becomes |
//! |---|---|---|
//! | nothing, or NULL | x | x |
//! | S, N, B, BOOL | the same | the same |
//! | L or set of a | L or set of b | list of (a with b); a set is a list of its element type, an empty list one of nothing |
//! | M | M | the members of both, member by member; names are folded to lower case |
//! | anything else | | mixed |
//!
//! Numbers keep in mind whether all of them were whole and fit 64 bits, and whether all of them have 15 significant digits at most.
//!
//! And then: S is Utf8, N Decimal(38,9) or, with [`NumberType::Auto`], Int64 for whole numbers and Float64 for short ones, B Binary, BOOL Bool, M a struct; mixed is Utf8 (which holds nested values as JSON text), and
//! so is an M in which no member was ever anything but NULL, and the element of a list in which none was. What was only NULL has no
//! column or child, unless it is a key attribute. Field names and nullability follow protocol §6.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};

use super::decimal;
use super::json_text::MAX_LEVELS;
use super::names::{ATTRIBUTE_NAMES, fold, metadata_value};
use crate::json::{Cursor, DecodeError, Tag, each_item};

/// The type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

/// What numbers become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NumberType {
    /// Always Decimal(38,9).
    #[default]
    Decimal,
    /// Int64 if every number of the sample is whole and fits, else Float64 if every one has at most 15 significant digits, so that it
    /// comes back as it was, else Decimal(38,9). Numbers of other items that do not fit are null and counted.
    Auto,
}

/// A schema, and what its columns are read from.
#[derive(Debug, Clone, PartialEq)]
pub struct InferredSchema {
    /// The key attributes' columns, then the others by name; the metadata holds [`ATTRIBUTE_NAMES`] where they are needed.
    pub schema: Schema,
    /// For each column the attributes that feed it, preferred first: the one spelled in lower case, then by bytes.
    pub names: Vec<Vec<String>>,
}

/// What the items of some pages look like.
///
/// ```
/// use athena_dynamodb::types::infer::{KeyType, NumberType, Sample};
///
/// let mut sample = Sample::new();
/// assert_eq!(sample.push_page(br#"{"Items":[{"Id":{"S":"a7"},"tags":{"SS":["x"]}}]}"#)?, 1);
/// let inferred = sample.schema(&[("Id".to_owned(), KeyType::S)], NumberType::Decimal);
/// assert_eq!(inferred.schema.field(0).name(), "id");
/// assert_eq!(inferred.names, [["Id"], ["tags"]]);
/// # Ok::<(), athena_dynamodb::json::DecodeError>(())
/// ```
#[derive(Debug, Default, Clone)]
pub struct Sample {
    attributes: BTreeMap<String, Shape>,
}

impl Sample {
    /// A sample without items.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the items of a page and returns how many they were. On error none of them was added.
    ///
    /// # Errors
    /// If the page is malformed or nested deeper than [`MAX_LEVELS`].
    pub fn push_page(&mut self, page: &[u8]) -> Result<usize, DecodeError> {
        let mut seen = BTreeMap::new();
        let items = each_item(page, |cursor| {
            for_each_member(cursor, |name, cursor| {
                let shape = Shape::read_tagged(cursor, 0)?;
                join(&mut seen, name, shape);
                Ok(())
            })
        })?;
        for (name, shape) in seen {
            join(&mut self.attributes, name, shape);
        }
        Ok(items)
    }

    /// Names of the attributes that items of the sample have.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    /// Adds what another sample of the same table has seen.
    pub fn merge(&mut self, other: Self) {
        for (name, shape) in other.attributes {
            join(&mut self.attributes, name, shape);
        }
    }

    /// The schema for a table with these key attributes, hash key first. They have a column even if the sample is empty.
    pub fn schema(
        &self,
        key_attributes: &[(String, KeyType)],
        number_type: NumberType,
    ) -> InferredSchema {
        let mut columns: BTreeMap<String, Column> = BTreeMap::new();
        let mut order = Vec::new();
        for (name, key_type) in key_attributes {
            let column = fold(name);
            if !columns.contains_key(&column) {
                order.push(column.clone());
            }
            columns
                .entry(column)
                .or_default()
                .add(name, &Shape::of_key(*key_type));
        }
        for (name, shape) in &self.attributes {
            columns.entry(fold(name)).or_default().add(name, shape);
        }
        let others: Vec<String> = columns
            .keys()
            .filter(|name| !order.contains(name))
            .cloned()
            .collect();

        let (mut fields, mut names) = (Vec::new(), Vec::new());
        for name in order.into_iter().chain(others) {
            let column = &columns[&name];
            let Some(data_type) = column.shape.data_type(&name, number_type) else {
                continue;
            };
            names.push(column.names(&name));
            fields.push(Field::new(name, data_type, true));
        }
        let listed = fields
            .iter()
            .zip(&names)
            .map(|(field, names)| (field.name().as_str(), names.as_slice()));
        let metadata: HashMap<_, _> = metadata_value(listed)
            .map(|value| (ATTRIBUTE_NAMES.to_owned(), value))
            .into_iter()
            .collect();
        InferredSchema {
            schema: Schema::new_with_metadata(fields, metadata),
            names,
        }
    }
}

/// All attributes whose names differ in case only.
#[derive(Default)]
struct Column {
    attributes: BTreeSet<String>,
    shape: Shape,
}

impl Column {
    fn add(&mut self, attribute: &str, shape: &Shape) {
        self.attributes.insert(attribute.to_owned());
        self.shape = std::mem::take(&mut self.shape).join(shape.clone());
    }

    fn names(&self, column: &str) -> Vec<String> {
        let preferred = self.attributes.get(column).into_iter();
        preferred
            .chain(self.attributes.iter().filter(|name| *name != column))
            .cloned()
            .collect()
    }
}

/// What a value was seen as: the lattice of the module's head.
#[derive(Debug, Default, Clone, PartialEq)]
enum Shape {
    #[default]
    Unknown,
    Text,
    Number(Numbers),
    Binary,
    Bool,
    List(Box<Shape>),
    Map(BTreeMap<String, Shape>),
    Mixed,
}

impl Shape {
    fn of_key(key_type: KeyType) -> Self {
        match key_type {
            KeyType::S => Shape::Text,
            KeyType::N => Shape::Number(Numbers::default()),
            KeyType::B => Shape::Binary,
        }
    }

    fn read_tagged(cursor: &mut Cursor<'_>, level: u32) -> Result<Self, DecodeError> {
        if level == MAX_LEVELS {
            return Err(DecodeError::TooDeep {
                offset: cursor.offset(),
            });
        }
        let tag = cursor.tag()?;
        let shape = match tag {
            Tag::L => {
                let mut element = Shape::Unknown;
                let mut more = cursor.open(b'[', b']')?;
                while more {
                    element = element.join(Shape::read_tagged(cursor, level + 1)?);
                    more = cursor.more(b']')?;
                }
                Shape::List(Box::new(element))
            }
            Tag::M => {
                let mut members = BTreeMap::new();
                for_each_member(cursor, |name, cursor| {
                    let shape = Shape::read_tagged(cursor, level + 1)?;
                    join(&mut members, fold(&name), shape);
                    Ok(())
                })?;
                Shape::Map(members)
            }
            Tag::N => {
                let mut scratch = Vec::new();
                Shape::Number(Numbers::of(cursor.string(&mut scratch)?))
            }
            Tag::Ns => {
                let mut numbers = Numbers::default();
                let mut more = cursor.open(b'[', b']')?;
                while more {
                    let mut scratch = Vec::new();
                    numbers = numbers.join(Numbers::of(cursor.string(&mut scratch)?));
                    more = cursor.more(b']')?;
                }
                Shape::List(Box::new(Shape::Number(numbers)))
            }
            _ => {
                cursor.skip_tagged(tag)?;
                match tag {
                    Tag::S => Shape::Text,
                    Tag::B => Shape::Binary,
                    Tag::Bool => Shape::Bool,
                    Tag::Ss => Shape::List(Box::new(Shape::Text)),
                    Tag::Bs => Shape::List(Box::new(Shape::Binary)),
                    Tag::Null | Tag::L | Tag::M | Tag::N | Tag::Ns => Shape::Unknown,
                }
            }
        };
        cursor.expect(b'}')?;
        Ok(shape)
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Shape::Unknown, shape) | (shape, Shape::Unknown) => shape,
            (Shape::List(mut element), Shape::List(other)) => {
                *element = std::mem::take(&mut *element).join(*other);
                Shape::List(element)
            }
            (Shape::Map(mut members), Shape::Map(others)) => {
                for (name, shape) in others {
                    join(&mut members, name, shape);
                }
                Shape::Map(members)
            }
            (Shape::Number(one), Shape::Number(other)) => Shape::Number(one.join(other)),
            (one, other) if one == other => one,
            _ => Shape::Mixed,
        }
    }

    /// The type of a column or child called `name`; `None` if nothing is known of it.
    fn data_type(&self, name: &str, number_type: NumberType) -> Option<DataType> {
        Some(match self {
            Shape::Unknown => return None,
            Shape::Text | Shape::Mixed => DataType::Utf8,
            Shape::Number(numbers) => numbers.data_type(number_type),
            Shape::Binary => DataType::Binary,
            Shape::Bool => DataType::Boolean,
            Shape::List(element) => {
                let child = format!("{name}.element");
                let data_type = element
                    .data_type(&child, number_type)
                    .unwrap_or(DataType::Utf8);
                DataType::List(Arc::new(Field::new(child, data_type, true)))
            }
            Shape::Map(members) => {
                let children: Fields = members
                    .iter()
                    .filter_map(|(name, shape)| {
                        Some(Field::new(name, shape.data_type(name, number_type)?, true))
                    })
                    .collect();
                if children.is_empty() {
                    DataType::Utf8
                } else {
                    DataType::Struct(children)
                }
            }
        })
    }
}

/// What all numbers of a sample have in common; of none of them everything is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Numbers {
    any: bool,
    /// Whole, and of 64 bits.
    whole: bool,
    /// Of so few digits that a Float64 gives them back.
    short: bool,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            any: false,
            whole: true,
            short: true,
        }
    }
}

impl Numbers {
    fn of(text: &[u8]) -> Self {
        Self {
            any: true,
            whole: decimal::parse_integer(text).is_some_and(|number| i64::try_from(number).is_ok()),
            short: decimal::significant_digits(text).is_some_and(|digits| digits <= FLOAT64_DIGITS),
        }
    }

    fn join(self, other: Self) -> Self {
        Self {
            any: self.any || other.any,
            whole: self.whole && other.whole,
            short: self.short && other.short,
        }
    }

    fn data_type(self, number_type: NumberType) -> DataType {
        match number_type {
            NumberType::Auto if self.any && self.whole => DataType::Int64,
            NumberType::Auto if self.any && self.short => DataType::Float64,
            _ => DataType::Decimal128(38, 9),
        }
    }
}

/// Significant digits that a Float64 always gives back, with the exponents that `DynamoDB` has (IEEE 754).
const FLOAT64_DIGITS: usize = 15;

fn join(shapes: &mut BTreeMap<String, Shape>, name: String, shape: Shape) {
    let entry = shapes.entry(name).or_default();
    *entry = std::mem::take(entry).join(shape);
}

fn for_each_member<'a>(
    cursor: &mut Cursor<'a>,
    mut read: impl FnMut(String, &mut Cursor<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut scratch = Vec::new();
    let mut more = cursor.open(b'{', b'}')?;
    while more {
        let offset = cursor.offset();
        let name = cursor.string(&mut scratch)?.to_vec();
        let name = String::from_utf8(name).map_err(|_| DecodeError::NotUtf8 { offset })?;
        cursor.expect(b':')?;
        read(name, cursor)?;
        more = cursor.more(b'}')?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
