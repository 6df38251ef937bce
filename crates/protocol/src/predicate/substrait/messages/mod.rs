//! The messages of a plan, as far as they are read: the numbers are those of `plan.proto`, `algebra.proto`, `type.proto` and
//! `extensions.proto` of Substrait 0.2 to 0.106.
//!
//! Fields that Substrait has deprecated or taken out are kept beside their successors, since none of the numbers was given a
//! second meaning. What stands in a message and not here is skipped; a kind that is not here shows as an empty oneof.

mod extensions;
mod types;
mod expression;
mod relation;

pub(super) use expression::{
    Argument, ArgumentKind, Cast, DecimalLiteral, Expression, ExpressionKind, FieldReference,
    IfClause, IfThen, Literal, LiteralKind, PrecisionLiteral, Reference, Root, ScalarFunction,
    SegmentKind, SingularOrList,
};
pub(super) use extensions::{AdvancedExtension, Declaration, Mapping, Uri};
pub(super) use relation::{
    Common, CountMode, Emit, EmitKind, Mask, OffsetMode, Plan, PlanRelation, ReadRel, Relation,
    RelationKind, SingleRel, SortField, SortKind, Source,
};
pub(super) use types::{NamedStruct, StructType, Type, TypeKind};

/// A message of which only that it is there is looked at.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(super) struct Present {}

#[cfg(test)]
pub(super) use {
    expression::{FieldSegment, ListLiteral, Segment},
    extensions::Function,
    relation::{
        FetchRel, FilterRel, MaskItem, MaskStruct, NamedTable, PlanRoot, Planned, ProjectRel,
        SortRel,
    },
    types::{ListType, MapType, PlainType},
};
