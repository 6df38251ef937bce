//! What the command line said, checked: nothing behind this module meets a name that AWS would refuse.

use iam_policy_kit::{AccountId, Arn};

use crate::names::{self, InputError};
use crate::printed::PrintArgs;

/// What a function works with, as far as its role must allow it.
#[derive(Debug)]
pub(crate) struct ExecutionRole {
    /// Where results above the response limit go.
    pub(crate) spill_bucket: String,
    /// Folder of that bucket, without slashes at its ends.
    pub(crate) spill_prefix: String,
    /// The key that makes spill keys.
    pub(crate) kms_key: Option<Arn>,
    /// The role that reads DynamoDB in place of this one.
    pub(crate) cross_account_role: Option<Arn>,
    /// Roles that single tables are read with.
    pub(crate) table_roles: Vec<Arn>,
    /// Where tables, catalog and workgroups lie; `None` for any place.
    pub(crate) place: Option<Place>,
    /// The tables that may be read; empty for all.
    pub(crate) tables: Vec<String>,
    /// Whether it asks the Glue Data Catalog.
    pub(crate) reads_glue: bool,
}

/// One account's resources in one Region.
#[derive(Debug)]
pub(crate) struct Place {
    /// For example `eu-central-1`.
    pub(crate) region: String,
    /// Whose.
    pub(crate) account: AccountId,
}

impl ExecutionRole {
    /// Checks the options of `policy print`.
    ///
    /// # Errors
    /// The first option that cannot be, with a hint.
    pub(crate) fn from_args(args: &PrintArgs) -> Result<Self, InputError> {
        let spill_bucket = names::bucket("--spill-bucket", &args.spill_bucket)?;
        let spill_prefix = names::prefix("--spill-prefix", &args.spill_prefix)?;
        let place = match (&args.region, &args.account) {
            (Some(region), Some(account)) => {
                let account = names::account("--account", account)?;
                Some(Place {
                    region: names::region("--region", region)?,
                    account,
                })
            }
            _ => None,
        };
        let kms_key = args.kms_key.as_deref();
        let kms_key = kms_key
            .map(|text| names::key("--kms-key", text))
            .transpose()?;
        if let (Some(key), Some(place)) = (&kms_key, &place) {
            names::key_in_region("--kms-key", key, &place.region)?;
        }
        let role = |option| move |text: &str| names::role(option, text);
        let cross_account_role = (args.cross_account_role.as_deref())
            .map(role("--cross-account-role"))
            .transpose()?;
        let table_roles = (args.table_roles.iter())
            .map(|text| role("--table-roles")(text))
            .collect::<Result<_, _>>()?;
        let tables = args
            .tables
            .iter()
            .map(|name| names::table("--tables", name))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            spill_bucket,
            spill_prefix,
            kms_key,
            cross_account_role,
            table_roles,
            place,
            tables,
            reads_glue: true,
        })
    }

    /// The partition of all ARNs: the Region's, else the key's, else the commercial one.
    pub(crate) fn partition(&self) -> &str {
        match (&self.place, &self.kms_key) {
            (Some(place), _) => partition_of(&place.region),
            (None, Some(key)) => &key.partition,
            _ => "aws",
        }
    }
}

/// The partition that a Region lies in.
pub(crate) fn partition_of(region: &str) -> &'static str {
    match region.split_once('-') {
        Some(("cn", _)) => "aws-cn",
        Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
        Some(("eusc", _)) => "aws-eusc",
        _ => "aws",
    }
}
