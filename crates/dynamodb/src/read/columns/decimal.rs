//! Decimals of up to 38 digits.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Decimal128Type, validate_decimal_precision_and_scale};
use arrow::error::ArrowError;

use super::buffers::Values;
use super::mismatch;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::decimal::{self, Decimal};

#[derive(Debug)]
pub(super) struct DecimalColumn {
    precision: u8,
    scale: i8,
    values: Values<Decimal128Type>,
}

impl DecimalColumn {
    /// `None` if Arrow has no such decimal.
    pub(super) fn new(precision: u8, scale: i8) -> Option<Self> {
        validate_decimal_precision_and_scale::<Decimal128Type>(precision, scale).ok()?;
        Some(Self {
            precision,
            scale,
            values: Values::default(),
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
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        self.values.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let array = self.values.finish();
        Ok(Arc::new(
            array.with_precision_and_scale(self.precision, self.scale)?,
        ))
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}
