//! What counts as equal: AWS's own rewriting of a document must not look like a change.

use iam_policy_kit::Document;

fn document(statement: &str) -> Document {
    Document::from_json(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#
    ))
    .unwrap()
}

#[track_caller]
fn check(left: &str, right: &str, equal: bool) {
    let (left_read, right_read) = (document(left), document(right));
    assert_eq!(left_read == right_read, equal, "{left}\n{right}");
    assert_eq!(right_read == left_read, equal, "{right}\n{left}");
}

/// A statement with one element replaced by the given one.
fn with(element: &str, value: &str) -> String {
    let mut members = vec![
        ("Sid", r#""s""#),
        ("Effect", r#""Allow""#),
        ("Principal", r#"{"AWS": "arn:aws:iam::222222222222:root"}"#),
        ("Action", r#""s3:GetObject""#),
        ("Resource", r#""arn:aws:s3:::b/*""#),
    ];
    members.retain(|(name, _)| *name != element);
    members.push((element, value));
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!(r#""{name}": {value}"#))
        .collect();
    format!("{{{}}}", members.join(", "))
}

#[track_caller]
fn check_element(element: &str, left: &str, right: &str, equal: bool) {
    check(&with(element, left), &with(element, right), equal);
}

#[test]
fn the_order_of_members_does_not_matter() {
    check(
        r#"{"Effect": "Allow", "Action": "a:B", "Resource": "*"}"#,
        r#"{"Resource":"*","Action":"a:B","Effect":"Allow"}"#,
        true,
    );
}

#[test]
fn one_object_equals_a_list_of_that_object() {
    check(
        &with("Sid", r#""s""#),
        &format!("[{}]", with("Sid", r#""s""#)),
        true,
    );
}

#[test]
fn statements_are_a_set() {
    let (one, two) = (with("Sid", r#""one""#), with("Sid", r#""two""#));
    check(
        &format!("[{one}, {two}]"),
        &format!("[{two}, {one}, {two}]"),
        true,
    );
    check(&format!("[{one}, {two}]"), &one, false);
}

#[test]
fn lists_are_sets_and_a_list_of_one_is_that_one() {
    for (element, a, b) in [
        ("Action", r#""s3:GetObject""#, r#""s3:ListBucket""#),
        ("Resource", r#""arn:aws:s3:::a""#, r#""arn:aws:s3:::b""#),
        ("NotAction", r#""s3:GetObject""#, r#""s3:ListBucket""#),
    ] {
        let statement = |value: &str| match element {
            "NotAction" => {
                format!(r#"{{"Effect": "Deny", "NotAction": {value}, "Resource": "*"}}"#)
            }
            _ => with(element, value),
        };
        check(&statement(a), &statement(&format!("[{a}]")), true);
        check(
            &statement(&format!("[{a}, {b}]")),
            &statement(&format!("[{b}, {a}, {b}]")),
            true,
        );
        check(&statement(&format!("[{a}, {b}]")), &statement(a), false);
    }
    check_element(
        "Principal",
        r#"{"AWS": ["222222222222"]}"#,
        r#"{"AWS": "222222222222"}"#,
        true,
    );
    check_element(
        "Condition",
        r#"{"StringEquals": {"aws:PrincipalAccount": ["1", "2"]}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": ["2", "1", "1"]}}"#,
        true,
    );
}

#[test]
fn actions_and_condition_keys_ignore_case_and_nothing_else_does() {
    check_element("Action", r#""s3:GetObject""#, r#""S3:getobject""#, true);
    check_element(
        "Action",
        r#"["s3:GetObject", "S3:getobject"]"#,
        r#""s3:GETOBJECT""#,
        true,
    );
    check_element(
        "Condition",
        r#"{"StringEquals": {"aws:SourceAccount": "1"}}"#,
        r#"{"StringEquals": {"AWS:sourceaccount": "1"}}"#,
        true,
    );
    check_element(
        "Resource",
        r#""arn:aws:s3:::b/x""#,
        r#""arn:aws:s3:::b/X""#,
        false,
    );
    check_element("Sid", r#""s""#, r#""S""#, false);
    check_element(
        "Condition",
        r#"{"StringEquals": {"aws:SourceAccount": "a"}}"#,
        r#"{"StringEquals": {"aws:SourceAccount": "A"}}"#,
        false,
    );
}

#[test]
fn an_account_is_its_root() {
    let bare = r#"{"AWS": "222222222222"}"#;
    check_element(
        "Principal",
        bare,
        r#"{"AWS": "arn:aws:iam::222222222222:root"}"#,
        true,
    );
    check_element(
        "Principal",
        bare,
        r#"{"AWS": ["222222222222", "arn:aws:iam::222222222222:root"]}"#,
        true,
    );
    check_element(
        "Principal",
        bare,
        r#"{"AWS": "arn:aws:iam::111111111111:root"}"#,
        false,
    );
    check_element(
        "Principal",
        bare,
        r#"{"AWS": "arn:aws:iam::222222222222:role/root"}"#,
        false,
    );
}

#[test]
fn everyone_is_everyone_in_both_forms() {
    check_element("Principal", r#""*""#, r#"{"AWS": "*"}"#, true);
    check_element(
        "Principal",
        r#""222222222222""#,
        r#"{"AWS": "arn:aws:iam::222222222222:root"}"#,
        true,
    );
    check_element(
        "Principal",
        r#""*""#,
        r#"{"AWS": ["222222222222", "*"]}"#,
        true,
    );
    check_element(
        "Principal",
        r#""*""#,
        r#"{"Service": "lambda.amazonaws.com"}"#,
        false,
    );
    check_element("Principal", r#""*""#, r#"{"AWS": "222222222222"}"#, false);
}

#[test]
fn a_deleted_principal_equals_no_name() {
    let gone = r#"{"AWS": "AROAIIIIIIIIIIIIIIIII"}"#;
    check_element("Principal", gone, gone, true);
    check_element(
        "Principal",
        gone,
        r#"{"AWS": "arn:aws:iam::222222222222:role/reader"}"#,
        false,
    );
    check_element(
        "Principal",
        gone,
        r#"{"AWS": "AIDAIIIIIIIIIIIIIIIII"}"#,
        false,
    );
}

#[test]
fn an_empty_condition_is_none() {
    check(&with("Condition", "{}"), &with("Sid", r#""s""#), true);
    check(
        &with("Condition", r#"{"StringEquals": {}}"#),
        &with("Sid", r#""s""#),
        true,
    );
    check(
        &with("Condition", r#"{"Bool": {"aws:SecureTransport": "false"}}"#),
        &with("Sid", r#""s""#),
        false,
    );
}

#[test]
fn truth_values_and_numbers_are_their_text() {
    for (form, text) in [
        ("true", r#""true""#),
        ("false", r#""false""#),
        ("1", r#""1""#),
        ("-7", r#""-7""#),
    ] {
        let condition = |value: &str| format!(r#"{{"Bool": {{"aws:SecureTransport": {value}}}}}"#);
        check_element("Condition", &condition(form), &condition(text), true);
        check_element(
            "Condition",
            &condition(form),
            &condition(r#""other""#),
            false,
        );
    }
}

#[test]
fn an_operator_is_equal_only_with_the_same_surroundings() {
    let condition = |operator: &str| {
        format!(r#"{{"{operator}": {{"aws:CalledVia": "athena.amazonaws.com"}}}}"#)
    };
    for other in [
        "StringLike",
        "StringEqualsIfExists",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringEquals",
    ] {
        check_element(
            "Condition",
            &condition("StringEquals"),
            &condition(other),
            false,
        );
        check_element("Condition", &condition(other), &condition(other), true);
    }
}

#[test]
fn an_element_differs_from_its_negation() {
    check(
        r#"{"Effect": "Deny", "Action": "a:B", "Resource": "*"}"#,
        r#"{"Effect": "Deny", "NotAction": "a:B", "Resource": "*"}"#,
        false,
    );
    check(
        r#"{"Effect": "Deny", "Action": "a:B", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Action": "a:B", "Resource": "*"}"#,
        false,
    );
}

#[test]
fn a_missing_version_is_the_old_one_and_a_differing_version_leaves_the_statements_the_same() {
    let statement = with("Sid", r#""s""#);
    let none = Document::from_json(&format!(r#"{{"Statement": {statement}}}"#)).unwrap();
    let old = Document::from_json(&format!(
        r#"{{"Version": "2008-10-17", "Statement": {statement}}}"#
    ))
    .unwrap();
    let new = document(&statement);
    assert_eq!(none, old);
    assert_ne!(old, new);
    assert!(old.same_statements(&new) && none.same_statements(&new));
    assert!(!new.same_statements(&document(&with("Sid", r#""t""#))));
}

#[test]
fn one_more_key_or_operator_or_value_is_another_condition() {
    let one = r#"{"StringEquals": {"aws:a": "x"}}"#;
    for more in [
        r#"{"StringEquals": {"aws:a": "x", "aws:b": "y"}}"#,
        r#"{"StringEquals": {"aws:a": "x"}, "StringLike": {"aws:a": "x"}}"#,
        r#"{"StringEquals": {"aws:a": ["x", "y"]}}"#,
    ] {
        check_element("Condition", one, more, false);
    }
}

#[test]
fn truth_values_and_numbers_are_compared_as_such() {
    for (operator, left, right, equal) in [
        ("Bool", r#""True""#, "true", true),
        ("Null", r#""FALSE""#, "false", true),
        ("NumericLessThan", r#""10.0""#, "10", true),
        ("NumericLessThan", r#""10.01""#, "10", false),
        ("StringEqualsIgnoreCase", r#""X""#, r#""x""#, true),
        ("StringEquals", r#""X""#, r#""x""#, false),
        ("StringEquals", r#""1.0""#, "1", false),
    ] {
        let condition = |value: &str| format!(r#"{{"{operator}": {{"k:k": {value}}}}}"#);
        check_element("Condition", &condition(left), &condition(right), equal);
    }
}
