//! Expression trees of version 4 and later (protocol §4).

use super::arrow_type;
use crate::block::Block;
use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};

/// One node of an expression; the list in [`Constraints`](super::Constraints) is a conjunction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
