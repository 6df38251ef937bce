//! Decisions in words, and tables of them.

use iam_policy_kit::access::{Attachment, Caller};
use iam_policy_kit::matrix::{Access, AccessMatrix};

use crate::cases::{A, ALL, B, C, Case, ask, resource, session, user};

const BUCKET: &str = "arn:aws:s3:::ds-spill-bucket";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:FN";
const STRICT: &str = include_str!("../documents/spill_strict.json");

#[track_caller]
fn check(case: &Case, words: &str) {
    assert_eq!(case.decide().to_string(), words);
}

fn invoke() -> Case {
    ask(user(B), "lambda:InvokeFunction", resource(FUNCTION, A))
        .policy_of(FUNCTION, include_str!("../documents/function.json"))
}

fn list() -> Case {
    ask(user(B), "s3:ListBucket", resource(BUCKET, A))
        .identity(ALL)
        .policy_of(BUCKET, STRICT)
}

#[test]
fn the_side_that_lacks_is_named_with_the_statements_that_come_near() {
    check(
        &invoke(),
        "denied: `arn:aws:iam::222222222222:user/u` has no identity policies that could allow `lambda:InvokeFunction` on \
         `arn:aws:lambda:us-east-1:111111111111:function:FN`, and across accounts both sides must allow; \
         statement `athena-cross-account-access` of the resource policy `resource` of `arn:aws:lambda:us-east-1:111111111111:function:FN` \
         names only the account, which leaves the decision to its identity policies",
    );
    let elsewhere = r#"{"Sid": "Invoke", "Effect": "Allow", "Action": "lambda:*", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:other"}"#;
    let decision = invoke().identity(elsewhere).decide().to_string();
    assert!(decision.starts_with("denied: the identity policies of `arn:aws:iam::222222222222:user/u` lack `lambda:InvokeFunction` on `"), "{decision}");
    assert!(decision.contains("; statement `Invoke` of the identity policy `identity` of `arn:aws:iam::222222222222:user/u` allows it on other resources"), "{decision}");
    check(
        &list(),
        "denied: the resource policy of `arn:aws:s3:::ds-spill-bucket` lacks `s3:ListBucket` for `arn:aws:iam::222222222222:user/u`, \
         and across accounts both sides must allow; statement `AthenaSpillList222222222222` of the resource policy `resource` of \
         `arn:aws:s3:::ds-spill-bucket` allows it only if `s3:prefix` meets `StringLike` `athena-spill/*`, and the request has none",
    );
}

#[test]
fn a_denying_statement_is_named_with_what_meets_its_conditions() {
    check(
        &list().with("aws:SecureTransport", &["false"]),
        "denied: by statement `DenyInsecureTransport` of the resource policy `resource` of `arn:aws:s3:::ds-spill-bucket`, \
         because `aws:SecureTransport` is `false`, which meets `Bool` `false`",
    );
}

#[test]
fn an_allowance_names_a_statement_of_each_side() {
    check(
        &list().with("s3:prefix", &["athena-spill/x"]),
        "allowed: by statement 0 of the identity policy `identity` of `arn:aws:iam::222222222222:user/u` and \
         statement `AthenaSpillList222222222222` of the resource policy `resource` of `arn:aws:s3:::ds-spill-bucket`",
    );
}

#[test]
fn an_allowance_of_a_key_names_the_statement_that_delegates_and_the_one_that_grants() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/k";
    let delegate = r#"{"Sid": "Delegate", "Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:*", "Resource": "*"}"#;
    check(
        &ask(user(A), "kms:Decrypt", resource(key, A))
            .identity(ALL)
            .policy_of(key, delegate),
        "allowed: by statement 0 of the identity policy `identity` of `arn:aws:iam::111111111111:user/u` and \
         statement `Delegate` of the resource policy `resource` of `arn:aws:kms:us-east-1:111111111111:key/k`",
    );
    let named = r#"{"Sid": "Named", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/u"}, "Action": "kms:*", "Resource": "*"}"#;
    check(
        &ask(user(A), "kms:Decrypt", resource(key, A))
            .identity(ALL)
            .policy_of(key, named),
        "allowed: by statement `Named` of the resource policy `resource` of `arn:aws:kms:us-east-1:111111111111:key/k`",
    );
}

#[test]
fn what_is_not_known_is_named() {
    let to = Attachment::Resource(crate::cases::arn(BUCKET));
    let mut case = ask(
        user(A),
        "s3:GetObject",
        resource("arn:aws:s3:::ds-spill-bucket/x", A),
    )
    .identity(ALL);
    case.estate = case
        .estate
        .with_unread(to, "bucket policy", "s3:GetBucketPolicy is not allowed");
    check(
        &case,
        "unknown: it hangs on the resource policy `bucket policy` of `arn:aws:s3:::ds-spill-bucket`: s3:GetBucketPolicy is not allowed",
    );
}

#[test]
fn no_explanation_shows_an_external_id() {
    let role = "arn:aws:iam::222222222222:role/r";
    let trust = r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "wanted-id"}}}"#;
    let case = ask(user(A), "sts:AssumeRole", resource(role, B))
        .identity(ALL)
        .policy_of(role, trust);
    for case in [case.clone().with("sts:ExternalId", &["given-id"]), case] {
        let (words, fields) = (case.decide().to_string(), format!("{:?}", case.decide()));
        assert!(
            words.contains("`sts:ExternalId` meets `StringEquals` `(not shown)`"),
            "{words}"
        );
        assert!(
            !words.contains("-id") && !fields.contains("-id"),
            "{words}\n{fields}"
        );
    }
}

fn accesses() -> Vec<Access> {
    let spill = || resource("arn:aws:s3:::ds-spill-bucket/athena-spill/x", A);
    vec![
        Access::wanted(
            "write",
            ask(session(A, "exec"), "s3:PutObject", spill()).request,
        ),
        Access::wanted("read", ask(user(B), "s3:GetObject", spill()).request),
        Access::unwanted("stranger", ask(user(C), "s3:GetObject", spill()).request),
        Access::unwanted(
            "service",
            ask(Caller::service("x.amazonaws.com"), "s3:GetObject", spill()).request,
        ),
    ]
}

#[test]
fn a_table_shows_what_is_not_as_it_should_be() {
    let case = ask(user(B), "s3:GetObject", resource(BUCKET, A)).identity(ALL).policy_of(BUCKET, r#"{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "*", "Resource": "*"}"#);
    let matrix = AccessMatrix::of(&case.estate, &accesses());
    let cells: Vec<String> = matrix
        .to_string()
        .lines()
        .map(|line| {
            line.split("  ")
                .filter(|cell| !cell.is_empty())
                .take(5)
                .map(str::trim)
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect();
    assert_eq!(
        cells,
        [
            "access|caller|action|resource|decision",
            "write|arn:aws:sts::111111111111:assumed-role/exec/s|s3:PutObject|arn:aws:s3:::ds-spill-bucket/athena-spill/x|denied (!)",
            "read|arn:aws:iam::222222222222:user/u|s3:GetObject|arn:aws:s3:::ds-spill-bucket/athena-spill/x|denied (!)",
            "stranger|arn:aws:iam::333333333333:user/u|s3:GetObject|arn:aws:s3:::ds-spill-bucket/athena-spill/x|denied",
            "service|x.amazonaws.com|s3:GetObject|arn:aws:s3:::ds-spill-bucket/athena-spill/x|allowed (! should be denied)",
        ]
    );
    let unexpected: Vec<&str> = matrix
        .unexpected()
        .map(|row| row.access.name.as_str())
        .collect();
    assert_eq!(unexpected, ["write", "read", "service"]);
}

#[test]
fn two_tables_are_compared_by_decision() {
    let before = ask(user(B), "s3:GetObject", resource(BUCKET, A)).identity(ALL);
    let after = before.clone().policy_of(BUCKET, STRICT);
    let (before, after) = (
        AccessMatrix::of(&before.estate, &accesses()),
        AccessMatrix::of(&after.estate, &accesses()),
    );
    let changes: Vec<String> = before
        .changes(&after)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        changes,
        [
            "read: denied -> allowed: by statement 0 of the identity policy `identity` of `arn:aws:iam::222222222222:user/u` and \
         statement `AthenaSpillGet222222222222` of the resource policy `resource` of `arn:aws:s3:::ds-spill-bucket`"
        ]
    );
    let shorter = AccessMatrix {
        rows: after.rows[..3].to_vec(),
    };
    let gone: Vec<String> = after
        .changes(&shorter)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(gone, ["service: denied -> not asked"]);
    assert_eq!(shorter.changes(&after).len(), 1);
}
