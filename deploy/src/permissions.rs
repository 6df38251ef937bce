//! Which rights the connector needs, and why: the one place that knows.
//!
//! Least privilege: each statement names the calls that the code makes, on the resources it makes them on. Where AWS knows
//! no resource for an action (`dynamodb:ListTables`, `kms:GenerateRandom`), it is granted on `*` in a statement of its own.

use iam_policy_kit::{Action, Arn, Document, ResourcePattern, Sid, Statement};

use crate::config::ExecutionRole;

/// The inline policy of the function's execution role.
pub(crate) fn execution_policy(role: &ExecutionRole) -> Document {
    let bucket = arn(role.partition(), "s3", "", "", &role.spill_bucket);
    let spill = format!("{}/{}/*", role.spill_bucket, role.spill_prefix);
    let mut statements = Vec::new();
    // The role that reads instead is allowed this by its own account.
    if role.cross_account_role.is_none() {
        // Keys and indexes, pages of items, items by key; SELECT statements of passthrough queries.
        statements.push(allow(
            "ReadTables",
            "dynamodb",
            &[
                "BatchGetItem",
                "DescribeTable",
                "PartiQLSelect",
                "Query",
                "Scan",
            ],
            tables(role),
        ));
        statements.push(allow(
            "ListTables",
            "dynamodb",
            &["ListTables"],
            vec![ResourcePattern::any()],
        ));
    }
    let roles = role.cross_account_role.iter().chain(&role.table_roles);
    let roles: Vec<ResourcePattern> = roles.cloned().map(Into::into).collect();
    if !roles.is_empty() {
        // The only limit to the roles that tables name.
        statements.push(allow("AssumeRoles", "sts", &["AssumeRole"], roles));
    }
    statements.extend([
        // HeadBucket, the check before spilling, is granted by ListBucket.
        allow("CheckSpillBucket", "s3", &["ListBucket"], vec![bucket]),
        allow(
            "WriteSpill",
            "s3",
            &["PutObject"],
            vec![arn(role.partition(), "s3", "", "", &spill)],
        ),
    ]);
    // Whether a query is still running; a query belongs to a workgroup, of whatever name.
    statements.push(allow(
        "SeeQueryState",
        "athena",
        &["GetQueryExecution"],
        at_place(role, "athena", &["workgroup/*"]),
    ));
    // Which tables there are, and their types; without it there are the tables of DynamoDB alone.
    if role.reads_glue {
        statements.push(allow(
            "ReadCatalog",
            "glue",
            &["GetDatabases", "GetTable", "GetTables"],
            at_place(role, "glue", &["catalog", "database/*", "table/*"]),
        ));
    }
    if let Some(key) = &role.kms_key {
        statements.push(allow(
            "MakeSpillKeys",
            "kms",
            &["GenerateDataKey"],
            vec![key.clone().into()],
        ));
        statements.push(allow(
            "MakeNonces",
            "kms",
            &["GenerateRandom"],
            vec![ResourcePattern::any()],
        ));
    }
    Document::new(statements)
}

/// The tables that may be read with all their indexes.
fn tables(role: &ExecutionRole) -> Vec<ResourcePattern> {
    if role.tables.is_empty() {
        return at_place(role, "dynamodb", &["table/*"]);
    }
    let of_table = |name: &String| [format!("table/{name}"), format!("table/{name}/index/*")];
    let paths: Vec<String> = role.tables.iter().flat_map(of_table).collect();
    at_place(role, "dynamodb", &paths)
}

/// Resources of a service in the place that the role is for, or everything where no place is given.
fn at_place(
    role: &ExecutionRole,
    service: &str,
    paths: &[impl AsRef<str>],
) -> Vec<ResourcePattern> {
    match &role.place {
        None => vec![ResourcePattern::any()],
        Some(place) => paths
            .iter()
            .map(|path| {
                arn(
                    role.partition(),
                    service,
                    &place.region,
                    place.account.as_str(),
                    path.as_ref(),
                )
            })
            .collect(),
    }
}

fn arn(
    partition: &str,
    service: &str,
    region: &str,
    account: &str,
    resource: &str,
) -> ResourcePattern {
    let [partition, service, region, account, resource] =
        [partition, service, region, account, resource].map(str::to_owned);
    Arn {
        partition,
        service,
        region,
        account,
        resource,
    }
    .into()
}

fn allow(sid: &str, service: &str, names: &[&str], resources: Vec<ResourcePattern>) -> Statement {
    let action = |name: &&str| {
        Action::new(format!("{service}:{name}")).expect("services and actions are written here")
    };
    Statement::allow(names.iter().map(action))
        .with_sid(Sid::new(sid).expect("ids are written here"))
        .with_resources(resources)
}
