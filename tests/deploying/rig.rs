//! A cloud with accounts A, B and C, and the binary with credentials for all of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use athena_testkit::cloud::{CloudCall, Credentials, Outcome};
use athena_testkit::{Cloud, DynamoDb};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use tempfile::TempDir;
use tokio::process::Command;

use crate::hand::{ALL, Hand};

pub(crate) const A: &str = "111111111111";
pub(crate) const B: &str = "222222222222";
pub(crate) const C: &str = "333333333333";
pub(crate) const FUNCTION: &str = "athena-dynamodb-lambda-connector-account-a";
pub(crate) const BUCKET: &str = "ds-spill-bucket";
pub(crate) const RESULTS: &str = "athena-dynamodb-queries-a";
/// The role that account B makes for account A.
pub(crate) const GUEST: &str = "AthenaCrossAccountCreate-111111111111";

/// Shared with B, with B's credentials.
pub(crate) const SHARED: &[&str] = &["--account-b=222222222222", "--profile-b=b"];
/// Shared with C.
pub(crate) const SHARED_WITH_C: &[&str] = &["--account-b=333333333333", "--profile-b=c"];
/// Every part that there is.
pub(crate) const EVERYTHING: &[&str] = &[
    "--account-b=222222222222",
    "--profile-b=b",
    "--results-bucket=athena-dynamodb-queries-a",
    "--results-bucket-b=athena-dynamodb-queries-b",
    "--log-retention=30",
    "--env=disable_glue=true",
];

/// The accounts, with a folder for what the binary reads.
pub(crate) struct Rig {
    pub(crate) cloud: Cloud,
    folder: TempDir,
    _dynamodb: Option<DynamoDb>,
}

/// How a run of the binary went.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) data: String,
    pub(crate) talk: String,
}

impl Rig {
    /// Accounts in which functions are made, but none is run.
    pub(crate) async fn start() -> Self {
        Self::over(Cloud::start().await.unwrap(), None)
    }

    /// Accounts in which every function runs the connector, over a DynamoDB with one table, `orders`.
    pub(crate) async fn running() -> Self {
        let dynamodb = DynamoDb::start().await.unwrap();
        fill(&dynamodb.client()).await;
        let cloud = Cloud::builder()
            .program(env!("CARGO_BIN_EXE_connector-under-test"))
            .dynamodb(dynamodb.endpoint());
        Self::over(cloud.start().await.unwrap(), Some(dynamodb))
    }

    fn over(cloud: Cloud, dynamodb: Option<DynamoDb>) -> Self {
        let rig = Self {
            cloud,
            folder: TempDir::new().unwrap(),
            _dynamodb: dynamodb,
        };
        rig.write_package("bootstrap.zip", "first");
        let all = |account: &str| rig.cloud.user(account, "admin", ALL).unwrap();
        rig.write_credentials(&[("a", all(A)), ("b", all(B)), ("c", all(C))]);
        rig
    }

    /// Has profiles `a` and `b` belong to users with these policies.
    pub(crate) fn restrict(&self, a: &str, b: &str) {
        let user =
            |account: &str, policy: &str| self.cloud.user(account, "deployer", policy).unwrap();
        self.write_credentials(&[("a", user(A, a)), ("b", user(B, b))]);
    }

    /// What somebody may do by hand in an account.
    pub(crate) fn hand(&self, account: &str) -> Hand {
        Hand::of(&self.cloud, account)
    }

    /// Profiles and whose they are.
    pub(crate) fn write_credentials(&self, profiles: &[(&str, Credentials)]) {
        let mut text = String::new();
        for (profile, credentials) in profiles {
            let _ = writeln!(
                text,
                "[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}",
                credentials.access_key_id, credentials.secret_access_key
            );
        }
        std::fs::write(self.path("credentials"), text).unwrap();
    }

    /// Writes a package whose program is other bytes for other `words`.
    pub(crate) fn write_package(&self, name: &str, words: &str) {
        let mut program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0".to_vec();
        program.extend(words.as_bytes());
        let file = std::fs::File::create(self.path(name)).unwrap();
        let mut archive = zip::ZipWriter::new(file);
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        archive.start_file("bootstrap", options).unwrap();
        archive.write_all(&program).unwrap();
        archive.finish().unwrap();
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command with account A's credentials and the usual settings.
    pub(crate) fn command(&self, command: &str, options: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_deploy-under-test"));
        let agrees = !matches!(command, "plan" | "status" | "verify");
        program
            .arg(command)
            .args(["--profile-a=a", "--spill-bucket=ds-spill-bucket"])
            .args(["--wait-step-ms=5", "--wait-seconds=1"])
            .arg("--zip")
            .arg(self.path("bootstrap.zip"))
            .args(options)
            .args(agrees.then_some("--yes"))
            .env_clear()
            .env("ATHENA_DEPLOY_ENDPOINT_URL", self.cloud.endpoint())
            .env("ATHENA_DEPLOY_REGION", "us-east-1")
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path("credentials"))
            .env("AWS_CONFIG_FILE", self.path("config"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        program
    }

    /// Runs a command.
    pub(crate) async fn run(&self, command: &str, options: &[&str]) -> Run {
        Run::of(self.command(command, options).output().await.unwrap())
    }

    /// Runs a command that must end with code 0.
    pub(crate) async fn done(&self, command: &str, options: &[&str]) -> Run {
        let run = self.run(command, options).await;
        assert_eq!(run.code, Some(0), "{command} {options:?}: {run:#?}");
        run
    }

    /// One of the documents of `policy show`.
    pub(crate) async fn shown(&self, name: &str, options: &[&str]) -> serde_json::Value {
        let mut program = Command::new(env!("CARGO_BIN_EXE_deploy-under-test"));
        program
            .args(["policy", "show", name, "--spill-bucket=ds-spill-bucket"])
            .args(["--region=us-east-1", "--account-a=111111111111"])
            .args(options)
            .env_clear();
        let run = Run::of(program.output().await.unwrap());
        assert_eq!(run.code, Some(0), "{run:#?}");
        run.json()
    }

    /// The write calls since the last question, whatever came of them.
    pub(crate) fn writes(&self) -> Vec<CloudCall> {
        let writes = self.cloud.writes();
        self.cloud.forget_calls();
        writes
    }

    /// Refuses to have had any write call since the last question.
    #[track_caller]
    pub(crate) fn wrote_nothing(&self) {
        assert_eq!(self.writes(), []);
    }
}

/// The names of calls that were done, and how often each.
pub(crate) fn done(calls: &[CloudCall]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls.iter().filter(|call| call.outcome == Outcome::Done) {
        *counts.entry(call.operation.clone()).or_default() += 1;
    }
    counts
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            data: String::from_utf8(output.stdout).unwrap(),
            talk: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What was printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

async fn fill(client: &aws_sdk_dynamodb::Client) {
    let key = |builder: aws_sdk_dynamodb::types::builders::KeySchemaElementBuilder| {
        builder.key_type(KeyType::Hash).build().unwrap()
    };
    let id = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap();
    client
        .create_table()
        .table_name("orders")
        .key_schema(key(KeySchemaElement::builder().attribute_name("id")))
        .attribute_definitions(id)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    for id in ["first", "second"] {
        let put = client.put_item().table_name("orders");
        put.item("id", AttributeValue::S(id.to_owned()))
            .send()
            .await
            .unwrap();
    }
}
