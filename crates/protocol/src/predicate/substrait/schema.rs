//! The table's columns and their fields, as the read gives them.

use super::PlanError;
use super::messages::{NamedStruct, StructType, Type, TypeKind};
use std::ops::Range;
use std::sync::Arc;

/// A column or a field in it, by its place in [`Schema`].
pub(super) type FieldId = usize;

/// All columns and all fields of structs within structs.
pub(super) struct Schema {
    fields: Vec<Field>,
    columns: usize,
}

struct Field {
    name: Arc<str>,
    /// The struct it is in; `None` for a column.
    parent: Option<FieldId>,
    /// Its own fields if it is a struct.
    children: Range<FieldId>,
    is_struct: bool,
    /// Names that it and all in it take.
    names: usize,
}

impl Schema {
    /// Reads the schema: a name for each field, depth first, through lists and maps too (`NamedStruct`).
    ///
    /// # Errors
    /// [`PlanError::Names`] if there are more or fewer names than fields; [`PlanError::Missing`] without types.
    pub(super) fn read(schema: NamedStruct) -> Result<Self, PlanError> {
        let missing = PlanError::Missing {
            message: "NamedStruct",
            field: "struct",
        };
        let columns = schema.fields.ok_or(missing)?;
        let (names, fields) = (schema.names.len(), count(&columns));
        if names != fields {
            return Err(PlanError::Names { names, fields });
        }
        let mut read = Self {
            fields: Vec::with_capacity(fields),
            columns: columns.types.len(),
        };
        read.add(&columns, None, &mut schema.names.into_iter());
        Ok(read)
    }

    /// How many columns there are; their ids are the numbers below.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn name(&self, id: FieldId) -> &Arc<str> {
        &self.fields[id].name
    }

    /// Whether the field is a struct.
    pub(super) fn is_struct(&self, id: FieldId) -> bool {
        self.fields[id].is_struct
    }

    /// Names that the field takes with all in it.
    pub(super) fn names(&self, id: FieldId) -> usize {
        self.fields[id].names
    }

    /// The struct that a field is in.
    pub(super) fn parent(&self, id: FieldId) -> Option<FieldId> {
        self.fields[id].parent
    }

    /// The fields of a struct.
    pub(super) fn children(&self, id: FieldId) -> Range<FieldId> {
        self.fields[id].children.clone()
    }

    /// Adds the fields of a struct side by side, then those within. As deep as messages nest.
    fn add(
        &mut self,
        of: &StructType,
        parent: Option<FieldId>,
        names: &mut std::vec::IntoIter<String>,
    ) -> Range<FieldId> {
        let start = self.fields.len();
        self.fields.extend(of.types.iter().map(|_| Field {
            name: Arc::from(""),
            parent,
            children: 0..0,
            is_struct: false,
            names: 0,
        }));
        for (id, data_type) in (start..).zip(&of.types) {
            let left = names.len();
            self.fields[id].name = names.next().unwrap_or_default().into();
            if let Some(TypeKind::Struct(fields)) = &data_type.kind {
                self.fields[id].is_struct = true;
                self.fields[id].children = self.add(fields, Some(id), names);
            } else {
                names.by_ref().take(count_in(data_type)).for_each(drop);
            }
            self.fields[id].names = left - names.len();
        }
        start..start + of.types.len()
    }
}

/// Fields of a struct at every depth.
fn count(of: &StructType) -> usize {
    of.types.iter().map(|of| 1 + count_in(of)).sum()
}

/// Fields of the structs in a type.
fn count_in(data_type: &Type) -> usize {
    let within = |of: &Option<Box<Type>>| of.as_deref().map_or(0, count_in);
    match &data_type.kind {
        Some(TypeKind::Struct(fields)) => count(fields),
        Some(TypeKind::List(list)) => within(&list.element),
        Some(TypeKind::Map(map)) => within(&map.key) + within(&map.value),
        _ => 0,
    }
}
