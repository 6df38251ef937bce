//! The policies of a shared connector, as values: hardened, strict, and as the manual set-up has them.
//!
//! The manual set-up's documents grant whole buckets and all of DynamoDB; hardened ones grant what is used. Where nobody has seen
//! yet that Athena meets a condition, it is in the strict form only.

use iam_policy_kit::{
    AccountId, Action, Arn, AwsPrincipal, ConditionKey, Document, Operator, Principal, Quantifier,
    ResourcePattern, Sid, Statement, Test,
};

use crate::config::partition_of;
use crate::permissions;
use crate::settings::{Share, Style};
use crate::stack::Stack;

/// Start of the Sid of what lets an account read spilled blocks; the account's id follows.
pub(crate) const SPILL_GET: &str = "AthenaSpillGet";
const SPILL_LIST: &str = "AthenaSpillList";
pub(crate) const INSECURE: &str = "DenyInsecureTransport";
pub(crate) const OTHERS: &str = "DenyOtherAccounts";
/// Statement id of the first account that may invoke; further ones have `-` and the account's id behind it.
pub(crate) const INVOKE: &str = "athena-cross-account-access";

/// What lets an account read spilled blocks.
pub(crate) fn spill_statements(stack: &Stack, account: &AccountId) -> Vec<Statement> {
    let get = allow(&["s3:GetObject"])
        .with_sid(sid(&format!("{SPILL_GET}{account}")))
        .with_principal(account_root(stack, account))
        .with_resources([stack.spill_objects().into()]);
    let mut list = allow(&["s3:ListBucket"])
        .with_sid(sid(&format!("{SPILL_LIST}{account}")))
        .with_principal(account_root(stack, account))
        .with_resources([stack.spill_arn().into()]);
    match stack.settings.style {
        Style::Seed => vec![seed_spill_statement(stack, account)],
        Style::Hardened => vec![get, list],
        Style::Strict => {
            let folder = format!("{}/*", stack.settings.spill_prefix);
            list = list.with_condition(Test::StringLike, key("s3:prefix"), [folder]);
            vec![get, list]
        }
    }
}

/// All statements of the spill bucket's policy: what lets these accounts read, and what keeps everybody else out.
pub(crate) fn spill_policy(stack: &Stack, accounts: &[AccountId]) -> Vec<Statement> {
    let readers = accounts.iter();
    let readers = readers.flat_map(|account| spill_statements(stack, account));
    readers.chain(spill_guards(stack, accounts)).collect()
}

/// What the manual set-up pastes into the bucket's policy: no Sid, and the whole bucket.
pub(crate) fn seed_spill_statement(stack: &Stack, account: &AccountId) -> Statement {
    let bucket = stack.spill_arn();
    let objects = objects_of(&bucket);
    allow(&["s3:GetObject", "s3:ListBucket"])
        .with_principal(account_root(stack, account))
        .with_resources([bucket.into(), objects.into()])
}

/// The Sids of [`spill_statements`].
pub(crate) fn spill_sids(account: &AccountId) -> [Sid; 2] {
    [SPILL_GET, SPILL_LIST].map(|start| sid(&format!("{start}{account}")))
}

/// What keeps everybody else out of the spill bucket, whatever is allowed elsewhere.
pub(crate) fn spill_guards(stack: &Stack, accounts: &[AccountId]) -> Vec<Statement> {
    if stack.settings.style == Style::Seed {
        return Vec::new();
    }
    let bucket = stack.spill_arn();
    let everything = [bucket.clone().into(), objects_of(&bucket).into()];
    let deny = |name: &str| {
        Statement::deny([action("s3:*")])
            .with_sid(sid(name))
            .with_principal(Principal::anyone())
            .with_resources(everything.clone())
    };
    let inside = std::iter::once(&stack.account).chain(accounts);
    let service = Operator {
        if_exists: true,
        ..Test::Bool.into()
    };
    vec![
        deny(INSECURE).with_condition(Test::Bool, key("aws:SecureTransport"), ["false"]),
        deny(OTHERS)
            .with_condition(
                Test::StringNotEquals,
                key("aws:PrincipalAccount"),
                inside.map(AccountId::to_string),
            )
            .with_condition(service, key("aws:PrincipalIsAWSService"), ["false"]),
    ]
}

/// What lets an account invoke the function, as Lambda stores it.
pub(crate) fn invoke_statement(stack: &Stack, account: &AccountId, id: &str) -> Statement {
    allow(&["lambda:InvokeFunction"])
        .with_sid(Sid::for_function(id).expect("ids are letters, digits and hyphens"))
        .with_principal(account_root(stack, account))
        .with_resources([stack.function_arn().into()])
}

/// Who may assume the execution role: Lambda.
pub(crate) fn execution_trust(stack: &Stack) -> Document {
    let mut trust =
        allow(&["sts:AssumeRole"]).with_principal(Principal::service("lambda.amazonaws.com"));
    if stack.settings.style == Style::Strict {
        let account = [stack.account.to_string()];
        trust = trust.with_condition(Test::StringEquals, key("aws:SourceAccount"), account);
    }
    Document::new([trust])
}

/// What the function may do.
pub(crate) fn execution_policy(stack: &Stack) -> Document {
    if stack.settings.style == Style::Seed {
        return seed_execution_policy(stack);
    }
    permissions::execution_policy(&stack.execution_role())
}

/// As the template of the Java connector has it.
fn seed_execution_policy(stack: &Stack) -> Document {
    let everywhere = [ResourcePattern::any()];
    let bucket = stack.spill_arn();
    let mut statements = vec![
        allow(&[
            "dynamodb:DescribeTable",
            "dynamodb:ListTables",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PartiQLSelect",
            "glue:GetTableVersions",
            "glue:GetPartitions",
            "glue:GetTables",
            "glue:GetTableVersion",
            "glue:GetDatabases",
            "glue:GetTable",
            "glue:GetPartition",
            "glue:GetDatabase",
            "athena:GetQueryExecution",
        ])
        .with_resources(everywhere.clone()),
        allow(&[
            "s3:GetObject",
            "s3:ListBucket",
            "s3:GetBucketLocation",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:PutObjectAcl",
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:DeleteObject",
        ])
        .with_resources([bucket.clone().into(), objects_of(&bucket).into()]),
    ];
    if let Some(key) = &stack.settings.kms_key {
        statements.push(allow(&["kms:GenerateRandom"]).with_resources(everywhere));
        statements.push(allow(&["kms:GenerateDataKey"]).with_resources([key.clone().into()]));
    }
    Document::new(statements)
}

/// Who may assume the role in account B: account A.
pub(crate) fn share_trust(stack: &Stack, share: &Share) -> Document {
    let mut trust = allow(&["sts:AssumeRole"]).with_principal(account_root(stack, &stack.account));
    if let Some(id) = &share.external_id {
        trust = trust.with_condition(Test::StringEquals, key("sts:ExternalId"), [id.clone()]);
    }
    Document::new([trust])
}

/// What account A may do in account B with that role.
pub(crate) fn share_policy(stack: &Stack, share: &Share) -> Document {
    let (actions, name): (&[&str], &str) = match stack.settings.style {
        Style::Seed => (&["athena:CreateDataCatalog"], "*"),
        _ => (
            &["athena:CreateDataCatalog", "athena:GetDataCatalog"],
            &share.catalog,
        ),
    };
    let catalog = stack.catalog_arn(&share.account, name);
    Document::new([allow(actions).with_resources([catalog.into()])])
}

/// What people in account B need to query: naming their account in A's policies only lets B decide.
pub(crate) fn analyst_policy(stack: &Stack, share: &Share) -> Document {
    let here = |resource: &str| -> ResourcePattern {
        stack
            .arn("athena", &stack.region, share.account.as_str(), resource)
            .into()
    };
    let via_athena = Operator {
        quantifier: Some(Quantifier::ForAnyValue),
        ..Test::StringEquals.into()
    };
    let mut statements = vec![
        allow(&[
            "athena:StartQueryExecution",
            "athena:StopQueryExecution",
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetWorkGroup",
        ])
        .with_sid(sid("RunQueries"))
        .with_resources([here("workgroup/*")]),
        allow(&[
            "athena:GetDataCatalog",
            "athena:ListDatabases",
            "athena:GetDatabase",
            "athena:ListTableMetadata",
            "athena:GetTableMetadata",
        ])
        .with_sid(sid("SeeSharedCatalog"))
        .with_resources([here(&format!("datacatalog/{}", share.catalog))]),
        allow(&["athena:ListWorkGroups", "athena:ListDataCatalogs"])
            .with_sid(sid("ListForConsole"))
            .with_resources([ResourcePattern::any()]),
        allow(&["lambda:InvokeFunction"])
            .with_sid(sid("InvokeThroughAthena"))
            .with_resources([stack.function_arn().into()])
            .with_condition(via_athena, key("aws:CalledVia"), ["athena.amazonaws.com"]),
        allow(&["s3:GetObject"])
            .with_sid(sid("ReadSpill"))
            .with_resources([stack.spill_objects().into()]),
        allow(&["s3:ListBucket"])
            .with_sid(sid("ListSpill"))
            .with_resources([stack.spill_arn().into()]),
    ];
    if let Some(results) = &share.results {
        let bucket = stack.arn("s3", "", "", &results.bucket);
        let objects = objects_of(&bucket);
        let whole = allow(&["s3:GetBucketLocation", "s3:ListBucket"]);
        let parts = allow(&[
            "s3:PutObject",
            "s3:GetObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
        ]);
        statements.push(
            whole
                .with_sid(sid("FindResults"))
                .with_resources([bucket.into()]),
        );
        statements.push(
            parts
                .with_sid(sid("WriteResults"))
                .with_resources([objects.into()]),
        );
    }
    if let Some(key) = &stack.settings.kms_key {
        statements.push(
            allow(&["kms:Decrypt"])
                .with_sid(sid("OpenSpill"))
                .with_resources([key.clone().into()]),
        );
    }
    Document::new(statements)
}

fn objects_of(bucket: &Arn) -> Arn {
    Arn {
        resource: format!("{}/*", bucket.resource),
        ..bucket.clone()
    }
}

fn account_root(stack: &Stack, account: &AccountId) -> Principal {
    // The manual set-up writes the digits, of which AWS makes the ARN.
    let partition = partition_of(&stack.region).to_owned();
    Principal::aws(AwsPrincipal::Account {
        id: account.clone(),
        partition: (stack.settings.style != Style::Seed).then_some(partition),
    })
}

fn allow(actions: &[&str]) -> Statement {
    Statement::allow(actions.iter().copied().map(action))
}

fn action(name: &str) -> Action {
    Action::new(name).expect("actions are written here")
}

fn key(name: &str) -> ConditionKey {
    ConditionKey::new(name).expect("keys are written here")
}

fn sid(text: &str) -> Sid {
    Sid::new(text).expect("ids are letters and digits")
}
