//! What is not a policy document, and how that is said.

use std::error::Error;

use iam_policy_kit::{AccountId, Action, Document, Sid, Version};

/// The message of an error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[track_caller]
fn check(text: &str, message: &str) {
    let error = Document::from_json(text).unwrap_err();
    assert_eq!(chain(&error), message, "{text}");
}

/// A document with one statement that is an `Allow` of everything but for the members given.
fn statement(members: &str) -> String {
    format!(r#"{{"Statement": [{{"Effect": "Allow", {members}}}]}}"#)
}

#[test]
fn a_document_of_another_shape_is_refused_by_place() {
    check("[]", "`policy document` must be an object, got a list");
    check("{}", "`policy document` lacks `Statement`");
    check(
        r#"{"Statement": "s"}"#,
        "`Statement` must be an object, got a text",
    );
    check(
        r#"{"Statement": [1]}"#,
        "`Statement[0]` must be an object, got a number or truth value",
    );
    check(
        r#"{"Statement": [], "Statements": []}"#,
        "`Statements` is not an element of the policy language",
    );
    check(
        r#"{"Version": "2012-10-18", "Statement": []}"#,
        "`Version` has a value that is not allowed: a policy version is `2008-10-17` or `2012-10-17`, got `2012-10-18`",
    );
}

#[test]
fn an_element_given_twice_is_refused() {
    let twice = r#"{"Statement": [], "Statement": []}"#;
    let error = chain(&Document::from_json(twice).unwrap_err());
    assert!(
        error.starts_with("cannot read the policy document as JSON: `Statement` occurs twice in one object at line 1"),
        "{error}"
    );
    check(
        &statement(r#""Action": "*", "Condition": {"Bool": {"aws:a": "1", "AWS:A": "2"}}"#),
        "`Statement[0].Condition.Bool` names the condition key `AWS:A` twice, and case does not tell keys apart",
    );
}

#[test]
fn a_statement_needs_an_effect_and_one_form_of_action() {
    check(
        r#"{"Statement": {"Action": "*"}}"#,
        "`Statement` lacks `Effect`",
    );
    check(
        &statement(r#""Resource": "*""#),
        "`Statement[0]` lacks `Action` or `NotAction`",
    );
    check(
        &statement(r#""Action": "*", "NotAction": "a:B""#),
        "`Statement[0]` has both `Action` and `NotAction`",
    );
    check(
        &statement(r#""Action": "*", "NotResource": "*", "Resource": "*""#),
        "`Statement[0]` has both `Resource` and `NotResource`",
    );
    check(
        r#"{"Statement": {"Effect": "allow", "Action": "*"}}"#,
        "`Statement.Effect` has a value that is not allowed: an effect is `Allow` or `Deny`, got `allow`",
    );
}

#[test]
fn values_of_another_form_are_refused() {
    check(
        &statement(r#""Action": []"#),
        "`Statement[0].Action` must be a text or a list of texts, got an empty list",
    );
    check(
        &statement(r#""Action": ["*", 1]"#),
        "`Statement[0].Action` must be a text or a list of texts, got a number or truth value",
    );
    check(
        &statement(r#""Action": "GetObject""#),
        "`Statement[0].Action` has a value that is not allowed: \
         an action reads `service:Name`, wildcards allowed, or is `*`, got `GetObject`",
    );
    check(
        &statement(r#""Action": "*", "Principal": {}"#),
        "`Statement[0].Principal` must be `*` or an object of principals by kind, got an empty object",
    );
    check(
        &statement(r#""Action": "*", "Principal": "someone""#),
        "`Statement[0].Principal` has a value that is not allowed: \
         a principal is `*`, an account id, an ARN or a unique id, got `someone`",
    );
    check(
        &statement(r#""Action": "*", "Principal": {"AWS": "22222222222"}"#),
        "`Statement[0].Principal.AWS` has a value that is not allowed: \
         a principal is `*`, an account id, an ARN or a unique id, got `22222222222`",
    );
    check(
        &statement(r#""Action": "*", "Principal": {"Aws": "*"}"#),
        "`Statement[0].Principal` has a value that is not allowed: \
         a principal is of the kind `AWS`, `Service`, `Federated` or `CanonicalUser`, got `Aws`",
    );
}

#[test]
fn an_operator_that_does_not_exist_is_refused() {
    for operator in [
        "StringMatches",
        "stringEquals",
        "NullIfExists",
        "ForSomeValue:StringEquals",
        "StringEqualsIfExistsIfExists",
    ] {
        check(
            &statement(&format!(
                r#""Action": "*", "Condition": {{"{operator}": {{"a:b": "c"}}}}"#
            )),
            &format!(
                "`Statement[0].Condition.{operator}` has a value that is not allowed: `{operator}` is not a condition operator"
            ),
        );
    }
}

#[test]
fn statement_ids_have_letters_and_digits_except_in_functions() {
    assert!(Sid::new("AthenaSpill1").is_ok());
    for sid in ["", "athena-spill", "a_b", "a b", "ä"] {
        assert!(Sid::new(sid).is_err(), "{sid}");
    }
    assert!(Sid::for_function("athena-cross_account-1").is_ok());
    assert!(Sid::for_function("a".repeat(100)).is_ok());
    for sid in [
        String::new(),
        "a b".to_owned(),
        "a.b".to_owned(),
        "a".repeat(101),
    ] {
        assert!(Sid::for_function(sid.as_str()).is_err(), "{sid}");
    }
}

#[test]
fn an_id_that_somebody_else_chose_is_kept() {
    let text = statement(r#""Sid": "S3PolicyStmt-DO-NOT-MODIFY-1", "Action": "*""#);
    let read = Document::from_json(&text).unwrap();
    assert_eq!(
        read.statements[0].sid.as_ref().unwrap().as_str(),
        "S3PolicyStmt-DO-NOT-MODIFY-1"
    );
}

#[test]
fn versions_accounts_and_actions_are_checked() {
    assert!(
        Version::new("2012-10-17").is_ok()
            && Version::new("2008-10-17").is_ok()
            && Version::new("2012").is_err()
    );
    assert!(AccountId::new("000000000001").is_ok());
    for id in ["1", "11111111111a", "1111111111111", "１１１１"] {
        assert!(AccountId::new(id).is_err(), "{id}");
    }
    for action in ["*", "s3:*", "s3:Get?bject", "s3-object-lambda:Get*"] {
        assert!(Action::new(action).is_ok(), "{action}");
    }
    for action in ["", "s3", "s3:", ":Get", "s3:Get Object", "s3:a:b"] {
        assert!(Action::new(action).is_err(), "{action}");
    }
}
