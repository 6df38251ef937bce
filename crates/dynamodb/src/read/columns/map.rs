//! Maps from text to values of one type.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapArray, NullBufferBuilder, StructArray};
use arrow::datatypes::{DataType, FieldRef, Fields, Utf8Type};
use arrow::error::ArrowError;

use super::buffers::{Bytes, Offsets};
use super::{Column, mismatch};
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::hints::Hints;

#[derive(Debug)]
pub(super) struct MapColumn {
    entries: FieldRef,
    children: Fields,
    keys: Bytes,
    values: Column,
    offsets: Offsets,
    nulls: NullBufferBuilder,
}

impl MapColumn {
    /// `None` if the entries are not of the form that Arrow demands, or the keys not text.
    pub(super) fn new(
        path: &str,
        entries: &FieldRef,
        sorted: bool,
        hints: &Hints,
    ) -> Result<Option<Self>, DecodeError> {
        let DataType::Struct(children) = entries.data_type() else {
            return Ok(None);
        };
        let [key, value] = children.as_ref() else {
            return Ok(None);
        };
        // Attribute names come in no order that could be promised.
        if entries.is_nullable()
            || key.is_nullable()
            || *key.data_type() != DataType::Utf8
            || sorted
        {
            return Ok(None);
        }
        Ok(Some(Self {
            entries: Arc::clone(entries),
            children: children.clone(),
            keys: Bytes::default(),
            values: Column::new(&format!("{path}{{}}"), value.data_type(), hints)?,
            offsets: Offsets::default(),
            nulls: NullBufferBuilder::new(0),
        }))
    }

    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        if tag != Tag::M {
            self.append_null();
            return mismatch(cursor, tag, tally);
        }
        let start = cursor.offset();
        let mut more = cursor.open(b'{', b'}')?;
        while more {
            self.keys.append(start, |out| cursor.string_into(out))?;
            cursor.expect(b':')?;
            self.values.append_tagged(cursor, tally)?;
            more = cursor.more(b'}')?;
        }
        self.nulls.append_non_null();
        self.offsets.push(self.keys.len(), start)
    }

    pub(super) fn append_null(&mut self) {
        self.offsets.push_empty();
        self.nulls.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let keys: ArrayRef = Arc::new(self.keys.finish::<Utf8Type>()?);
        let entries = StructArray::try_new(
            self.children.clone(),
            vec![keys, self.values.finish()?],
            None,
        )?;
        let (offsets, nulls) = (self.offsets.finish(), self.nulls.finish());
        Ok(Arc::new(MapArray::try_new(
            Arc::clone(&self.entries),
            offsets,
            entries,
            nulls,
            false,
        )?))
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
        self.offsets.clear();
        self.nulls.finish();
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }
}
