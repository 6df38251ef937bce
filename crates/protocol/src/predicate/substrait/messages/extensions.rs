//! `substrait.extensions`: which functions a plan uses, and what it adds to Substrait.

use super::Present;

/// `SimpleExtensionURI` and its successor `SimpleExtensionURN`, which have the same numbers.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Uri {
    #[prost(uint32, tag = "1")]
    pub(crate) anchor: u32,
    #[prost(string, tag = "2")]
    pub(crate) uri: String,
}

/// `SimpleExtensionDeclaration`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Declaration {
    #[prost(oneof = "Mapping", tags = "3")]
    pub(crate) mapping: Option<Mapping>,
}

/// Its `mapping_type`, without types and variations.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub(crate) enum Mapping {
    #[prost(message, tag = "3")]
    Function(Function),
}

/// `SimpleExtensionDeclaration.ExtensionFunction`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Function {
    #[prost(uint32, tag = "1")]
    pub(crate) uri: u32,
    #[prost(uint32, tag = "2")]
    pub(crate) anchor: u32,
    /// The name, often with its signature behind a colon.
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(uint32, tag = "4")]
    pub(crate) urn: u32,
}

/// `AdvancedExtension`, without the optimizations, which change nothing.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct AdvancedExtension {
    /// Changes the meaning of what it stands in.
    #[prost(message, optional, tag = "2")]
    pub(crate) enhancement: Option<Present>,
}
