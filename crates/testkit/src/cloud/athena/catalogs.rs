//! Data catalogs.

use std::collections::BTreeMap;

use iam_policy_kit::Arn;
use serde_json::{Value, json};

use super::{invalid, page};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{World, arn};

/// A registered data source.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Catalog {
    pub(super) arn: Arn,
    kind: String,
    description: Option<String>,
    parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Catalog {
    fn told(&self, name: &str) -> Value {
        let mut told = json!({
            "Name": name, "Type": self.kind, "Parameters": self.parameters, "Status": "CREATE_COMPLETE"
        });
        if let Some(description) = &self.description {
            told["Description"] = description.as_str().into();
        }
        told
    }
}

/// The catalog that every account has and nobody can change.
const BUILT_IN: &str = "AwsDataCatalog";

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("Name")?;
    let account = call.account().clone();
    let catalog_arn = catalog_arn(call, &name);
    let tags = call.wire.tags();
    let ask = |action| Ask::on(action, &catalog_arn, &account).tagging(&tags);
    world.permit(call, &ask("athena:CreateDataCatalog"))?;
    if !tags.is_empty() {
        world.permit(call, &ask("athena:TagResource"))?;
    }
    let (kind, parameters) = (call.wire.needed("Type")?, parameters(call));
    let is_name = |char: char| char.is_ascii_alphanumeric() || "_@-".contains(char);
    if !(1..=127).contains(&name.len()) || !name.chars().all(is_name) || name == BUILT_IN {
        return Err(invalid(format!("Invalid DataCatalog name: {name}")));
    }
    check(&kind, &parameters)?;
    let catalogs = &mut world.account(&account).catalogs;
    let place = (call.region.clone(), name.clone());
    if catalogs.contains_key(&place) {
        return Err(invalid(format!("DataCatalog {name} already exists")));
    }
    let catalog = Catalog {
        arn: catalog_arn,
        kind,
        description: call.wire.text("Description"),
        parameters,
        tags,
    };
    let told = json!({"DataCatalog": catalog.told(&name)});
    catalogs.insert(place, catalog);
    Ok(Reply::json(told))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("Name")?;
    if name == BUILT_IN {
        let action = "athena:GetDataCatalog";
        let ask = Ask::on(action, &catalog_arn(call, &name), call.account());
        world.permit(call, &ask)?;
        return Ok(Reply::json(json!({"DataCatalog": built_in(call)})));
    }
    let catalog = permitted(world, call, &name)?;
    Ok(Reply::json(json!({"DataCatalog": catalog.told(&name)})))
}

fn built_in(call: &Call) -> Value {
    let parameters = json!({"catalog-id": call.account().as_str()});
    json!({"Name": BUILT_IN, "Type": "GLUE", "Parameters": parameters})
}

pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("Name")?;
    let kind = call.wire.needed("Type")?;
    let catalog = permitted(world, call, &name)?;
    if kind != catalog.kind {
        return Err(invalid("The type of a DataCatalog cannot be changed"));
    }
    let parameters = parameters(call);
    check(&kind, &parameters)?;
    catalog.parameters = parameters;
    catalog.description = call.wire.text("Description");
    Ok(Reply::json(json!({})))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("Name")?;
    let catalog = permitted(world, call, &name)?;
    let told = json!({"DataCatalog": catalog.told(&name)});
    let place = (call.region.clone(), name);
    world.account(call.account()).catalogs.remove(&place);
    Ok(Reply::json(told))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let account = call.account();
    world.permit(call, &Ask::anywhere("athena:ListDataCatalogs", account))?;
    let summary = |name: &str, kind: &str| json!({"CatalogName": name, "Type": kind});
    let own = world.account(account).catalogs.iter();
    let own = own.filter(|((region, _), _)| *region == call.region);
    let own = own.map(|((_, name), catalog)| summary(name, &catalog.kind));
    let all = std::iter::once(summary(BUILT_IN, "GLUE")).chain(own);
    let (summaries, next) = page(call, all.collect());
    let told = json!({"DataCatalogsSummary": summaries, "NextToken": next});
    Ok(Reply::json(told))
}

/// A function for all, or one for metadata and one for records; for Hive's metadata one. Other types are not for this cloud.
fn check(kind: &str, parameters: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
    let is_function = |text: &String| {
        text.parse::<Arn>()
            .is_ok_and(|arn| arn.service == "lambda" && arn.resource.starts_with("function:"))
    };
    let fits = match kind {
        "LAMBDA" => matches!(
            names[..],
            ["function"] | ["metadata-function", "record-function"]
        ),
        "HIVE" => names == ["metadata-function"],
        _ => return Err(Refusal::not_offered(format!("no catalogs of type {kind}"))),
    };
    if fits && parameters.values().all(is_function) {
        return Ok(());
    }
    Err(invalid(format!(
        "Invalid parameters of a {kind} DataCatalog"
    )))
}

fn parameters(call: &Call) -> BTreeMap<String, String> {
    let parameters = call.wire.fields["Parameters"]
        .as_object()
        .into_iter()
        .flatten();
    parameters
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn catalog_arn(call: &Call, name: &str) -> Arn {
    let resource = format!("datacatalog/{name}");
    arn("athena", &call.region, call.account().as_str(), resource)
}

impl Catalog {
    /// The function that is asked for metadata.
    pub(super) fn function(&self) -> Option<Arn> {
        let keys = ["function", "metadata-function"];
        let named = keys.into_iter().find_map(|key| self.parameters.get(key));
        named?.parse().ok()
    }
}

/// The catalog of that name, if the caller may do with it what the call says.
pub(super) fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    name: &str,
) -> Result<&'a mut Catalog, Refusal> {
    let account = call.account();
    let action = format!("athena:{}", call.wire.operation);
    let place = (call.region.clone(), name.to_owned());
    let mut ask = Ask::on(&action, &catalog_arn(call, name), account);
    let found = world.accounts.get(account);
    if let Some(catalog) = found.and_then(|found| found.catalogs.get(&place)) {
        ask = ask.tagged(&catalog.tags);
    }
    world.permit(call, &ask)?;
    let catalog = world.account(account).catalogs.get_mut(&place);
    catalog.ok_or_else(|| invalid(format!("DataCatalog {name} was not found.")))
}
