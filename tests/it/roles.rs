//! Roles that DynamoDB is read with: that of the options, those of tables, and whose credentials assume them.

use crate::credentials::{SERVICE_KEY, bringing, token};
use crate::spilling::{items, remote_as, small_blocks, splits};
use crate::stack::{
    NewTable, Rows, Setup, Stack, clear, fault_of, key, rows_of, says, shown_rows, table_name,
};
use athena_client::Table;
use athena_dynamodb::api::sts_client;
use athena_dynamodb::catalog::Tables;
use athena_dynamodb::catalog::glue::{GlueCatalog, table_input};
use athena_dynamodb::catalog::survey::survey;
use athena_dynamodb::role::RoleArn;
use athena_dynamodb::types::infer::NumberType;
use athena_federation::Call;
use athena_federation::clock::{Clock, SystemClock};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{FederatedIdentity, SourceErrorCode, TableName};
use athena_testkit::kms::KeyState;
use athena_testkit::sts::{Assumed, Role};
use athena_testkit::{ACCESS_KEY_ID, CALLERS_ACCESS_KEY_ID};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const READER: &str = "arn:aws:iam::210987654321:role/team/reader";
const OTHER: &str = "arn:aws:iam::999999999999:role/other";
const SESSION: &str = "DynamoDBMetadataHandler_CrossAccountRoleSession";

/// A table of small blocks, read in the role [`READER`], which trusts the function.
async fn stack(adapt: impl FnOnce(&mut Setup)) -> (Stack, Vec<Value>) {
    let stack = Stack::with(|setup| {
        small_blocks(setup);
        setup.unset("disable_glue");
        setup.set("cross_account_role_arn", READER);
        adapt(setup);
    })
    .await;
    let items = items(60, 20_000);
    NewTable::named("items", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let trusting = Role {
        trusts: Some(ACCESS_KEY_ID.to_owned()),
        ..Role::default()
    };
    stack.aws.sts.set_role(READER, trusting);
    (stack, items)
}

/// A table of the Glue database `sales` over `items`, read in a role of its own.
fn add_table(stack: &Stack, name: &str, role: &str) -> TableName {
    let columns = json!([{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "bigint"}]);
    let parameters =
        json!({"classification": "dynamodb", "sourceTable": "items", "sourceRoleArn": role});
    let table =
        json!({"Name": name, "StorageDescriptor": {"Columns": columns}, "Parameters": parameters});
    stack.aws.glue.add_table("sales", table);
    TableName::new("sales", name)
}

/// The access keys that signed calls to DynamoDB, each once.
fn readers(stack: &Stack) -> Vec<String> {
    let calls = stack.aws.dynamodb.calls().into_iter();
    let mut signers: Vec<String> = calls.filter_map(|call| call.access_key_id).collect();
    signers.sort_unstable();
    signers.dedup();
    signers
}

/// Describes, plans and reads all of a table.
async fn read(stack: &Stack, name: &TableName) -> (Table, Rows) {
    let table = stack.query().get_table(name).await.unwrap();
    let rows = stack.rows(&table, Constraints::default()).await;
    (table, rows)
}

#[tokio::test]
async fn dynamodb_is_read_in_the_role_and_all_else_with_the_functions_own_credentials() {
    let (stack, items) = stack(|setup| setup.set("kms_key_id", SERVICE_KEY)).await;
    stack.aws.kms.set(SERVICE_KEY, KeyState::Enabled);
    stack.query().ping().await.unwrap();
    assert_eq!(stack.aws.sts.calls(), [], "nothing is assumed at the start");
    stack.query().list_tables("default").await.unwrap();
    let (table, rows) = read(&stack, &table_name("items")).await;
    rows.assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
    let given = stack.aws.sts.given(READER);
    assert_eq!(given.len(), 1, "assumed once for all calls: {given:?}");
    assert_eq!(readers(&stack), given);
    for operation in ["ListTables", "DescribeTable", "Scan"] {
        assert!(stack.aws.dynamodb.count(operation) > 0, "{operation}");
    }
    let aws = &stack.aws;
    let others = (aws.s3.asked().into_iter().map(|asked| asked.access_key_id))
        .chain(aws.kms.calls().into_iter().map(|call| call.access_key_id))
        .chain(
            aws.glue
                .asked()
                .into_iter()
                .map(|asked| asked.access_key_id),
        );
    let others: Vec<_> = others.collect();
    assert!(!aws.s3.puts().is_empty() && aws.kms.count("GenerateDataKey") > 0);
    assert!(!aws.glue.asked().is_empty());
    assert!(
        others
            .iter()
            .all(|signer| signer.as_deref() == Some(ACCESS_KEY_ID)),
        "{others:?}"
    );
    let log = stack.log();
    for secret in ["secret/of/", "token-of-"] {
        assert!(!log.contains(secret));
    }
}

#[tokio::test]
async fn the_role_is_assumed_in_javas_session_with_the_external_id() {
    let (stack, _) = stack(|setup| setup.set("cross_account_external_id", "team-7/x")).await;
    stack.query().list_tables("default").await.unwrap();
    let assumed = Assumed {
        role: READER.to_owned(),
        session_name: SESSION.to_owned(),
        external_id: Some("team-7/x".to_owned()),
        access_key_id: Some(ACCESS_KEY_ID.to_owned()),
        given: Some("ASIASESSION00001".to_owned()),
    };
    assert_eq!(stack.aws.sts.calls(), [assumed]);
}

#[tokio::test]
async fn a_refused_role_is_one_clear_error_that_is_not_remembered_and_reads_nothing() {
    let (stack, _) = stack(|_| {}).await;
    let strict = Role {
        external_id: Some("agreed-upon".to_owned()),
        ..Role::default()
    };
    stack.aws.sts.set_role(READER, strict);
    for _ in 0..2 {
        stack.aws.sts.reset();
        let fault = clear(fault_of(
            stack.query().get_table(&table_name("items")).await,
        ));
        says(
            &fault,
            &[
                READER,
                "AccessDenied",
                "DescribeTable",
                "`items`",
                "sts:AssumeRole",
                "trust policy",
                "external ID",
            ],
        );
        let shown = serde_json::to_string(&fault).unwrap();
        assert!(!shown.contains("agreed-upon"), "{shown}");
        assert_eq!(stack.aws.sts.calls().len(), 1, "asked once a call");
    }
    let code = SourceErrorCode::InvalidCredentials.as_str();
    assert!(stack.log().contains(code), "logged as {code}");
    assert_eq!(
        stack.aws.dynamodb.calls().len(),
        0,
        "nothing is read with the function's own"
    );
    stack.aws.sts.set_role(READER, Role::default());
    stack.query().get_table(&table_name("items")).await.unwrap();
}

#[tokio::test]
async fn an_sts_that_cannot_be_reached_is_named() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (stack, _) = stack(|setup| setup.set("AWS_ENDPOINT_URL_STS", &endpoint)).await;
    let fault = clear(fault_of(
        stack.query().get_table(&table_name("items")).await,
    ));
    says(&fault, &[READER, "STS cannot be reached", "hint"]);
}

#[tokio::test]
async fn credentials_that_end_are_renewed_and_others_are_kept() {
    let (stack, items) = stack(|_| {}).await;
    let short = Role {
        lasts: Duration::ZERO,
        ..Role::default()
    };
    stack.aws.sts.set_role(READER, short);
    let (table, rows) = read(&stack, &table_name("items")).await;
    rows.assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
    let signers = readers(&stack);
    assert!(signers.len() > 1, "{signers:?}");
    assert_eq!(
        signers.len(),
        stack.aws.dynamodb.calls().len(),
        "new ones for each call"
    );

    stack.aws.sts.set_role(READER, Role::default());
    stack.aws.sts.reset();
    read(&stack, &table_name("items")).await;
    assert_eq!(stack.aws.sts.calls().len(), 1);
}

#[tokio::test]
async fn tables_with_roles_of_their_own_are_read_in_them_in_one_process() {
    let (stack, _) = stack(|setup| {
        setup.set("cross_account_external_id", "for-the-reader");
    })
    .await;
    stack.aws.sts.set_role(OTHER, Role::default());
    let strict = Role {
        external_id: Some("for-the-reader".to_owned()),
        ..Role::default()
    };
    stack.aws.sts.set_role(READER, strict);
    let tables = [
        (table_name("items"), READER),
        (add_table(&stack, "elsewhere", OTHER), OTHER),
        (add_table(&stack, "same", READER), READER),
        (add_table(&stack, "blank", " "), READER),
    ];
    let mut rows = Vec::new();
    for (name, role) in tables.iter().chain(&tables) {
        stack.aws.dynamodb.reset();
        let (_, read) = read(&stack, name).await;
        rows.push(read.len());
        let given = stack.aws.sts.given(role);
        assert_eq!(readers(&stack), given, "{name:?}");
    }
    assert_eq!(rows, [60; 8]);
    let mut assumed: Vec<_> = stack
        .aws
        .sts
        .calls()
        .into_iter()
        .map(|call| (call.role, call.external_id))
        .collect();
    assumed.sort_unstable();
    let of_reader = Some("for-the-reader".to_owned());
    assert_eq!(
        assumed,
        [(READER.to_owned(), of_reader), (OTHER.to_owned(), None)],
        "each role once, and the external ID for its own role alone"
    );
    assert_eq!(stack.emulator.stats().cold_starts, 1);
}

#[tokio::test]
async fn a_table_of_another_account_is_read_by_its_arn_in_a_role_or_without() {
    let (stack, _) = stack(|setup| {
        setup.unset("cross_account_role_arn");
        // The table is changed between two reads.
        setup.set("lookup_expiry_seconds", "0");
    })
    .await;
    stack.aws.sts.set_role(OTHER, Role::default());
    let name = add_table(&stack, "elsewhere", OTHER);
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/items";
    let mut rows = Vec::new();
    for role in [OTHER, ""] {
        let parameters =
            json!({"classification": "dynamodb", "sourceTable": arn, "sourceRoleArn": role});
        let columns = json!([{"Name": "id", "Type": "string"}]);
        let table = json!({"Name": "elsewhere", "StorageDescriptor": {"Columns": columns}, "Parameters": parameters});
        stack.aws.glue.add_table("sales", table);
        stack.aws.dynamodb.reset();
        rows.push(read(&stack, &name).await.1.len());
        let expected = match role {
            "" => vec![ACCESS_KEY_ID.to_owned()],
            role => stack.aws.sts.given(role),
        };
        assert_eq!(readers(&stack), expected);
        for call in stack.aws.dynamodb.calls() {
            assert_eq!(call.table.as_deref(), Some(arn), "{}", call.operation);
        }
    }
    assert_eq!(rows, [60, 60]);
}

#[tokio::test]
async fn a_table_whose_role_cannot_be_is_never_looked_at_in_another() {
    for strict in ["true", "false"] {
        let (stack, _) = stack(|setup| setup.set("strict_schema", strict)).await;
        let name = add_table(&stack, "items", "reader");
        let fault = clear(fault_of(stack.query().get_table(&name).await));
        says(&fault, &["sourceRoleArn", "`items`", "IAM role", "hint"]);
        assert_eq!(stack.aws.dynamodb.calls().len(), 0);

        let good = add_table(&stack, "items", OTHER);
        stack.aws.sts.set_role(OTHER, Role::default());
        let table = stack.query().get_table(&good).await.unwrap();
        let mut schema = (*table.schema).clone();
        let forged = "arn:aws:iam::1:role/x".to_owned();
        schema.metadata.insert("sourceRoleArn".to_owned(), forged);
        let table = Table {
            schema: schema.into(),
            ..table
        };
        let planned = stack.query().plan(&table, Constraints::default()).await;
        says(&clear(fault_of(planned)), &["sourceRoleArn", "12 digits"]);
    }
}

#[tokio::test]
async fn a_caller_who_brings_credentials_assumes_the_role_itself_or_reads_nothing() {
    let (stack, items) = stack(|setup| setup.set("kms_key_id", SERVICE_KEY)).await;
    stack.aws.kms.set(SERVICE_KEY, KeyState::Enabled);
    let table = stack.table("items").await;
    let query = stack.query();
    let identity = bringing(&token("good"), SERVICE_KEY);
    let own = splits(&stack, &query, &table, FederatedIdentity::default()).await;
    stack.aws.dynamodb.reset();

    // The function may assume the role and has done so; the caller may not.
    let request = crate::spilling::records(&query, &table, &own[0], identity.clone());
    let fault = clear(stack.refusal(serde_json::to_vec(&request).unwrap()).await);
    says(
        &fault,
        &[
            READER,
            "AccessDenied",
            "the caller whose credentials came with the request",
        ],
    );
    assert_eq!(readers(&stack), [""; 0]);

    let trusting = Role {
        trusts: Some(CALLERS_ACCESS_KEY_ID.to_owned()),
        ..Role::default()
    };
    stack.aws.sts.set_role(READER, trusting);
    stack.aws.sts.reset();
    stack.aws.s3.reset();
    let mut batches = Vec::new();
    for split in &splits(&stack, &query, &table, identity.clone()).await {
        let answer = remote_as(&stack, &query, &table, split, identity.clone()).await;
        batches.extend(stack.fetch(&answer).await);
    }
    rows_of(&batches).assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
    let calls = stack.aws.sts.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(
        calls[0].access_key_id.as_deref(),
        Some(CALLERS_ACCESS_KEY_ID)
    );
    assert_eq!(readers(&stack), stack.aws.sts.given(READER));
    let puts = stack
        .aws
        .s3
        .asked()
        .into_iter()
        .filter(|asked| asked.method == "PUT");
    let put_by: Vec<_> = puts.filter_map(|asked| asked.access_key_id).collect();
    assert!(
        !put_by.is_empty() && put_by.iter().all(|signer| signer == CALLERS_ACCESS_KEY_ID),
        "{put_by:?}"
    );
}

/// The tables as a tool asks for them, without a connector, with the function's credentials.
async fn tools(
    stack: &Stack,
    role: Option<athena_dynamodb::role::Role>,
) -> (Tables, GlueCatalog, Call) {
    let keys = Credentials::new(
        ACCESS_KEY_ID,
        athena_testkit::SECRET_ACCESS_KEY,
        None,
        None,
        "tests",
    );
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(athena_testkit::REGION))
        .credentials_provider(keys)
        .endpoint_url(stack.aws.sts.endpoint())
        .load()
        .await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let call = Call::lasting(Duration::from_mins(1), clock.clone());
    let tables = Tables::new(stack.aws.dynamodb.client(), sts_client(&shared), clock);
    let glue = GlueCatalog::new(&shared, Some(stack.aws.glue.endpoint()), None);
    (tables.with_role(role), glue, call)
}

#[tokio::test]
async fn a_schema_is_looked_up_in_the_roles_of_options_and_tables_and_kept_with_them() {
    let (stack, _) = stack(|_| {}).await;
    let strict = Role {
        external_id: Some("for-the-reader".to_owned()),
        ..Role::default()
    };
    stack.aws.sts.set_role(READER, strict);
    stack.aws.sts.set_role(OTHER, Role::default());
    let role = athena_dynamodb::role::Role {
        arn: RoleArn::new(READER).unwrap(),
        external_id: Some("for-the-reader".to_owned()),
    };
    let (tables, glue, call) = tools(&stack, Some(role)).await;
    let elsewhere = add_table(&stack, "Elsewhere", OTHER);
    // Glue's names are in lower case, and a column that no type has is what such a look is for.
    let columns = json!([{"Name": "id", "Type": "uniontype<int>"}]);
    let parameters =
        json!({"classification": "dynamodb", "sourceTable": "items", "sourceRoleArn": OTHER});
    let table = json!({"Name": "elsewhere", "StorageDescriptor": {"Columns": columns}, "Parameters": parameters});
    stack.aws.glue.add_table("sales", table);
    for (name, role, kept) in [
        (table_name("ITEMS"), READER, None),
        (elsewhere, OTHER, Some(OTHER)),
    ] {
        stack.aws.dynamodb.reset();
        let number_type = NumberType::Decimal;
        let found = survey(&tables, Some(&glue), &name, 1000, number_type, &call).await;
        let found = found.unwrap();
        assert_eq!((found.table.as_str(), found.census.items()), ("items", 60));
        assert_eq!(readers(&stack), stack.aws.sts.given(role), "{name:?}");
        assert_eq!(found.name, name.table_name.to_lowercase());
        let (input, _) = table_input(&found.name, &found.table, &found.schema);
        assert_eq!(input["Parameters"]["sourceRoleArn"].as_str(), kept);
    }
    let shown = stack.aws.sts.calls().into_iter();
    let shown: Vec<_> = shown.map(|call| (call.role, call.external_id)).collect();
    let of_reader = Some("for-the-reader".to_owned());
    assert_eq!(
        shown,
        [(READER.to_owned(), of_reader), (OTHER.to_owned(), None)]
    );

    // A role that is none is an error, and nothing is read as somebody else.
    let wrong = add_table(&stack, "wrong", "reader");
    stack.aws.dynamodb.reset();
    let fault = survey(&tables, Some(&glue), &wrong, 10, NumberType::Decimal, &call).await;
    let message = fault.unwrap_err().message;
    assert!(message.contains("sourceRoleArn"), "{message}");
    assert_eq!(readers(&stack), [""; 0]);
}
