//! Asks Athena for the state of queries (protocol §11).

use crate::query_status::{QueryState, QueryStates, StatusError};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_sdk_athena::config::Builder;
use aws_sdk_athena::types::QueryExecutionState;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Athena itself.
#[derive(Debug, Clone)]
pub struct AthenaQueries {
    client: aws_sdk_athena::Client,
}

impl AthenaQueries {
    /// Asks with Region, credentials and endpoint of `shared`.
    pub fn new(shared: &SdkConfig) -> Self {
        // The next question is the repetition.
        let config = Builder::from(shared).retry_config(RetryConfig::disabled());
        Self {
            client: aws_sdk_athena::Client::from_conf(config.build()),
        }
    }
}

#[async_trait]
impl QueryStates for AthenaQueries {
    async fn state(
        &self,
        query_id: &str,
        credentials: Option<&Credentials>,
    ) -> Result<QueryState, StatusError> {
        let question = (self.client.get_query_execution())
            .query_execution_id(query_id)
            .customize();
        let question = match credentials {
            Some(own) => question.config_override(Builder::new().credentials_provider(own.clone())),
            None => question,
        };
        let answer = question.send().await.map_err(|error| {
            match error.as_service_error().map(ProvideErrorMetadata::code) {
                Some(Some(code)) => status_error(code),
                Some(None) => StatusError::Other("an unnamed error".to_owned()),
                None => StatusError::Other("Athena cannot be reached".to_owned()),
            }
        })?;
        let status = (answer.query_execution()).and_then(|query| query.status());
        Ok(match status.and_then(|status| status.state()) {
            Some(QueryExecutionState::Succeeded) => QueryState::Succeeded,
            Some(QueryExecutionState::Failed) => QueryState::Failed,
            Some(QueryExecutionState::Cancelled) => QueryState::Cancelled,
            _ => QueryState::Running,
        })
    }
}

fn status_error(code: &str) -> StatusError {
    match code {
        "InvalidRequestException" => StatusError::UnknownQuery,
        "AccessDeniedException" | "AccessDenied" => StatusError::Denied,
        "TooManyRequestsException" | "ThrottlingException" | "Throttling" => StatusError::Throttled,
        other => StatusError::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart_by_what_the_poll_does_next() {
        for (code, error) in [
            ("InvalidRequestException", StatusError::UnknownQuery),
            ("AccessDeniedException", StatusError::Denied),
            ("TooManyRequestsException", StatusError::Throttled),
            ("ThrottlingException", StatusError::Throttled),
        ] {
            assert_eq!(status_error(code), error, "{code}");
        }
        let other = StatusError::Other("InternalServerException".to_owned());
        assert_eq!(status_error("InternalServerException"), other);
    }
}
