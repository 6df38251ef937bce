//! What a connector says that it can be left to do (protocol §5.8). Nothing else is asked of it.

use athena_client::{Error, InvokeError, Query};
use athena_protocol::wire::{CapabilitySubType, GetDataSourceCapabilitiesResponse, Version};
use std::collections::BTreeSet;

/// The abilities that the shell makes use of. By default there are none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Functions of expressions, such as `$and`.
    functions: BTreeSet<String>,
    /// Whether a number of rows may be sent.
    pub limit: bool,
    /// Whether it may be sent with an order.
    pub top_n: bool,
    /// The table function that hands statements on.
    pub passthrough: Option<PassthroughFunction>,
}

/// A table function of the connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassthroughFunction {
    /// Schema and name, as SQL names it.
    pub schema: String,
    /// Its name in that schema.
    pub name: String,
    /// Names of its arguments, in any case.
    pub arguments: Vec<String>,
}

impl Offer {
    /// Asks the connector. One that speaks no version that has the call, or refuses it, offers nothing.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub async fn ask(query: &Query) -> Result<Self, Error> {
        if query.connector().version() < Version::V4 {
            return Ok(Self::default());
        }
        match query.capabilities().await {
            Ok(response) => Ok(Self::of(&response)),
            Err(Error::Invoke {
                source: InvokeError::Function { .. },
                ..
            }) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn of(response: &GetDataSourceCapabilitiesResponse) -> Self {
        let mut offer = Self::default();
        for (name, sub_types) in &response.capabilities {
            let sub_type = |name: &str| {
                let mut all = sub_types.iter();
                all.find(|sub_type| sub_type.sub_type.eq_ignore_ascii_case(name))
            };
            match name.to_ascii_lowercase().as_str() {
                "supports_complex_expression_pushdown" => {
                    let functions = sub_type("supported_function_expression_types");
                    let functions = functions.map(|functions| functions.properties.iter().cloned());
                    offer.functions.extend(functions.into_iter().flatten());
                }
                "supports_limit_pushdown" => offer.limit = sub_type("integer_constant").is_some(),
                "supports_top_n_pushdown" => offer.top_n = sub_type("SUPPORTS_ORDER_BY").is_some(),
                _ => offer.passthrough = passthrough(sub_types).or(offer.passthrough),
            }
        }
        offer
    }

    /// Whether expressions may call this function.
    pub fn has(&self, function: &str) -> bool {
        self.functions.contains(function)
    }
}

/// The function that such sub types describe, whatever the ability is called.
fn passthrough(sub_types: &[CapabilitySubType]) -> Option<PassthroughFunction> {
    let told = |name: &str| {
        let mut all = sub_types.iter();
        let found = all.find(|sub_type| sub_type.sub_type.eq_ignore_ascii_case(name))?;
        Some(found.properties.clone())
    };
    Some(PassthroughFunction {
        schema: told("query_passthrough_schema")?.into_iter().next()?,
        name: told("query_passthrough_name")?.into_iter().next()?,
        arguments: told("query_passthrough_arguments")?,
    })
}

#[cfg(test)]
impl Offer {
    /// An offer of these functions alone.
    pub(crate) fn of_functions(functions: &[&str]) -> Self {
        Self {
            functions: functions.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ability, and its sub types with their properties.
    type Told<'a> = (&'a str, &'a [(&'a str, &'a [&'a str])]);

    fn response(capabilities: &[Told<'_>]) -> GetDataSourceCapabilitiesResponse {
        let capabilities = capabilities.iter().map(|(name, sub_types)| {
            let sub_types = sub_types
                .iter()
                .map(|(name, properties)| CapabilitySubType::new(name, properties.iter().copied()));
            ((*name).to_owned(), sub_types.collect())
        });
        GetDataSourceCapabilitiesResponse {
            catalog_name: "c".to_owned(),
            capabilities: capabilities.collect(),
        }
    }

    #[test]
    fn an_offer_is_what_the_connector_names_and_nothing_else() {
        let all = response(&[
            (
                "SYSTEM.QUERY",
                &[
                    ("query_passthrough_schema", &["system"]),
                    ("query_passthrough_name", &["query"]),
                    ("query_passthrough_arguments", &["QUERY", "SCHEMA"]),
                ],
            ),
            ("supports_limit_pushdown", &[("integer_constant", &[])]),
            ("supports_top_n_pushdown", &[("SUPPORTS_ORDER_BY", &[])]),
            (
                "supports_complex_expression_pushdown",
                &[("supported_function_expression_types", &["$and", "$equal"])],
            ),
        ]);
        let offer = Offer::of(&all);
        assert!(offer.limit && offer.top_n);
        assert!(offer.has("$and") && offer.has("$equal") && !offer.has("$or"));
        let function = offer.passthrough.unwrap();
        assert_eq!(
            (function.schema.as_str(), function.name.as_str()),
            ("system", "query")
        );
        assert_eq!(function.arguments, ["QUERY", "SCHEMA"]);

        let other = response(&[
            ("supports_limit_pushdown", &[("something_else", &[])]),
            (
                "supports_time_travel",
                &[("query_passthrough_schema", &["system"])],
            ),
        ]);
        assert_eq!(Offer::of(&other), Offer::default());
    }
}
