//! `Expression` and what it is made of (`algebra.proto`).
//!
//! Whatever may stand in a list is kept small and points to the rest, so that a list of empty messages costs little.

use super::Present;
use super::types::Type;

/// `Expression`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Expression {
    #[prost(
        oneof = "ExpressionKind",
        tags = "1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14"
    )]
    pub(crate) kind: Option<ExpressionKind>,
}

/// Its `rex_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum ExpressionKind {
    #[prost(message, tag = "1")]
    Literal(Box<Literal>),
    #[prost(message, tag = "2")]
    Selection(Box<FieldReference>),
    #[prost(message, tag = "3")]
    ScalarFunction(Box<ScalarFunction>),
    #[prost(message, tag = "5")]
    WindowFunction(Present),
    #[prost(message, tag = "6")]
    IfThen(Box<IfThen>),
    #[prost(message, tag = "7")]
    Switch(Present),
    #[prost(message, tag = "8")]
    SingularOrList(Box<SingularOrList>),
    #[prost(message, tag = "9")]
    MultiOrList(Present),
    #[prost(message, tag = "11")]
    Cast(Box<Cast>),
    #[prost(message, tag = "12")]
    Subquery(Present),
    #[prost(message, tag = "13")]
    Nested(Present),
    #[prost(message, tag = "14")]
    DynamicParameter(Present),
}

/// `Expression.Literal`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Literal {
    #[prost(
        oneof = "LiteralKind",
        tags = "1, 2, 3, 5, 7, 10, 11, 12, 13, 14, 16, 21, 22, 23, 24, 27, 29, 30, 34, 35"
    )]
    pub(crate) kind: Option<LiteralKind>,
    #[prost(uint32, tag = "51")]
    pub(crate) variation: u32,
}

/// Its `literal_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum LiteralKind {
    #[prost(bool, tag = "1")]
    Boolean(bool),
    #[prost(int32, tag = "2")]
    I8(i32),
    #[prost(int32, tag = "3")]
    I16(i32),
    #[prost(int32, tag = "5")]
    I32(i32),
    #[prost(int64, tag = "7")]
    I64(i64),
    #[prost(float, tag = "10")]
    Fp32(f32),
    #[prost(double, tag = "11")]
    Fp64(f64),
    #[prost(string, tag = "12")]
    String(String),
    #[prost(bytes = "vec", tag = "13")]
    Binary(Vec<u8>),
    /// Deprecated: in microseconds.
    #[prost(int64, tag = "14")]
    Timestamp(i64),
    #[prost(int32, tag = "16")]
    Date(i32),
    #[prost(string, tag = "21")]
    FixedChar(String),
    #[prost(message, tag = "22")]
    VarChar(Box<VarCharLiteral>),
    #[prost(bytes = "vec", tag = "23")]
    FixedBinary(Vec<u8>),
    #[prost(message, tag = "24")]
    Decimal(Box<DecimalLiteral>),
    /// Deprecated: in microseconds.
    #[prost(int64, tag = "27")]
    TimestampTz(i64),
    #[prost(message, tag = "29")]
    Null(Box<Type>),
    #[prost(message, tag = "30")]
    List(ListLiteral),
    #[prost(message, tag = "34")]
    PrecisionTimestamp(PrecisionLiteral),
    #[prost(message, tag = "35")]
    PrecisionTimestampTz(PrecisionLiteral),
}

/// `Literal.VarChar`, without its length, which changes nothing of the value.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct VarCharLiteral {
    #[prost(string, tag = "1")]
    pub(crate) value: String,
}

/// `Literal.Decimal`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct DecimalLiteral {
    /// 16 bytes, little endian, two's complement.
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) value: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub(crate) precision: i32,
    #[prost(int32, tag = "3")]
    pub(crate) scale: i32,
}

/// `Literal.PrecisionTimestamp`.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(crate) struct PrecisionLiteral {
    #[prost(int32, tag = "1")]
    pub(crate) precision: i32,
    /// Was unsigned once, with the same bits.
    #[prost(int64, tag = "2")]
    pub(crate) value: i64,
}

/// `Literal.List`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct ListLiteral {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<Literal>,
}

/// `Expression.ScalarFunction`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct ScalarFunction {
    #[prost(uint32, tag = "1")]
    pub(crate) function: u32,
    /// Deprecated for `arguments`.
    #[prost(message, repeated, tag = "2")]
    pub(crate) args: Vec<Expression>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) arguments: Vec<Argument>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) options: Vec<Present>,
}

/// `FunctionArgument`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Argument {
    #[prost(oneof = "ArgumentKind", tags = "1, 2, 3")]
    pub(crate) kind: Option<ArgumentKind>,
}

/// Its `arg_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum ArgumentKind {
    #[prost(string, tag = "1")]
    Enum(String),
    #[prost(message, tag = "2")]
    Type(Present),
    #[prost(message, tag = "3")]
    Value(Expression),
}

/// `Expression.SingularOrList`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct SingularOrList {
    #[prost(message, optional, tag = "1")]
    pub(crate) value: Option<Expression>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) options: Vec<Expression>,
}

/// `Expression.Cast`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Cast {
    #[prost(message, optional, tag = "1")]
    pub(crate) to: Option<Type>,
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<Expression>,
}

/// `Expression.IfThen`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct IfThen {
    #[prost(message, repeated, tag = "1")]
    pub(crate) ifs: Vec<IfClause>,
    #[prost(message, optional, tag = "2")]
    pub(crate) otherwise: Option<Expression>,
}

/// `IfThen.IfClause`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct IfClause {
    #[prost(message, optional, tag = "1")]
    pub(crate) condition: Option<Expression>,
    #[prost(message, optional, tag = "2")]
    pub(crate) then: Option<Expression>,
}

/// `Expression.FieldReference`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct FieldReference {
    #[prost(oneof = "Reference", tags = "1, 2")]
    pub(crate) reference: Option<Reference>,
    #[prost(oneof = "Root", tags = "3, 4, 5")]
    pub(crate) root: Option<Root>,
}

/// Its `reference_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum Reference {
    #[prost(message, tag = "1")]
    Direct(Segment),
    #[prost(message, tag = "2")]
    Masked(Present),
}

/// Its `root_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum Root {
    #[prost(message, tag = "3")]
    Expression(Present),
    #[prost(message, tag = "4")]
    Input(Present),
    #[prost(message, tag = "5")]
    Outer(Present),
}

/// `Expression.ReferenceSegment`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Segment {
    #[prost(oneof = "SegmentKind", tags = "1, 2, 3")]
    pub(crate) kind: Option<SegmentKind>,
}

/// Its `reference_type`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum SegmentKind {
    #[prost(message, tag = "1")]
    MapKey(Present),
    #[prost(message, tag = "2")]
    Field(Box<FieldSegment>),
    #[prost(message, tag = "3")]
    ListElement(Present),
}

/// `ReferenceSegment.StructField`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct FieldSegment {
    #[prost(int32, tag = "1")]
    pub(crate) field: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) child: Option<Segment>,
}
