//! The first calls on a catalog: a ping, and what the connector offers (protocol §2, §5.8).

use super::rules::Rule;
use super::session::{Failure, Session, identity, query_id};
use athena_protocol::wire::{
    CapabilitySubType, GetDataSourceCapabilitiesRequest, GetDataSourceCapabilitiesResponse,
    PingResponse, Request, Response, Version,
};
use std::collections::BTreeSet;

/// What the connector says that it can be left to do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) limit: bool,
    pub(super) top_n: bool,
    /// Functions of expressions, such as `$and`.
    pub(super) functions: BTreeSet<String>,
}

/// Pings, and takes the answered version for what follows.
///
/// # Errors
/// If the connector does not answer: then there is nothing to judge.
pub(super) async fn ping(session: &mut Session) -> Result<PingResponse, Failure> {
    let request = session.ping_request();
    let answer = match session.ask(&request).await {
        Ok(Response::Ping(answer)) => answer,
        Ok(other) => return Err(Failure::Unexpected(other.kind())),
        Err(failure) => {
            session.ledger.fail(Rule::PingAnswer, failure.in_full());
            return Err(failure);
        }
    };
    let number = answer.ser_de_version;
    let spoken = Version::ALL
        .into_iter()
        .rfind(|version| version.number() <= number);
    session
        .ledger
        .check(Rule::PingAnswer, spoken.is_some(), || {
            format!("version {number} is answered, which is not spoken any more")
        });
    session
        .ledger
        .check(Rule::PingAnswer, !answer.source_type.is_empty(), || {
            "the kind of source has no name".to_owned()
        });
    // With the oldest that is known here the connector is at least reached.
    session.version = spoken.unwrap_or(Version::V2);
    Ok(answer)
}

/// Asks what the connector offers. One that refuses offers nothing.
pub(super) async fn offer(session: &mut Session) -> Offer {
    let rule = Rule::CapabilitiesAnswer;
    if session.version < Version::V4 {
        let version = session.version;
        let why = format!("the call came with version 4, and the connector speaks {version}");
        session.ledger.skip(rule, why);
        return Offer::default();
    }
    let request = Request::GetDataSourceCapabilities(GetDataSourceCapabilitiesRequest {
        identity: Some(identity()),
        query_id: query_id(),
        catalog_name: session.target.catalog.clone(),
    });
    match session.ask(&request).await {
        Ok(Response::GetDataSourceCapabilities(answer)) => {
            let offer = Offer::of(&answer);
            let odd = offer
                .functions
                .iter()
                .find(|name| !FUNCTIONS.contains(&name.as_str()));
            session.ledger.check(rule, odd.is_none(), || {
                let name: String = odd
                    .into_iter()
                    .flat_map(|name| name.chars().take(40))
                    .collect();
                format!("`{name}` is no function of the protocol")
            });
            offer
        }
        Ok(other) => {
            session
                .ledger
                .fail(rule, format!("the answer is a {}", other.kind()));
            Offer::default()
        }
        Err(failure) => {
            session.ledger.fail(rule, failure.in_full());
            Offer::default()
        }
    }
}

impl Offer {
    fn of(answer: &GetDataSourceCapabilitiesResponse) -> Self {
        let mut offer = Self::default();
        for (name, sub_types) in &answer.capabilities {
            let sub_type = |name: &str| {
                let mut all = sub_types.iter();
                all.find(|sub_type: &&CapabilitySubType| {
                    sub_type.sub_type.eq_ignore_ascii_case(name)
                })
            };
            match name.to_ascii_lowercase().as_str() {
                "supports_complex_expression_pushdown" => {
                    let functions = sub_type("supported_function_expression_types");
                    let functions = functions.map(|functions| functions.properties.iter().cloned());
                    offer.functions.extend(functions.into_iter().flatten());
                }
                "supports_limit_pushdown" => offer.limit = sub_type("integer_constant").is_some(),
                "supports_top_n_pushdown" => offer.top_n = sub_type("SUPPORTS_ORDER_BY").is_some(),
                _ => {}
            }
        }
        offer
    }

    /// Whether expressions may call all of these.
    pub(super) fn has(&self, functions: &[&str]) -> bool {
        functions.iter().all(|name| self.functions.contains(*name))
    }
}

/// The functions of the protocol (protocol §4).
const FUNCTIONS: [&str; 21] = [
    "$and",
    "$or",
    "$not",
    "$is_null",
    "$nullif",
    "$equal",
    "$not_equal",
    "$less_than",
    "$less_than_or_equal",
    "$greater_than",
    "$greater_than_or_equal",
    "$is_distinct_from",
    "$add",
    "$subtract",
    "$multiply",
    "$divide",
    "$modulus",
    "$negate",
    "$like_pattern",
    "$in",
    "$array",
];
