//! Where settings come from: flags before environment variables before one TOML file. Nothing is checked here but spelling.

use std::collections::BTreeMap;

use clap::Args;
use serde::Deserialize;

/// What the command line, the environment and the file may say; `None` where they say nothing.
macro_rules! layer {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default, Clone, Args, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name { $($(#[$field_meta])* pub(crate) $field: $kind,)* }

        impl $name {
            /// What this layer says, and where it says nothing, what the one below says.
            fn over(self, below: Self) -> Self {
                Self { $($field: Layered::over(self.$field, below.$field),)* }
            }
        }
    };
}

trait Layered {
    fn over(self, below: Self) -> Self;
}

impl<T> Layered for Option<T> {
    fn over(self, below: Self) -> Self {
        self.or(below)
    }
}

impl<T> Layered for Vec<T> {
    fn over(self, below: Self) -> Self {
        if self.is_empty() { below } else { self }
    }
}

impl Layered for bool {
    fn over(self, below: Self) -> Self {
        self || below
    }
}

layer! {
    /// The connector: `[connector]` in the file.
    ConnectorLayer {
        /// Name of the function
        #[arg(long, value_name = "NAME", env = "ATHENA_DEPLOY_FUNCTION", help_heading = "Connector")]
        function: Option<String>,
        /// Name of the data catalog in account A [default: `data_source_table`]
        #[arg(long, value_name = "NAME", env = "ATHENA_DEPLOY_CATALOG", help_heading = "Connector")]
        catalog: Option<String>,
        /// Package of the function, as `package` writes it; needed to create the function
        #[arg(long, value_name = "FILE", env = "ATHENA_DEPLOY_ZIP", help_heading = "Connector")]
        zip: Option<String>,
        /// Bucket to which results above Lambda's response limit are written
        #[arg(long, value_name = "BUCKET", env = "ATHENA_DEPLOY_SPILL_BUCKET", help_heading = "Connector")]
        spill_bucket: Option<String>,
        /// Folder of the spill bucket [default: athena-spill]
        #[arg(long, value_name = "PREFIX", env = "ATHENA_DEPLOY_SPILL_PREFIX", help_heading = "Connector")]
        spill_prefix: Option<String>,
        /// Bucket for the results of queries in account A; with it a workgroup is kept that writes there
        #[arg(long, value_name = "BUCKET", env = "ATHENA_DEPLOY_RESULTS_BUCKET", help_heading = "Connector")]
        results_bucket: Option<String>,
        /// Workgroup in account A whose results go to the results bucket [default: the function's name]
        #[arg(long, value_name = "NAME", env = "ATHENA_DEPLOY_WORKGROUP", help_heading = "Connector")]
        workgroup: Option<String>,
        /// Memory of the function in MB [default: 3008]
        #[arg(long, value_name = "MB", env = "ATHENA_DEPLOY_MEMORY", help_heading = "Connector")]
        memory: Option<u32>,
        /// Longest time of a call in seconds [default: 900]
        #[arg(long, value_name = "SECONDS", env = "ATHENA_DEPLOY_TIMEOUT", help_heading = "Connector")]
        timeout: Option<u32>,
        /// Tables that may be read, separated by commas; without it all tables of the account
        #[arg(long, value_name = "TABLES", value_delimiter = ',', env = "ATHENA_DEPLOY_TABLES", help_heading = "Connector")]
        tables: Vec<String>,
        /// KMS key that makes the keys of spilled blocks: its ARN, or an alias or id that is looked up
        #[arg(long, value_name = "KEY", env = "ATHENA_DEPLOY_KMS_KEY", help_heading = "Connector")]
        kms_key: Option<String>,
        /// Further variable of the function, such as `allowed_tables`; may be repeated
        #[arg(long = "env", value_name = "NAME=VALUE", help_heading = "Connector")]
        #[serde(rename = "env", deserialize_with = "pairs")]
        variables: Vec<String>,
        /// ARN of an execution role that is there already; it is used as it is
        #[arg(long, value_name = "ARN", env = "ATHENA_DEPLOY_ROLE", help_heading = "Connector")]
        role: Option<String>,
        /// Name of the execution role that is made [default: the function's name with `-role`]
        #[arg(long, value_name = "NAME", env = "ATHENA_DEPLOY_ROLE_NAME", help_heading = "Connector")]
        role_name: Option<String>,
        /// ARN of a policy that bounds the roles that are made
        #[arg(long, value_name = "ARN", env = "ATHENA_DEPLOY_BOUNDARY", help_heading = "Connector")]
        boundary: Option<String>,
        /// Subnets of the function, separated by commas
        #[arg(long, value_name = "IDS", value_delimiter = ',', env = "ATHENA_DEPLOY_SUBNETS", help_heading = "Connector")]
        subnets: Vec<String>,
        /// Security groups of the function, separated by commas
        #[arg(long, value_name = "IDS", value_delimiter = ',', env = "ATHENA_DEPLOY_SECURITY_GROUPS", help_heading = "Connector")]
        security_groups: Vec<String>,
        /// Days that the function's log is kept
        #[arg(long, value_name = "DAYS", env = "ATHENA_DEPLOY_LOG_RETENTION", help_heading = "Connector")]
        log_retention: Option<u32>,
        /// Tag for all that is created; may be repeated
        #[arg(long = "tag", value_name = "KEY=VALUE", help_heading = "Connector")]
        #[serde(deserialize_with = "pairs")]
        tags: Vec<String>,
        /// Write the documents of the manual set-up to the letter, which allow more than is needed
        #[arg(long, conflicts_with = "strict", help_heading = "Connector")]
        seed_exact: bool,
        /// Also conditions of which nobody has seen yet that Athena meets them
        #[arg(long, help_heading = "Connector")]
        strict: bool,
        /// Take the statements of the manual set-up for our own, and put narrower ones in their place
        #[arg(long, help_heading = "Connector")]
        adopt: bool,
    }
}

layer! {
    /// Where account A is and how to get in: `[a]` in the file.
    AccountALayer {
        /// Profile of account A, which owns tables and function
        #[arg(id = "profile-a", long = "profile-a", value_name = "PROFILE", env = "ATHENA_DEPLOY_PROFILE_A", help_heading = "Accounts")]
        profile: Option<String>,
        /// Role to assume in account A
        #[arg(id = "role-arn-a", long = "role-arn-a", value_name = "ARN", env = "ATHENA_DEPLOY_ROLE_ARN_A", help_heading = "Accounts")]
        role_arn: Option<String>,
        /// Id that account A must have; credentials of another account are refused
        #[arg(id = "account-a", long = "account-a", value_name = "ACCOUNT", env = "ATHENA_DEPLOY_ACCOUNT_A", help_heading = "Accounts")]
        account: Option<String>,
    }
}

layer! {
    /// One account to share with: `[[b]]` in the file.
    AccountBLayer {
        /// Account to share the connector with
        #[arg(id = "account-b", long = "account-b", alias = "account", value_name = "ACCOUNT", env = "ATHENA_DEPLOY_ACCOUNT_B", help_heading = "Accounts")]
        account: Option<String>,
        /// Profile of account B; without it what B's administrator must do is printed
        #[arg(id = "profile-b", long = "profile-b", value_name = "PROFILE", env = "ATHENA_DEPLOY_PROFILE_B", help_heading = "Accounts")]
        profile: Option<String>,
        /// Role to assume in account B
        #[arg(id = "role-arn-b", long = "role-arn-b", value_name = "ARN", env = "ATHENA_DEPLOY_ROLE_ARN_B", help_heading = "Accounts")]
        role_arn: Option<String>,
        /// External ID that the role in account B asks for
        #[arg(id = "external-id-b", long = "external-id-b", value_name = "ID", env = "ATHENA_DEPLOY_EXTERNAL_ID_B", help_heading = "Accounts")]
        external_id: Option<String>,
        /// Bucket for the results of queries in account B; with it a workgroup is kept there that writes to it
        #[arg(id = "results-bucket-b", long = "results-bucket-b", value_name = "BUCKET", env = "ATHENA_DEPLOY_RESULTS_BUCKET_B", help_heading = "Accounts")]
        results_bucket: Option<String>,
        /// Workgroup in account B whose results go to that bucket [default: the function's name]
        #[arg(id = "workgroup-b", long = "workgroup-b", value_name = "NAME", env = "ATHENA_DEPLOY_WORKGROUP_B", help_heading = "Accounts")]
        workgroup: Option<String>,
        /// Name of the data catalog in account B [default: as in account A]
        #[arg(id = "catalog-b", long = "catalog-b", value_name = "NAME", env = "ATHENA_DEPLOY_CATALOG_B", help_heading = "Accounts")]
        catalog: Option<String>,
    }
}

/// Flags with the variables that stand for them.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct Flags {
    /// File with settings
    #[arg(
        long,
        value_name = "FILE",
        env = "ATHENA_DEPLOY_CONFIG",
        help_heading = "Settings"
    )]
    pub(crate) config: Option<String>,
    /// Region of function, buckets and catalogs [default: the profile's]
    #[arg(
        long,
        value_name = "REGION",
        env = "ATHENA_DEPLOY_REGION",
        help_heading = "Settings"
    )]
    pub(crate) region: Option<String>,
    /// Endpoint of all services, such as an emulator's
    #[arg(
        long,
        value_name = "URL",
        env = "ATHENA_DEPLOY_ENDPOINT_URL",
        help_heading = "Settings"
    )]
    pub(crate) endpoint_url: Option<String>,
    /// Seconds to wait for a state, such as an active function
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 120,
        help_heading = "Settings"
    )]
    pub(crate) wait_seconds: u32,
    /// Milliseconds between two looks at a state
    #[arg(long, value_name = "MS", default_value_t = 2000, hide = true)]
    pub(crate) wait_step_ms: u32,
    #[command(flatten)]
    pub(crate) a: AccountALayer,
    #[command(flatten)]
    pub(crate) b: AccountBLayer,
    #[command(flatten)]
    pub(crate) connector: ConnectorLayer,
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    region: Option<String>,
    endpoint_url: Option<String>,
    a: AccountALayer,
    b: Vec<AccountBLayer>,
    connector: ConnectorLayer,
}

impl File {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// Where the text is no TOML, or has a key that nobody knows: place and reason.
    pub(crate) fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

/// All layers in one, unchecked.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) region: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) wait_seconds: u32,
    pub(crate) wait_step_ms: u32,
    pub(crate) a: AccountALayer,
    pub(crate) b: Vec<AccountBLayer>,
    pub(crate) connector: ConnectorLayer,
}

impl Merged {
    /// Lays flags over a file. Flags about account B speak of the account that they name, or of the file's only one; an
    /// account that they name is the only one that is spoken of.
    pub(crate) fn of(flags: Flags, file: File) -> Self {
        let mut accounts = file.b;
        if let Some(named) = &flags.b.account {
            accounts.retain(|layer| layer.account.as_ref() == Some(named));
        }
        let said_something = [
            &flags.b.account,
            &flags.b.profile,
            &flags.b.role_arn,
            &flags.b.external_id,
            &flags.b.catalog,
            &flags.b.results_bucket,
            &flags.b.workgroup,
        ]
        .iter()
        .any(|field| field.is_some());
        let b = match accounts.len() {
            0 if said_something => vec![flags.b],
            1 => vec![flags.b.over(accounts.remove(0))],
            _ => accounts,
        };
        Self {
            region: flags.region.or(file.region),
            endpoint_url: flags.endpoint_url.or(file.endpoint_url),
            wait_seconds: flags.wait_seconds,
            wait_step_ms: flags.wait_step_ms,
            a: flags.a.over(file.a),
            b,
            connector: flags.connector.over(file.connector),
        }
    }
}

/// `[connector.env]` and `[connector.tags]` are tables in the file and words on the command line.
fn pairs<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let table = BTreeMap::<String, String>::deserialize(from)?;
    Ok(table
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect())
}
