//! Expression trees of version 4 and later (protocol §4).

use super::arrow_type::{self, ArrowType};
use crate::block::Block;
use crate::lenient::NotKnown;
use arrow::datatypes::DataType;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

/// One node of an expression; the list in [`Constraints`](super::Constraints) is a conjunction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "@type")]
pub enum Expression {
    /// Literal values.
    #[serde(rename = "ConstantExpression", rename_all = "camelCase")]
    Constant {
        /// One column with a row per value.
        value_block: Block,
        /// Type of the values.
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
    },
    /// A column.
    #[serde(rename = "VariableExpression", rename_all = "camelCase")]
    Variable {
        /// Name of the column.
        column_name: String,
        /// Type of the column.
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
    },
    /// A function of other expressions.
    #[serde(rename = "FunctionCallExpression", rename_all = "camelCase")]
    Call {
        /// Type of the result.
        #[serde(rename = "type", with = "arrow_type")]
        data_type: DataType,
        /// Name such as `$and`, in an object of its own.
        function_name: FunctionName,
        /// Arguments in order.
        arguments: Vec<Expression>,
    },
}

/// The name of a function as the wire nests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionName {
    /// For instance `$equal`.
    pub function_name: String,
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Node::deserialize(deserializer)?
            .known()
            .map_err(|NotKnown(what)| D::Error::custom(format!("{what} is not known")))
    }
}

/// An expression as it stands on the wire, with nodes and types that may not be known here.
#[derive(Deserialize)]
#[serde(tag = "@type", expecting = "an expression")]
pub(super) enum Node {
    #[serde(rename = "ConstantExpression", rename_all = "camelCase")]
    Constant {
        value_block: Block,
        #[serde(rename = "type")]
        data_type: ArrowType,
    },
    #[serde(rename = "VariableExpression", rename_all = "camelCase")]
    Variable {
        column_name: String,
        #[serde(rename = "type")]
        data_type: ArrowType,
    },
    #[serde(rename = "FunctionCallExpression", rename_all = "camelCase")]
    Call {
        #[serde(rename = "type")]
        data_type: ArrowType,
        function_name: FunctionName,
        arguments: Vec<Node>,
    },
    #[serde(other)]
    Other,
}

impl Node {
    /// The expression, if every node and every type in it is known.
    pub(super) fn known(self) -> Result<Expression, NotKnown> {
        Ok(match self {
            Self::Constant {
                value_block,
                data_type,
            } => Expression::Constant {
                value_block,
                data_type: data_type.0?,
            },
            Self::Variable {
                column_name,
                data_type,
            } => Expression::Variable {
                column_name,
                data_type: data_type.0?,
            },
            Self::Call {
                data_type,
                function_name,
                arguments,
            } => Expression::Call {
                data_type: data_type.0?,
                function_name,
                arguments: arguments
                    .into_iter()
                    .map(Self::known)
                    .collect::<Result<_, _>>()?,
            },
            Self::Other => return Err(NotKnown("the kind of an expression".to_owned())),
        })
    }
}
