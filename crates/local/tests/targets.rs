//! What stands behind a catalog: a command, a deployed function, one of another account; several at once; with a bucket and without.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

use athena_testkit::cloud::{Credentials, Pace};
use athena_testkit::{Cloud, Emulator, LocalAws, Shop};
use aws_sdk_lambda::config::{BehaviorVersion, Region};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use tokio::process::Command;

/// This program, which as such a command is the connector.
const CONNECTOR: &str = concat!(env!("CARGO_BIN_EXE_athena-local"), " __connector");
/// Has a few orders travel through a bucket.
const SMALL_BLOCKS: [&str; 2] = ["--env", "MAX_BLOCK_SIZE_BYTES=20000"];

async fn shop() -> LocalAws {
    let aws = LocalAws::start().await.unwrap();
    let shop = Shop::generate(1, 0.02);
    shop.load(&aws.dynamodb.client(), |_, _| {}).await.unwrap();
    aws
}

/// Standard output and standard error of the program, which has to end well.
async fn run(environment: &BTreeMap<String, String>, arguments: &[&str]) -> (Vec<u8>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_athena-local"))
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .envs(environment)
        .output()
        .await
        .unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {talk}");
    (output.stdout, talk)
}

async fn rows(environment: &BTreeMap<String, String>, arguments: &[&str]) -> Vec<String> {
    let words = [&["sql", "--format", "ndjson"], arguments].concat();
    let (data, _) = run(environment, &words).await;
    let text = String::from_utf8(data).unwrap();
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn tables_of_several_catalogs_are_joined() {
    let aws = shop().await;
    let environment = aws.function_environment();
    let command = format!("other=command:{CONNECTOR}");
    let both = ["--catalog", "shop=dynamodb", "--catalog", &command];
    let join = |customers: &str| {
        format!(
            "select c.name, o.order_id from orders o join {customers} c on c.customer_id = o.customer_id \
             where o.status = 'RETURNED'"
        )
    };
    let one = rows(&environment, &[&join("customers")]).await;
    assert!(!one.is_empty());
    let joined = join("other.default.customers");
    assert_eq!(
        rows(&environment, &[&both[..], &[&joined]].concat()).await,
        one
    );

    let (listed, _) = run(
        &environment,
        &[&["sql"], &both[..], &["show tables"]].concat(),
    )
    .await;
    let listed = String::from_utf8(listed).unwrap();
    for catalog in ["shop ", "other"] {
        assert!(listed.contains(&format!("| {catalog}")), "{listed}");
    }
    // What a statement does not need is not started, whatever is wrong with it.
    let broken = [
        "--catalog",
        "shop=dynamodb",
        "--catalog",
        "broken=command:/nowhere",
    ];
    let count = ["select count(*) as n from orders"];
    let alone = rows(&environment, &[&broken[..], &count].concat()).await;
    assert_eq!(alone, rows(&environment, &count).await);
}

#[tokio::test]
async fn large_answers_need_no_bucket_of_ones_own() {
    let aws = shop().await;
    let mut environment = aws.function_environment();
    let sql = "select * from orders";
    let all = [&SMALL_BLOCKS[..], &[sql]].concat();
    let with_bucket = rows(&environment, &all).await;
    let before = aws
        .s3
        .objects(athena_testkit::aws::SPILL_BUCKET)
        .await
        .unwrap();
    assert!(!before.is_empty(), "blocks are that small");
    environment.remove("spill_bucket");
    environment.remove("AWS_ENDPOINT_URL_S3");
    // Other credentials than those of the embedded servers.
    environment.insert("AWS_ACCESS_KEY_ID".to_owned(), "ASIASOMEBODY".to_owned());
    environment.insert("AWS_SECRET_ACCESS_KEY".to_owned(), "secret".to_owned());
    environment.insert("AWS_SESSION_TOKEN".to_owned(), "token".to_owned());
    assert_eq!(rows(&environment, &all).await, with_bucket);
    let after = aws
        .s3
        .objects(athena_testkit::aws::SPILL_BUCKET)
        .await
        .unwrap();
    assert_eq!(after, before);
    let progress = [&["sql", "--progress"], &all[..]].concat();
    let (_, talk) = run(&environment, &progress).await;
    assert!(talk.contains("1 of 1 split · "), "{talk}");
    assert!(
        talk.contains("blocks spilled (") && talk.contains("encrypted"),
        "{talk}"
    );
}

#[tokio::test]
async fn a_deployed_function_is_asked_by_its_name() {
    let aws = shop().await;
    let environment = aws.function_environment();
    let emulator = Emulator::builder(env!("CARGO_BIN_EXE_athena-local"))
        .arg("__connector")
        .function_name("orders")
        .envs(environment.clone())
        .env("query_status_polling", "false")
        .start()
        .await
        .unwrap();
    let mut caller = environment.clone();
    caller.retain(|name, _| !name.starts_with("AWS_ENDPOINT") && !name.starts_with("spill"));
    caller.insert("AWS_ENDPOINT_URL_S3".to_owned(), aws.s3.endpoint());
    caller.insert("AWS_ENDPOINT_URL_LAMBDA".to_owned(), emulator.endpoint());
    let sql = "select order_id, total from orders where customer_id = 'c00001'";
    let through = rows(&caller, &["--function", "orders", sql]).await;
    assert!(!through.is_empty() && emulator.stats().invocations > 3);
    assert_eq!(through, rows(&environment, &[sql]).await);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.parquet");
    let words = ["sql", "--function", "orders", "--format", "parquet", sql];
    let (data, talk) = run(&caller, &words).await;
    std::fs::write(&file, data).unwrap();
    let reader = std::fs::File::open(&file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(reader).unwrap();
    let batches = reader.build().unwrap().map(Result::unwrap);
    let count: usize = batches.map(|batch| batch.num_rows()).sum();
    assert_eq!(count, through.len());
    assert!(talk.contains(" pages") || talk.contains("1 page"), "{talk}");

    let output = Command::new(env!("CARGO_BIN_EXE_athena-local"))
        .args(["sql", "--function", "others", sql])
        .env_clear()
        .envs(&caller)
        .output()
        .await
        .unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        talk.contains("does not invoke the function `others`"),
        "{talk}"
    );
    assert!(
        talk.contains("status 404") && talk.contains("named by its ARN"),
        "{talk}"
    );
}

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

const A: &str = "111111111111";
const B: &str = "222222222222";
const BUCKET: &str = "spill-of-a";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:connector";

/// The connector as a function of account A that account B may invoke, and whose blocks it may fetch.
async fn deploy(cloud: &Cloud, admin: &Credentials) {
    let spill = format!("arn:aws:s3:::{BUCKET}/athena-spill/*");
    let document =
        |statement| json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let iam = client!(aws_sdk_iam, cloud, admin);
    let trust = document(json!({
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"
    }));
    let role = iam.create_role().role_name("execution");
    role.assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let all =
        document(json!({"Effect": "Allow", "Action": ["dynamodb:*", "s3:*"], "Resource": "*"}));
    let put = iam
        .put_role_policy()
        .role_name("execution")
        .policy_name("all");
    put.policy_document(all).send().await.unwrap();
    let s3 = client!(aws_sdk_s3, cloud, admin, force_path_style = true);
    s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let readable = document(json!({
        "Effect": "Allow", "Principal": {"AWS": B}, "Action": "s3:GetObject", "Resource": spill
    }));
    let put = s3.put_bucket_policy().bucket(BUCKET).policy(readable);
    put.send().await.unwrap();
    let settings = [
        ("spill_bucket", BUCKET),
        ("spill_prefix", "athena-spill"),
        ("disable_glue", "true"),
        ("query_status_polling", "false"),
        ("MAX_BLOCK_SIZE_BYTES", "20000"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::builder().set_variables(Some(settings.into()));
    // The smallest zip there is: the program is given to the cloud.
    let code = Blob::new([b"PK\x05\x06", &[0; 18][..]].concat());
    let lambda = client!(aws_sdk_lambda, cloud, admin);
    lambda
        .create_function()
        .function_name("connector")
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .role(format!("arn:aws:iam::{A}:role/execution"))
        .timeout(60)
        .environment(environment.build())
        .code(FunctionCode::builder().zip_file(code).build())
        .send()
        .await
        .unwrap();
    let permission = lambda.add_permission().function_name("connector");
    let permission = permission.statement_id("for-b").principal(B);
    let permission = permission.action("lambda:InvokeFunction").send();
    permission.await.unwrap();
}

#[tokio::test]
async fn a_function_of_another_account_is_asked_by_its_arn() {
    let aws = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("bootstrap");
    std::fs::write(&program, format!("#!/bin/sh\nexec {CONNECTOR}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let cloud = Cloud::builder()
        .program(&program)
        .dynamodb(aws.dynamodb.endpoint())
        .pace(Pace {
            function_reads: 0,
            role_tries: 0,
        });
    let cloud = cloud.start().await.unwrap();
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let admin = cloud.user(A, "deployer", &all.to_string()).unwrap();
    deploy(&cloud, &admin).await;
    let analyst = cloud.user(B, "analyst", &all.to_string()).unwrap();
    let mut caller = BTreeMap::from([
        ("AWS_REGION".to_owned(), "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID".to_owned(), analyst.access_key_id),
        (
            "AWS_SECRET_ACCESS_KEY".to_owned(),
            analyst.secret_access_key,
        ),
    ]);
    caller.extend(
        analyst
            .session_token
            .map(|token| ("AWS_SESSION_TOKEN".to_owned(), token)),
    );
    let endpoint = cloud.endpoint();
    let sql = "select * from orders";
    let far = format!("far={FUNCTION}");
    let words = ["--catalog", &far, "--endpoint-url", &endpoint, sql];
    let through = rows(&caller, &words).await;
    assert_eq!(through, rows(&aws.function_environment(), &[sql]).await);
    let (_, talk) = run(&caller, &[&["sql"], &words[..]].concat()).await;
    assert!(talk.contains("spilled ("), "{talk}");

    // An account that the function does not know.
    let stranger = cloud
        .user("333333333333", "stranger", &all.to_string())
        .unwrap();
    caller.insert("AWS_ACCESS_KEY_ID".to_owned(), stranger.access_key_id);
    caller.insert(
        "AWS_SECRET_ACCESS_KEY".to_owned(),
        stranger.secret_access_key,
    );
    let output = Command::new(env!("CARGO_BIN_EXE_athena-local"))
        .args([&["sql"], &words[..]].concat())
        .env_clear()
        .envs(&caller)
        .output()
        .await
        .unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        talk.contains("status 403") && talk.contains("lambda:InvokeFunction"),
        "{talk}"
    );
}
