//! Integers and floats.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType};
use arrow::datatypes::{Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow::error::ArrowError;

use super::buffers::Values;
use super::mismatch;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::decimal;

/// A type whose values are spelled as number text.
pub(super) trait Spelled: ArrowPrimitiveType {
    /// The value that `text` spells, if the type can hold it.
    fn of_text(text: &[u8]) -> Option<Self::Native>;
}

#[derive(Debug)]
pub(super) struct NumberColumn<T: Spelled> {
    values: Values<T>,
}

impl<T: Spelled> Default for NumberColumn<T> {
    fn default() -> Self {
        Self {
            values: Values::default(),
        }
    }
}

impl<T: Spelled> NumberColumn<T> {
    #[inline]
    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        if !matches!(tag, Tag::N | Tag::S) {
            self.append_null();
            return mismatch(cursor, tag, tally);
        }
        let mut scratch = Vec::new();
        if let Some(value) = T::of_text(cursor.string(&mut scratch)?) {
            self.values.push(value);
        } else {
            tally.add_nulled(tag);
            self.append_null();
        }
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        self.values.append_null();
    }

    #[expect(clippy::unnecessary_wraps, reason = "all columns finish alike")]
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.values.finish()))
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

macro_rules! integer {
    ($($arrow:ty),*) => {$(
        impl Spelled for $arrow {
            #[inline]
            fn of_text(text: &[u8]) -> Option<Self::Native> {
                Self::Native::try_from(decimal::parse_integer(text)?).ok()
            }
        }
    )*};
}

integer!(Int8Type, Int16Type, Int32Type, Int64Type);

macro_rules! float {
    ($($arrow:ty),*) => {$(
        impl Spelled for $arrow {
            #[inline]
            fn of_text(text: &[u8]) -> Option<Self::Native> {
                let value: Self::Native = spelled_with_digits(text)?.parse().ok()?;
                value.is_finite().then_some(value)
            }
        }
    )*};
}

float!(Float32Type, Float64Type);

/// The standard library reads the numbers of [`decimal`], but `inf` and `nan` besides.
#[inline]
fn spelled_with_digits(text: &[u8]) -> Option<&str> {
    let digits = text
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    if digits {
        std::str::from_utf8(text).ok()
    } else {
        None
    }
}
