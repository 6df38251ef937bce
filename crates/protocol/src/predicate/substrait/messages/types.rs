//! `Type` and `NamedStruct` (`type.proto`).

/// `NamedStruct`: a schema, with the names of all its fields depth first.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct NamedStruct {
    #[prost(string, repeated, tag = "1")]
    pub(crate) names: Vec<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) fields: Option<StructType>,
}

/// `Type`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Type {
    #[prost(
        oneof = "TypeKind",
        tags = "1, 2, 3, 5, 7, 10, 11, 12, 13, 14, 16, 17, 21, 22, 23, 24, 25, 27, 28, 29, 32, 33, 34"
    )]
    pub(crate) kind: Option<TypeKind>,
}

/// Its `kind`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum TypeKind {
    #[prost(message, tag = "1")]
    Bool(PlainType),
    #[prost(message, tag = "2")]
    I8(PlainType),
    #[prost(message, tag = "3")]
    I16(PlainType),
    #[prost(message, tag = "5")]
    I32(PlainType),
    #[prost(message, tag = "7")]
    I64(PlainType),
    #[prost(message, tag = "10")]
    Fp32(PlainType),
    #[prost(message, tag = "11")]
    Fp64(PlainType),
    #[prost(message, tag = "12")]
    String(PlainType),
    #[prost(message, tag = "13")]
    Binary(PlainType),
    /// Deprecated: in microseconds.
    #[prost(message, tag = "14")]
    Timestamp(PlainType),
    #[prost(message, tag = "16")]
    Date(PlainType),
    /// Deprecated: in microseconds.
    #[prost(message, tag = "17")]
    Time(PlainType),
    #[prost(message, tag = "21")]
    FixedChar(LengthType),
    #[prost(message, tag = "22")]
    VarChar(LengthType),
    #[prost(message, tag = "23")]
    FixedBinary(LengthType),
    #[prost(message, tag = "24")]
    Decimal(DecimalType),
    #[prost(message, tag = "25")]
    Struct(Box<StructType>),
    #[prost(message, tag = "27")]
    List(Box<ListType>),
    #[prost(message, tag = "28")]
    Map(Box<MapType>),
    /// Deprecated: in microseconds.
    #[prost(message, tag = "29")]
    TimestampTz(PlainType),
    #[prost(message, tag = "32")]
    Uuid(PlainType),
    #[prost(message, tag = "33")]
    PrecisionTimestamp(PrecisionType),
    #[prost(message, tag = "34")]
    PrecisionTimestampTz(PrecisionType),
}

/// A type without parameters.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(crate) struct PlainType {
    #[prost(uint32, tag = "1")]
    pub(crate) variation: u32,
}

/// `FixedChar`, `VarChar` and `FixedBinary`.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(crate) struct LengthType {
    #[prost(int32, tag = "1")]
    pub(crate) length: i32,
    #[prost(uint32, tag = "2")]
    pub(crate) variation: u32,
}

/// `PrecisionTimestamp` and `PrecisionTimestampTZ`.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(crate) struct PrecisionType {
    #[prost(int32, tag = "1")]
    pub(crate) precision: i32,
    #[prost(uint32, tag = "2")]
    pub(crate) variation: u32,
}

/// `Decimal`.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub(crate) struct DecimalType {
    #[prost(int32, tag = "1")]
    pub(crate) scale: i32,
    #[prost(int32, tag = "2")]
    pub(crate) precision: i32,
    #[prost(uint32, tag = "3")]
    pub(crate) variation: u32,
}

/// `Struct`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct StructType {
    #[prost(message, repeated, tag = "1")]
    pub(crate) types: Vec<Type>,
}

/// `List`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct ListType {
    #[prost(message, optional, boxed, tag = "1")]
    pub(crate) element: Option<Box<Type>>,
}

/// `Map`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct MapType {
    #[prost(message, optional, boxed, tag = "1")]
    pub(crate) key: Option<Box<Type>>,
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) value: Option<Box<Type>>,
}
