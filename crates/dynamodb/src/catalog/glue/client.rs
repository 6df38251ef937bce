//! Signed calls to the Glue Data Catalog.
//!
//! Three calls are made, all reading. The SDK's crate for Glue has half a million lines for them; here its own machinery (signing,
//! retries, time limits) is given the few bytes of each call by hand (AWS: Glue API reference, protocol AWS JSON 1.1).

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use bytes::Bytes;
use serde_json::Value;

use crate::api::{answer_time, repetitions};

/// Calls the catalog with one caller's credentials.
#[derive(Debug, Clone)]
pub(super) struct GlueClient {
    endpoint: String,
    region: String,
    http: Option<SharedHttpClient>,
    credentials: Option<SharedCredentialsProvider>,
    limits: TimeoutConfig,
    repetitions: RetryConfig,
}

/// The catalog's own error.
#[derive(Debug, thiserror::Error)]
#[error("{meta}")]
pub(super) struct GlueError {
    meta: ErrorMetadata,
}

impl ProvideErrorMetadata for GlueError {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// Why a call was not answered.
pub(super) type CallError = SdkError<GlueError, HttpResponse>;

impl GlueClient {
    /// Calls with Region, credentials and connections of `shared`, at `endpoint` or the Region's own.
    pub(super) fn new(shared: &SdkConfig, endpoint: Option<String>) -> Self {
        let region = shared.region().map(Region::to_string).unwrap_or_default();
        let own = || format!("https://glue.{region}.{}", dns_suffix(&region));
        Self {
            endpoint: endpoint.unwrap_or_else(own),
            http: shared.http_client(),
            credentials: shared.credentials_provider(),
            limits: time_limits(shared),
            repetitions: repetitions(shared, ATTEMPTS),
            region,
        }
    }

    /// The same with the caller's credentials.
    pub(super) fn signed_by(&self, credentials: &Credentials) -> Self {
        Self {
            credentials: Some(SharedCredentialsProvider::new(credentials.clone())),
            ..self.clone()
        }
    }

    /// Makes a call, such as `GetTables`, and returns its answer as it came.
    ///
    /// # Errors
    /// What the SDK answers after its retries.
    pub(super) async fn call(
        &self,
        operation: &'static str,
        input: &Value,
    ) -> Result<Bytes, CallError> {
        let mut components = RuntimeComponentsBuilder::new("glue");
        components
            .push_auth_scheme(SigV4AuthScheme::new())
            .set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                SCHEME_ID,
            ])));
        if let Some(credentials) = &self.credentials {
            components.set_identity_resolver(SCHEME_ID, credentials.clone());
        }
        let mut signing = Layer::new("glue signing");
        let how = SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(self.region.clone()))),
            name: Some(SigningName::from_static("glue")),
            ..SigV4OperationSigningConfig::default()
        };
        signing
            .store_put(AuthSchemeOptionResolverParams::new(()))
            .store_put(how);
        let plugin = StaticRuntimePlugin::new()
            .with_config(signing.freeze())
            .with_runtime_components(components);
        let mut call = Operation::builder()
            .service_name("Glue")
            .operation_name(operation)
            .endpoint_url(&self.endpoint)
            .timeout_config(self.limits.clone())
            .standard_retry(&self.repetitions)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<GlueError>::new())
            .retry_classifier(AwsErrorCodeClassifier::<GlueError>::new())
            .runtime_plugin(plugin)
            .serializer(move |body: String| {
                let mut request = HttpRequest::new(SdkBody::from(body));
                request.set_method("POST")?;
                let headers = request.headers_mut();
                headers.insert("content-type", "application/x-amz-json-1.1");
                headers.insert("x-amz-target", format!("AWSGlue.{operation}"));
                Ok(request)
            })
            .deserializer(read);
        if let Some(http) = &self.http {
            call = call.http_client(http.clone());
        }
        call.build().invoke(input.to_string()).await
    }
}

/// The body of an answer, or the error that it holds.
fn read(response: &HttpResponse) -> Result<Bytes, OrchestratorError<GlueError>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(Bytes::copy_from_slice(body));
    }
    let xml = std::str::from_utf8(body).unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body[name].as_str();
    let code = text("__type")
        .or_else(|| text("code"))
        .or_else(|| response.headers().get("x-amzn-errortype"))
        .or_else(|| element(xml, "<Code>"))
        .unwrap_or("an unnamed error");
    // Some services put a name space before the code, some a link behind it.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    let message = text("message")
        .or_else(|| text("Message"))
        .or_else(|| element(xml, "<Message>"))
        .unwrap_or_default();
    let meta = ErrorMetadata::builder().code(code).message(message).build();
    Err(OrchestratorError::operation(GlueError { meta }))
}

/// The text behind a tag: what stands before a service may refuse in XML, whatever the service itself speaks.
fn element<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, text) = xml.split_once(tag)?;
    text.split('<').next()
}

/// The end of a Region's host names (AWS: service endpoints).
fn dns_suffix(region: &str) -> &'static str {
    match region.split('-').next().unwrap_or_default() {
        "cn" => "amazonaws.com.cn",
        "eusc" => "amazonaws.eu",
        _ if region.starts_with("us-isob-") => "sc2s.sgov.gov",
        _ if region.starts_with("us-isof-") => "csp.hci.ic.gov",
        _ if region.starts_with("eu-isoe-") => "cloud.adc-e.uk",
        _ if region.starts_with("us-iso-") => "c2s.ic.gov",
        _ => "amazonaws.com",
    }
}

/// A network without a way to Glue has to show soon, since the tables are there without it.
fn time_limits(shared: &SdkConfig) -> TimeoutConfig {
    let answer = answer_time(shared);
    TimeoutConfig::builder()
        .connect_timeout(answer.min(Duration::from_secs(1)))
        .read_timeout(answer / 2)
        .operation_attempt_timeout(answer * 3 / 5)
        .operation_timeout(answer * 3 / 2)
        .build()
}

const ATTEMPTS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_own_names() {
        for (region, suffix) in [
            ("eu-central-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
            ("us-isob-east-1", "sc2s.sgov.gov"),
        ] {
            assert_eq!(dns_suffix(region), suffix, "{region}");
        }
    }

    #[test]
    fn errors_are_named_without_name_space_and_link_in_json_and_xml() {
        for body in [
            r#"{"__type":"EntityNotFoundException","Message":"m"}"#,
            r#"{"__type":"com.amazonaws.glue#EntityNotFoundException","message":"m"}"#,
            r#"{"__type":"EntityNotFoundException:http://internal/","Message":"m"}"#,
            "<ErrorResponse><Error><Code>EntityNotFoundException</Code><Message>m</Message></Error></ErrorResponse>",
        ] {
            let mut response = HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body));
            *response.body_mut() = SdkBody::from(body);
            let error = read(&response).unwrap_err();
            let error = error.as_operation_error().unwrap();
            assert_eq!(error.code(), Some("EntityNotFoundException"), "{body}");
            assert_eq!(error.message(), Some("m"), "{body}");
        }
    }
}
