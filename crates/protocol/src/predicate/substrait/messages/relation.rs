//! `Plan`, `Rel` and the relations that are understood (`plan.proto`, `algebra.proto`).

use super::Present;
use super::expression::Expression;
use super::extensions::{AdvancedExtension, Declaration, Uri};
use super::types::NamedStruct;

/// `Plan`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Plan {
    /// Taken out for `urns`.
    #[prost(message, repeated, tag = "1")]
    pub(crate) uris: Vec<Uri>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) extensions: Vec<Declaration>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) relations: Vec<Planned>,
    #[prost(message, optional, tag = "4")]
    pub(crate) advanced: Option<AdvancedExtension>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) urns: Vec<Uri>,
}

/// `PlanRel`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Planned {
    #[prost(oneof = "PlanRelation", tags = "1, 2")]
    pub(crate) relation: Option<PlanRelation>,
}

/// Its `rel_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum PlanRelation {
    #[prost(message, tag = "1")]
    Relation(Relation),
    #[prost(message, tag = "2")]
    Root(PlanRoot),
}

/// `RelRoot`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct PlanRoot {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<Relation>,
    /// Names of the columns and of their fields, depth first.
    #[prost(string, repeated, tag = "2")]
    pub(crate) names: Vec<String>,
}

/// `Rel`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Relation {
    #[prost(
        oneof = "RelationKind",
        tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24"
    )]
    pub(crate) kind: Option<RelationKind>,
}

/// Its `rel_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum RelationKind {
    #[prost(message, tag = "1")]
    Read(Box<ReadRel>),
    #[prost(message, tag = "2")]
    Filter(Box<FilterRel>),
    #[prost(message, tag = "3")]
    Fetch(Box<FetchRel>),
    #[prost(message, tag = "4")]
    Aggregate(Box<SingleRel>),
    #[prost(message, tag = "5")]
    Sort(Box<SortRel>),
    #[prost(message, tag = "6")]
    Join(Present),
    #[prost(message, tag = "7")]
    Project(Box<ProjectRel>),
    #[prost(message, tag = "8")]
    Set(Present),
    #[prost(message, tag = "9")]
    ExtensionSingle(Box<SingleRel>),
    #[prost(message, tag = "10")]
    ExtensionMulti(Present),
    #[prost(message, tag = "11")]
    ExtensionLeaf(Present),
    #[prost(message, tag = "12")]
    Cross(Present),
    #[prost(message, tag = "13")]
    HashJoin(Present),
    #[prost(message, tag = "14")]
    MergeJoin(Present),
    #[prost(message, tag = "15")]
    Exchange(Box<SingleRel>),
    #[prost(message, tag = "16")]
    Expand(Box<SingleRel>),
    #[prost(message, tag = "17")]
    Window(Box<SingleRel>),
    #[prost(message, tag = "18")]
    NestedLoopJoin(Present),
    #[prost(message, tag = "19")]
    Write(Present),
    #[prost(message, tag = "20")]
    Ddl(Present),
    #[prost(message, tag = "21")]
    Reference(Present),
    #[prost(message, tag = "22")]
    Update(Present),
    #[prost(message, tag = "23")]
    TopN(Box<SingleRel>),
    #[prost(message, tag = "24")]
    LateralJoin(Present),
}

/// `RelCommon`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Common {
    #[prost(oneof = "EmitKind", tags = "1, 2")]
    pub(crate) emit: Option<EmitKind>,
    #[prost(message, optional, tag = "4")]
    pub(crate) advanced: Option<AdvancedExtension>,
}

/// Its `emit_kind`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum EmitKind {
    #[prost(message, tag = "1")]
    Direct(Present),
    #[prost(message, tag = "2")]
    Emit(Emit),
}

/// `RelCommon.Emit`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Emit {
    #[prost(int32, repeated, tag = "1")]
    pub(crate) mapping: Vec<i32>,
}

/// `ReadRel`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct ReadRel {
    #[prost(message, optional, tag = "1")]
    pub(crate) common: Option<Common>,
    #[prost(message, optional, tag = "2")]
    pub(crate) base_schema: Option<NamedStruct>,
    #[prost(message, optional, tag = "3")]
    pub(crate) filter: Option<Expression>,
    #[prost(message, optional, tag = "4")]
    pub(crate) projection: Option<Mask>,
    #[prost(oneof = "Source", tags = "5, 6, 7, 8, 9")]
    pub(crate) source: Option<Source>,
    #[prost(message, optional, tag = "10")]
    pub(crate) advanced: Option<AdvancedExtension>,
    #[prost(message, optional, tag = "11")]
    pub(crate) best_effort_filter: Option<Expression>,
}

/// Its `read_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum Source {
    #[prost(message, tag = "5")]
    VirtualTable(Present),
    #[prost(message, tag = "6")]
    LocalFiles(Present),
    #[prost(message, tag = "7")]
    NamedTable(NamedTable),
    #[prost(message, tag = "8")]
    ExtensionTable(Present),
    #[prost(message, tag = "9")]
    IcebergTable(Present),
}

/// `ReadRel.NamedTable`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct NamedTable {
    #[prost(string, repeated, tag = "1")]
    pub(crate) names: Vec<String>,
    #[prost(message, optional, tag = "10")]
    pub(crate) advanced: Option<AdvancedExtension>,
}

/// `Expression.MaskExpression`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Mask {
    #[prost(message, optional, tag = "1")]
    pub(crate) select: Option<MaskStruct>,
    #[prost(bool, tag = "2")]
    pub(crate) maintain_singular_struct: bool,
}

/// `MaskExpression.StructSelect`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct MaskStruct {
    #[prost(message, repeated, tag = "1")]
    pub(crate) items: Vec<MaskItem>,
}

/// `MaskExpression.StructItem`.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(crate) struct MaskItem {
    #[prost(int32, tag = "1")]
    pub(crate) field: i32,
    /// Selects a part of the field.
    #[prost(message, optional, tag = "2")]
    pub(crate) child: Option<Present>,
}

/// `FilterRel`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct FilterRel {
    #[prost(message, optional, tag = "1")]
    pub(crate) common: Option<Common>,
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<Relation>,
    #[prost(message, optional, tag = "3")]
    pub(crate) condition: Option<Expression>,
    #[prost(message, optional, tag = "10")]
    pub(crate) advanced: Option<AdvancedExtension>,
}

/// `ProjectRel`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct ProjectRel {
    #[prost(message, optional, tag = "1")]
    pub(crate) common: Option<Common>,
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<Relation>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) expressions: Vec<Expression>,
    #[prost(message, optional, tag = "10")]
    pub(crate) advanced: Option<AdvancedExtension>,
}

/// `SortRel`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct SortRel {
    #[prost(message, optional, tag = "1")]
    pub(crate) common: Option<Common>,
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<Relation>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) sorts: Vec<SortField>,
    #[prost(message, optional, tag = "10")]
    pub(crate) advanced: Option<AdvancedExtension>,
}

/// `SortField`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct SortField {
    #[prost(message, optional, tag = "1")]
    pub(crate) expression: Option<Expression>,
    #[prost(oneof = "SortKind", tags = "2, 3")]
    pub(crate) kind: Option<SortKind>,
}

/// Its `sort_kind`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum SortKind {
    /// 1 to 4 in the order of [`Direction`](crate::predicate::Direction), 5 for "equal ones together".
    #[prost(int32, tag = "2")]
    Direction(i32),
    #[prost(uint32, tag = "3")]
    Comparison(u32),
}

/// `FetchRel`, whose two modes were plain numbers once.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct FetchRel {
    #[prost(message, optional, tag = "1")]
    pub(crate) common: Option<Common>,
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<Relation>,
    #[prost(oneof = "OffsetMode", tags = "3, 5")]
    pub(crate) offset: Option<OffsetMode>,
    #[prost(oneof = "CountMode", tags = "4, 6")]
    pub(crate) count: Option<CountMode>,
    #[prost(message, optional, tag = "10")]
    pub(crate) advanced: Option<AdvancedExtension>,
}

/// Its `offset_mode`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum OffsetMode {
    #[prost(int64, tag = "3")]
    Number(i64),
    #[prost(message, tag = "5")]
    Expression(Expression),
}

/// Its `count_mode`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum CountMode {
    #[prost(int64, tag = "4")]
    Number(i64),
    #[prost(message, tag = "6")]
    Expression(Expression),
}

/// A relation with one input of which nothing else is looked at.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct SingleRel {
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<Relation>,
}
