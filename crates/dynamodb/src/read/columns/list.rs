//! Lists, from lists and sets.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, NullBufferBuilder};
use arrow::datatypes::FieldRef;
use arrow::error::ArrowError;

use super::buffers::Offsets;
use super::{Column, mismatch};
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::hints::Hints;

#[derive(Debug)]
pub(super) struct ListColumn {
    field: FieldRef,
    elements: Column,
    offsets: Offsets,
    nulls: NullBufferBuilder,
}

impl ListColumn {
    pub(super) fn new(path: &str, element: &FieldRef, hints: &Hints) -> Result<Self, DecodeError> {
        let elements = Column::new(&format!("{path}[]"), element.data_type(), hints)?;
        let field = Arc::clone(element);
        Ok(Self {
            field,
            elements,
            offsets: Offsets::default(),
            nulls: NullBufferBuilder::new(0),
        })
    }

    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        let start = cursor.offset();
        if tag == Tag::L {
            let mut more = cursor.open(b'[', b']')?;
            while more {
                self.elements.append_tagged(cursor, tally)?;
                more = cursor.more(b']')?;
            }
        } else if let Some(element) = tag.of_elements() {
            let mut more = cursor.open(b'[', b']')?;
            while more {
                self.elements.append(cursor, element, tally)?;
                more = cursor.more(b']')?;
            }
        } else {
            self.append_null();
            return mismatch(cursor, tag, tally);
        }
        self.nulls.append_non_null();
        self.offsets.push(self.elements.len(), start)
    }

    pub(super) fn append_null(&mut self) {
        self.offsets.push_empty();
        self.nulls.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let elements = self.elements.finish()?;
        let (offsets, nulls) = (self.offsets.finish(), self.nulls.finish());
        Ok(Arc::new(ListArray::try_new(
            Arc::clone(&self.field),
            offsets,
            elements,
            nulls,
        )?))
    }

    pub(super) fn clear(&mut self) {
        self.elements.clear();
        self.offsets.clear();
        self.nulls.finish();
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }
}
