//! The function: its settings, variables and code.

mod calls;
pub(crate) mod states;

use std::collections::{BTreeMap, BTreeSet};

use iam_policy_kit::AccountId;

pub(crate) use calls::Call;

use crate::aws::{Account, AwsError, OrAbsent as _};
use crate::change::{Change, tag_list};
use crate::package::Package;
use crate::settings::Network;

/// A function as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) role: String,
    /// In MB.
    pub(crate) memory: u32,
    /// In seconds.
    pub(crate) timeout: u32,
    /// Variables that are set; those of [`OPTIONAL`] that are not here are taken away, all others stay.
    pub(crate) variables: BTreeMap<String, String>,
    /// Without it a network that is there stays.
    pub(crate) network: Option<Network>,
    /// Without it the code stays.
    pub(crate) package: Option<Package>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A function as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) role: String,
    pub(crate) runtime: String,
    pub(crate) handler: String,
    pub(crate) is_image: bool,
    pub(crate) memory: u32,
    pub(crate) timeout: u32,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) network: Option<Network>,
    pub(crate) architecture: String,
    pub(crate) code_sha256: String,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What `UpdateFunctionConfiguration` is told, and `CreateFunction` too.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    pub(crate) role: String,
    pub(crate) memory: u32,
    pub(crate) timeout: u32,
    /// All variables: the call replaces them.
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) network: Option<Network>,
}

pub(crate) const RUNTIME: &str = "provided.al2023";
pub(crate) const HANDLER: &str = "bootstrap";
/// Variables of ours that are there only sometimes.
const OPTIONAL: &[&str] = &["kms_key_id"];

/// Reads a function.
///
/// # Errors
/// What Lambda answers, but for "no such function".
pub(crate) async fn read(account: &Account, name: &str) -> Result<Option<Found>, AwsError> {
    let got = account
        .lambda
        .get_function()
        .function_name(name)
        .send()
        .await;
    let got = got
        .map_err(account.refused("lambda:GetFunction", name))
        .or_absent()?;
    let Some((Some(is), tags)) = got.map(|got| (got.configuration, got.tags)) else {
        return Ok(None);
    };
    let variables = is.environment.and_then(|environment| environment.variables);
    let network = is.vpc_config.map(|network| Network {
        subnets: network.subnet_ids.unwrap_or_default().into_iter().collect(),
        security_groups: network
            .security_group_ids
            .unwrap_or_default()
            .into_iter()
            .collect(),
    });
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let architectures = is.architectures.unwrap_or_default();
    Ok(Some(Found {
        role: is.role.unwrap_or_default(),
        runtime: is
            .runtime
            .map(|runtime| runtime.as_str().to_owned())
            .unwrap_or_default(),
        handler: is.handler.unwrap_or_default(),
        is_image: is.package_type.is_some_and(|kind| kind.as_str() == "Image"),
        memory: number(is.memory_size).unwrap_or_default(),
        timeout: number(is.timeout).unwrap_or_default(),
        variables: variables.unwrap_or_default().into_iter().collect(),
        network: network.filter(|network| !network.subnets.is_empty()),
        architecture: architectures
            .first()
            .map_or("x86_64", |architecture| architecture.as_str())
            .to_owned(),
        code_sha256: is.code_sha256.unwrap_or_default(),
        tags: tags.unwrap_or_default().into_iter().collect(),
    }))
}

/// What has to be done for a function to be as it should.
pub(crate) fn plan(account: &AccountId, wanted: &Wanted, found: Option<&Found>) -> Change<Call> {
    let mut change = Change::new(account, "function", &wanted.name);
    let name = || wanted.name.clone();
    let Some(is) = found else {
        let Some(package) = &wanted.package else {
            change.block(
                "the function is not there yet and its package was not given",
                "make one with `package` and give it with `--zip target/lambda/bootstrap.zip`",
            );
            return change;
        };
        change.detail(format!(
            "memory: {} MB, timeout: {} s",
            wanted.memory, wanted.timeout
        ));
        let names: Vec<&str> = wanted.variables.keys().map(String::as_str).collect();
        change.detail(format!("variables: {}", names.join(", ")));
        change.detail(format!(
            "code: {} for {}",
            package.sha256,
            package.architecture.as_str()
        ));
        change.detail(format!("tags: {}", tag_list(&wanted.tags)));
        change.create(Call::Create {
            name: name(),
            configuration: Configuration {
                role: wanted.role.clone(),
                memory: wanted.memory,
                timeout: wanted.timeout,
                variables: wanted.variables.clone(),
                network: wanted.network.clone(),
            },
            code_sha256: package.sha256.clone(),
            tags: wanted.tags.clone(),
        });
        return change;
    };
    if is.is_image {
        change.block(
            format!(
                "function `{}` is a container image, which cannot become a zip package",
                wanted.name
            ),
            "delete it first, or choose another name with `--function`",
        );
        return change;
    }
    if is.runtime != RUNTIME && wanted.package.is_none() {
        change.block(
            format!(
                "function `{}` runs other code, on {}, and the package to replace it was not given",
                wanted.name, is.runtime
            ),
            "give it with `--zip target/lambda/bootstrap.zip`, or choose another name with `--function`",
        );
        return change;
    }
    plan_configuration(&mut change, wanted, is);
    if let Some(package) = &wanted.package
        && change.field("code", &is.code_sha256, &package.sha256)
    {
        // One archive has one architecture, which this call changes too.
        change.field(
            "architecture",
            &is.architecture.as_str(),
            &package.architecture.as_str(),
        );
        change.update(Call::Code {
            name: name(),
            code_sha256: package.sha256.clone(),
        });
    }
    change
}

fn plan_configuration(change: &mut Change<Call>, wanted: &Wanted, is: &Found) {
    let mut variables = is.variables.clone();
    variables.retain(|name, _| {
        !OPTIONAL.contains(&name.as_str()) || wanted.variables.contains_key(name)
    });
    variables.extend(wanted.variables.clone());
    let fields = [
        change.field("runtime", &is.runtime.as_str(), &RUNTIME),
        change.field("handler", &is.handler.as_str(), &HANDLER),
        change.field("role", &is.role, &wanted.role),
        change.field("memory", &is.memory, &wanted.memory),
        change.field("timeout", &is.timeout, &wanted.timeout),
    ];
    let mut differs = fields.contains(&true);
    let names: BTreeSet<&String> = is.variables.keys().chain(variables.keys()).collect();
    for name in names {
        // Values may be secret.
        let what = match (is.variables.get(name), variables.get(name)) {
            (before, after) if before == after => continue,
            (None, _) => "is set",
            (_, None) => "is taken away",
            _ => "changes",
        };
        differs = true;
        change.detail(format!("variable {name} {what}"));
    }
    if wanted.network.is_some() && wanted.network != is.network {
        differs = true;
        change.detail("network changes");
    }
    if differs {
        change.update(Call::Configure {
            name: wanted.name.clone(),
            configuration: Configuration {
                role: wanted.role.clone(),
                memory: wanted.memory,
                timeout: wanted.timeout,
                variables,
                network: wanted.network.clone(),
            },
        });
    }
}

/// What has to be done for a function to be gone.
pub(crate) fn plan_removal(account: &AccountId, name: &str) -> Change<Call> {
    let mut change = Change::new(account, "function", name);
    change.delete(Call::Delete {
        name: name.to_owned(),
    });
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn wanted() -> Wanted {
        Wanted {
            name: "fn".to_owned(),
            role: "arn:aws:iam::111111111111:role/fn-role".to_owned(),
            memory: 3008,
            timeout: 900,
            variables: variables(&[("spill_bucket", "canary-new")]),
            network: None,
            package: None,
            tags: BTreeMap::new(),
        }
    }

    fn found() -> Found {
        Found {
            role: wanted().role,
            runtime: RUNTIME.to_owned(),
            handler: HANDLER.to_owned(),
            memory: 3008,
            timeout: 900,
            variables: wanted().variables,
            ..Found::default()
        }
    }

    fn account() -> AccountId {
        AccountId::new("111111111111").unwrap()
    }

    #[test]
    fn values_of_variables_are_never_told_and_those_of_others_go_along() {
        let theirs = [
            ("spill_bucket", "canary-old"),
            ("theirs", "canary-secret"),
            ("kms_key_id", "canary-key"),
        ];
        let is = Found {
            variables: variables(&theirs),
            ..found()
        };
        let change = plan(&account(), &wanted(), Some(&is));
        assert_eq!(
            change.details,
            [
                "variable kms_key_id is taken away",
                "variable spill_bucket changes"
            ]
        );
        let Some(Call::Configure { configuration, .. }) = change.calls.first() else {
            panic!("not configured: {change:?}");
        };
        let kept = variables(&[("spill_bucket", "canary-new"), ("theirs", "canary-secret")]);
        assert_eq!(configuration.variables, kept);
        assert!(!format!("{change:?}").contains("canary"));
    }

    fn package() -> Package {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        archive.start_file("bootstrap", options).unwrap();
        let head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\xb7\0";
        std::io::Write::write_all(&mut archive, head).unwrap();
        Package::read(archive.finish().unwrap().into_inner()).unwrap()
    }

    #[test]
    fn a_java_connector_is_switched_over_with_its_code_and_an_image_is_not() {
        let java = Found {
            runtime: "java11".to_owned(),
            handler: "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler".to_owned(),
            architecture: "x86_64".to_owned(),
            ..found()
        };
        let change = plan(&account(), &wanted(), Some(&java));
        assert!(
            change.calls.is_empty() && change.blocked.len() == 1,
            "{change:?}"
        );
        let with_code = Wanted {
            package: Some(package()),
            ..wanted()
        };
        let change = plan(&account(), &with_code, Some(&java));
        let told = [
            "runtime: java11 -> provided.al2023",
            "architecture: x86_64 -> arm64",
        ];
        for line in told {
            assert!(change.details.contains(&line.to_owned()), "{change:?}");
        }
        assert!(
            matches!(
                change.calls[..],
                [Call::Configure { .. }, Call::Code { .. }]
            ),
            "{change:?}"
        );
        let image = Found {
            is_image: true,
            ..found()
        };
        let change = plan(&account(), &with_code, Some(&image));
        assert!(change.calls.is_empty() && change.blocked.len() == 1);
    }

    #[test]
    fn without_a_package_an_existing_function_keeps_its_code_and_a_missing_one_cannot_be_made() {
        assert!(plan(&account(), &wanted(), Some(&found())).calls.is_empty());
        let change = plan(&account(), &wanted(), None);
        assert!(change.blocked[0].hint.contains("--zip"), "{change:?}");
    }
}
