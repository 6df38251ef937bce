//! Athena: data catalogs and workgroups.

mod catalogs;
mod workgroups;
mod tags;
mod metadata;

use serde_json::Value;

use super::Next;
use super::answer::Refusal;
use super::gate::Call;
use super::world::World;

pub(super) use catalogs::Catalog;
pub(super) use metadata::databases;
pub(super) use workgroups::WorkGroup;

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Next, Refusal> {
    let reply = match call.wire.operation.as_str() {
        "ListDatabases" => return metadata::list_databases(world, call),
        "CreateDataCatalog" => catalogs::create(world, call),
        "GetDataCatalog" => catalogs::get(world, call),
        "UpdateDataCatalog" => catalogs::update(world, call),
        "DeleteDataCatalog" => catalogs::delete(world, call),
        "ListDataCatalogs" => catalogs::list(world, call),
        "CreateWorkGroup" => workgroups::create(world, call),
        "GetWorkGroup" => workgroups::get(world, call),
        "UpdateWorkGroup" => workgroups::update(world, call),
        "DeleteWorkGroup" => workgroups::delete(world, call),
        "ListWorkGroups" => workgroups::list(world, call),
        "TagResource" => tags::tag(world, call),
        "UntagResource" => tags::untag(world, call),
        "ListTagsForResource" => tags::list(world, call),
        other => Err(Refusal::not_offered(format!("no operation athena:{other}"))),
    };
    reply.map(Next::Done)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidRequestException", message)
}

/// The entries from `NextToken` on, at most `MaxResults` of them or 50, and the token of the rest.
fn page(call: &Call, mut entries: Vec<Value>) -> (Vec<Value>, Option<String>) {
    let fields = &call.wire.fields;
    let start = fields["NextToken"]
        .as_str()
        .and_then(|token| token.parse().ok());
    let most = fields["MaxResults"].as_u64().unwrap_or(50);
    let start = start.unwrap_or(0).min(entries.len());
    let end = entries
        .len()
        .min(start + usize::try_from(most).unwrap_or(usize::MAX));
    let rest = (end < entries.len()).then(|| end.to_string());
    (entries.drain(start..end).collect(), rest)
}
