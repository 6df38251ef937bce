//! A deployed function: Lambda's Invoke API with the caller's signature (Lambda API reference, "Invoke").

use crate::invoke::{InvokeError, Invoked, Invoker, fault, log_tail_of};
use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::StalledStreamProtectionConfig;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use std::time::Duration;

/// Invokes a function as Athena does, with the caller's own credentials.
#[derive(Debug, Clone)]
pub struct LambdaInvoker {
    client: Client,
    function: String,
}

impl LambdaInvoker {
    /// Invokes `function`, a name or an ARN, also of another account, with `client` as it is configured.
    pub fn new(client: Client, function: impl Into<String>) -> Self {
        Self {
            client,
            function: function.into(),
        }
    }

    /// Makes a client with the credentials of `config`, at `endpoint` if there is one; in the Region that the ARN names, else in that
    /// of `config`. Each call may take `time_limit`.
    pub fn connect(
        config: &SdkConfig,
        endpoint: Option<&str>,
        function: &str,
        time_limit: Duration,
    ) -> Self {
        let limits = TimeoutConfig::builder()
            .connect_timeout(CONNECT_LIMIT)
            .operation_attempt_timeout(time_limit)
            .build();
        let mut builder = aws_sdk_lambda::config::Builder::from(config)
            .timeout_config(limits)
            .retry_config(RetryConfig::standard())
            // A function that works on its answer sends nothing for minutes.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(region) = region_of(function) {
            builder = builder.region(Region::new(region.to_owned()));
        }
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        Self::new(Client::from_conf(builder.build()), function)
    }
}

#[async_trait]
impl Invoker for LambdaInvoker {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let call = self
            .client
            .invoke()
            .function_name(&self.function)
            .log_type(LogType::Tail)
            .payload(Blob::new(payload));
        let answer = call.send().await.map_err(|error| {
            let status = error.raw_response().map(|raw| raw.status().as_u16());
            match (&error, status) {
                (SdkError::ServiceError(_), Some(status)) => InvokeError::Denied {
                    function: self.function.clone(),
                    status,
                    message: words(&error),
                },
                _ => InvokeError::Unreached {
                    function: self.function.clone(),
                    source: error.into(),
                },
            }
        })?;
        let log_tail = answer
            .log_result()
            .and_then(|text| log_tail_of(text.as_bytes()));
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if answer.function_error.is_some() {
            return Err(InvokeError::Function {
                fault: fault(&payload),
                log_tail,
            });
        }
        Ok(Invoked {
            payload: payload.into(),
            log_tail,
        })
    }
}

/// The service's own words, else the name of its error.
fn words(error: &impl ProvideErrorMetadata) -> String {
    let found = error.message().or(error.code());
    found.unwrap_or("no reason is given").to_owned()
}

/// The Region in a function's ARN; `None` for a name.
pub fn region_of(function: &str) -> Option<&str> {
    let mut parts = function.strip_prefix("arn:")?.split(':');
    (parts.nth(1)? == "lambda").then(|| parts.next()).flatten()
}

const CONNECT_LIMIT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::region_of;

    #[test]
    fn an_arn_names_its_region_and_a_name_does_not() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders:live";
        assert_eq!(region_of(arn), Some("eu-west-1"));
        let china = "arn:aws-cn:lambda:cn-north-1:111122223333:function:orders";
        assert_eq!(region_of(china), Some("cn-north-1"));
        for other in [
            "orders",
            "111122223333:function:orders",
            "arn:aws:s3:::orders",
        ] {
            assert_eq!(region_of(other), None, "{other}");
        }
    }
}
