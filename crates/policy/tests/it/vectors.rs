//! Decisions about a connector shared by two accounts, by number: spill bucket, function, roles, catalog.

use iam_policy_kit::access::{Caller, Resource};

use crate::cases::{A, ALL, B, C, Case, arn, ask, plus, resource, session, user};

const BUCKET: &str = "arn:aws:s3:::ds-spill-bucket";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:FN";
const CREATE_ROLE: &str = "arn:aws:iam::222222222222:role/AthenaCrossAccountCreate-111111111111";

const SEED: &str = include_str!("../documents/spill_seed.json");
const STRICT: &str = include_str!("../documents/spill_strict.json");
const FUNCTION_POLICY: &str = include_str!("../documents/function.json");
const ANALYST: &str = include_str!("../documents/analyst.json");
const CREATE: &str = include_str!("../documents/create_role.json");
const TRUST: &str = include_str!("../documents/create_role_trust_seed.json");

fn object(key: &str) -> Resource {
    resource(&format!("{BUCKET}/{key}"), A)
}

fn bucket() -> Resource {
    resource(BUCKET, A)
}

fn spill(action: &str, resource: Resource, policy: &str) -> Case {
    ask(user(B), action, resource)
        .identity(ALL)
        .policy_of(BUCKET, policy)
}

fn read(key: &str, policy: &str) -> Case {
    spill("s3:GetObject", object(key), policy)
}

#[test]
fn v01_v02_between_accounts_both_sides_must_allow() {
    let get = |caller| ask(caller, "s3:GetObject", object("athena-spill/q1/x"));
    get(user(B))
        .identity(ALL)
        .policy_of(BUCKET, SEED)
        .gives("1", "Allow");
    get(user(B))
        .policy_of(BUCKET, SEED)
        .gives("2 without I", "ImplicitDeny identity");
    get(user(B))
        .identity(ALL)
        .gives("2 without R", "ImplicitDeny resource");
    get(user(C))
        .identity(ALL)
        .policy_of(BUCKET, SEED)
        .gives("2 as C", "ImplicitDeny resource");
}

#[test]
fn v03_v05_a_bucket_policy_grants_what_it_names_where_it_hangs() {
    spill("s3:ListBucket", bucket(), SEED).gives("3 list", "Allow");
    spill("s3:PutObject", object("x"), SEED).gives("3 put", "ImplicitDeny resource");
    spill(
        "s3:GetObject",
        resource("arn:aws:s3:::ds-spill-bucket2/x", A),
        SEED,
    )
    .gives("5", "ImplicitDeny resource");
}

#[test]
fn v04_actions_are_matched_without_case_and_with_wildcards() {
    for action in ["S3:getOBJECT", "s3:Get?bject", "s3:*", "*"] {
        let policy = SEED.replace(
            "\"s3:GetObject\", \"s3:ListBucket\"",
            &format!("\"{action}\""),
        );
        assert_ne!(policy, SEED);
        read("athena-spill/x", &policy).gives(action, "Allow");
    }
}

#[test]
fn v06_v08_the_strict_bucket_policy_knows_prefix_transport_and_accounts() {
    read("athena-spill-2/x", STRICT).gives("6 beside", "ImplicitDeny resource");
    read("athena-spill/a/b/c", STRICT).gives("6 deep", "Allow");
    read("athena-spill/a", STRICT)
        .with("aws:SecureTransport", &["false"])
        .gives("7 plain", "ExplicitDeny DenyInsecureTransport");
    read("athena-spill/a", STRICT)
        .without("aws:SecureTransport")
        .gives("7 missing", "Allow");
    let also_c = plus(
        STRICT,
        r#"{"Effect": "Allow", "Principal": {"AWS": "333333333333"}, "Action": "s3:*", "Resource": "arn:aws:s3:::ds-spill-bucket/*"}"#,
    );
    ask(user(C), "s3:GetObject", object("athena-spill/a"))
        .identity(ALL)
        .policy_of(BUCKET, &also_c)
        .gives("8", "ExplicitDeny DenyOtherAccounts");
}

#[test]
fn v09_a_service_is_none_of_the_other_accounts() {
    let logging = plus(
        STRICT,
        r#"{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::ds-spill-bucket/*"}"#,
    );
    let put = |policy: &str| {
        ask(
            Caller::service("logging.s3.amazonaws.com"),
            "s3:PutObject",
            object("logs/x"),
        )
        .policy_of(BUCKET, policy)
    };
    put(&logging).gives("9", "Allow");
    put(STRICT).gives("9 without", "ImplicitDeny resource");
}

#[test]
fn v10_listing_is_allowed_under_the_prefix() {
    let list = spill("s3:ListBucket", bucket(), STRICT);
    list.clone()
        .with("s3:prefix", &["athena-spill/q1"])
        .gives("10 prefix", "Allow");
    list.gives("10 none", "ImplicitDeny resource");
}

#[test]
fn v11_v12_in_one_account_a_named_role_is_enough_and_a_boundary_cuts_it() {
    let put = ask(session(A, "exec"), "s3:PutObject", object("athena-spill/x"));
    let naming = |principal: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "s3:PutObject", "Resource": "{BUCKET}/*"}}"#
        )
    };
    let with = |principal: &str| put.clone().policy_of(BUCKET, &naming(principal));
    with("arn:aws:iam::111111111111:root").gives("11 root", "ImplicitDeny identity");
    with("arn:aws:iam::111111111111:role/exec").gives("11 role", "Allow");
    with("arn:aws:iam::111111111111:role/other").gives("11 other", "ImplicitDeny identity");
    let bounded = put.clone().identity(ALL).policy_of(BUCKET, STRICT);
    bounded.clone().boundary(ALL).gives("12 all", "Allow");
    let tables_only = r#"{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}"#;
    bounded
        .boundary(tables_only)
        .gives("12 tables", "ImplicitDeny boundary");
    with("arn:aws:iam::111111111111:role/exec")
        .boundary(tables_only)
        .gives("role", "ImplicitDeny boundary");
    with("arn:aws:sts::111111111111:assumed-role/exec/s")
        .boundary(tables_only)
        .gives("session", "Allow");
}

#[test]
fn v13_v15_the_function_is_called_across_accounts() {
    let call = |action: &str, policy: &str| {
        ask(user(B), action, resource(FUNCTION, A)).policy_of(FUNCTION, policy)
    };
    let invoke = |policy: &str| call("lambda:InvokeFunction", policy);
    invoke(FUNCTION_POLICY)
        .identity(ALL)
        .gives("13 invoke", "Allow");
    call("lambda:UpdateFunctionCode", FUNCTION_POLICY)
        .identity(ALL)
        .gives("13 update", "ImplicitDeny resource");
    let with_source = FUNCTION_POLICY.replace(
        "\"Resource\"",
        "\"Condition\": {\"StringEquals\": {\"AWS:SourceAccount\": \"222222222222\"}}, \"Resource\"",
    );
    invoke(&with_source)
        .identity(ALL)
        .gives("14", "ImplicitDeny resource");
    let as_analyst = invoke(FUNCTION_POLICY).identity(ANALYST);
    as_analyst
        .clone()
        .with("aws:CalledVia", &["athena.amazonaws.com"])
        .gives("15 via", "Allow");
    as_analyst.gives("15 none", "ImplicitDeny identity");
}

fn assume(caller: Caller, trust: &str) -> Case {
    ask(caller, "sts:AssumeRole", resource(CREATE_ROLE, B)).policy_of(CREATE_ROLE, trust)
}

fn trust_if(condition: &str) -> String {
    TRUST.replace("\"Condition\": {}", &format!("\"Condition\": {condition}"))
}

#[test]
fn v16_v19_a_role_is_assumed_across_accounts() {
    assume(user(A), TRUST)
        .identity(ALL)
        .gives("16 with", "Allow");
    assume(user(A), TRUST).gives("16 without", "ImplicitDeny identity");
    let external = trust_if(r#"{"StringEquals": {"sts:ExternalId": "x"}}"#);
    let with_id = assume(user(A), &external).identity(ALL);
    with_id
        .clone()
        .with("sts:ExternalId", &["x"])
        .gives("17 x", "Allow");
    with_id
        .clone()
        .with("sts:ExternalId", &["y"])
        .gives("17 y", "ImplicitDeny resource");
    with_id.gives("17 none", "ImplicitDeny resource");
    let not_y = trust_if(r#"{"StringNotEquals": {"sts:ExternalId": "y"}}"#);
    assume(user(A), &not_y).identity(ALL).gives("18", "Allow");
    let deployers =
        trust_if(r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/Deploy*"}}"#);
    assume(session(A, "DeployCI"), &deployers)
        .identity(ALL)
        .gives("19 deployer", "Allow");
    assume(session(A, "Other"), &deployers)
        .identity(ALL)
        .gives("19 other", "ImplicitDeny resource");
}

#[test]
fn v20_v22_the_assumed_role_creates_catalogs_in_its_place_only() {
    let create = |region: &str, owner: &str, policy: &str| {
        let caller = Caller::session(arn(CREATE_ROLE), "share").unwrap();
        let catalog = format!("arn:aws:athena:{region}:{owner}:datacatalog/data_source_table");
        ask(
            caller,
            "athena:CreateDataCatalog",
            Resource::at(&arn(&catalog)),
        )
        .identity(policy)
    };
    create("us-east-1", B, CREATE).gives("20 in B", "Allow");
    create("us-east-1", A, CREATE).gives("20 in A", "ImplicitDeny identity");
    create("eu-west-1", B, CREATE).gives("21 named", "ImplicitDeny identity");
    let anywhere = CREATE.replace("us-east-1", "*");
    create("eu-west-1", B, &anywhere).gives("21 any", "Allow");
    let catalog_of_c = arn("arn:aws:athena:us-east-1:333333333333:datacatalog/x");
    ask(
        user(C),
        "athena:CreateDataCatalog",
        Resource::at(&catalog_of_c),
    )
    .identity(&anywhere)
    .gives("22", "ImplicitDeny identity");
}

#[test]
fn v23_v24_what_is_not_named_is_meant() {
    let in_x = |action: &str| ask(user(A), action, resource("arn:aws:s3:::x/o", A));
    let deny_others = r#"{"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    in_x("s3:PutObject")
        .identity(deny_others)
        .gives("23 put", "ExplicitDeny 0");
    in_x("s3:GetObject")
        .identity(deny_others)
        .gives("23 get", "Allow");
    let elsewhere = r#"{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::x/*"}"#;
    in_x("s3:GetObject")
        .identity(elsewhere)
        .gives("24 x", "ImplicitDeny identity");
    ask(user(A), "s3:GetObject", resource("arn:aws:s3:::y/o", A))
        .identity(elsewhere)
        .gives("24 y", "Allow");
}

#[test]
fn v25_v26_a_missing_key_is_told_from_one_with_another_value() {
    let when = |condition: &str| {
        ask(user(A), "s3:GetObject", resource("arn:aws:s3:::x/o", A)).identity(&format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
        ))
    };
    let present = r#"{"Null": {"aws:TagKeys": "false"}}"#;
    let if_exists = r#"{"StringEqualsIfExists": {"aws:TagKeys": "team"}}"#;
    let for_all = r#"{"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}"#;
    when(present).gives("25 null", "ImplicitDeny identity");
    when(if_exists).gives("25 if exists", "Allow");
    when(for_all).gives("25 for all", "Allow");
    when(present)
        .with("aws:TagKeys", &["other"])
        .gives("26 null", "Allow");
    when(if_exists)
        .with("aws:TagKeys", &["other"])
        .gives("26 if exists", "ImplicitDeny identity");
}
