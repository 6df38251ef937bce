//! A request as it came: for which service and Region (its signature says), and which operation.

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use serde_json::Value;

use super::answer::Refusal;
use super::{lambda, s3};
use crate::{aws_json, percent};

/// The services that are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Security Token Service.
    Sts,
    /// Identity and Access Management.
    Iam,
    /// Lambda.
    Lambda,
    /// Simple Storage Service.
    S3,
    /// Athena.
    Athena,
    /// `CloudWatch` Logs.
    Logs,
    /// Key Management Service.
    Kms,
    /// `DynamoDB`, passed on to a server of its own.
    DynamoDb,
}

impl Service {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sts" => Self::Sts,
            "iam" => Self::Iam,
            "lambda" => Self::Lambda,
            "s3" => Self::S3,
            "athena" => Self::Athena,
            "logs" => Self::Logs,
            "kms" => Self::Kms,
            "dynamodb" => Self::DynamoDb,
            _ => return None,
        })
    }

    /// How actions and ARNs name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Lambda => "lambda",
            Self::S3 => "s3",
            Self::Athena => "athena",
            Self::Logs => "logs",
            Self::Kms => "kms",
            Self::DynamoDb => "dynamodb",
        }
    }
}

/// What the signature of a request names: key, Region and service.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) access_key_id: String,
    pub(super) region: String,
    pub(super) service: Service,
}

impl Scope {
    /// Reads `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
    pub(super) fn of(headers: &HeaderMap) -> Option<Result<Self, Refusal>> {
        let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        let mut parts = credential.split([',', ' ']).next()?.split('/');
        let access_key_id = parts.next()?.to_owned();
        let (region, service) = (parts.nth(1)?.to_owned(), parts.next()?);
        Some(match Service::named(service) {
            Some(service) => Ok(Self {
                access_key_id,
                region,
                service,
            }),
            None => Err(Refusal::not_offered(format!("no service `{service}`"))),
        })
    }
}

/// A request with all of its body.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) operation: String,
    pub(super) method: Method,
    /// Parts of the path with escapes resolved. An object's key is one part.
    pub(super) path: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    /// The query as it came, repeats among it.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The body of the JSON protocols, or the form of the query protocol as one object.
    pub(super) fields: Value,
}

impl Wire {
    pub(super) fn new(service: Service, head: &Parts, body: Bytes) -> Self {
        let pairs = fields(head.uri.query().unwrap_or_default());
        let path = head.uri.path().trim_start_matches('/');
        let parts = if service == Service::S3 {
            2
        } else {
            usize::MAX
        };
        let path: Vec<String> = path
            .splitn(parts, '/')
            .map(percent::decode)
            .filter(|part| !part.is_empty())
            .collect();
        let fields = match service {
            Service::Sts | Service::Iam => {
                let form = fields(&String::from_utf8_lossy(&body));
                form.into_iter()
                    .map(|(name, value)| (name, Value::String(value)))
                    .collect()
            }
            Service::S3 => Value::Null,
            _ => serde_json::from_slice(&body).unwrap_or_default(),
        };
        let mut wire = Self {
            operation: String::new(),
            method: head.method.clone(),
            path,
            query: pairs.iter().cloned().collect(),
            pairs,
            headers: head.headers.clone(),
            body,
            fields,
        };
        wire.operation = match service {
            Service::Sts | Service::Iam => wire.text("Action").unwrap_or_default(),
            Service::Lambda => lambda::operation(&wire).to_owned(),
            Service::S3 => s3::operation(&wire).to_owned(),
            _ => aws_json::operation(&wire.headers).to_owned(),
        };
        wire
    }

    /// Whether the operation changes something.
    pub(super) fn is_write(&self) -> bool {
        const READING: [&str; 13] = [
            "Get", "List", "Head", "Describe", "Simulate", "Assume", "Invoke", "Scan", "Query",
            "BatchGet", "Generate", "Encrypt", "Decrypt",
        ];
        let operation = self.operation.as_str();
        !READING.iter().any(|reading| operation.starts_with(reading))
            && operation != "ExecuteStatement"
    }

    /// A text of the body, if it is there.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.fields[name].as_str().map(str::to_owned)
    }

    /// A text of the body that the operation cannot do without.
    pub(super) fn needed(&self, name: &str) -> Result<String, Refusal> {
        self.text(name).ok_or_else(|| {
            Refusal::new(
                400,
                "ValidationException",
                format!("1 validation error detected: Value null at '{name}' must not be null"),
            )
        })
    }

    /// The fields `NAME.member.1`, `NAME.member.2` and on of the query protocol.
    pub(super) fn members(&self, name: &str) -> Vec<String> {
        (1..)
            .map_while(|number| self.text(&format!("{name}.member.{number}")))
            .collect()
    }

    /// The fields `Tags.member.1.Key` and on, or a map, or a list of pairs.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let member = |number: usize| {
            let field = |name: &str| self.text(&format!("Tags.member.{number}.{name}"));
            Some((field("Key")?, field("Value").unwrap_or_default()))
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let given = [&self.fields["Tags"], &self.fields["tags"]];
        let listed = given.into_iter().flat_map(|tags| match tags {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect(),
            Value::Array(list) => list
                .iter()
                .map(|tag| (text(&tag["Key"]), text(&tag["Value"])))
                .collect(),
            _ => Vec::new(),
        });
        (1..).map_while(member).chain(listed).collect()
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The fields of a form, or of a URL's query.
fn fields(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent::decode(&text.replace('+', " "));
    let fields = text.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
