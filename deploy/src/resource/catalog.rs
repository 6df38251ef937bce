//! A data catalog of Athena that leads to the function, in account A or in one that it is shared with.

use std::collections::BTreeMap;

use aws_sdk_athena::types::{DataCatalogType, Tag};
use iam_policy_kit::AccountId;

use crate::aws::{Account, AwsError, OrAbsent as _};
use crate::change::Change;
use crate::resource::role::gone;

/// A catalog as it is.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// `LAMBDA`, `GLUE`, `HIVE`, `FEDERATED`.
    pub(crate) kind: String,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// A write call on a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        catalog: String,
        function: String,
        tags: BTreeMap<String, String>,
    },
    Update {
        catalog: String,
        function: String,
    },
    Delete {
        catalog: String,
    },
}

const KIND: &str = "LAMBDA";
const FUNCTION: &str = "function";
/// Two functions in place of one.
const HALVES: [&str; 2] = ["metadata-function", "record-function"];

/// Reads a catalog.
///
/// # Errors
/// What Athena answers, but for "not found".
pub(crate) async fn read(account: &Account, catalog: &str) -> Result<Option<Found>, AwsError> {
    let got = account.athena.get_data_catalog().name(catalog).send().await;
    let got = got
        .map_err(account.refused("athena:GetDataCatalog", catalog))
        .or_absent()?;
    Ok(got.and_then(|got| got.data_catalog).map(|is| Found {
        kind: is.r#type.as_str().to_owned(),
        parameters: is.parameters.unwrap_or_default().into_iter().collect(),
    }))
}

/// What has to be done for a catalog to lead to the function. Tags are left out in another account, where they need a right of their own.
pub(crate) fn plan(
    account: &AccountId,
    catalog: &str,
    function: &str,
    tags: &BTreeMap<String, String>,
    found: Option<&Found>,
) -> Change<Call> {
    let mut change = Change::new(account, "data catalog", catalog);
    let (name, target) = (catalog.to_owned(), function.to_owned());
    let Some(is) = found else {
        change.detail(format!("function: {function}"));
        let tags = tags.clone();
        change.create(Call::Create {
            catalog: name,
            function: target,
            tags,
        });
        return change;
    };
    if is.kind != KIND {
        change.block(
            format!(
                "catalog `{catalog}` of account {account} must be of type {KIND}, got {}",
                is.kind
            ),
            "choose another name with `--catalog` or `--catalog-b`; what is there is not replaced",
        );
        return change;
    }
    // Other parameters are the service's own.
    let parameter = |name: &str| is.parameters.get(name).map_or("none", String::as_str);
    let has_halves = HALVES.iter().any(|half| is.parameters.contains_key(*half));
    if change.field(FUNCTION, &parameter(FUNCTION), &function) || has_halves {
        change.update(Call::Update {
            catalog: name,
            function: target,
        });
    }
    change
}

/// What has to be done for a catalog to be gone. One that leads elsewhere is somebody else's.
pub(crate) fn plan_removal(
    account: &AccountId,
    catalog: &str,
    function: &str,
    found: &Found,
) -> Change<Call> {
    let mut change = Change::new(account, "data catalog", catalog);
    if found.kind == KIND && found.parameters.get(FUNCTION).map(String::as_str) == Some(function) {
        change.delete(Call::Delete {
            catalog: catalog.to_owned(),
        });
    } else {
        change.verb = crate::change::Verb::Foreign;
        change.detail("leads to another function and stays");
    }
    change
}

impl Call {
    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Create { catalog, .. } => format!("create data catalog {catalog}"),
            Self::Update { catalog, .. } => format!("lead data catalog {catalog} to the function"),
            Self::Delete { catalog } => format!("delete data catalog {catalog}"),
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// What Athena answers, but for what is gone already.
    pub(crate) async fn run(&self, account: &Account) -> Result<(), AwsError> {
        let athena = &account.athena;
        match self {
            Self::Create {
                catalog,
                function,
                tags,
            } => {
                let tags: Vec<Tag> = tags
                    .iter()
                    .map(|(key, value)| Tag::builder().key(key).value(value).build())
                    .collect();
                let call = athena
                    .create_data_catalog()
                    .name(catalog)
                    .r#type(DataCatalogType::Lambda)
                    .parameters(FUNCTION, function)
                    .set_tags((!tags.is_empty()).then_some(tags));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("athena:CreateDataCatalog", catalog))
            }
            Self::Update { catalog, function } => {
                let call = athena
                    .update_data_catalog()
                    .name(catalog)
                    .r#type(DataCatalogType::Lambda)
                    .parameters(FUNCTION, function);
                let done = call.send().await.map(drop);
                done.map_err(account.refused("athena:UpdateDataCatalog", catalog))
            }
            Self::Delete { catalog } => {
                let done = athena
                    .delete_data_catalog()
                    .name(catalog)
                    .send()
                    .await
                    .map(drop);
                gone(done.map_err(account.refused("athena:DeleteDataCatalog", catalog)))
            }
        }
    }
}
