//! The connector as a function of account A, queried from account B: every call, also those that the connector makes itself, is
//! authorised by the policies that were put there.

use crate::spilling::items;
use crate::stack::{CATALOG, NewTable, key, rows_of, table_name};
use async_trait::async_trait;
use athena_client::{Connector, InvokeError, Invoked, Invoker, Limits, S3Store};
use athena_protocol::predicate::Constraints;
use athena_testkit::cloud::{Credentials, Pace, Service};
use athena_testkit::{Cloud, DynamoDb};
use aws_sdk_lambda::config::{BehaviorVersion, Region};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use serde_json::{Value, json};
use std::sync::Arc;

const A: &str = "111111111111";
const B: &str = "222222222222";
const BUCKET: &str = "ds-spill-bucket";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:connector";

macro_rules! client {
    ($sdk:ident, $cloud:expr, $credentials:expr $(, $more:ident = $value:expr)?) => {{
        let Credentials { access_key_id, secret_access_key, session_token } = $credentials.clone();
        let provider = aws_credential_types::Credentials::new(
            access_key_id, secret_access_key, session_token, None, "test",
        );
        let config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url($cloud.endpoint())
            .credentials_provider(provider)
            $(.$more($value))?;
        $sdk::Client::from_conf(config.build())
    }};
}

/// Invokes the function as Athena does, with the caller's credentials.
struct Signed(aws_sdk_lambda::Client);

#[async_trait]
impl Invoker for Signed {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let invoke = self
            .0
            .invoke()
            .function_name(FUNCTION)
            .payload(Blob::new(payload));
        let answer = invoke
            .send()
            .await
            .map_err(|error| InvokeError::Transport {
                endpoint: FUNCTION.to_owned(),
                source: Box::new(error.into_service_error()),
            })?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if answer.function_error.is_some() {
            return Err(InvokeError::Function {
                fault: serde_json::from_slice(&payload).unwrap(),
                log_tail: None,
            });
        }
        Ok(Invoked {
            payload: payload.into(),
            log_tail: None,
        })
    }
}

struct Deployed {
    cloud: Cloud,
    admin: Credentials,
    connector: Connector,
    _dynamodb: DynamoDb,
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn analyst_policy(spill: &str) -> String {
    document(&[
        json!({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": FUNCTION}),
        json!({"Effect": "Allow", "Action": spill, "Resource": format!("arn:aws:s3:::{BUCKET}/athena-spill/*")}),
    ])
}

fn execution_policy(spill: &str) -> String {
    document(&[
        json!({"Effect": "Allow", "Action": ["dynamodb:DescribeTable", "dynamodb:ListTables", "dynamodb:Query", "dynamodb:Scan"],
               "Resource": format!("arn:aws:dynamodb:us-east-1:{A}:table/items")}),
        json!({"Effect": "Allow", "Action": spill, "Resource": format!("arn:aws:s3:::{BUCKET}/athena-spill/*")}),
        json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}")}),
    ])
}

impl Deployed {
    async fn start() -> Self {
        let dynamodb = DynamoDb::start().await.unwrap();
        NewTable::named("items", &[key("id", "S")])
            .load_by(&dynamodb.client(), &items(300, 2_000))
            .await;
        let cloud = Cloud::builder()
            .program(env!("CARGO_BIN_EXE_connector-under-test"))
            .dynamodb(dynamodb.endpoint())
            .pace(Pace {
                function_reads: 0,
                role_tries: 0,
            });
        let cloud = cloud.start().await.unwrap();
        let all = document(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
        let admin = cloud.user(A, "deployer", &all).unwrap();
        let analyst = cloud
            .user(B, "analyst", &analyst_policy("s3:GetObject"))
            .unwrap();
        let lambda = client!(aws_sdk_lambda, cloud, analyst);
        let store = S3Store::new(client!(aws_sdk_s3, cloud, analyst, force_path_style = true));
        let connector = Connector::new(
            Arc::new(Signed(lambda)),
            Arc::new(store),
            CATALOG,
            Limits::default(),
        );
        let deployed = Self {
            cloud,
            admin,
            connector,
            _dynamodb: dynamodb,
        };
        deployed.deploy().await;
        deployed
    }

    async fn deploy(&self) {
        let iam = client!(aws_sdk_iam, self.cloud, self.admin);
        let trust = document(&[json!({
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"
        })]);
        let create = iam
            .create_role()
            .role_name("execution")
            .assume_role_policy_document(trust);
        create.send().await.unwrap();
        self.put_execution_policy(&execution_policy("s3:PutObject"))
            .await;
        let s3 = client!(aws_sdk_s3, self.cloud, self.admin, force_path_style = true);
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let policy = document(&[json!({
            "Effect": "Allow", "Principal": {"AWS": B}, "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{BUCKET}/athena-spill/*"),
        })]);
        s3.put_bucket_policy()
            .bucket(BUCKET)
            .policy(policy)
            .send()
            .await
            .unwrap();
        let lambda = client!(aws_sdk_lambda, self.cloud, self.admin);
        let environment = [
            ("spill_bucket", BUCKET),
            ("spill_prefix", "athena-spill"),
            ("disable_glue", "true"),
            ("MAX_BLOCK_SIZE_BYTES", "200000"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::builder().set_variables(Some(environment.into()));
        lambda
            .create_function()
            .function_name("connector")
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .role(format!("arn:aws:iam::{A}:role/execution"))
            .memory_size(3008)
            .timeout(60)
            .environment(environment.build())
            // The smallest zip there is: the program is given to the cloud.
            .code(
                FunctionCode::builder()
                    .zip_file(Blob::new([b"PK\x05\x06", &[0; 18][..]].concat()))
                    .build(),
            )
            .send()
            .await
            .unwrap();
        let add = lambda
            .add_permission()
            .function_name("connector")
            .statement_id("athena-cross-account-access");
        add.action("lambda:InvokeFunction")
            .principal(B)
            .send()
            .await
            .unwrap();
    }

    async fn put_execution_policy(&self, policy: &str) {
        let iam = client!(aws_sdk_iam, self.cloud, self.admin);
        let put = iam
            .put_role_policy()
            .role_name("execution")
            .policy_name("policy");
        put.policy_document(policy).send().await.unwrap();
    }

    /// The number of rows of a table, or why it could not be read.
    async fn count(&self, table: &str) -> Result<usize, String> {
        let query = self.connector.query();
        let said = |error: athena_client::Error| format!("{error:?}");
        let table = query.get_table(&table_name(table)).await.map_err(said)?;
        let schema = table.schema.clone();
        let read = crate::stack::read(&query, &table, Constraints::default(), schema);
        Ok(rows_of(&read.await.map_err(said)?).len())
    }
}

#[tokio::test]
async fn a_table_of_a_is_read_from_b_through_the_spill_bucket() {
    let deployed = Deployed::start().await;
    assert_eq!(deployed.count("items").await.unwrap(), 300);
    let calls = deployed.cloud.calls();
    let count = |service, operation: &str, account: &str| {
        let of = calls
            .iter()
            .filter(|call| call.service == service && call.operation == operation);
        of.filter(|call| call.account.as_deref() == Some(account))
            .count()
    };
    assert!(count(Service::DynamoDb, "Scan", A) >= 1);
    assert!(count(Service::S3, "PutObject", A) >= 3);
    assert_eq!(
        count(Service::S3, "GetObject", B),
        count(Service::S3, "PutObject", A)
    );
    assert!(count(Service::Lambda, "Invoke", B) >= 4);
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_missed_where_it_was_used() {
    let deployed = Deployed::start().await;
    let unreadable = deployed.count("others").await.unwrap_err();
    assert!(
        unreadable.contains("dynamodb:DescribeTable"),
        "{unreadable}"
    );
    deployed
        .put_execution_policy(&execution_policy("s3:GetObject"))
        .await;
    let unwritten = deployed.count("items").await.unwrap_err();
    assert!(unwritten.contains("s3:PutObject"), "{unwritten}");
    deployed
        .put_execution_policy(&execution_policy("s3:PutObject"))
        .await;
    deployed
        .cloud
        .user(B, "analyst", &analyst_policy("s3:PutObject"))
        .unwrap();
    let unread = deployed.count("items").await.unwrap_err();
    assert!(
        unread.starts_with("Fetch") && unread.contains("Denied"),
        "{unread}"
    );
    deployed
        .cloud
        .user(B, "analyst", &analyst_policy("s3:GetObject"))
        .unwrap();
    assert_eq!(deployed.count("items").await.unwrap(), 300);
}

#[tokio::test]
async fn athena_asks_the_function_with_the_rights_of_who_asks_athena() {
    let deployed = Deployed::start().await;
    let catalog = "arn:aws:athena:us-east-1:222222222222:datacatalog/source";
    let policy = |via: &str| {
        document(&[
            json!({"Effect": "Allow", "Action": ["athena:CreateDataCatalog", "athena:ListDatabases"], "Resource": catalog}),
            json!({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": FUNCTION,
                   "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": via}}}),
        ])
    };
    let analyst = deployed
        .cloud
        .user(B, "analyst", &policy("athena.amazonaws.com"));
    let analyst = analyst.unwrap();
    let athena = client!(aws_sdk_athena, deployed.cloud, analyst);
    let kind = aws_sdk_athena::types::DataCatalogType::Lambda;
    let create = athena.create_data_catalog().name("source").r#type(kind);
    create
        .parameters("function", FUNCTION)
        .send()
        .await
        .unwrap();
    let list = || athena.list_databases().catalog_name("source").send();
    let listed = list().await.unwrap();
    let names: Vec<&str> = listed
        .database_list()
        .iter()
        .map(aws_sdk_athena::types::Database::name)
        .collect();
    assert_eq!(names, ["default"]);
    // Not without Athena in between.
    let lambda = client!(aws_sdk_lambda, deployed.cloud, analyst);
    let direct = lambda.invoke().function_name(FUNCTION).send().await;
    let direct = format!("{:?}", direct.unwrap_err().into_service_error());
    assert!(direct.contains("AccessDeniedException"), "{direct}");
    deployed
        .cloud
        .user(B, "analyst", &policy("quicksight.amazonaws.com"))
        .unwrap();
    let refused = list().await.unwrap_err().into_service_error().to_string();
    assert!(
        refused.contains("lambda:InvokeFunction on resource"),
        "{refused}"
    );
}
