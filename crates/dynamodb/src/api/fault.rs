//! Errors of DynamoDB as faults: what was asked of which table, what was answered, and the permission that is missing.

use super::assume::RoleError;
use super::throttling::is_throttle;
use athena_federation::Fault;
use athena_federation::aws::is_late;
use athena_protocol::wire::SourceErrorCode;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// What was being done, for the words of a fault.
#[derive(Debug, Clone, Copy)]
pub struct TableContext<'a> {
    /// The API's name of the call.
    pub operation: &'static str,
    /// The table, or nothing for calls without one.
    pub table: &'a str,
}

impl TableContext<'_> {
    /// ` on table …`, or nothing.
    pub(super) fn on(&self) -> String {
        if self.table.is_empty() {
            String::new()
        } else {
            format!(" on table `{}`", self.table)
        }
    }

    /// What the call has to be allowed as. Only SELECT statements are sent.
    fn action(&self) -> &'static str {
        match self.operation {
            "ExecuteStatement" => "PartiQLSelect",
            operation => operation,
        }
    }
}

/// The fault of a failed call.
pub fn fault<E>(context: TableContext<'_>, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let TableContext { operation, table } = context;
    let on = context.on();
    if let Some(service) = error.as_service_error() {
        let Some(code) = service.code() else {
            return unreadable(context, error);
        };
        let said = service
            .message()
            .map(|text| format!(": {text}"))
            .unwrap_or_default();
        let message = format!("DynamoDB refused {operation}{on} with {code}{said}");
        return match code {
            "ResourceNotFoundException" if !table.is_empty() => Fault::new(
                SourceErrorCode::EntityNotFound,
                format!("table `{table}` does not exist in DynamoDB"),
            )
            .with_hint(
                "check the name and the function's Region; `SHOW TABLES` lists what it sees",
            ),
            "AccessDeniedException" => Fault::new(SourceErrorCode::AccessDenied, message)
                .with_hint(format!(
                    "allow dynamodb:{}{on} to the role that the table is read with: the function's own, the one that it assumes, or the caller's",
                    context.action()
                )),
            "ResourceNotFoundException" => Fault::new(SourceErrorCode::EntityNotFound, message),
            "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "ExpiredTokenException"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignatureException" => {
                Fault::new(SourceErrorCode::InvalidCredentials, message)
                    .with_hint("check the function's credentials")
            }
            code if is_throttle(code) => Fault::new(SourceErrorCode::Throttling, message)
                .with_hint("the table's read capacity is used up: try again later or raise it"),
            "InternalServerError" | "ServiceUnavailable" => {
                Fault::new(SourceErrorCode::InternalService, message)
            }
            _ => Fault::invalid_input(message),
        };
    }
    if let Some(refused) = chain(error).find_map(<dyn Error>::downcast_ref::<RoleError>) {
        return Fault::new(
            SourceErrorCode::InvalidCredentials,
            format!("{refused}, for {operation}{on}"),
        )
        .with_hint(refused.hint());
    }
    if lacks_credentials(error) {
        return Fault::new(
            SourceErrorCode::InvalidCredentials,
            format!("no AWS credentials for {operation}{on}"),
        )
        .with_hint("give the function a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    match error {
        late if is_late(late) => Fault::new(
            SourceErrorCode::OperationTimeout,
            format!("DynamoDB did not answer {operation}{on} in time"),
        ),
        SdkError::DispatchFailure(_) => Fault::new(
            SourceErrorCode::InternalService,
            format!("DynamoDB cannot be reached for {operation}{on}"),
        )
        .with_hint("check Region, endpoint URL and the function's network"),
        SdkError::ResponseError(_) => unreadable(context, error),
        _ => Fault::invalid_input(format!("the SDK cannot build {operation}{on}")),
    }
}

/// The fault of an answer that is not in DynamoDB's own words.
fn unreadable<E>(context: TableContext<'_>, error: &SdkError<E, HttpResponse>) -> Fault {
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let code = match status {
        Some(500..) => SourceErrorCode::InternalService,
        _ => SourceErrorCode::InvalidResponse,
    };
    let (operation, on) = (context.operation, context.on());
    let status = status.map_or(String::new(), |status| format!(" (status {status})"));
    Fault::new(
        code,
        format!("the answer to {operation}{on} is unreadable{status}"),
    )
    .with_hint("check what stands between the function and DynamoDB: a proxy, or the endpoint URL")
}

/// Whether a call failed because there was nothing to sign it with.
pub(super) fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(<dyn Error>::is::<CredentialsError>)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}
