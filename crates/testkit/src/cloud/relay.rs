//! DynamoDB: who may, then on to a server of its own.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::{Scheme, Uri};
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use iam_policy_kit::{AccountId, Arn};
use s3s::Body;

use super::Next;
use super::answer::{Refusal, respond};
use super::gate::{Ask, Call};
use super::wire::Service;
use super::world::{World, arn};

/// The way to the server.
#[derive(Debug)]
pub(super) struct Relay {
    client: Client<HttpConnector, Full<Bytes>>,
    /// `http://127.0.0.1:port`.
    endpoint: Option<String>,
}

impl Relay {
    pub(super) fn new(endpoint: Option<String>) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            endpoint,
        }
    }

    /// Passes a request on that the caller may make.
    pub(super) async fn forward(&self, (mut head, body): (Parts, Bytes)) -> Response<Body> {
        let failed = |reason: &str| {
            let refusal = Refusal::new(500, "InternalServerError", reason);
            respond(Service::DynamoDb, "", Err(refusal))
        };
        let endpoint = self.endpoint.as_deref().unwrap_or_default();
        let authority = endpoint.trim_start_matches("http://");
        let path = head.uri.path_and_query().cloned();
        let uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(authority)
            .path_and_query(path.map_or_else(|| "/".to_owned(), |path| path.to_string()));
        let (Ok(uri), Ok(host)) = (uri.build(), HeaderValue::from_str(authority)) else {
            return failed("the endpoint of DynamoDB is not a URL");
        };
        head.uri = uri;
        head.headers.insert(HOST, host);
        head.headers.insert(CONTENT_LENGTH, body.len().into());
        let request = Request::from_parts(head, Full::new(body));
        match self.client.request(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                match body.collect().await {
                    Ok(body) => Response::from_parts(head, Body::from(body.to_bytes())),
                    Err(error) => failed(&error.to_string()),
                }
            }
            Err(error) => failed(&error.to_string()),
        }
    }
}

pub(super) fn answer(world: &World, call: &Call, relay: &Relay) -> Result<Next, Refusal> {
    if relay.endpoint.is_none() {
        return Err(Refusal::not_offered("no server for DynamoDB was given"));
    }
    let fields = &call.wire.fields;
    let text = |name: &str| fields[name].as_str().unwrap_or_default();
    let operation = call.wire.operation.as_str();
    let action = format!("dynamodb:{operation}");
    let asks = match operation {
        "ListTables" => vec![Ask::anywhere(&action, call.account())],
        "Scan" | "Query" if fields["IndexName"].is_string() => {
            vec![on(
                call,
                &action,
                text("TableName"),
                Some(text("IndexName")),
            )]
        }
        "ExecuteStatement" => {
            let (table, index) = source(text("Statement"))
                .ok_or_else(|| Refusal::not_offered("only statements that begin with SELECT"))?;
            vec![on(call, "dynamodb:PartiQLSelect", &table, index.as_deref())]
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = fields["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(table, _)| on(call, &action, table, None))
                .collect()
        }
        "DescribeTable" | "Scan" | "Query" | "GetItem" | "PutItem" | "CreateTable"
        | "DeleteTable" => {
            vec![on(call, &action, text("TableName"), None)]
        }
        other => {
            return Err(Refusal::not_offered(format!(
                "no operation dynamodb:{other}"
            )));
        }
    };
    for ask in asks {
        world.permit(call, &ask)?;
    }
    Ok(Next::Relay)
}

fn on(call: &Call, action: &str, table: &str, index: Option<&str>) -> Ask {
    let mut resource = table.parse::<Arn>().unwrap_or_else(|_| {
        let account = call.account().as_str();
        arn("dynamodb", &call.region, account, format!("table/{table}"))
    });
    if let Some(index) = index {
        resource.resource.push_str("/index/");
        resource.resource.push_str(index);
    }
    let owner: AccountId = resource
        .account_id()
        .unwrap_or_else(|| call.account().clone());
    Ask::on(action, &resource, &owner)
}

/// Table and index of `SELECT … FROM "table"."index"`.
fn source(statement: &str) -> Option<(String, Option<String>)> {
    let upper = statement.to_ascii_uppercase();
    let from = upper
        .starts_with("SELECT")
        .then(|| upper.find(" FROM "))??;
    let from_clause = statement[from + " FROM ".len()..]
        .split_whitespace()
        .next()?;
    let mut names = from_clause
        .split("\".\"")
        .map(|name| name.trim_matches('"').to_owned());
    Some((names.next()?, names.next()))
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn a_statement_says_which_table_it_reads() {
        let some =
            |table: &str, index: Option<&str>| Some((table.to_owned(), index.map(str::to_owned)));
        assert_eq!(
            source("SELECT * FROM \"a.b\" WHERE x = ?"),
            some("a.b", None)
        );
        assert_eq!(source("select y from \"a\".\"i\""), some("a", Some("i")));
        assert_eq!(source("DELETE FROM \"a\""), None);
    }
}
