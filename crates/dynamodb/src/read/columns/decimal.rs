//! Decimals of up to 38 digits.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, NullBufferBuilder};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Decimal128Type, validate_decimal_precision_and_scale};
use arrow::error::ArrowError;

use super::buffers::take;
use super::mismatch;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::decimal::{self, Decimal};

#[derive(Debug)]
pub(super) struct DecimalColumn {
    precision: u8,
    scale: i8,
    values: Vec<i128>,
    nulls: NullBufferBuilder,
}

impl DecimalColumn {
    /// `None` if Arrow has no such decimal.
    pub(super) fn new(precision: u8, scale: i8) -> Option<Self> {
        validate_decimal_precision_and_scale::<Decimal128Type>(precision, scale).ok()?;
        Some(Self {
            precision,
            scale,
            values: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        })
    }

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
        let value = match decimal::parse(cursor.string(&mut scratch)?, self.precision, self.scale) {
            Decimal::Exact(value) => value,
            Decimal::Rounded(value) => {
                tally.add_rounded();
                value
            }
            Decimal::Overflow | Decimal::Invalid => {
                tally.add_nulled(tag);
                self.append_null();
                return Ok(());
            }
        };
        self.values.push(value);
        self.nulls.append_non_null();
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        self.values.push(0);
        self.nulls.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = ScalarBuffer::from(take(&mut self.values));
        let array = Decimal128Array::new(values, self.nulls.finish());
        Ok(Arc::new(
            array.with_precision_and_scale(self.precision, self.scale)?,
        ))
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.nulls.finish();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}
