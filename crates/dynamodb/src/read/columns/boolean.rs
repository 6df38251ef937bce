//! Truth values.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, BooleanBufferBuilder, NullBufferBuilder};
use arrow::error::ArrowError;

use super::mismatch;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;

#[derive(Debug)]
pub(super) struct BooleanColumn {
    values: BooleanBufferBuilder,
    nulls: NullBufferBuilder,
}

impl Default for BooleanColumn {
    fn default() -> Self {
        Self {
            values: BooleanBufferBuilder::new(0),
            nulls: NullBufferBuilder::new(0),
        }
    }
}

impl BooleanColumn {
    #[inline]
    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        let value = match tag {
            Tag::Bool => Some(cursor.boolean()?),
            Tag::S => {
                let mut scratch = Vec::new();
                let text = cursor.string(&mut scratch)?;
                if text.eq_ignore_ascii_case(b"true") {
                    Some(true)
                } else if text.eq_ignore_ascii_case(b"false") {
                    Some(false)
                } else {
                    tally.add_nulled(tag);
                    None
                }
            }
            _ => {
                mismatch(cursor, tag, tally)?;
                None
            }
        };
        self.values.append(value.unwrap_or_default());
        self.nulls.append(value.is_some());
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        self.values.append(false);
        self.nulls.append_null();
    }

    #[expect(clippy::unnecessary_wraps, reason = "all columns finish alike")]
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(BooleanArray::new(
            self.values.finish(),
            self.nulls.finish(),
        )))
    }

    pub(super) fn clear(&mut self) {
        self.values.truncate(0);
        self.nulls.finish();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}
