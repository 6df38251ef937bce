//! The connectors behind the catalogs: started here, or deployed; in AWS or at an endpoint that stands for it.

use crate::args::{OverArgs, Target};
use crate::error::Error;
use crate::function::{Command, Function, TIME_LIMIT};
use crate::sql::{Catalog, Shell, Source};
use async_trait::async_trait;
use athena_client::lambda::region_of;
use athena_client::{Connector, LambdaInvoker, Limits, S3Store, SpillStore, StoreError};
use athena_testkit::S3;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A shell with the catalogs that the arguments name. Nothing is started before it is needed; what was ends with the shell.
///
/// # Errors
/// If two catalogs have the same name.
pub(crate) fn shell(args: OverArgs, vars: BTreeMap<String, String>) -> Result<Shell, Error> {
    let catalogs = args.catalogs();
    let catalogs = catalogs.map_err(|catalog| Error::SameCatalog { catalog })?;
    let pushes = !args.no_pushdown;
    let settings = Arc::new(Settings { args, vars });
    let shell = Shell::over(catalogs.into_iter().map(|(name, target)| {
        let source = Reached {
            catalog: name.clone(),
            target,
            settings: settings.clone(),
            running: Mutex::new(None),
        };
        Catalog::new(name, source)
    }));
    Ok(if pushes {
        shell
    } else {
        shell.without_pushdown()
    })
}

/// The connector of the first catalog, which is not asked anything yet. What was started for it ends with the second value.
///
/// # Errors
/// If it cannot be started or found, or two catalogs have the same name.
pub(crate) async fn connector(
    args: OverArgs,
    vars: BTreeMap<String, String>,
) -> Result<(Connector, Reached), Error> {
    let catalogs = args.catalogs();
    let catalogs = catalogs.map_err(|catalog| Error::SameCatalog { catalog })?;
    let first = catalogs.into_iter().next();
    let (catalog, target) = first.expect("without a name there is the default one");
    let reached = Reached {
        catalog,
        target,
        settings: Arc::new(Settings { args, vars }),
        running: Mutex::new(None),
    };
    Ok((reached.reach().await?, reached))
}

/// Arguments and environment.
struct Settings {
    args: OverArgs,
    vars: BTreeMap<String, String>,
}

/// A connector that is started, or found, when it is first asked.
pub(crate) struct Reached {
    catalog: String,
    target: Target,
    settings: Arc<Settings>,
    running: Mutex<Option<Running>>,
}

/// A function that runs here.
struct Running {
    _function: Function,
    /// Where it spills to, unless that is a bucket of the user's.
    _store: Option<S3>,
}

#[async_trait]
impl Source for Reached {
    async fn open(&self) -> Result<Connector, Box<dyn StdError + Send + Sync>> {
        Ok(self.reach().await?)
    }

    /// A process that reads for nobody would keep others waiting. A deployed function cannot be called back.
    async fn cancel(&self) -> bool {
        self.running.lock().await.take().is_some()
    }
}

impl Reached {
    async fn reach(&self) -> Result<Connector, Error> {
        match &self.target {
            Target::DynamoDb => self.start(Command::own()?, true).await,
            Target::Command(command) => self.start(command.clone(), false).await,
            Target::Function(function) => self.find(function).await,
        }
    }

    /// The way to a deployed function. Where it spills to is its own affair; its blocks are fetched with the caller's credentials.
    async fn find(&self, function: &str) -> Result<Connector, Error> {
        // It spills to a bucket of its own Region.
        let own_region = region_of(function).map(str::to_owned);
        let config = aws(own_region.as_ref().or(self.settings.args.region.as_ref())).await;
        if config.region().is_none() {
            return Err(Error::NoRegion);
        }
        credentials(&config).await?;
        let endpoint = self.settings.args.endpoint_url.as_deref();
        let invoker = LambdaInvoker::connect(&config, endpoint, function, TIME_LIMIT);
        let store = endpoint.or_else(|| self.settings.endpoint_of_s3());
        let store = S3Store::connect(&config, store);
        let limits = self.settings.limits();
        Ok(Connector::new(
            Arc::new(invoker),
            Arc::new(store),
            &self.catalog,
            limits,
        ))
    }

    /// Starts a function here. Ours cannot do without credentials; what another needs is not known.
    async fn start(&self, command: Command, is_ours: bool) -> Result<Connector, Error> {
        let args = &self.settings.args;
        let config = aws(args.region.as_ref()).await;
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or(Error::NoRegion)?;
        let credentials = match credentials(&config).await {
            Err(Error::NoCredentials) if !is_ours => {
                use athena_testkit::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
                Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "placeholder")
            }
            found => found?,
        };
        let mut environment = self.settings.environment(&region, &credentials);
        let (bucket, own) = match self
            .settings
            .setting(args.spill_bucket.as_ref(), "spill_bucket")
        {
            Some(bucket) => (bucket, None),
            None => (OWN_BUCKET.to_owned(), Some(own_store(&credentials).await?)),
        };
        environment.insert("spill_bucket".to_owned(), bucket.clone());
        if let Some(own) = &own {
            environment.insert("AWS_ENDPOINT_URL_S3".to_owned(), own.endpoint());
        }
        environment.extend(args.env.iter().cloned());
        let store: Arc<dyn SpillStore> = if let Some(own) = &own {
            Arc::new(ReadOnce(S3Store::new(own.client())))
        } else {
            let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
                .iter()
                .find_map(|name| environment.get(*name));
            let store = S3Store::connect(&config, endpoint.map(String::as_str));
            check_bucket(&store, &bucket, endpoint.map_or(&region, |url| url)).await?;
            Arc::new(store)
        };
        let limits = self.settings.limits();
        let function = Function::start(command, environment, store, &self.catalog, limits).await?;
        let connector = function.connector.clone();
        *self.running.lock().await = Some(Running {
            _function: function,
            _store: own,
        });
        Ok(connector)
    }
}

impl Settings {
    /// An argument, else the variable; nothing if it is blank.
    fn setting(&self, given: Option<&String>, name: &str) -> Option<String> {
        let found = given.or_else(|| self.vars.get(name));
        let found = found.map(|text| text.trim());
        found.filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn limits(&self) -> Limits {
        Limits {
            calls_at_once: self.args.parallel.into(),
            ..Limits::default()
        }
    }

    fn endpoint_of_s3(&self) -> Option<&str> {
        let names = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
        let mut found = names.iter().filter_map(|name| self.vars.get(*name));
        found.next().map(String::as_str)
    }

    /// The variables of a function but for those that only the user's `--env` and the spill bucket decide.
    fn environment(&self, region: &str, credentials: &Credentials) -> BTreeMap<String, String> {
        let Self { args, vars } = self;
        let passed_on = vars.iter().filter(|(name, _)| is_passed_on(name));
        let mut environment: BTreeMap<String, String> = passed_on
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut set = |name: &str, value: &str| {
            environment.insert(name.to_owned(), value.to_owned());
        };
        // The credentials as variables, since the function's process sees no profile.
        set("AWS_ACCESS_KEY_ID", credentials.access_key_id());
        set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            set("AWS_SESSION_TOKEN", token);
        }
        set("AWS_REGION", region);
        if let Some(prefix) = self.setting(args.spill_prefix.as_ref(), "spill_prefix") {
            set("spill_prefix", &prefix);
        }
        if let Some(url) = &args.endpoint_url {
            set("AWS_ENDPOINT_URL", url);
        }
        // What stands for DynamoDB is seldom a Glue too.
        if args.endpoint_url.is_some() {
            environment
                .entry("disable_glue".to_owned())
                .or_insert_with(|| "true".to_owned());
        }
        // The ids of this shell's queries are its own: Athena knows none of them.
        environment
            .entry("query_status_polling".to_owned())
            .or_insert_with(|| "false".to_owned());
        environment
    }
}

/// A store on loopback for the blocks of a connector that signs with these credentials.
async fn own_store(credentials: &Credentials) -> Result<S3, Error> {
    let keys = (credentials.access_key_id(), credentials.secret_access_key());
    let store = S3::start_for(&[keys]).await?;
    store.create_bucket(OWN_BUCKET).await?;
    Ok(store)
}

/// Region and credentials as every AWS tool finds them: arguments, environment, profile.
pub(crate) async fn aws(region: Option<&String>) -> SdkConfig {
    let limits = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(20))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(limits)
        .retry_config(RetryConfig::standard().with_max_attempts(2));
    if let Some(region) = region {
        loader = loader.region(Region::new(region.clone()));
    }
    loader.load().await
}

async fn credentials(config: &SdkConfig) -> Result<Credentials, Error> {
    let provider = config.credentials_provider().ok_or(Error::NoCredentials)?;
    let found = provider.provide_credentials().await;
    found.map_err(|error| match error {
        CredentialsError::CredentialsNotLoaded(_) => Error::NoCredentials,
        source => Error::Credentials { source },
    })
}

/// A store of our own, from which blocks go once they are read: a shell may be open for days.
struct ReadOnce(S3Store);

#[async_trait]
impl SpillStore for ReadOnce {
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        let block = self.0.get(bucket, key).await?;
        let delete = self.0.client().delete_object().bucket(bucket).key(key);
        // What stays goes with the store.
        let _ = delete.send().await;
        Ok(block)
    }
}

/// Finds out now what would else come up in the middle of a query.
async fn check_bucket(store: &S3Store, bucket: &str, place: &str) -> Result<(), Error> {
    let bucket_name = || bucket.to_owned();
    match store.client().head_bucket().bucket(bucket).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(
            match error
                .raw_response()
                .map(|response| response.status().as_u16())
            {
                Some(404) => Error::SpillBucketMissing {
                    bucket: bucket_name(),
                },
                Some(401 | 403) => Error::SpillBucketDenied {
                    bucket: bucket_name(),
                },
                _ => Error::SpillBucketUnreachable {
                    bucket: bucket_name(),
                    place: place.to_owned(),
                    source: error.into(),
                },
            },
        ),
    }
}

/// Whether the function gets a variable of ours: AWS's own but for profiles, which it cannot read, and the connector's options.
fn is_passed_on(name: &str) -> bool {
    let aws =
        name.starts_with("AWS_") && !name.contains("PROFILE") && !name.starts_with("AWS_LAMBDA_");
    aws || OPTIONS.contains(&name)
}

/// The bucket of a store of our own.
const OWN_BUCKET: &str = "athena-local";
/// The connector's options (protocol §13).
const OPTIONS: &[&str] = &[
    "spill_bucket",
    "spill_prefix",
    "kms_key_id",
    "disable_spill_encryption",
    "spill_put_request_headers",
    "MAX_BLOCK_SIZE_BYTES",
    "SPILL_QUEUE_CAPACITY",
    "spill_queue_capacity",
    "throttle_initial_delay_ms",
    "throttle_max_delay_ms",
    "throttle_decrease_factor",
    "throttle_increase_ms",
    "throttle_patience_ms",
    "query_status_polling",
    "deadline_margin_ms",
    "answer_timeout_ms",
    "retry_delay_ms",
    "metrics_namespace",
    "disable_glue",
    "glue_catalog",
    "glue_connection",
    "enable_query_passthrough",
    "disable_projection_and_casing",
    "allowed_tables",
    "denied_tables",
    "strict_schema",
    "schema_sample_items",
    "lookup_expiry_seconds",
    "number_type",
    "value_mismatch",
    "item_column",
    "extra_column",
    "epoch_unit",
    "streams_per_split",
    "page_compression",
    "split_size_mb",
    "full_scan",
    "max_scan_read_units",
    "max_read_capacity_units",
    "max_read_capacity_percent",
    "consistent_read",
    "index_hints",
    "cross_account_role_arn",
    "cross_account_external_id",
];

#[cfg(test)]
mod tests {
    use super::is_passed_on;

    #[test]
    fn the_function_gets_settings_and_nothing_else_of_the_environment() {
        for name in [
            "AWS_ENDPOINT_URL_S3",
            "AWS_CA_BUNDLE",
            "kms_key_id",
            "disable_glue",
        ] {
            assert!(is_passed_on(name), "{name}");
        }
        for name in [
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_LAMBDA_RUNTIME_API",
            "HOME",
            "LD_PRELOAD",
        ] {
            assert!(!is_passed_on(name), "{name}");
        }
    }
}
