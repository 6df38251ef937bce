//! Answers and refusals in the form of each service's protocol.

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use s3s::Body;
use serde_json::{Value, json};

use super::wire::Service;
use super::xml;

/// What a call comes to, unless it is refused.
#[derive(Debug)]
pub(super) enum Reply {
    /// The result's content, for services of the query protocol.
    Result(String),
    /// A document of JSON with its status.
    Json(u16, Value),
    /// A status, headers, and a body as it is.
    Plain(u16, Vec<(&'static str, String)>, Vec<u8>),
}

impl Reply {
    /// JSON with status 200.
    pub(super) fn json(value: Value) -> Self {
        Self::Json(200, value)
    }

    /// No content.
    pub(super) fn empty(status: u16) -> Self {
        Self::Plain(status, Vec::new(), Vec::new())
    }

    /// A document of S3.
    pub(super) fn xml(content: impl Into<Vec<u8>>) -> Self {
        let kind = (CONTENT_TYPE_NAME, "application/xml".to_owned());
        Self::Plain(200, vec![kind], content.into())
    }
}

/// An error of a service, by the code and status of its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error's code, such as `ResourceConflictException`.
    pub code: String,
    /// Its text.
    pub message: String,
    /// Further headers.
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// An error of that status, code and text.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            headers: Vec::new(),
        }
    }

    /// What the cloud cannot do, as a status that no SDK tries again.
    pub(super) fn not_offered(what: impl Into<String>) -> Self {
        Self::new(501, "NotOfferedByTestkit", what)
    }

    /// Whether it is the caller's rights that were lacking.
    pub(super) fn is_denial(&self) -> bool {
        self.code.starts_with("AccessDenied")
    }
}

const CONTENT_TYPE_NAME: &str = "content-type";

/// The response to `operation` of `service`.
pub(super) fn respond(
    service: Service,
    operation: &str,
    outcome: Result<Reply, Refusal>,
) -> Response<Body> {
    let id = uuid::Uuid::new_v4().to_string();
    match outcome {
        Ok(Reply::Result(content)) => {
            let space = namespace(service);
            let body = format!(
                "<{operation}Response xmlns=\"{space}\"><{operation}Result>{content}</{operation}Result>\
                 <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>"
            );
            response(200, "text/xml", body.into_bytes(), &[])
        }
        Ok(Reply::Json(status, value)) => response(
            status,
            json_type(service),
            value.to_string().into_bytes(),
            &[],
        ),
        Ok(Reply::Plain(status, headers, body)) => {
            let kind = headers.iter().find(|(name, _)| *name == CONTENT_TYPE_NAME);
            let kind = kind.map_or("text/plain", |(_, kind)| kind);
            response(status, kind, body, &headers)
        }
        Err(refusal) => refused(service, &refusal, &id),
    }
}

fn refused(service: Service, refusal: &Refusal, id: &str) -> Response<Body> {
    let Refusal {
        status,
        code,
        message,
        headers,
    } = refusal;
    match service {
        Service::Sts | Service::Iam => {
            let space = namespace(service);
            let error = [
                xml::text("Type", "Sender"),
                xml::text("Code", code),
                xml::text("Message", message),
            ];
            let body = format!(
                "<ErrorResponse xmlns=\"{space}\">{}<RequestId>{id}</RequestId></ErrorResponse>",
                xml::element("Error", error.concat())
            );
            response(*status, "text/xml", body.into_bytes(), headers)
        }
        Service::S3 => {
            let error = [
                xml::text("Code", code),
                xml::text("Message", message),
                xml::text("RequestId", id),
            ];
            let body = xml::element("Error", error.concat());
            response(*status, "application/xml", body.into_bytes(), headers)
        }
        Service::Lambda => {
            let mut headers = headers.clone();
            headers.push(("x-amzn-errortype", code.clone()));
            let body = json!({"Type": "User", "message": message}).to_string();
            response(*status, json_type(service), body.into_bytes(), &headers)
        }
        Service::Athena | Service::Logs | Service::Kms | Service::DynamoDb => {
            let mut body = json!({"__type": code, "message": message});
            if service == Service::Athena && code == "InvalidRequestException" {
                body["AthenaErrorCode"] = "INVALID_INPUT".into();
            }
            let body = body.to_string().into_bytes();
            response(*status, json_type(service), body, headers)
        }
    }
}

fn response(
    status: u16,
    kind: &str,
    body: Vec<u8>,
    headers: &[(&'static str, String)],
) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("statuses are from 100 to 999");
    let values = response.headers_mut();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("ids, codes and names are ASCII");
        values.insert(HeaderName::from_static(name), value);
    }
    let kind = HeaderValue::from_str(kind).expect("media types are ASCII");
    values.insert(CONTENT_TYPE, kind);
    response
}

fn namespace(service: Service) -> &'static str {
    match service {
        Service::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        _ => "https://sts.amazonaws.com/doc/2011-06-15/",
    }
}

fn json_type(service: Service) -> &'static str {
    match service {
        Service::Lambda => "application/json",
        Service::DynamoDb => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    }
}
