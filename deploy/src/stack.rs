//! What is to be there, by name: all ARNs follow from settings, account and Region, so that nothing must be remembered.

use std::collections::BTreeMap;

use iam_policy_kit::{AccountId, Arn};

use crate::config::{ExecutionRole, Place, partition_of};
use crate::package::Package;
use crate::settings::{Role, Settings, Share};

/// The settings in their place.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    pub(crate) settings: Settings,
    /// Account A.
    pub(crate) account: AccountId,
    pub(crate) region: String,
    /// The function's code, if it was given.
    pub(crate) package: Option<Package>,
}

/// Tag of all that was made here.
pub(crate) const MANAGED_BY: (&str, &str) = ("managed-by", "athena-dynamodb-deploy");
/// Tag with the function's name, by which several set-ups of one account are told apart.
pub(crate) const STACK: &str = "stack";

impl Stack {
    /// An ARN in this partition.
    pub(crate) fn arn(&self, service: &str, region: &str, account: &str, resource: &str) -> Arn {
        Arn {
            partition: partition_of(&self.region).to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        }
    }

    fn here(&self, service: &str, resource: &str) -> Arn {
        self.arn(service, &self.region, self.account.as_str(), resource)
    }

    pub(crate) fn function_arn(&self) -> Arn {
        self.here("lambda", &format!("function:{}", self.settings.function))
    }

    pub(crate) fn role_arn(&self) -> Arn {
        match &self.settings.role {
            Role::Given(arn) => arn.clone(),
            Role::Own(name) => self.arn("iam", "", self.account.as_str(), &format!("role/{name}")),
        }
    }

    pub(crate) fn spill_arn(&self) -> Arn {
        self.arn("s3", "", "", &self.settings.spill_bucket)
    }

    /// All objects that the connector writes, as a pattern.
    pub(crate) fn spill_objects(&self) -> Arn {
        let Settings {
            spill_bucket,
            spill_prefix,
            ..
        } = &self.settings;
        self.arn("s3", "", "", &format!("{spill_bucket}/{spill_prefix}/*"))
    }

    pub(crate) fn log_group(&self) -> String {
        format!("/aws/lambda/{}", self.settings.function)
    }

    pub(crate) fn log_group_arn(&self) -> Arn {
        self.here("logs", &format!("log-group:{}", self.log_group()))
    }

    pub(crate) fn workgroup_arn(&self) -> Arn {
        self.here("athena", &format!("workgroup/{}", self.settings.workgroup))
    }

    /// The workgroup of an account that it is shared with.
    pub(crate) fn share_workgroup_arn(&self, share: &Share, name: &str) -> Arn {
        let resource = format!("workgroup/{name}");
        self.arn("athena", &self.region, share.account.as_str(), &resource)
    }

    pub(crate) fn catalog_arn(&self, account: &AccountId, name: &str) -> Arn {
        let resource = format!("datacatalog/{name}");
        self.arn("athena", &self.region, account.as_str(), &resource)
    }

    /// The name that Athena's console looks for in account B.
    pub(crate) fn share_role_name(&self) -> String {
        format!("AthenaCrossAccountCreate-{}", self.account)
    }

    pub(crate) fn share_role_arn(&self, share: &Share) -> Arn {
        let resource = format!("role/{}", self.share_role_name());
        self.arn("iam", "", share.account.as_str(), &resource)
    }

    /// Tags of all that is created.
    pub(crate) fn tags(&self) -> BTreeMap<String, String> {
        let (key, value) = MANAGED_BY;
        let mut tags = self.settings.tags.clone();
        tags.insert(key.to_owned(), value.to_owned());
        tags.insert(STACK.to_owned(), self.settings.function.clone());
        tags
    }

    /// Whether something with these tags was made for this stack.
    pub(crate) fn is_ours(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(MANAGED_BY.0).map(String::as_str) == Some(MANAGED_BY.1)
            && tags.get(STACK) == Some(&self.settings.function)
    }

    /// Whether the function asks the Glue Data Catalog.
    pub(crate) fn reads_glue(&self) -> bool {
        let disabled = self.settings.variables.get("disable_glue");
        // As the connector reads it: any other word turns it off.
        disabled.is_none_or(|value| value.eq_ignore_ascii_case("false"))
    }

    /// What the function works with, as far as its role must allow it.
    pub(crate) fn execution_role(&self) -> ExecutionRole {
        let Settings {
            spill_bucket,
            spill_prefix,
            kms_key,
            tables,
            variables,
            ..
        } = &self.settings;
        let reader = variables.get("cross_account_role_arn");
        ExecutionRole {
            spill_bucket: spill_bucket.clone(),
            spill_prefix: spill_prefix.clone(),
            kms_key: kms_key.clone(),
            cross_account_role: reader.and_then(|text| text.parse().ok()),
            table_roles: Vec::new(),
            place: Some(Place {
                region: self.region.clone(),
                account: self.account.clone(),
            }),
            tables: tables.clone(),
            reads_glue: self.reads_glue(),
        }
    }
}

#[cfg(test)]
impl Stack {
    /// The stack of a file of settings, in account 111111111111 and `us-east-1`.
    pub(crate) fn of_file(text: &str) -> Self {
        use crate::settings::{File, Flags, Merged};
        let file = File::read(text).unwrap();
        Self {
            settings: Settings::check(Merged::of(Flags::default(), file)).unwrap(),
            account: AccountId::new("111111111111").unwrap(),
            region: "us-east-1".to_owned(),
            package: None,
        }
    }
}
