//! A whole setup of two accounts: every wanted access holds, and each statement carries exactly its own.

use iam_policy_kit::access::{Attachment, Caller, Estate, Resource};
use iam_policy_kit::carried::carried;
use iam_policy_kit::matrix::{Access, AccessMatrix};

use crate::cases::{A, B, C, account, arn, ask, document, resource, session, user};

const BUCKET: &str = "arn:aws:s3:::ds-spill-bucket";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:FN";
const EXEC: &str = "arn:aws:iam::111111111111:role/exec";
const CREATE_ROLE: &str = "arn:aws:iam::222222222222:role/create";
const CATALOG: &str = "arn:aws:athena:us-east-1:222222222222:datacatalog/cat";

const EXEC_POLICY: &str = r#"
    {"Sid": "ReadTables", "Effect": "Allow", "Action": ["dynamodb:Query", "dynamodb:Scan"], "Resource": ["arn:aws:dynamodb:us-east-1:111111111111:table/*"]},
    {"Sid": "ListTables", "Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"},
    {"Sid": "WriteSpill", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::ds-spill-bucket/athena-spill/*"}"#;
const EXEC_TRUST: &str = r#"{"Sid": "Lambda", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
const SHARER: &str = r#"{"Sid": "Share", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::222222222222:role/create"}"#;
const CREATE_TRUST: &str = r#"{"Sid": "TrustA", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}"#;
const CREATE_POLICY: &str = r#"{"Sid": "Create", "Effect": "Allow", "Action": "athena:CreateDataCatalog", "Resource": "arn:aws:athena:us-east-1:222222222222:datacatalog/cat"}"#;
const ANALYST: &str = r#"
    {"Sid": "Query", "Effect": "Allow", "Action": "athena:*Query*", "Resource": "arn:aws:athena:us-east-1:222222222222:workgroup/wg"},
    {"Sid": "Invoke", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:FN",
     "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}},
    {"Sid": "ReadSpill", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::ds-spill-bucket", "arn:aws:s3:::ds-spill-bucket/*"]},
    {"Sid": "AlsoReadSpill", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}"#;

fn estate() -> Estate {
    let identity = |text: &str| Attachment::Identity(arn(text));
    let of = |text: &str| Attachment::Resource(arn(text));
    let mut spill = document(include_str!("../documents/spill_strict.json"));
    // So that what denies other accounts has something to deny.
    let careless = r#"{"Sid": "Careless", "Effect": "Allow", "Principal": {"AWS": "333333333333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ds-spill-bucket/*"}"#;
    spill.statements.extend(document(careless).statements);
    Estate::default()
        .with(identity(EXEC), "function", document(EXEC_POLICY))
        .with(of(EXEC), "trust", document(EXEC_TRUST))
        .with(of(BUCKET), "spill", spill)
        .with(
            of(FUNCTION),
            "permissions",
            document(include_str!("../documents/function.json")),
        )
        .with(
            identity("arn:aws:iam::111111111111:user/u"),
            "sharer",
            document(SHARER),
        )
        .with(of(CREATE_ROLE), "trust", document(CREATE_TRUST))
        .with(identity(CREATE_ROLE), "create", document(CREATE_POLICY))
        .with(
            identity("arn:aws:iam::222222222222:user/u"),
            "analyst",
            document(ANALYST),
        )
        .with(
            identity("arn:aws:iam::333333333333:user/u"),
            "all",
            document(r#"{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}"#),
        )
}

fn accesses() -> Vec<Access> {
    let wanted = |name: &str, caller: Caller, action: &str, resource: Resource| {
        Access::wanted(name, ask(caller, action, resource).request)
    };
    let object = || resource("arn:aws:s3:::ds-spill-bucket/athena-spill/q/1", A);
    let table = || {
        Resource::at(&arn(
            "arn:aws:dynamodb:us-east-1:111111111111:table/t/index/i",
        ))
    };
    let exec = || Caller::session(arn(EXEC), "fn").unwrap();
    let creator = || session(B, "create");
    let via = |access: Access| Access {
        request: access
            .request
            .with("aws:CalledVia", ["athena.amazonaws.com"])
            .unwrap(),
        ..access
    };
    let mut list = wanted("L8 list", user(B), "s3:ListBucket", resource(BUCKET, A));
    list.request = list.request.with("s3:prefix", ["athena-spill/q/"]).unwrap();
    let mut assume = wanted(
        "L11",
        user(A),
        "sts:AssumeRole",
        Resource::at(&arn(CREATE_ROLE)),
    );
    assume.request = assume.request.with("sts:ExternalId", ["x"]).unwrap();
    let mut plain = Access::unwanted("no TLS", ask(user(B), "s3:GetObject", object()).request);
    plain.request = plain
        .request
        .with("aws:SecureTransport", ["false"])
        .unwrap();
    vec![
        wanted(
            "L1",
            user(B),
            "athena:StartQueryExecution",
            Resource::at(&arn("arn:aws:athena:us-east-1:222222222222:workgroup/wg")),
        ),
        via(wanted(
            "L3",
            user(B),
            "lambda:InvokeFunction",
            Resource::at(&arn(FUNCTION)),
        )),
        wanted(
            "L4",
            Caller::service("lambda.amazonaws.com"),
            "sts:AssumeRole",
            Resource::at(&arn(EXEC)),
        ),
        wanted("L5 query", exec(), "dynamodb:Query", table()),
        wanted(
            "L5 list",
            exec(),
            "dynamodb:ListTables",
            Resource::none_in(account(A)),
        ),
        wanted("L6", exec(), "s3:PutObject", object()),
        via(wanted("L8 get", user(B), "s3:GetObject", object())),
        via(list),
        assume,
        wanted(
            "L12",
            creator(),
            "athena:CreateDataCatalog",
            Resource::at(&arn(CATALOG)),
        ),
        Access::unwanted(
            "third account",
            ask(user(C), "s3:GetObject", object()).request,
        ),
        plain,
        Access::unwanted(
            "code",
            ask(user(B), "lambda:UpdateFunctionCode", resource(FUNCTION, A)).request,
        ),
        Access::unwanted(
            "delete catalog",
            ask(
                creator(),
                "athena:DeleteDataCatalog",
                Resource::at(&arn(CATALOG)),
            )
            .request,
        ),
    ]
}

#[test]
fn every_access_of_the_setup_comes_out_as_it_should() {
    let matrix = AccessMatrix::of(&estate(), &accesses());
    assert_eq!(matrix.unexpected().count(), 0, "{matrix}");
}

#[test]
fn taking_away_one_statement_breaks_exactly_its_link() {
    let carried = carried(&estate(), &accesses());
    let carried: Vec<(&str, Vec<&str>)> = carried
        .iter()
        .map(|carried| {
            let names = carried.accesses.iter().map(String::as_str).collect();
            (
                carried
                    .statement
                    .sid
                    .as_ref()
                    .unwrap_or_else(|| panic!("{} has a Sid", carried.statement))
                    .as_str(),
                names,
            )
        })
        .filter(|(sid, _)| *sid != "All")
        .collect();
    assert_eq!(
        carried,
        [
            ("ReadTables", vec!["L5 query"]),
            ("ListTables", vec!["L5 list"]),
            ("WriteSpill", vec!["L6"]),
            ("Lambda", vec!["L4"]),
            ("AthenaSpillGet222222222222", vec!["L8 get"]),
            ("AthenaSpillList222222222222", vec!["L8 list"]),
            ("DenyInsecureTransport", vec!["no TLS"]),
            ("DenyOtherAccounts", vec!["third account"]),
            ("Careless", vec![]),
            ("athena-cross-account-access", vec!["L3"]),
            ("Share", vec!["L11"]),
            ("TrustA", vec!["L11"]),
            ("Create", vec!["L12"]),
            ("Query", vec!["L1"]),
            ("Invoke", vec!["L3"]),
            // Getting objects is said twice, so only listing hangs on this one, and nothing on the other.
            ("ReadSpill", vec!["L8 list"]),
            ("AlsoReadSpill", vec![]),
        ]
    );
}

#[test]
fn an_access_that_does_not_hold_is_carried_by_nothing() {
    let wish = Access::wanted(
        "wish",
        ask(user(B), "s3:DeleteObject", resource(BUCKET, A)).request,
    );
    assert!(
        carried(&estate(), &[wish])
            .iter()
            .all(|carried| carried.accesses.is_empty())
    );
}
