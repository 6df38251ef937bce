//! The function itself: reads the environment, puts the parts together, polls.

use crate::api::sts_client;
use crate::catalog::glue::GlueCatalog;
use crate::config::Config;
use crate::connector::DynamoDb;
use athena_federation::clock::{Clock, SystemClock};
use athena_federation::config::Encryption;
use athena_federation::credentials::Tokens;
use athena_federation::dispatch::Service;
use athena_federation::spill::{KeyFactory, KmsKeys, LocalKeys, NoKeys, S3Store};
use athena_federation::{Fault, aws, lambda, log};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the connector as a Lambda function until its environment ends.
///
/// A wrong setting does not end the process: each call is answered with it, so that the user sees it in the query's error.
pub fn main() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is read"
    )]
    let var = |name: &str| std::env::var(name).ok();
    if let Some(missing) = LAMBDA_VARIABLES
        .into_iter()
        .find(|name| var(name).is_none())
    {
        return refuse(&format!(
            "`bootstrap` runs inside AWS Lambda, and `{missing}` is not set\n\nhint: try it with `athena-local demo`"
        ));
    }
    log::start(&var, &["athena_federation", "athena_dynamodb"]);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        // The payload may hold a value of the table, so only the place is told.
        tracing::error!(place, "panicked");
    }));
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("cannot start the asynchronous runtime: {error}")),
    };
    let start = move || async move { service(&var).await };
    match runtime.block_on(lambda::run(start)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("the Lambda Runtime API cannot be used: {error}")),
    }
}

/// The service with AWS clients for this environment.
async fn service(var: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<Service, Fault> {
    let config = Config::from_vars(&|name| var(name))
        .map_err(|error| Fault::invalid_input(error.to_string()))?;
    let federation = config.federation.clone();
    let shared = aws::shared_config(
        &federation.region,
        federation.native_roots,
        federation.patience,
    )
    .await;
    let kms = aws_sdk_kms::Client::new(&shared);
    let keys: Arc<dyn KeyFactory> = match &federation.spill.encryption {
        Encryption::Off => Arc::new(NoKeys),
        Encryption::Local => Arc::new(LocalKeys::default()),
        Encryption::Kms(key) => Arc::new(KmsKeys::new(kms.clone(), key.clone())),
    };
    let path_style = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
        .iter()
        .any(|name| var(name).is_some());
    let s3 = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(path_style)
        .build();
    let store = Arc::new(S3Store::new(aws_sdk_s3::Client::from_conf(s3)));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let glue = config.glue.clone().map(|glue| {
        let endpoint = ["AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL"]
            .iter()
            .find_map(|name| var(name));
        GlueCatalog::new(&shared, endpoint, glue.catalog)
    });
    let connector = DynamoDb::new(
        aws_sdk_dynamodb::Client::new(&shared),
        sts_client(&shared),
        config,
        clock.clone(),
    );
    let connector = match glue {
        Some(glue) => connector.with_glue(glue),
        None => connector,
    };
    let polling = federation.query_status_polling;
    let tokens = Tokens::new(kms, clock.clone());
    let service = Service::new(Arc::new(connector), federation, store, keys, clock)
        .with_tokens(tokens)
        .with_metrics_to(Arc::new(tell));
    Ok(if polling {
        service.with_query_states(Arc::new(aws::AthenaQueries::new(&shared)))
    } else {
        service
    })
}

/// One line of the log that is not an event.
fn tell(line: &str) {
    // There is nowhere to say that the log is closed.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn refuse(problem: &str) -> ExitCode {
    // Nothing is left to tell it to if standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {problem}");
    ExitCode::from(2)
}

/// What Lambda sets for every function, and the runtime client relies on.
const LAMBDA_VARIABLES: [&str; 4] = [
    lambda::RUNTIME_API,
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
];
