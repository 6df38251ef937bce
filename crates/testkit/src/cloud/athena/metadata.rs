//! `ListDatabases`: Athena asks the catalog's function, with the rights of whoever asked it.

use serde_json::{Value, json};

use super::{catalogs, invalid};
use crate::cloud::Next;
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::Call;
use crate::cloud::lambda::through_athena;
use crate::cloud::world::World;
use crate::emulator::InvokeOutcome;

pub(super) fn list_databases(world: &mut World, call: &Call) -> Result<Next, Refusal> {
    let name = call.wire.needed("CatalogName")?;
    let catalog = catalogs::permitted(world, call, &name)?;
    let function = catalog.function();
    let function =
        function.ok_or_else(|| invalid(format!("DataCatalog {name} has no function")))?;
    let holder = &call.key.holder;
    let question = json!({
        "@type": "ListSchemasRequest",
        "identity": {
            "id": "UNKNOWN", "principal": "UNKNOWN", "account": holder.account.as_str(), "arn": holder.arn(),
            "tags": {}, "groups": [], "configOptions": {},
        },
        "queryId": uuid::Uuid::new_v4().to_string(),
        "catalogName": name,
    });
    through_athena(world, call, &function, question.to_string().into())
        .map(Next::Databases)
        .map_err(|refusal| match refusal.status {
            // What this cloud cannot tell is no answer of a function.
            501 => refusal,
            _ => failed(&refusal.message),
        })
}

/// The answer, from what the function said.
pub(in crate::cloud) fn databases(outcome: &InvokeOutcome) -> Result<Reply, Refusal> {
    let said: Value = serde_json::from_slice(&outcome.payload).unwrap_or_default();
    if outcome.function_error.is_some() {
        return Err(failed(said["errorMessage"].as_str().unwrap_or_default()));
    }
    let schemas = said["schemas"].as_array();
    let schemas = schemas.ok_or_else(|| failed("the function's answer lists no schemas"))?;
    let databases: Vec<Value> = schemas.iter().map(|name| json!({"Name": name})).collect();
    Ok(Reply::json(json!({"DatabaseList": databases})))
}

fn failed(message: &str) -> Refusal {
    Refusal::new(400, "MetadataException", message)
}
