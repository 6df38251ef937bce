//! One decoder for each kind of column, chosen once from the column's type.
//!
//! A decoder appends the value at a cursor, which stands behind the value's tag, to buffers of its own; they become Arrow arrays
//! without a copy. What a value becomes depends on its tag and the column's type alone:
//!
//! | type | takes | else |
//! |---|---|---|
//! | Utf8 | S as it is, N as plain digits, BOOL as `true` or `false`, B as base64, sets, L and M as JSON | |
//! | Bool | BOOL; S that reads `true` or `false` in any case | mismatch |
//! | Binary | B | mismatch |
//! | Int8 to Int64 | N and S that spell a whole number in range | mismatch |
//! | Float32, Float64 | N and S that spell a number, to the nearest value that is not infinite | mismatch |
//! | Decimal | N and S that spell a number, rounded half up to the scale; precision kept | mismatch |
//! | Date32, Date64 | S and N that spell a point in time, as a clock shows it in the table's zone (see [`datetime`]) | mismatch |
//! | Timestamp(ms, zone) | the same, as an instant with the zone that it was spelled in | mismatch |
//! | List | L and sets, element by element by these rules | mismatch |
//! | Struct | M, child by child by these rules; names in any case, the exact one preferred | mismatch |
//! | Map | M, value by value by these rules | mismatch |
//!
//! A mismatch is a null that is counted. NULL is a null that is not; it and absent attributes never reach a decoder's `append`.

mod buffers;
mod utf8;
mod number;
mod decimal;
mod binary;
mod boolean;
mod datetime;
mod list;
mod map;
mod structure;

use arrow::array::ArrayRef;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMillisecondType,
};
use arrow::error::ArrowError;

use self::binary::BinaryColumn;
use self::boolean::BooleanColumn;
use self::datetime::DateTimeColumn;
use self::decimal::DecimalColumn;
use self::list::ListColumn;
use self::map::MapColumn;
use self::number::NumberColumn;
use self::structure::StructColumn;
use self::utf8::Utf8Column;
use super::mismatch::Tally;
use crate::json::{Cursor, DecodeError, Tag};
use crate::types::hints::Hints;

/// The values of a column, or of a child of one, while a page is decoded.
#[derive(Debug)]
pub struct Column(Kind);

#[derive(Debug)]
enum Kind {
    Utf8(Utf8Column),
    Boolean(BooleanColumn),
    Binary(BinaryColumn),
    Int8(NumberColumn<Int8Type>),
    Int16(NumberColumn<Int16Type>),
    Int32(NumberColumn<Int32Type>),
    Int64(NumberColumn<Int64Type>),
    Float32(NumberColumn<Float32Type>),
    Float64(NumberColumn<Float64Type>),
    Decimal(DecimalColumn),
    Date32(DateTimeColumn<Date32Type>),
    Date64(DateTimeColumn<Date64Type>),
    Timestamp(DateTimeColumn<TimestampMillisecondType>),
    List(Box<ListColumn>),
    Struct(Box<StructColumn>),
    Map(Box<MapColumn>),
}

/// Calls the same method of whichever decoder it is.
macro_rules! each {
    ($kind:expr, $column:ident => $call:expr) => {
        match $kind {
            Kind::Utf8($column) => $call,
            Kind::Boolean($column) => $call,
            Kind::Binary($column) => $call,
            Kind::Int8($column) => $call,
            Kind::Int16($column) => $call,
            Kind::Int32($column) => $call,
            Kind::Int64($column) => $call,
            Kind::Float32($column) => $call,
            Kind::Float64($column) => $call,
            Kind::Decimal($column) => $call,
            Kind::Date32($column) => $call,
            Kind::Date64($column) => $call,
            Kind::Timestamp($column) => $call,
            Kind::List($column) => $call,
            Kind::Struct($column) => $call,
            Kind::Map($column) => $call,
        }
    };
}

impl Column {
    /// The decoder for `data_type`; `path` names the column, and the child in it, in errors and for `hints`, which say how points
    /// in time are spelled and members called.
    ///
    /// # Errors
    /// [`DecodeError::UnsupportedType`] names the innermost type that has no decoder.
    pub fn new(path: &str, data_type: &DataType, hints: &Hints) -> Result<Self, DecodeError> {
        let unsupported = || DecodeError::UnsupportedType {
            column: path.to_owned(),
            data_type: data_type.clone(),
        };
        Ok(Self(match data_type {
            DataType::Utf8 => Kind::Utf8(Utf8Column::default()),
            DataType::Boolean => Kind::Boolean(BooleanColumn::default()),
            DataType::Binary => Kind::Binary(BinaryColumn::default()),
            DataType::Int8 => Kind::Int8(NumberColumn::default()),
            DataType::Int16 => Kind::Int16(NumberColumn::default()),
            DataType::Int32 => Kind::Int32(NumberColumn::default()),
            DataType::Int64 => Kind::Int64(NumberColumn::default()),
            DataType::Float32 => Kind::Float32(NumberColumn::default()),
            DataType::Float64 => Kind::Float64(NumberColumn::default()),
            DataType::Decimal128(precision, scale) => {
                Kind::Decimal(DecimalColumn::new(*precision, *scale).ok_or_else(unsupported)?)
            }
            DataType::Date32 => {
                Kind::Date32(DateTimeColumn::new(data_type.clone(), hints.times(path)))
            }
            DataType::Date64 => {
                Kind::Date64(DateTimeColumn::new(data_type.clone(), hints.times(path)))
            }
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
                Kind::Timestamp(DateTimeColumn::new(data_type.clone(), hints.times(path)))
            }
            DataType::List(element) => Kind::List(Box::new(ListColumn::new(path, element, hints)?)),
            DataType::Struct(children) => {
                Kind::Struct(Box::new(StructColumn::new(path, children, hints)?))
            }
            DataType::Map(entries, sorted) => Kind::Map(Box::new(
                MapColumn::new(path, entries, *sorted, hints)?.ok_or_else(unsupported)?,
            )),
            _ => return Err(unsupported()),
        }))
    }

    /// Appends the value of type `tag`, before whose proper part the cursor stands, and passes over it. On error the column has to
    /// be [cleared](Self::clear).
    ///
    /// # Errors
    /// If the page is malformed there; a value that merely does not fit is counted in `tally`.
    #[inline]
    pub fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        each!(&mut self.0, column => column.append(cursor, tag, tally))
    }

    /// Reads a whole `{"S":"text"}` and appends its value, also if that is NULL.
    fn append_tagged(
        &mut self,
        cursor: &mut Cursor<'_>,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        let tag = cursor.tag()?;
        if tag == Tag::Null {
            cursor.skip_tagged(tag)?;
            self.append_null();
        } else {
            self.append(cursor, tag, tally)?;
        }
        cursor.expect(b'}')
    }

    /// Appends a null.
    pub fn append_null(&mut self) {
        each!(&mut self.0, column => column.append_null());
    }

    /// The values appended so far; the next one is the first of a new array.
    ///
    /// # Errors
    /// If text is not UTF-8, or a child that forbids nulls has some. The column has to be [cleared](Self::clear) then.
    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        each!(&mut self.0, column => column.finish())
    }

    /// Forgets the values appended so far.
    pub fn clear(&mut self) {
        each!(&mut self.0, column => column.clear());
    }

    /// Values appended since the last [`finish`](Self::finish).
    pub fn len(&self) -> usize {
        each!(&self.0, column => column.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Passes over a value that does not fit and counts it; the caller appends the null.
#[cold]
fn mismatch(cursor: &mut Cursor<'_>, tag: Tag, tally: &mut Tally) -> Result<(), DecodeError> {
    tally.add_nulled(tag);
    cursor.skip_tagged(tag)
}

#[cfg(test)]
mod tests;
