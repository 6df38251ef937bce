//! What is refused, what is frowned upon, and what is neither.

use iam_policy_kit::check::{
    Finding, PolicyKind, Rule, Severity, lint, validate, validate_together,
};
use iam_policy_kit::{Action, ConditionKey, Document, Principal, ResourcePattern, Statement, Test};

use crate::cases::{A, account, document};

fn rules(found: &[Finding]) -> Vec<Rule> {
    found.iter().map(|finding| finding.rule).collect()
}

#[track_caller]
fn refused(kind: PolicyKind, statements: &str, line: &str) {
    let found = validate(&document(statements), kind);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(lines, [line], "{statements}");
    assert_eq!(found[0].severity, Severity::Error);
}

#[track_caller]
fn accepted(kind: PolicyKind, statements: &str) {
    assert_eq!(validate(&document(statements), kind), [], "{statements}");
}

const READ: &str = r#"{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}"#;
const TRUST: &str =
    r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}"#;

#[test]
fn documents_of_a_real_deployment_are_accepted() {
    for (text, kind) in [
        (
            include_str!("../documents/spill_seed.json"),
            PolicyKind::Bucket,
        ),
        (
            include_str!("../documents/spill_strict.json"),
            PolicyKind::Bucket,
        ),
        (
            include_str!("../documents/function.json"),
            PolicyKind::Function,
        ),
        (
            include_str!("../documents/create_role.json"),
            PolicyKind::InlineRole,
        ),
        (
            include_str!("../documents/analyst.json"),
            PolicyKind::Managed,
        ),
        (
            include_str!("../documents/execution_trust.json"),
            PolicyKind::Trust,
        ),
        (
            include_str!("../documents/create_role_trust_seed.json"),
            PolicyKind::Trust,
        ),
        (
            include_str!("../documents/create_role_trust_strict.json"),
            PolicyKind::Trust,
        ),
    ] {
        accepted(kind, text);
    }
}

#[test]
fn sizes_are_counted_without_white_space_up_to_the_limit_of_the_kind() {
    let of_size = |size: usize| {
        let empty = document(READ).to_json().len();
        let resource = format!("arn:aws:s3:::b/*{}", "x".repeat(size - empty));
        Document::from_json(
            &document(READ)
                .to_json_pretty()
                .replace("arn:aws:s3:::b/*", &resource),
        )
        .unwrap()
    };
    for kind in [
        PolicyKind::Managed,
        PolicyKind::InlineUser,
        PolicyKind::InlineGroup,
        PolicyKind::InlineRole,
        PolicyKind::Session,
        PolicyKind::ServiceControl,
    ] {
        let limit = kind.max_size();
        assert_eq!(validate(&of_size(limit), kind), [], "{kind:?}");
        let found = validate(&of_size(limit + 1), kind);
        assert_eq!(rules(&found), [Rule::Size], "{kind:?}");
        assert!(
            found[0].message.contains(&(limit + 1).to_string()),
            "{}",
            found[0]
        );
    }
    let (one, other) = (of_size(6_000), of_size(4_241));
    assert_eq!(
        validate_together([&one, &other], PolicyKind::InlineRole)
            .unwrap()
            .rule,
        Rule::Size
    );
    assert_eq!(validate_together([&one], PolicyKind::InlineRole), None);
}

#[test]
fn the_policy_of_a_bucket_is_counted_in_bytes() {
    let with = |letter: &str, times: usize| {
        let empty = READ.replace("\"Action\"", r#""Principal": "*", "Action""#);
        document(&empty.replace("b/*", &format!("b/{}", letter.repeat(times))))
    };
    let rest = with("x", 0).to_json().len();
    let limit = PolicyKind::Bucket.max_size();
    assert_eq!(validate(&with("x", limit - rest), PolicyKind::Bucket), []);
    let found = validate(&with("é", (limit - rest) / 2 + 1), PolicyKind::Bucket);
    assert_eq!(rules(&found), [Rule::Size]);
}

#[test]
fn elements_belong_to_kinds() {
    refused(
        PolicyKind::Managed,
        &READ.replace("\"Action\"", r#""Principal": "*", "Action""#),
        "error: `Read.Principal`: does not belong into a policy of this kind (leave it out)",
    );
    refused(
        PolicyKind::Bucket,
        READ,
        "error: `Read.Principal`: is missing, and a policy of this kind needs it (add it)",
    );
    refused(
        PolicyKind::Managed,
        r#"{"Effect": "Allow", "Action": "s3:GetObject"}"#,
        "error: `Statement[0].Resource`: is missing, and a policy of this kind needs it (add it)",
    );
    refused(
        PolicyKind::Trust,
        &TRUST.replace("\"Action\"", r#""Resource": "*", "Action""#),
        "error: `Statement[0].Resource`: does not belong into a policy of this kind (leave it out)",
    );
}

#[test]
fn sids_are_of_the_characters_of_their_kind_and_occur_once() {
    let with_dash = READ.replace("\"Read\"", "\"Read-all\"");
    refused(
        PolicyKind::Managed,
        &with_dash,
        "error: `Read-all.Sid`: `Read-all` is not allowed here; it has letters and digits only (rename the statement)",
    );
    let of_bucket = with_dash.replace("\"Action\"", r#""Principal": "*", "Action""#);
    accepted(PolicyKind::Bucket, &of_bucket);
    let of_function = of_bucket.replace("s3:GetObject", "lambda:InvokeFunction");
    accepted(PolicyKind::Function, &of_function);
    refused(
        PolicyKind::Function,
        &of_function.replace("Read-all", "Read all"),
        "error: `Read all.Sid`: `Read all` is not allowed here; it has 1 to 100 letters, digits, `-` and `_` (rename the statement)",
    );
    refused(
        PolicyKind::Managed,
        &format!("{READ}, {READ}"),
        "error: `Read.Sid`: `Read` is the Sid of an earlier statement too (give each statement its own)",
    );
    accepted(
        PolicyKind::Managed,
        &format!("{READ}, {}", READ.replace("Read", "read")),
    );
}

#[test]
fn what_lists_nothing_is_refused() {
    let found = validate(&Document::new([]), PolicyKind::Managed);
    assert_eq!(rules(&found), [Rule::Empty]);
    let nothing = Statement::allow([])
        .with_resources([])
        .with_principal(Principal::default());
    assert_eq!(
        rules(&validate(&Document::new([nothing]), PolicyKind::Bucket)),
        [Rule::Empty; 3]
    );
}

#[test]
fn actions_resources_and_characters_are_those_that_the_kind_takes() {
    refused(
        PolicyKind::Trust,
        &TRUST.replace("sts:AssumeRole", "s3:GetObject"),
        "error: `Statement[0].Action`: a trust policy cannot grant `s3:GetObject` (name `sts:AssumeRole` or its kin)",
    );
    accepted(
        PolicyKind::Trust,
        &TRUST.replace(
            r#""sts:AssumeRole""#,
            r#"["STS:assumerole", "sts:TagSession", "sts:AssumeRoleWithSAML"]"#,
        ),
    );
    let bucket = READ.replace("\"Action\"", r#""Principal": "*", "Action""#);
    refused(
        PolicyKind::Bucket,
        &bucket.replace("s3:GetObject", "lambda:InvokeFunction"),
        "error: `Read.Action`: the policy of such a resource cannot grant `lambda:InvokeFunction` (grant actions of the resource's own service)",
    );
    accepted(PolicyKind::Bucket, &bucket.replace("s3:GetObject", "*"));
    refused(
        PolicyKind::Managed,
        &READ.replace("arn:aws:s3:::b/*", "b/*"),
        "error: `Read.Resource`: `b/*` is neither an ARN nor `*` (write `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`)",
    );
    refused(
        PolicyKind::Managed,
        &READ.replace("b/*", "b/ж*"),
        "error: `document`: has the character U+0436, and IAM stores those up to U+00FF only (leave it out, or put `?` or `*` in its place)",
    );
    accepted(PolicyKind::Bucket, &bucket.replace("b/*", "b/ж*"));
    accepted(PolicyKind::Managed, &READ.replace("b/*", "b/é*"));
}

#[test]
fn principals_are_named_one_by_one() {
    let by = |principal: &str| TRUST.replace(r#"{"AWS": "111111111111"}"#, principal);
    for (principal, message) in [
        (
            r#"{"AWS": "arn:aws:iam::111111111111:role/*"}"#,
            "`arn:aws:iam::111111111111:role/*` has a wildcard, which principals cannot have",
        ),
        (
            r#"{"AWS": "arn:aws:s3:::b"}"#,
            "`arn:aws:s3:::b` is not the ARN of an account, user, role or session",
        ),
        (
            r#"{"Service": "lambda"}"#,
            "`lambda` is not a service's name, such as `lambda.amazonaws.com`",
        ),
        (
            r#"{"Service": "*.amazonaws.com"}"#,
            "`*.amazonaws.com` is not a service's name, such as `lambda.amazonaws.com`",
        ),
    ] {
        let found = validate(&document(&by(principal)), PolicyKind::Trust);
        assert_eq!(rules(&found), [Rule::PrincipalForm], "{principal}");
        assert_eq!(found[0].message, message);
    }
    accepted(
        PolicyKind::Trust,
        &by(
            r#"{"AWS": ["*", "arn:aws:iam::111111111111:role/p/r", "arn:aws:sts::111111111111:assumed-role/r/s", "AROAEXAMPLEEXAMPLEEX"]}"#,
        ),
    );
}

#[test]
fn condition_values_are_readable_by_their_operator() {
    let when = |condition: &str| {
        READ.replace(
            "\"Effect\"",
            &format!(r#""Condition": {{{condition}}}, "Effect""#),
        )
    };
    for (condition, expected) in [
        (
            r#""Bool": {"aws:SecureTransport": "yes"}"#,
            "`true` or `false`",
        ),
        (r#""Null": {"aws:TagKeys": "absent"}"#, "`true` or `false`"),
        (r#""NumericLessThan": {"s3:max-keys": "ten"}"#, "a number"),
        (
            r#""DateLessThan": {"aws:CurrentTime": "2026-13-01"}"#,
            "a date of ISO 8601",
        ),
        (r#""BinaryEquals": {"k:k": "%"}"#, "base 64"),
        (
            r#""IpAddress": {"aws:SourceIp": "10.0.0.0/40"}"#,
            "an IP address or network",
        ),
        (r#""ArnLike": {"aws:PrincipalArn": "role/x"}"#, "an ARN"),
    ] {
        let found = validate(&document(&when(condition)), PolicyKind::Managed);
        assert_eq!(rules(&found), [Rule::ConditionValue], "{condition}");
        assert!(found[0].message.ends_with(expected), "{}", found[0]);
    }
    accepted(
        PolicyKind::Managed,
        &when(
            r#""Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": 10}, "StringEquals": {"k:k": "${aws:username}"}"#,
        ),
    );
    let found = validate(
        &document(&when(r#""StringEquals": {"k:k": "${user}"}"#)),
        PolicyKind::Managed,
    );
    assert_eq!(rules(&found), [Rule::VariableForm]);
    let old = format!(
        r#"{{"Statement": [{}]}}"#,
        READ.replace("b/*", "b/${aws:username}/*")
    );
    let found = validate(&document(&old), PolicyKind::Managed);
    assert_eq!(rules(&found), [Rule::VariableIn2008]);
    assert_eq!(found[0].severity, Severity::Warning);
    let old = format!(
        r#"{{"Statement": [{}]}}"#,
        when(r#""Bool": {"aws:SecureTransport": "${aws:SecureTransport}"}"#)
    );
    let found = validate(&document(&old), PolicyKind::Managed);
    assert_eq!(rules(&found), [Rule::VariableIn2008, Rule::ConditionValue]);
}

/// Lints in account A.
#[track_caller]
fn frowned(kind: PolicyKind, statements: &str, expected: &[Rule]) {
    let found = lint(&document(statements), kind, Some(&account(A)));
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(rules(&found), expected, "{statements}\n{lines:?}");
    assert!(
        found
            .iter()
            .all(|finding| finding.severity != Severity::Error),
        "{lines:?}"
    );
}

#[test]
fn wide_actions_and_resources_are_seen_on_allow_only() {
    for (action, expected) in [
        ("*", &[Rule::AnyAction][..]),
        ("s3:*", &[Rule::AnyAction]),
        ("s3:Get*", &[Rule::AnyAction]),
        ("s3:GetObject", &[]),
    ] {
        let text = READ.replace("s3:GetObject", action);
        frowned(PolicyKind::Managed, &text, expected);
        frowned(PolicyKind::Managed, &text.replace("Allow", "Deny"), &[]);
    }
    frowned(
        PolicyKind::Managed,
        &READ.replace("arn:aws:s3:::b/*", "*"),
        &[Rule::AnyResource],
    );
    frowned(
        PolicyKind::Managed,
        &READ.replace("\"Action\"", "\"NotAction\""),
        &[Rule::AllBut],
    );
    frowned(
        PolicyKind::Managed,
        &READ.replace("\"Resource\"", "\"NotResource\""),
        &[Rule::AllBut],
    );
    let pass = READ.replace("s3:GetObject", "iam:PassRole");
    frowned(
        PolicyKind::Managed,
        &pass.replace("arn:aws:s3:::b/*", "arn:aws:iam::111111111111:role/*"),
        &[Rule::PassAnyRole],
    );
    frowned(
        PolicyKind::Managed,
        &pass.replace("arn:aws:s3:::b/*", "arn:aws:iam::111111111111:role/x"),
        &[],
    );
}

#[test]
fn principals_without_limits_are_seen() {
    let bucket = |principal: &str, condition: &str| {
        let with = format!(r#"{principal}, "Condition": {{{condition}}}, "Action""#);
        READ.replace("\"Action\"", &with)
    };
    let kind = PolicyKind::Bucket;
    frowned(
        kind,
        &bucket(r#""Principal": "*""#, ""),
        &[Rule::AnyPrincipal],
    );
    frowned(
        kind,
        &bucket(
            r#""Principal": "*""#,
            r#""StringEquals": {"aws:PrincipalOrgID": "o-x"}"#,
        ),
        &[],
    );
    frowned(
        kind,
        &bucket(
            r#""Principal": "*""#,
            r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-x"}"#,
        ),
        &[Rule::AnyPrincipal],
    );
    frowned(
        kind,
        &bucket(r#""NotPrincipal": {"AWS": "333333333333"}"#, ""),
        &[Rule::AllBut],
    );
    let service = r#""Principal": {"Service": "logging.s3.amazonaws.com"}"#;
    frowned(kind, &bucket(service, ""), &[Rule::ServiceForAnyone]);
    frowned(
        kind,
        &bucket(
            service,
            r#""StringEquals": {"AWS:SourceAccount": "111111111111"}"#,
        ),
        &[],
    );
    let stranger = r#""Principal": {"AWS": "222222222222"}"#;
    frowned(kind, &bucket(stranger, ""), &[Rule::WholeAccount]);
    frowned(
        kind,
        &bucket(
            stranger,
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/Analyst*"}"#,
        ),
        &[],
    );
    frowned(
        kind,
        &bucket(
            stranger,
            r#""StringEquals": {"aws:SourceAccount": "222222222222"}"#,
        ),
        &[Rule::WholeAccount, Rule::NeverMet],
    );
    frowned(
        kind,
        &bucket(r#""Principal": {"AWS": "111111111111"}"#, ""),
        &[],
    );
    frowned(
        kind,
        &bucket(r#""Principal": {"AWS": "AROAEXAMPLEEXAMPLEEX"}"#, ""),
        &[Rule::DeletedPrincipal],
    );
    frowned(PolicyKind::Trust, TRUST, &[]);
    let from_b = TRUST.replace("111111111111", "222222222222");
    frowned(PolicyKind::Trust, &from_b, &[Rule::TrustWithoutProof]);
    frowned(
        PolicyKind::Trust,
        &from_b.replace(
            "\"Action\"",
            r#""Condition": {"StringEquals": {"sts:ExternalId": "x"}}, "Action""#,
        ),
        &[],
    );
}

#[test]
fn conditions_that_do_not_do_what_they_seem_to_are_seen() {
    let when = |condition: &str| {
        READ.replace(
            "\"Effect\"",
            &format!(r#""Condition": {{{condition}}}, "Effect""#),
        )
    };
    let kind = PolicyKind::Managed;
    frowned(
        kind,
        &when(r#""ForAllValues:StringEquals": {"aws:TagKeys": "a"}"#),
        &[Rule::MetByAbsence],
    );
    frowned(
        kind,
        &when(
            r#""ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}"#,
        ),
        &[],
    );
    frowned(
        kind,
        &when(r#""StringNotEquals": {"aws:PrincipalTag/team": "a"}"#),
        &[Rule::MetByAbsence],
    );
    frowned(
        kind,
        &when(r#""StringNotEquals": {"aws:PrincipalTag/team": "a"}"#).replace("Allow", "Deny"),
        &[],
    );
    frowned(
        kind,
        &when(r#""StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}"#),
        &[Rule::NoSetOperator],
    );
    frowned(
        kind,
        &when(r#""ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}"#),
        &[],
    );
    frowned(
        kind,
        &when(r#""StringEquals": {"s3:prefix": "p/*"}"#),
        &[Rule::LiteralWildcard],
    );
    frowned(
        kind,
        &when(r#""StringEquals": {"s3:prefix": "p/${*}"}"#),
        &[],
    );
}

#[test]
fn statements_that_another_one_covers_are_seen() {
    let wide = r#"{"Sid": "Wide", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::*"}"#;
    let found = lint(
        &document(&format!("{READ}, {wide}")),
        PolicyKind::Managed,
        None,
    );
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["note: `Read`: says nothing that `Wide` does not say (take one of the two out)"]
    );
    frowned(
        PolicyKind::Managed,
        &format!("{READ}, {READ}"),
        &[Rule::Redundant],
    );
    frowned(
        PolicyKind::Managed,
        &format!("{READ}, {}", wide.replace("Allow", "Deny")),
        &[Rule::Shadowed],
    );
    let conditional = wide.replace(
        "\"Action\"",
        r#""Condition": {"Bool": {"aws:SecureTransport": "true"}}, "Action""#,
    );
    frowned(PolicyKind::Managed, &format!("{READ}, {conditional}"), &[]);
    frowned(
        PolicyKind::Managed,
        &format!(
            "{READ}, {}",
            wide.replace("s3:GetObject", "s3:GetObjectAcl")
        ),
        &[],
    );
    let all_but = |actions: &str| {
        format!(r#"{{"Effect": "Deny", "NotAction": [{actions}], "Resource": "*"}}"#)
    };
    let (less, more) = (
        all_but(r#""s3:GetObject", "s3:PutObject""#),
        all_but(r#""s3:GetObject""#),
    );
    let found = lint(
        &document(&format!("{less}, {more}")),
        PolicyKind::Managed,
        None,
    );
    assert_eq!(
        found[0].message,
        "says nothing that `Statement[1]` does not say"
    );
    assert_eq!(rules(&found), [Rule::Redundant]);
    let narrow = READ.replace(
        "\"Action\"",
        r#""Condition": {"Bool": {"aws:SecureTransport": "true"}}, "Action""#,
    );
    frowned(
        PolicyKind::Managed,
        &format!("{narrow}, {conditional}"),
        &[Rule::Redundant],
    );
    let of_user = READ.replace("b/*", "b/${aws:username}");
    frowned(
        PolicyKind::Managed,
        &format!("{of_user}, {}", READ.replace("b/*", "b/????????????????")),
        &[],
    );
}

#[test]
fn documents_of_a_strict_deployment_give_notes_alone() {
    for (text, kind) in [
        (
            include_str!("../documents/spill_strict.json"),
            PolicyKind::Bucket,
        ),
        (
            include_str!("../documents/execution_trust.json"),
            PolicyKind::Trust,
        ),
        (
            include_str!("../documents/create_role_trust_strict.json"),
            PolicyKind::Trust,
        ),
        (
            include_str!("../documents/analyst.json"),
            PolicyKind::Managed,
        ),
    ] {
        let found = lint(&document(text), kind, None);
        assert!(
            found
                .iter()
                .all(|finding| finding.severity == Severity::Note),
            "{found:?}"
        );
    }
}

#[test]
fn a_statement_built_from_values_is_checked_like_one_that_was_read() {
    let built = Statement::allow([Action::new("s3:GetObject").unwrap()])
        .with_resources([ResourcePattern::new("arn:aws:s3:::b/*").unwrap()])
        .with_condition(
            Test::StringLike,
            ConditionKey::new("s3:prefix").unwrap(),
            ["p/*"],
        )
        .with_condition(
            Test::Bool,
            ConditionKey::new("aws:SecureTransport").unwrap(),
            ["yes"],
        );
    assert_eq!(
        rules(&validate(&Document::new([built]), PolicyKind::Managed)),
        [Rule::ConditionValue]
    );
}
