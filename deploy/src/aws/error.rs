//! A call that AWS refused, with all that helps to see why: who, where, what, on what, and the number that support asks for.

use std::error::Error;
use std::fmt;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_types::request_id::RequestId as _;

use crate::aws::Account;
use crate::config::partition_of;

/// A call that failed.
#[derive(Debug)]
pub(crate) struct AwsError(Box<Facts>);

#[derive(Debug)]
struct Facts {
    account: String,
    region: String,
    /// As in a policy: `iam:CreateRole`.
    action: &'static str,
    resource: String,
    code: Option<String>,
    message: String,
    status: Option<u16>,
    request_id: Option<String>,
    /// Where S3 says that the bucket is.
    bucket_region: Option<String>,
}

/// What a refusal means for what we want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// What was asked for is not there.
    Absent,
    /// We may not.
    Denied,
    /// It was made in the meantime, or is ours already.
    Exists,
    /// It will go by: an update in progress, a role that is not known everywhere yet.
    Passing,
    /// Anything else.
    Other,
}

impl AwsError {
    /// Takes apart what the SDK says.
    pub(crate) fn of<E>(
        account: String,
        region: String,
        action: &'static str,
        resource: String,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let response = error.raw_response();
        let code = error.code().map(str::to_owned);
        let message = match error.message() {
            Some(message) => message.to_owned(),
            // The service said nothing: tell what happened on the way.
            None if code.is_none() => causes(error),
            None => String::new(),
        };
        Self(Box::new(Facts {
            account,
            region,
            action,
            resource,
            code,
            message,
            status: response.map(|response| response.status().as_u16()),
            request_id: error.request_id().map(str::to_owned),
            bucket_region: response
                .and_then(|response| response.headers().get("x-amz-bucket-region"))
                .map(str::to_owned),
        }))
    }

    /// A failure that we found ourselves in an answer.
    pub(crate) fn local(action: &'static str, region: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            account: String::new(),
            region: region.to_owned(),
            action,
            resource: "*".to_owned(),
            code: None,
            message: message.into(),
            status: None,
            request_id: None,
            bucket_region: None,
        }))
    }

    /// Where S3 says that the bucket is.
    pub(crate) fn bucket_region(&self) -> Option<&str> {
        self.0.bucket_region.as_deref()
    }

    /// What it means.
    pub(crate) fn refusal(&self) -> Refusal {
        let code = self.0.code.as_deref().unwrap_or_default();
        let says = |words: &str| self.0.message.contains(words);
        match code {
            "NoSuchEntity"
            | "NoSuchEntityException"
            | "ResourceNotFoundException"
            | "NoSuchBucketPolicy"
            | "NoSuchLifecycleConfiguration"
            | "NoSuchPublicAccessBlockConfiguration"
            | "OwnershipControlsNotFoundError"
            | "ServerSideEncryptionConfigurationNotFoundError"
            | "NoSuchTagSet"
            | "NoSuchBucket"
            | "NotFound" => Refusal::Absent,
            // Catalogs "was not found", workgroups "is not found".
            "InvalidRequestException" if says("s not found") => Refusal::Absent,
            "InvalidParameterValueException" if says("cannot be assumed") => Refusal::Passing,
            "ResourceConflictException" if says("progress") || says("Pending") => Refusal::Passing,
            "OperationAborted" => Refusal::Passing,
            "MalformedPolicy" | "MalformedPolicyDocument" | "MalformedPolicyDocumentException"
                if says("principal") =>
            {
                Refusal::Passing
            }
            "BucketAlreadyOwnedByYou"
            | "EntityAlreadyExists"
            | "EntityAlreadyExistsException"
            | "ResourceAlreadyExistsException"
            | "ResourceConflictException" => Refusal::Exists,
            "InvalidRequestException" if says("already exists") => Refusal::Exists,
            "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "Forbidden" => {
                Refusal::Denied
            }
            _ => match self.0.status {
                Some(404) => Refusal::Absent,
                Some(403) => Refusal::Denied,
                _ => Refusal::Other,
            },
        }
    }

    /// The status of the answer, if one came.
    pub(crate) fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        if self.refusal() == Refusal::Denied {
            let mut hint = format!(
                "allow it to whose credentials these are: {{\"Effect\": \"Allow\", \"Action\": \"{}\", \"Resource\": \"{}\"}}",
                self.0.action, self.0.resource
            );
            hint.push_str(match self.0.action {
                "s3:PutBucketPolicy" => {
                    "; BlockPublicPolicy refuses policies for everyone with the same words"
                }
                "sts:AssumeRole" => {
                    "; the role's trust policy must name the caller too, and an external ID if it asks for one"
                }
                _ => "; a boundary or a policy of the organisation can forbid it all the same",
            });
            return hint;
        }
        match self.refusal() {
            Refusal::Passing => {
                "run the command again in a minute; it goes on where it ended".to_owned()
            }
            _ => "mend the cause and run the command again; it goes on where it ended".to_owned(),
        }
    }
}

impl Account {
    /// The ARN that a policy names for a resource that a call names otherwise.
    fn arn_of(&self, action: &str, name: String) -> String {
        let (id, region) = (&self.id, self.region.as_str());
        let kind = match action.split_once(':') {
            Some(("iam", _)) => format!("iam::{id}:role/"),
            Some(("lambda", _)) => format!("lambda:{region}:{id}:function:"),
            Some(("logs", "DescribeLogGroups")) => {
                return format!(
                    "arn:{}:logs:{region}:{id}:log-group:*",
                    partition_of(region)
                );
            }
            // Decided on what is in the group.
            Some(("logs", _)) => {
                let partition = partition_of(region);
                return format!("arn:{partition}:logs:{region}:{id}:log-group:{name}:*");
            }
            Some(("athena", call)) if call.ends_with("Catalog") => {
                format!("athena:{region}:{id}:datacatalog/")
            }
            Some(("athena", _)) => format!("athena:{region}:{id}:workgroup/"),
            Some(("s3", _)) => "s3:::".to_owned(),
            Some(("kms", _)) if !name.contains('/') => format!("kms:{region}:{id}:key/"),
            Some(("kms", _)) => format!("kms:{region}:{id}:"),
            _ => return name,
        };
        if name.starts_with("arn:") {
            return name;
        }
        format!("arn:{}:{kind}{name}", partition_of(region))
    }

    /// For `map_err`: the error of a call in this account.
    pub(crate) fn refused<E, R>(
        &self,
        action: &'static str,
        resource: R,
    ) -> impl FnOnce(SdkError<E, HttpResponse>) -> AwsError + use<E, R>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: Into<String>,
    {
        let (id, region) = (self.id.to_string(), self.region.clone());
        let resource = self.arn_of(action, resource.into());
        move |error| AwsError::of(id, region, action, resource, &error)
    }
}

/// An error and what it comes from. Bodies of answers are left out: they may hold variables of the function.
fn causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.ends_with(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = error.source();
    }
    words
}

/// What is not there is no failure of a read.
pub(crate) trait OrAbsent<T> {
    /// `None` where the answer was that there is nothing.
    fn or_absent(self) -> Result<Option<T>, AwsError>;
}

impl<T> OrAbsent<T> for Result<T, AwsError> {
    fn or_absent(self) -> Result<Option<T>, AwsError> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.refusal() == Refusal::Absent => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot do `{}` on `{}`", self.0.action, self.0.resource)?;
        if !self.0.account.is_empty() {
            write!(f, " in account {}", self.0.account)?;
        }
        write!(f, " ({})", self.0.region)?;
        match (&self.0.code, self.0.message.trim()) {
            (Some(code), "") => write!(f, ": {code}")?,
            (Some(code), message) => write!(f, ": {code}: {message}")?,
            (None, message) => write!(f, ": {message}")?,
        }
        if let (None, Some(status)) = (&self.0.code, self.0.status) {
            write!(f, " (HTTP status {status})")?;
        }
        match &self.0.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl Error for AwsError {}
