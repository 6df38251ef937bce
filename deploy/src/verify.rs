//! Walking every link of a set-up for real, with calls whose effects are gone afterwards, and naming the one that is broken.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::{AggregatedBytes, ByteStream};
use serde_json::{Value, json};

use crate::aws::{Account, AwsError};
use crate::plan::Accounts;
use crate::resource::catalog;
use crate::settings::Share;
use crate::stack::Stack;

/// What came of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It holds; what was seen.
    Holds(String),
    /// It does not; what was seen, and what to do about it.
    Broken { seen: String, fix: String },
    /// It was not tried; why.
    Skipped(String),
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// Walks all links in the order in which a query does. `id` makes names of this walk unlike those of another.
pub(crate) async fn walk(
    stack: &Stack,
    accounts: &Accounts,
    id: &str,
    mut tell: impl FnMut(&Link),
) -> Vec<Link> {
    let mut links = Vec::new();
    let mut note = |name: String, outcome: Outcome| {
        let link = Link { name, outcome };
        tell(&link);
        links.push(link);
    };
    let a = &accounts.a;
    note(
        "the function answers a ping".to_owned(),
        ping(stack, a, id).await,
    );
    note(
        "the function describes a table".to_owned(),
        table(stack, a, id).await,
    );
    let key = format!("{}/{id}", stack.settings.spill_prefix);
    let written = write_spill(stack, a, &key).await;
    let is_written = matches!(written, Outcome::Holds(_));
    note(
        "a block can be written to the spill bucket".to_owned(),
        written,
    );
    note(
        "it can be read back".to_owned(),
        read_spill(stack, a, &key, is_written).await,
    );
    note(
        "the data catalog leads to the function".to_owned(),
        own_catalog(stack, a).await,
    );
    for share in &stack.settings.shares {
        let of = |what: &str| format!("account {}: {what}", share.account);
        let guest = accounts.b.get(&share.account);
        let reads = match guest {
            Some(guest) => read_spill(stack, guest, &key, is_written).await,
            None => Outcome::Skipped("no credentials of that account were given".to_owned()),
        };
        note(of("reads the block"), reads);
        let (assumed, assumption) = assume(stack, a, share).await;
        note(of("its role for sharing can be assumed"), assumption);
        let reader = guest.or(assumed.as_ref());
        note(
            of("its data catalog leads to the function"),
            catalog_of(stack, reader, share).await,
        );
    }
    if is_written {
        let call =
            a.s3.delete_object()
                .bucket(&stack.settings.spill_bucket)
                .key(&key);
        let gone = call.send().await.map(drop);
        let outcome = match gone.map_err(a.refused("s3:DeleteObject", &key)) {
            Ok(()) => Outcome::Holds("deleted".to_owned()),
            // It is deleted after a day in any case.
            Err(error) => Outcome::Skipped(format!("its end of life does that: {error}")),
        };
        note("the block is taken away again".to_owned(), outcome);
    }
    links
}

/// A request of Athena's federation protocol.
fn request(stack: &Stack, kind: &str, id: &str) -> Value {
    json!({
        "@type": kind,
        "identity": {
            "id": "UNKNOWN", "principal": "UNKNOWN", "account": stack.account.as_str(),
            "arn": "", "tags": {}, "groups": [],
        },
        "queryId": id,
        "catalogName": stack.settings.catalog,
    })
}

fn list_tables(stack: &Stack, id: &str) -> Value {
    let mut list = request(stack, "ListTablesRequest", id);
    list["schemaName"] = json!("default");
    list["pageSize"] = json!(1);
    list
}

fn get_table(stack: &Stack, id: &str, name: &Value) -> Value {
    let mut get = request(stack, "GetTableRequest", id);
    get["tableName"] = name.clone();
    get
}

async fn ping(stack: &Stack, a: &Account, id: &str) -> Outcome {
    match invoke(stack, a, &request(stack, "PingRequest", id)).await {
        Ok(answer) if answer["@type"] == "PingResponse" => {
            let version = answer["serDeVersion"].as_i64().unwrap_or_default();
            Outcome::Holds(format!("protocol version {version}"))
        }
        Ok(answer) => unlike("PingResponse", &answer),
        Err(broken) => broken,
    }
}

async fn table(stack: &Stack, a: &Account, id: &str) -> Outcome {
    let name = match table_name(stack, a, id).await {
        Ok(name) => name,
        Err(outcome) => return outcome,
    };
    match invoke(stack, a, &get_table(stack, id, &name)).await {
        Ok(answer) if answer["@type"] == "GetTableResponse" => {
            Outcome::Holds(name["tableName"].as_str().unwrap_or_default().to_owned())
        }
        Ok(answer) => unlike("GetTableResponse", &answer),
        Err(broken) => broken,
    }
}

/// The first table of the settings, else the first that the function lists.
async fn table_name(stack: &Stack, a: &Account, id: &str) -> Result<Value, Outcome> {
    if let Some(name) = stack.settings.tables.first() {
        return Ok(json!({"schemaName": "default", "tableName": name.to_lowercase()}));
    }
    let answer = invoke(stack, a, &list_tables(stack, id)).await?;
    if answer["@type"] != "ListTablesResponse" {
        return Err(unlike("ListTablesResponse", &answer));
    }
    let first = answer["tables"].get(0).cloned();
    first.ok_or_else(|| Outcome::Skipped("there are no tables".to_owned()))
}

/// Invokes the function and reads its answer.
async fn invoke(stack: &Stack, a: &Account, request: &Value) -> Result<Value, Outcome> {
    let function = &stack.settings.function;
    let payload = Blob::new(request.to_string());
    let call = a.lambda.invoke().function_name(function).payload(payload);
    let answer = call
        .send()
        .await
        .map_err(a.refused("lambda:InvokeFunction", function));
    let answer = answer.map_err(|error| broken(&error))?;
    let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
    let value: Value = serde_json::from_slice(&payload).unwrap_or_default();
    match answer.function_error {
        None => Ok(value),
        Some(kind) => Err(Outcome::Broken {
            seen: format!(
                "the function failed ({kind}): {}",
                value["errorMessage"]
                    .as_str()
                    .unwrap_or("it did not say why")
            ),
            fix: format!(
                "see its log: `aws logs tail {} --since 5m`",
                stack.log_group()
            ),
        }),
    }
}

async fn write_spill(stack: &Stack, a: &Account, key: &str) -> Outcome {
    let bucket = &stack.settings.spill_bucket;
    let call =
        a.s3.put_object()
            .bucket(bucket)
            .key(key)
            .expected_bucket_owner(a.id.as_str());
    let done = call
        .body(ByteStream::from_static(WORDS))
        .send()
        .await
        .map(drop);
    match done.map_err(a.refused("s3:PutObject", spilled(stack, key))) {
        Ok(()) => Outcome::Holds(format!("s3://{bucket}/{key}")),
        Err(error) => broken(&error),
    }
}

async fn read_spill(stack: &Stack, reader: &Account, key: &str, is_written: bool) -> Outcome {
    if !is_written {
        return Outcome::Skipped("none was written".to_owned());
    }
    let owner = stack.account.as_str();
    let call = reader
        .s3
        .get_object()
        .bucket(&stack.settings.spill_bucket)
        .key(key);
    let answer = call.expected_bucket_owner(owner).send().await;
    match answer.map_err(reader.refused("s3:GetObject", spilled(stack, key))) {
        Err(error) => broken(&error),
        Ok(answer) => match answer.body.collect().await.map(AggregatedBytes::to_vec) {
            Ok(bytes) if bytes == WORDS => Outcome::Holds("the same bytes".to_owned()),
            _ => Outcome::Broken {
                seen: "other bytes came back than were written".to_owned(),
                fix: "see who else writes to the bucket".to_owned(),
            },
        },
    }
}

async fn own_catalog(stack: &Stack, a: &Account) -> Outcome {
    leads(
        stack,
        catalog::read(a, &stack.settings.catalog).await,
        "apply",
    )
}

async fn catalog_of(stack: &Stack, reader: Option<&Account>, share: &Share) -> Outcome {
    match reader {
        None => Outcome::Skipped("neither credentials nor the role lead there".to_owned()),
        Some(reader) => leads(stack, catalog::read(reader, &share.catalog).await, "share"),
    }
}

fn leads(stack: &Stack, read: Result<Option<catalog::Found>, AwsError>, command: &str) -> Outcome {
    let function = stack.function_arn().to_string();
    match read {
        Err(error) => broken(&error),
        Ok(Some(is)) if is.parameters.get("function") == Some(&function) => {
            Outcome::Holds(function)
        }
        Ok(found) => Outcome::Broken {
            seen: found
                .map_or("it is not there", |_| "it leads elsewhere")
                .to_owned(),
            fix: format!("run `{command}`"),
        },
    }
}

async fn assume(stack: &Stack, a: &Account, share: &Share) -> (Option<Account>, Outcome) {
    let role = stack.share_role_arn(share);
    match a.assuming(&role, share.external_id.as_deref()).await {
        Ok(guest) if guest.id == share.account => {
            let caller = guest.caller.clone();
            (Some(guest), Outcome::Holds(caller))
        }
        Ok(guest) => (
            None,
            Outcome::Broken {
                seen: format!("it leads into account {}", guest.id),
                fix: "give the other account with `--account-b`".to_owned(),
            },
        ),
        Err(error) => (None, broken(&error)),
    }
}

fn spilled(stack: &Stack, key: &str) -> String {
    format!("{}/{key}", stack.spill_arn())
}

fn broken(error: &AwsError) -> Outcome {
    Outcome::Broken {
        seen: error.to_string(),
        fix: error.hint(),
    }
}

fn unlike(expected: &str, answer: &Value) -> Outcome {
    let got = answer["@type"].as_str().unwrap_or("something else");
    Outcome::Broken {
        seen: format!("the function must answer with `{expected}`, got `{got}`"),
        fix:
            "see whether the function runs this connector: `plan --zip target/lambda/bootstrap.zip`"
                .to_owned(),
    }
}

const WORDS: &[u8] = b"written by `athena-dynamodb-deploy verify`; may be deleted";

impl Link {
    /// As JSON.
    pub(crate) fn value(&self) -> Value {
        let (outcome, seen, fix) = match &self.outcome {
            Outcome::Holds(seen) => ("holds", seen, None),
            Outcome::Broken { seen, fix } => ("broken", seen, Some(fix)),
            Outcome::Skipped(why) => ("skipped", why, None),
        };
        json!({"link": self.name, "outcome": outcome, "seen": seen, "fix": fix})
    }

    /// As a line, or two.
    pub(crate) fn text(&self) -> String {
        let name = &self.name;
        match &self.outcome {
            Outcome::Holds(seen) => format!("  ok       {name} ({seen})"),
            Outcome::Broken { seen, fix } => {
                format!("  broken   {name}: {seen}\n           fix: {fix}")
            }
            Outcome::Skipped(why) => format!("  skipped  {name}: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use athena_protocol::wire::Request;

    use super::*;

    #[test]
    fn the_connector_understands_what_it_is_asked() {
        let stack = Stack::of_file("[connector]\nspill-bucket = \"spill\"");
        let read = |request: Value| Request::from_json(request.to_string().as_bytes()).unwrap();
        assert!(matches!(
            read(request(&stack, "PingRequest", "q")),
            Request::Ping(_)
        ));
        let Request::ListTables(list) = read(list_tables(&stack, "q")) else {
            panic!("not a request to list tables");
        };
        assert_eq!(list.schema_name, "default");
        let name = json!({"schemaName": "default", "tableName": "orders"});
        let Request::GetTable(get) = read(get_table(&stack, "q", &name)) else {
            panic!("not a request to get a table");
        };
        assert_eq!(
            get.table_name,
            athena_protocol::wire::TableName::new("default", "orders")
        );
    }
}
