//! Structs, whose children are found by name.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullBufferBuilder, StructArray};
use arrow::datatypes::Fields;
use arrow::error::ArrowError;

use super::{Column, mismatch};
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::members::Members;
use crate::read::mismatch::Tally;
use crate::types::datetime::TableTimes;

#[derive(Debug)]
pub(super) struct StructColumn {
    children: Fields,
    members: Members,
    nulls: NullBufferBuilder,
}

impl StructColumn {
    pub(super) fn new(
        path: &str,
        children: &Fields,
        times: &TableTimes,
    ) -> Result<Self, DecodeError> {
        let columns = children
            .iter()
            .map(|child| {
                Column::new(
                    &format!("{path}.{}", child.name()),
                    child.data_type(),
                    times,
                )
            })
            .collect::<Result<_, _>>()?;
        let names: Vec<_> = children
            .iter()
            .map(|child| vec![child.name().clone()])
            .collect();
        Ok(Self {
            children: children.clone(),
            members: Members::new(columns, &names, |_| true),
            nulls: NullBufferBuilder::new(0),
        })
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
        self.nulls.append_non_null();
        self.members.append(cursor, tally)
    }

    pub(super) fn append_null(&mut self) {
        self.nulls.append_null();
        self.members.append_null();
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = self.members.len();
        let children = self.members.finish()?;
        let nulls = self.nulls.finish();
        Ok(Arc::new(StructArray::try_new_with_length(
            self.children.clone(),
            children,
            nulls,
            rows,
        )?))
    }

    pub(super) fn clear(&mut self) {
        self.members.clear();
        self.nulls.finish();
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }
}
