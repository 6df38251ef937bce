//! `sql` and `explain`: one statement over one's own tables, in AWS or at an endpoint that stands for it.

use crate::args::{AskArgs, ExplainArgs, OverArgs};
use crate::error::Error;
use crate::explain;
use crate::function::{Command, Function};
use crate::output::Format;
use crate::print::{Printer, SHOWN_ROWS, figures};
use crate::sql::{Keep, Shell};
use crate::statements::Statements;
use athena_client::S3Store;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Answers the statement, or those of a file one after the other until one fails.
///
/// # Errors
/// If a setting is missing, the spill bucket cannot be used, or a query fails.
pub(crate) async fn run(
    args: AskArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let statements = statements(&args)?;
    if args.format != Format::Table && statements.len() != 1 {
        let got = statements.len();
        return Err(Error::NotOneStatement { got });
    }
    let (_function, shell) = open(args.over, vars).await?;
    for statement in statements {
        let keep = match args.format {
            Format::Table => Keep::First(SHOWN_ROWS),
            _ => Keep::All,
        };
        let answer = shell.run(&statement, keep).await?;
        match args.format {
            Format::Table => printer.table(&answer)?,
            format => printer.write(format, &answer)?,
        }
        printer.talk(&figures(answer.rows, answer.took, &answer.figures))?;
    }
    Ok(())
}

fn statements(args: &AskArgs) -> Result<Vec<String>, Error> {
    let Some(path) = &args.file else {
        return Ok(args.statement.iter().cloned().collect());
    };
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })?;
    let mut found = Statements::default();
    let mut all: Vec<String> = text.lines().flat_map(|line| found.push(line)).collect();
    all.extend(found.finish());
    Ok(all)
}

/// Shows how the statement would be read.
///
/// # Errors
/// As [`run`]; or if the picture cannot be written.
pub(crate) async fn explain(
    args: ExplainArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let (_function, shell) = open(args.over, vars).await?;
    explain::show(&shell, &args.statement, args.svg.as_deref(), printer).await
}

/// Starts the connector; its processes end when the function is dropped.
async fn open(args: OverArgs, vars: BTreeMap<String, String>) -> Result<(Function, Shell), Error> {
    let setting = |given: &Option<String>, name: &str| {
        let found = given
            .as_deref()
            .or_else(|| vars.get(name).map(String::as_str));
        found
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let bucket = setting(&args.spill_bucket, "spill_bucket").ok_or(Error::NoSpillBucket)?;
    let config = aws(args.region.as_ref()).await;
    let region = config
        .region()
        .map(ToString::to_string)
        .ok_or(Error::NoRegion)?;
    let mut environment: BTreeMap<String, String> = vars
        .iter()
        .filter(|(name, _)| is_passed_on(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    environment.extend(credentials(&config).await?);
    environment.extend([
        ("AWS_REGION".to_owned(), region.clone()),
        ("spill_bucket".to_owned(), bucket.clone()),
    ]);
    environment.extend(
        setting(&args.spill_prefix, "spill_prefix")
            .map(|prefix| ("spill_prefix".to_owned(), prefix)),
    );
    if let Some(url) = &args.endpoint_url {
        environment.insert("AWS_ENDPOINT_URL".to_owned(), url.clone());
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
    environment.extend(args.env);

    let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
        .iter()
        .find_map(|name| environment.get(*name));
    let store = S3Store::connect(&config, endpoint.map(String::as_str));
    check_bucket(&store, &bucket, endpoint.map_or(&region, |url| url)).await?;
    let command = match &args.connector {
        Some(command) => command.clone(),
        None => Command::own()?,
    };
    let function = Function::start(command, environment, Arc::new(store), &args.catalog).await?;
    let shell = Shell::open(function.connector.clone()).await?;
    let shell = if args.no_pushdown {
        shell.without_pushdown()
    } else {
        shell
    };
    Ok((function, shell))
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

/// The credentials as variables, since the function's process sees no profile.
async fn credentials(config: &SdkConfig) -> Result<Vec<(String, String)>, Error> {
    let provider = config.credentials_provider().ok_or(Error::NoCredentials)?;
    let found = provider
        .provide_credentials()
        .await
        .map_err(|error| match error {
            CredentialsError::CredentialsNotLoaded(_) => Error::NoCredentials,
            source => Error::Credentials { source },
        })?;
    let mut variables = vec![
        (
            "AWS_ACCESS_KEY_ID".to_owned(),
            found.access_key_id().to_owned(),
        ),
        (
            "AWS_SECRET_ACCESS_KEY".to_owned(),
            found.secret_access_key().to_owned(),
        ),
    ];
    variables.extend(
        found
            .session_token()
            .map(|token| ("AWS_SESSION_TOKEN".to_owned(), token.to_owned())),
    );
    Ok(variables)
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
