//! The connector in account A, shared with account B, by the calls that a deployment makes.

use std::io::{Cursor, Write};

use athena_testkit::cloud::Pace;
use athena_testkit::{Cloud, DynamoDb};
use aws_sdk_athena::types::DataCatalogType;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use serde_json::json;
use zip::write::SimpleFileOptions;

use super::who::{A, B, Who};

pub(crate) const BUCKET: &str = "ds-spill-bucket";
pub(crate) const FUNCTION: &str = "connector";

/// Everything at once, without waiting.
pub(crate) const AT_ONCE: Pace = Pace {
    function_reads: 0,
    role_tries: 0,
};

/// A cloud with its two administrators.
pub(crate) struct Setup {
    pub(crate) cloud: Cloud,
    pub(crate) a: Who,
    pub(crate) b: Who,
    /// An analyst of B, who may do what section 2.6 of the deployment's reference lists and no more.
    pub(crate) analyst: Who,
    pub(crate) _dynamodb: DynamoDb,
}

pub(crate) fn function_arn() -> String {
    format!("arn:aws:lambda:us-east-1:{A}:function:{FUNCTION}")
}

pub(crate) fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

/// A zip with this file, executable.
pub(crate) fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(name, options).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

pub(crate) fn trust_of_lambda() -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": A}},
    });
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// What the function may do.
pub(crate) fn execution_policy() -> serde_json::Value {
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Tables", "Effect": "Allow", "Resource": "*",
         "Action": ["dynamodb:DescribeTable", "dynamodb:ListTables", "dynamodb:Query", "dynamodb:Scan"]},
        {"Sid": "Spill", "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": format!("{bucket}/athena-spill/*")},
    ]})
}

/// What B may do with the bucket.
pub(crate) fn bucket_policy() -> serde_json::Value {
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Get", "Effect": "Allow", "Principal": {"AWS": B}, "Action": "s3:GetObject",
         "Resource": format!("{bucket}/athena-spill/*")},
        {"Sid": "List", "Effect": "Allow", "Principal": {"AWS": B}, "Action": "s3:ListBucket", "Resource": bucket,
         "Condition": {"StringLike": {"s3:prefix": "athena-spill/*"}}},
        {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket, format!("{bucket}/*")],
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]})
}

/// What B's analysts may do.
pub(crate) fn analyst_policy() -> serde_json::Value {
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Catalog", "Effect": "Allow", "Action": "athena:GetDataCatalog",
         "Resource": format!("arn:aws:athena:us-east-1:{B}:datacatalog/source")},
        {"Sid": "Invoke", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function_arn()},
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("{bucket}/athena-spill/*")},
        {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
    ]})
}

/// What the role in B may do.
pub(crate) fn share_policy() -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Create", "Effect": "Allow", "Action": "athena:CreateDataCatalog",
         "Resource": format!("arn:aws:athena:us-east-1:{B}:datacatalog/*")},
    ]})
}

/// Who may assume the role in B.
pub(crate) fn share_trust() -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "FromA", "Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": "agreed"}}},
    ]})
}

impl Setup {
    /// A cloud with two administrators and nothing else, whose functions run the echo of this crate.
    pub(crate) async fn empty(pace: Pace) -> Self {
        let dynamodb = DynamoDb::start().await.unwrap();
        let cloud = Cloud::builder()
            .program(env!("CARGO_BIN_EXE_testkit-echo"))
            .dynamodb(dynamodb.endpoint())
            .pace(pace);
        let cloud = cloud.start().await.unwrap();
        Self {
            a: Who::admin(&cloud, A),
            b: Who::admin(&cloud, B),
            analyst: Who::user(&cloud, B, "analyst", &analyst_policy().to_string()),
            cloud,
            _dynamodb: dynamodb,
        }
    }

    /// With all of it done.
    pub(crate) async fn shared() -> Self {
        let setup = Self::empty(AT_ONCE).await;
        setup.execution_role().await;
        setup.bucket().await;
        setup.function().await;
        setup.grant().await;
        setup.role_in_b().await;
        setup.share("source").await.unwrap();
        setup
    }

    pub(crate) async fn execution_role(&self) {
        let iam = self.a.iam();
        let create = iam.create_role().role_name("execution");
        create
            .assume_role_policy_document(trust_of_lambda())
            .send()
            .await
            .unwrap();
        self.put_role_policy(&self.a, "execution", &execution_policy())
            .await;
    }

    pub(crate) async fn put_role_policy(&self, who: &Who, role: &str, policy: &serde_json::Value) {
        let iam = who.iam();
        let put = iam.put_role_policy().role_name(role).policy_name("policy");
        put.policy_document(policy.to_string())
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn bucket(&self) {
        let s3 = self.a.s3();
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        self.put_bucket_policy(&bucket_policy()).await;
    }

    pub(crate) async fn put_bucket_policy(&self, policy: &serde_json::Value) {
        let s3 = self.a.s3();
        let put = s3.put_bucket_policy().bucket(BUCKET);
        put.policy(policy.to_string()).send().await.unwrap();
    }

    pub(crate) async fn function(&self) {
        self.create_function().send().await.unwrap();
    }

    pub(crate) fn create_function(
        &self,
    ) -> aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder {
        let code = FunctionCode::builder().zip_file(Blob::new(zip("bootstrap", b"#!/bin/sh")));
        let environment = Environment::builder().variables("spill_bucket", BUCKET);
        self.a
            .lambda()
            .create_function()
            .function_name(FUNCTION)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .role(role_arn(A, "execution"))
            .memory_size(3008)
            .timeout(900)
            .environment(environment.build())
            .code(code.build())
    }

    pub(crate) async fn grant(&self) {
        let lambda = self.a.lambda();
        let add = lambda.add_permission().function_name(FUNCTION);
        add.statement_id("athena-cross-account-access")
            .action("lambda:InvokeFunction")
            .principal(B)
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn role_in_b(&self) {
        let iam = self.b.iam();
        let create = iam.create_role().role_name("share");
        create
            .assume_role_policy_document(share_trust().to_string())
            .send()
            .await
            .unwrap();
        self.put_role_policy(&self.b, "share", &share_policy())
            .await;
    }

    /// Creates a catalog in B with A's credentials.
    pub(crate) async fn share(&self, name: &str) -> Result<(), String> {
        let session = self.a.assume(&role_arn(B, "share"), Some("agreed")).await?;
        let created = session
            .athena()
            .create_data_catalog()
            .name(name)
            .r#type(DataCatalogType::Lambda)
            .parameters("function", function_arn())
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            failed => Err(super::code(failed)),
        }
    }
}
