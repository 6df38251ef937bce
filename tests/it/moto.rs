//! Moto as the second opinion on Glue and STS: what the test kit answers is our idea of them, moto's is another's.
//!
//! `cargo xtask test` installs it and says where it is; without that variable these tests pass over it and say so.

use crate::stack::{NewTable, Stack, key, table_name};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

struct Moto {
    /// Ended when it is dropped.
    _server: Child,
    port: u16,
}

impl Moto {
    /// Starts a server on a free port; `None` if there is none to start.
    async fn start() -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever runs the tests says where the server is"
        )]
        let program = std::env::var_os("MOTO_SERVER")?;
        let mut server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let port = loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("a line that tells the port");
            if let Some((_, port)) = line.split_once("Running on http://127.0.0.1:") {
                break port.trim().parse().unwrap();
            }
        };
        // Whoever does not read what a server writes holds it up in the end.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self {
            _server: server,
            port,
        })
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a call of Glue.
    async fn call(&self, operation: &str, input: &Value) {
        let target = format!("X-Amz-Target: AWSGlue.{operation}\r\n");
        let kind = "application/x-amz-json-1.1";
        self.post("/", "glue", &target, kind, &input.to_string())
            .await;
    }

    /// Makes a call of IAM.
    async fn iam(&self, form: &str) -> String {
        let kind = "application/x-www-form-urlencoded";
        let form = format!("Version=2010-05-08&{form}");
        self.post("/", "iam", "", kind, &form).await
    }

    /// Has moto answer everybody, or only who may ask.
    async fn enforce(&self, permissions: bool) {
        let calls_without = if permissions { "0" } else { "1000000" };
        let kind = "text/plain";
        self.post("/moto-api/reset-auth", "moto", "", kind, calls_without)
            .await;
    }

    /// Posts what must be answered well. Moto checks no signature unless it enforces permissions, but reads the service's name in it.
    async fn post(&self, path: &str, service: &str, head: &str, kind: &str, body: &str) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: {kind}\r\n{head}\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n",
            body.len()
        );
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        connection
            .write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{service}: {answer}");
        answer
    }
}

#[tokio::test]
async fn two_hundred_and_fifty_tables_of_motos_glue_are_listed_and_read() {
    let Some(moto) = Moto::start().await else {
        println!("skipped: `MOTO_SERVER` does not tell where moto is");
        return;
    };
    let stack = Stack::with(|setup| {
        setup.unset("disable_glue");
        setup.set("AWS_ENDPOINT_URL_GLUE", &moto.endpoint());
        // Moto has one account, which is not the one in the emulator's function ARNs.
        setup.set("glue_catalog", "123456789012");
    })
    .await;
    NewTable::named("Source", &[key("Id", "S")])
        .load(&stack.aws, &[json!({"Id": {"S": "a"}, "N": {"N": "7"}})])
        .await;
    moto.call(
        "CreateDatabase",
        &json!({"DatabaseInput": {"Name": "sales", "LocationUri": "s3://b/dynamo-db-flag"}}),
    )
    .await;
    moto.call(
        "CreateDatabase",
        &json!({"DatabaseInput": {"Name": "files"}}),
    )
    .await;
    for number in 0..250 {
        let columns = json!([{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "int"}]);
        let table = json!({
            "Name": format!("t{number:03}"), "StorageDescriptor": {"Columns": columns},
            "Parameters": {"classification": "dynamodb", "sourceTable": "Source"},
        });
        moto.call(
            "CreateTable",
            &json!({"DatabaseName": "sales", "TableInput": table}),
        )
        .await;
    }
    assert_eq!(
        stack.query().list_schemas().await.unwrap(),
        ["sales", "default"]
    );
    let tables = stack.query().list_tables("sales").await.unwrap();
    assert_eq!(tables.len(), 250);
    let table = stack.query().get_table(&tables[249]).await.unwrap();
    let batches = stack
        .read(&table, athena_protocol::predicate::Constraints::default())
        .await;
    let rows: usize = batches
        .iter()
        .map(arrow::array::RecordBatch::num_rows)
        .sum();
    assert_eq!(rows, 1);
    // Neither a table nor a database that is not there is an error of Glue.
    let missing = athena_protocol::wire::TableName::new("nowhere", "source");
    assert!(stack.query().get_table(&missing).await.is_ok());
}

#[tokio::test]
async fn a_role_is_assumed_of_motos_sts_and_its_credentials_are_used() {
    let Some(moto) = Moto::start().await else {
        println!("skipped: `MOTO_SERVER` does not tell where moto is");
        return;
    };
    let stack = Stack::with(|setup| {
        setup.set("AWS_ENDPOINT_URL_STS", &moto.endpoint());
        setup.set(
            "cross_account_role_arn",
            "arn:aws:iam::210987654321:role/team/reader",
        );
        setup.set("cross_account_external_id", "agreed-upon");
    })
    .await;
    NewTable::named("items", &[key("Id", "S")])
        .load(&stack.aws, &[json!({"Id": {"S": "a"}})])
        .await;
    let described = stack.query().get_table(&table_name("items")).await.unwrap();
    let constraints = athena_protocol::predicate::Constraints::default();
    assert_eq!(stack.rows(&described, constraints).await.len(), 1);
    let calls = stack.aws.dynamodb.calls().into_iter();
    let mut signers: Vec<_> = calls.filter_map(|call| call.access_key_id).collect();
    assert!(signers.len() >= 3, "{signers:?}");
    signers.dedup();
    // As STS does, moto begins the keys of a session with these letters.
    assert!(
        signers.len() == 1 && signers[0].starts_with("ASIA"),
        "{signers:?}"
    );
}

/// The text of an element that occurs once.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once('<').unwrap().0
}

#[tokio::test]
async fn who_may_not_read_motos_glue_has_the_tables_of_dynamodb_alone_until_it_may() {
    let Some(moto) = Moto::start().await else {
        println!("skipped: `MOTO_SERVER` does not tell where moto is");
        return;
    };
    let database =
        json!({"DatabaseInput": {"Name": "sales", "LocationUri": "s3://b/dynamo-db-flag"}});
    moto.call("CreateDatabase", &database).await;
    let table = json!({
        "Name": "bought", "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}]},
        "Parameters": {"classification": "dynamodb", "sourceTable": "Source"},
    });
    let table = json!({"DatabaseName": "sales", "TableInput": table});
    moto.call("CreateTable", &table).await;
    moto.iam("Action=CreateUser&UserName=reader").await;
    // Such a user may do something, but nothing in Glue.
    let policy = |action: &str| {
        format!(
            "Action=PutUserPolicy&UserName=reader&PolicyName=p&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A\
             %5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22{action}%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
        )
    };
    moto.iam(&policy("dynamodb%3A%2A")).await;
    let keys = moto.iam("Action=CreateAccessKey&UserName=reader").await;
    moto.enforce(true).await;
    let stack = Stack::with(|setup| {
        setup.unset("disable_glue");
        setup.set("AWS_ENDPOINT_URL_GLUE", &moto.endpoint());
        setup.set("glue_catalog", "123456789012");
        setup.set("AWS_ACCESS_KEY_ID", element(&keys, "AccessKeyId"));
        setup.set("AWS_SECRET_ACCESS_KEY", element(&keys, "SecretAccessKey"));
    })
    .await;
    NewTable::named("Source", &[key("Id", "S")])
        .load(&stack.aws, &[json!({"Id": {"S": "a"}, "N": {"N": "7"}})])
        .await;
    let query = stack.query();
    assert_eq!(query.list_schemas().await.unwrap(), ["default"]);
    let own = [table_name("source")];
    assert_eq!(query.list_tables("default").await.unwrap(), own);
    assert_eq!(query.list_tables("sales").await.unwrap(), []);
    let described = query.get_table(&table_name("source")).await.unwrap();
    assert_eq!(described.schema.fields().len(), 2, "taken from the items");
    let log = stack.log();
    let told = log.matches("without the Glue Data Catalog").count();
    assert_eq!(told, 1, "{log}");

    moto.enforce(false).await;
    moto.iam(&policy("glue%3AGet%2A")).await;
    moto.enforce(true).await;
    let schemas = query.list_schemas().await.unwrap();
    assert_eq!(schemas, ["sales", "default"]);
    let tables = query.list_tables("sales").await.unwrap();
    assert_eq!(tables.len(), 1);
    let described = query.get_table(&tables[0]).await.unwrap();
    assert_eq!(described.schema.fields().len(), 1, "as Glue has it");
}
