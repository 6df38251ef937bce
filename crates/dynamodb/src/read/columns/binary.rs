//! Byte strings, decoded from base64 straight into the column.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::BinaryType;
use arrow::error::ArrowError;
use base64_simd::STANDARD;

use super::buffers::Bytes;
use super::mismatch;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;

#[derive(Debug, Default)]
pub(super) struct BinaryColumn(Bytes);

impl BinaryColumn {
    #[inline]
    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        if tag != Tag::B {
            self.0.append_null();
            return mismatch(cursor, tag, tally);
        }
        let offset = cursor.offset();
        self.0.append(offset, |out| {
            let mut scratch = Vec::new();
            let text = cursor.string(&mut scratch)?;
            // The decoder itself grows the buffer by no more than it needs, which would copy it for every value.
            out.reserve(text.len());
            STANDARD
                .decode_append(text, out)
                .map_err(|_| DecodeError::InvalidBase64 { offset })
        })
    }

    pub(super) fn append_null(&mut self) {
        self.0.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.0.finish::<BinaryType>()?))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
