//! Structs, whose children are found by name.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullBufferBuilder, StructArray};
use arrow::datatypes::{FieldRef, Fields};
use arrow::error::ArrowError;

use super::{Column, mismatch};
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::members::Members;
use crate::read::mismatch::Tally;
use crate::types::hints::Hints;

#[derive(Debug)]
pub(super) struct StructColumn {
    children: Fields,
    members: Members,
    nulls: NullBufferBuilder,
}

impl StructColumn {
    pub(super) fn new(path: &str, children: &Fields, hints: &Hints) -> Result<Self, DecodeError> {
        let path_of = |child: &FieldRef| format!("{path}.{}", child.name());
        let columns = children
            .iter()
            .map(|child| Column::new(&path_of(child), child.data_type(), hints))
            .collect::<Result<_, _>>()?;
        let mapped: Vec<Option<&str>> = children
            .iter()
            .map(|child| hints.member(&path_of(child)))
            .collect();
        let names: Vec<_> = children
            .iter()
            .zip(&mapped)
            .map(|(child, mapped)| vec![mapped.map_or_else(|| child.name().clone(), str::to_owned)])
            .collect();
        Ok(Self {
            children: children.clone(),
            members: Members::new(columns, &names, |child| mapped[child].is_none()),
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
