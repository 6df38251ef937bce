//! Clients of AWS: one HTTPS client for all, time limits set by hand, root certificates built in.

mod athena;

pub use athena::AthenaQueries;

use crate::config::Patience;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use std::time::Duration;

/// The configuration that all clients of a connector share.
///
/// Credentials and endpoint URLs come from the environment as in every AWS SDK.
pub async fn shared_config(region: &str, native_roots: bool, patience: Patience) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(https(native_roots))
        .timeout_config(time_limits(patience))
        .retry_config(repetitions(patience))
        .load()
        .await
}

/// Reading the system's bundle of some 140 certificates takes more time than all else at start, and AWS needs five.
fn https(native_roots: bool) -> SharedHttpClient {
    let mut roots = TrustStore::empty();
    if native_roots {
        roots = roots.with_native_roots(true);
    } else {
        for certificate in AMAZON_ROOTS.split_inclusive(END_OF_CERTIFICATE) {
            if let Some(start) = certificate.find(BEGIN_OF_CERTIFICATE) {
                roots = roots.with_pem_certificate(&certificate.as_bytes()[start..]);
            }
        }
    }
    let context = TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .expect("the certificates are built in and valid");
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context)
        .build_https()
}

/// Limits on each call. The SDK's defaults have none on reading an answer.
pub fn time_limits(patience: Patience) -> TimeoutConfig {
    let answer = patience.answer;
    TimeoutConfig::builder()
        .connect_timeout(answer.min(Duration::from_secs(3)))
        .read_timeout(answer)
        .operation_attempt_timeout(answer * 3 / 2)
        .operation_timeout(answer * 9 / 2)
        .build()
}

/// How often a call is made, with which pauses.
pub fn repetitions(patience: Patience) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(patience.first_pause)
        .with_max_backoff(Duration::from_secs(5))
}

/// Whether a call failed because no answer came in time, on whichever level that was noticed.
pub fn is_late<E, R>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    }
}

const ATTEMPTS: u32 = 5;
const AMAZON_ROOTS: &str = include_str!("amazon_roots.pem");
const BEGIN_OF_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const END_OF_CERTIFICATE: &str = "-----END CERTIFICATE-----\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_roots_of_amazon_are_built_in() {
        assert_eq!(AMAZON_ROOTS.matches(BEGIN_OF_CERTIFICATE).count(), 5);
        assert_eq!(AMAZON_ROOTS.split_inclusive(END_OF_CERTIFICATE).count(), 5);
        // Building the client parses them.
        let _ = https(false);
    }
}
