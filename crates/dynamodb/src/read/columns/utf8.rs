//! Text, which takes every type.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Utf8Type;
use arrow::error::ArrowError;

use super::buffers::Bytes;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::{decimal, json_text};

#[derive(Debug, Default)]
pub(super) struct Utf8Column(Bytes);

impl Utf8Column {
    #[inline]
    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        _: &mut Tally,
    ) -> Result<(), DecodeError> {
        self.0.append(cursor.offset(), |out| match tag {
            Tag::S | Tag::B => cursor.string_into(out),
            Tag::N => {
                let mut scratch = Vec::new();
                decimal::write_plain(cursor.string(&mut scratch)?, out);
                Ok(())
            }
            _ => json_text::write(cursor, tag, out),
        })
    }

    pub(super) fn append_null(&mut self) {
        self.0.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.0.finish::<Utf8Type>()?))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
