//! Every operator, with its key missing, there once, and there several times.

use crate::cases::{A, Case, ask, resource, user};

/// An `Allow` under one condition, as a member of `Condition`.
fn when(condition: &str) -> Case {
    ask(user(A), "s3:GetObject", resource("arn:aws:s3:::x/o", A)).identity(&format!(
        r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}"#
    ))
}

/// Whether the condition is met by the values of `k:k`: `+` met, `-` not met, `?` not known.
#[track_caller]
fn check(operator: &str, wanted: &str, got: &[&str], expected: char) {
    let case = when(&format!(r#""{operator}": {{"k:k": {wanted}}}"#)).with("k:k", got);
    let verdict = match expected {
        '+' => "Allow",
        '-' => "ImplicitDeny identity",
        _ => "Unknown",
    };
    case.gives(&format!("{operator} {wanted} on {got:?}"), verdict);
}

#[test]
fn texts_are_compared_whole_with_or_without_case_and_wildcards() {
    for (operator, wanted, got, expected) in [
        ("StringEquals", r#"["a", "b"]"#, "b", '+'),
        ("StringEquals", r#""a""#, "A", '-'),
        ("StringEquals", r#""a*""#, "ab", '-'),
        ("StringEquals", r#""a*""#, "a*", '+'),
        ("StringNotEquals", r#"["a", "b"]"#, "b", '-'),
        ("StringNotEquals", r#"["a", "b"]"#, "c", '+'),
        ("StringEqualsIgnoreCase", r#""aB""#, "Ab", '+'),
        ("StringNotEqualsIgnoreCase", r#""aB""#, "Ab", '-'),
        ("StringLike", r#""a*c?""#, "a/b/cd", '+'),
        ("StringLike", r#""a?""#, "a", '-'),
        ("StringNotLike", r#"["x", "a*"]"#, "ab", '-'),
        ("StringNotLike", r#"["x", "a*"]"#, "b", '+'),
    ] {
        check(operator, wanted, &[got], expected);
    }
}

#[test]
fn arns_are_compared_part_by_part() {
    for operator in ["ArnEquals", "ArnLike"] {
        check(
            operator,
            r#""arn:aws:iam::*:role/Deploy*""#,
            &["arn:aws:iam::111111111111:role/x/DeployCI"],
            '-',
        );
        check(
            operator,
            r#""arn:aws:iam::*:role/*Deploy*""#,
            &["arn:aws:iam::111111111111:role/x/DeployCI"],
            '+',
        );
        check(
            operator,
            r#""arn:aws:sns:*:x""#,
            &["arn:aws:sns:us-east-1:111111111111:x"],
            '?',
        );
        check(
            operator,
            r#""arn:aws:sns:*:*:x""#,
            &["arn:aws:sns:us-east-1:111111111111:x"],
            '+',
        );
        // One wildcard stands for one part, not for region and account.
        check(
            operator,
            r#""arn:aws:sns:*::x""#,
            &["arn:aws:sns:us-east-1:111111111111:x"],
            '-',
        );
        check(operator, r#""arn:aws:sns:*:*:x""#, &["no arn"], '-');
    }
    check("ArnLike", r#""arn:aws:sns:*:*:x""#, &["arn:aws:sns"], '-');
    check(
        "ArnNotLike",
        r#""arn:aws:sns:*:*:x""#,
        &["arn:aws:sns:us-east-1:111111111111:y"],
        '+',
    );
    check(
        "ArnNotEquals",
        r#""arn:aws:sns:*:*:*""#,
        &["arn:aws:sns:us-east-1:111111111111:y"],
        '-',
    );
}

#[test]
fn numbers_dates_truth_values_bytes_and_addresses_are_compared_as_such() {
    for (operator, wanted, got, expected) in [
        ("NumericEquals", "10", "010.0", '+'),
        ("NumericNotEquals", "10", "10.0", '-'),
        ("NumericLessThan", "10", "9", '+'),
        ("NumericLessThan", "10", "10", '-'),
        ("NumericLessThanEquals", r#""10""#, "10", '+'),
        ("NumericGreaterThan", "-1", "0", '+'),
        ("NumericGreaterThanEquals", "0.5", "0.49", '-'),
        ("NumericEquals", "10", "ten", '?'),
        ("NumericEquals", r#""ten""#, "10", '?'),
        ("NumericEquals", r#"["ten", "10"]"#, "10", '+'),
        (
            "DateEquals",
            r#""2026-01-01T00:00:00Z""#,
            "2026-01-01T01:00:00+01:00",
            '+',
        ),
        (
            "DateNotEquals",
            r#""2026-01-01""#,
            "2026-01-01T00:00:00Z",
            '-',
        ),
        (
            "DateLessThan",
            r#""2026-01-01T00:00:00Z""#,
            "2025-12-31T23:59:59Z",
            '+',
        ),
        (
            "DateLessThanEquals",
            r#""2026-01-01T00:00:00Z""#,
            "1767225600",
            '+',
        ),
        (
            "DateGreaterThan",
            r#""2026-01-01T00:00:00Z""#,
            "2026-01-01T00:00:00Z",
            '-',
        ),
        (
            "DateGreaterThanEquals",
            r#""2026-01-01T00:00:00Z""#,
            "2026-01-01T00:00:00Z",
            '+',
        ),
        ("DateLessThan", r#""soon""#, "2026-01-01T00:00:00Z", '?'),
        ("Bool", "true", "True", '+'),
        ("Bool", r#""false""#, "true", '-'),
        ("Bool", r#""maybe""#, "true", '?'),
        ("BinaryEquals", r#""Zm8=""#, "Zm8", '+'),
        ("BinaryEquals", r#""Zm8=""#, "Zm9v", '-'),
        ("BinaryEquals", r#""%""#, "Zm9v", '?'),
        (
            "IpAddress",
            r#"["203.0.113.0/24", "2001:db8::/32"]"#,
            "203.0.113.9",
            '+',
        ),
        (
            "IpAddress",
            r#"["203.0.113.0/24", "2001:db8::/32"]"#,
            "2001:db8::1",
            '+',
        ),
        ("IpAddress", r#""203.0.113.0/24""#, "198.51.100.1", '-'),
        ("NotIpAddress", r#""203.0.113.0/24""#, "203.0.113.9", '-'),
        ("NotIpAddress", r#""203.0.113.0/24""#, "198.51.100.1", '+'),
        ("NotIpAddress", r#""203.0.113.0/99""#, "198.51.100.1", '?'),
    ] {
        check(operator, wanted, &[got], expected);
    }
}

#[test]
fn a_missing_key_fails_unless_the_operator_is_negated_or_asks_only_if_it_exists() {
    for (operator, expected) in [
        ("StringEquals", '-'),
        ("StringNotEquals", '+'),
        ("StringEqualsIfExists", '+'),
        ("StringNotEqualsIfExists", '+'),
        ("NumericLessThan", '-'),
        ("NotIpAddress", '+'),
        ("ArnNotLike", '+'),
        ("Bool", '-'),
        ("BoolIfExists", '+'),
        ("ForAnyValue:StringEquals", '-'),
        ("ForAnyValue:StringNotEquals", '-'),
        ("ForAllValues:StringEquals", '+'),
        ("ForAllValues:StringNotEquals", '+'),
        ("ForAnyValue:StringEqualsIfExists", '+'),
    ] {
        check(operator, r#""true""#, &[], expected);
    }
    check("Null", r#""true""#, &[], '+');
    check("Null", "false", &[], '-');
    check("Null", r#""TRUE""#, &["x"], '-');
    check("Null", r#""false""#, &["x"], '+');
    check("Null", r#"["true", "false"]"#, &["x"], '+');
    check("Null", r#""x""#, &["x"], '?');
}

#[test]
fn set_operators_ask_for_some_or_all_values() {
    let wanted = r#"["a", "b"]"#;
    for (operator, got, expected) in [
        ("ForAnyValue:StringEquals", &["a", "x"][..], '+'),
        ("ForAnyValue:StringEquals", &["x", "y"], '-'),
        ("ForAllValues:StringEquals", &["a", "b"], '+'),
        ("ForAllValues:StringEquals", &["a", "x"], '-'),
        ("ForAnyValue:StringNotEquals", &["a", "x"], '+'),
        ("ForAnyValue:StringNotEquals", &["a", "b"], '-'),
        ("ForAllValues:StringNotEquals", &["x", "y"], '+'),
        ("ForAllValues:StringNotEquals", &["a", "y"], '-'),
        ("StringEquals", &["a", "x"], '+'),
    ] {
        check(operator, wanted, got, expected);
    }
}

#[test]
fn operators_and_keys_must_all_be_met() {
    let both = when(r#""StringEquals": {"k:k": "a", "k:l": "b"}, "Bool": {"k:m": "true"}"#);
    let met = both
        .clone()
        .with("k:k", &["a"])
        .with("K:L", &["b"])
        .with("k:m", &["true"]);
    met.gives("all", "Allow");
    for key in ["k:k", "k:l", "k:m"] {
        met.clone().without(key).gives(key, "ImplicitDeny identity");
    }
}

#[test]
fn variables_stand_for_values_of_the_request() {
    check("StringEquals", r#""${aws:username}""#, &["u"], '+');
    check(
        "StringLike",
        r#""home/${AWS:UserName}/*""#,
        &["home/u/x"],
        '+',
    );
    check("StringEquals", r#""${aws:PrincipalTag/team}""#, &["x"], '-');
    check(
        "StringEquals",
        r#""${aws:PrincipalTag/team, 'x'}""#,
        &["x"],
        '+',
    );
    check(
        "StringNotEquals",
        r#""${aws:PrincipalTag/team}""#,
        &["x"],
        '?',
    );
    check("StringEquals", r#""${nonsense}""#, &["x"], '?');
    check("StringLike", r#""${*}""#, &["*"], '+');
    check("StringLike", r#""${*}""#, &["x"], '-');
    check(
        "ArnLike",
        r#""arn:aws:iam::${aws:PrincipalAccount}:user/*""#,
        &["arn:aws:iam::111111111111:user/u"],
        '+',
    );
    let home = |version: &str| {
        format!(
            r#"{{"Version": "{version}", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::x/${{aws:username}}/*"}}}}"#
        )
    };
    let get = |key: &str| {
        ask(
            user(A),
            "s3:GetObject",
            resource(&format!("arn:aws:s3:::x/{key}"), A),
        )
    };
    get("u/1")
        .identity(&home("2012-10-17"))
        .gives("own", "Allow");
    get("v/1")
        .identity(&home("2012-10-17"))
        .gives("other", "ImplicitDeny identity");
    get("u/1")
        .identity(&home("2008-10-17"))
        .gives("old", "ImplicitDeny identity");
    get("${aws:username}/1")
        .identity(&home("2008-10-17"))
        .gives("old, literally", "Allow");
    let mut tagged = get("blue/1").identity(r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::x/${aws:PrincipalTag/team}/*"}"#);
    tagged.gives("no tag", "ImplicitDeny identity");
    tagged.request.caller = tagged.request.caller.with_tag("team", "blue");
    tagged.gives("tag", "Allow");
}
