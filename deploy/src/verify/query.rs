//! A query for one row, as Athena makes it: the requests of the federation protocol, one after the other, to the function.
//!
//! Schemas, partitions and splits go from an answer into the next request as they are; nothing of them is read here.

use aws_sdk_lambda::primitives::Blob;
use serde_json::{Value, json};

use crate::aws::Account;
use crate::stack::Stack;
use crate::verify::link::Outcome;

/// A query of its own.
pub(super) struct Query<'a> {
    pub(super) stack: &'a Stack,
    pub(super) account: &'a Account,
    pub(super) id: &'a str,
}

/// A table as the function describes it.
pub(super) struct Table {
    name: Value,
    schema: Value,
}

/// A block that the function spilled.
pub(super) struct Spilled {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl Query<'_> {
    /// Whether the function answers at all.
    pub(super) async fn ping(&self) -> Outcome {
        match self.ask("PingRequest", "PingResponse", json!({})).await {
            Ok(answer) => {
                let version = answer["serDeVersion"].as_i64().unwrap_or_default();
                Outcome::Holds(format!("protocol version {version}"))
            }
            Err(broken) => broken,
        }
    }

    /// The first table that the function lists.
    pub(super) async fn list(&self) -> (Outcome, Option<Value>) {
        let more = json!({"schemaName": SCHEMA, "pageSize": 1});
        match self
            .ask("ListTablesRequest", "ListTablesResponse", more)
            .await
        {
            Ok(answer) => match answer["tables"].get(0) {
                Some(first) => (Outcome::Holds(named(first)), Some(first.clone())),
                None => (Outcome::Holds("there are none".to_owned()), None),
            },
            Err(broken) => (broken, None),
        }
    }

    /// Its description of the first table of the settings, or else of `listed`.
    pub(super) async fn describe(&self, listed: Option<Value>) -> (Outcome, Option<Table>) {
        let of_settings = self.stack.settings.tables.first();
        let of_settings =
            of_settings.map(|name| json!({"schemaName": SCHEMA, "tableName": name.to_lowercase()}));
        let Some(name) = of_settings.or(listed) else {
            return (Outcome::skipped("no table is known"), None);
        };
        let more = json!({"tableName": name});
        match self.ask("GetTableRequest", "GetTableResponse", more).await {
            Ok(answer) => {
                let schema = answer["schema"].clone();
                (Outcome::Holds(named(&name)), Some(Table { name, schema }))
            }
            Err(broken) => (broken, None),
        }
    }

    /// Has the function read a row and spill it, however small it is.
    pub(super) async fn spill(&self, table: &Table) -> (Outcome, Option<Spilled>) {
        match self.spilled(table).await {
            Ok(Some(spilled)) => {
                let place = format!("s3://{}/{}", spilled.bucket, spilled.key);
                (Outcome::Holds(place), Some(spilled))
            }
            Ok(None) => {
                let empty = format!("table `{}` has no rows", named(&table.name));
                (Outcome::Skipped(empty), None)
            }
            Err(broken) => (broken, None),
        }
    }

    async fn spilled(&self, table: &Table) -> Result<Option<Spilled>, Outcome> {
        let Table { name, schema } = table;
        let layout = json!({
            "tableName": name, "constraints": one_row(), "schema": schema, "partitionColumns": [],
        });
        let layout = self
            .ask("GetTableLayoutRequest", "GetTableLayoutResponse", layout)
            .await?;
        let splits = json!({
            "tableName": name, "partitions": layout["partitions"], "partitionColumns": [],
            "constraints": one_row(), "continuationToken": null,
        });
        let splits = self
            .ask("GetSplitsRequest", "GetSplitsResponse", splits)
            .await?;
        let splits = splits["splits"].as_array().cloned().unwrap_or_default();
        // A part of a table may be empty.
        for split in splits.iter().take(MOST_SPLITS) {
            let records = json!({
                "tableName": name, "schema": schema, "split": split, "constraints": one_row(),
                "maxBlockSize": "16000000", "maxInlineBlockSize": "0",
            });
            let records = self
                .invoke("ReadRecordsRequest", records)
                .await
                .map_err(spilling_failed)?;
            let kind = records["@type"].as_str().unwrap_or_default();
            let block = &records["remoteBlocks"][0];
            match (kind, block["bucket"].as_str(), block["key"].as_str()) {
                ("RemoteReadRecordsResponse", Some(bucket), Some(key)) => {
                    let (bucket, key) = (bucket.to_owned(), key.to_owned());
                    return Ok(Some(Spilled { bucket, key }));
                }
                ("RemoteReadRecordsResponse" | "ReadRecordsResponse", _, _) => {}
                _ => return Err(unlike("RemoteReadRecordsResponse", &records)),
            }
        }
        Ok(None)
    }

    async fn ask(&self, request: &str, response: &str, more: Value) -> Result<Value, Outcome> {
        let answer = self.invoke(request, more).await?;
        if answer["@type"] == response {
            Ok(answer)
        } else {
            Err(unlike(response, &answer))
        }
    }

    /// Invokes the function and reads its answer.
    async fn invoke(&self, kind: &str, more: Value) -> Result<Value, Outcome> {
        let (account, function) = (self.account, &self.stack.settings.function);
        let payload = request(self.stack, self.id, kind, more);
        let payload = Blob::new(payload.to_string());
        let call = account.lambda.invoke().function_name(function);
        let answer = call.payload(payload).send().await;
        let answer = answer.map_err(account.refused("lambda:InvokeFunction", function));
        let answer = answer.map_err(|error| Outcome::refused(&error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let value: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let Some(kind) = answer.function_error else {
            return Ok(value);
        };
        let said = value["errorMessage"].as_str();
        let said = said.unwrap_or("it did not say why");
        let fix = if said.contains("not authorized to perform") {
            "run `apply`, which mends what the execution role may do".to_owned()
        } else {
            format!(
                "see its log: `aws logs tail {} --since 5m`",
                self.stack.log_group()
            )
        };
        Err(Outcome::broken(
            format!("the function failed ({kind}): {said}"),
            fix,
        ))
    }
}

fn request(stack: &Stack, id: &str, kind: &str, more: Value) -> Value {
    let mut request = json!({
        "@type": kind,
        "identity": {
            "id": "UNKNOWN", "principal": "UNKNOWN", "account": stack.account.as_str(),
            "arn": "", "tags": {}, "groups": [],
        },
        "queryId": id,
        "catalogName": stack.settings.catalog,
    });
    if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
        request.extend(more);
    }
    request
}

/// No conditions, and one row of all.
fn one_row() -> Value {
    json!({"summary": {}, "expression": [], "orderByClause": [], "limit": 1, "queryPassthroughArguments": {}})
}

fn named(table: &Value) -> String {
    table["tableName"].as_str().unwrap_or_default().to_owned()
}

fn spilling_failed(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Broken { seen, .. } if seen.contains("spill bucket") => Outcome::broken(
            seen,
            "run `apply`, which mends what the execution role may do; a Deny in the bucket's policy goes before it",
        ),
        other => other,
    }
}

fn unlike(expected: &str, answer: &Value) -> Outcome {
    let got = answer["@type"].as_str().unwrap_or("something else");
    Outcome::broken(
        format!("the function must answer with `{expected}`, got `{got}`"),
        "see whether the function runs this connector: `plan --zip target/lambda/bootstrap.zip`",
    )
}

const SCHEMA: &str = "default";
/// A read of a part with a limit of one row costs next to nothing, but every part is a call.
const MOST_SPLITS: usize = 8;

#[cfg(test)]
mod tests {
    use athena_protocol::wire::Request;

    use super::*;

    fn read(kind: &str, more: Value) -> Request {
        let stack = Stack::of_file("[connector]\nspill-bucket = \"spill\"");
        let text = request(&stack, "q", kind, more).to_string();
        Request::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_connector_understands_what_it_is_asked() {
        assert!(matches!(read("PingRequest", json!({})), Request::Ping(_)));
        let list = json!({"schemaName": SCHEMA, "pageSize": 1});
        let Request::ListTables(list) = read("ListTablesRequest", list) else {
            panic!("not a request to list tables");
        };
        assert_eq!(list.schema_name, "default");
        let name = json!({"schemaName": "default", "tableName": "orders"});
        let Request::GetTable(get) = read("GetTableRequest", json!({"tableName": name})) else {
            panic!("not a request to get a table");
        };
        assert_eq!(
            get.table_name,
            athena_protocol::wire::TableName::new("default", "orders")
        );
    }
}
